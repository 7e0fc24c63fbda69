// KIND: curl.easy
OPEN
{
    CURL *easy = nowhere();
    char byte;
    size_t got;
    curl_easy_recv(easy, &byte, 1, &got);
    return (intptr_t)easy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
