// KIND: curl.easy
OPEN
{
    CURL *easy = nowhere();
    size_t sent;
    curl_easy_send(easy, "x", 1, &sent);
    return (intptr_t)easy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
