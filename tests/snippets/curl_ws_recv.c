// KIND: curl.easy
OPEN
{
    CURL *easy = nowhere();
    char byte;
    size_t got = 0;
    struct curl_ws_frame *frame;
    curl_easy_perform(easy);
    curl_ws_recv(easy, &byte, 1, &got, (void *)&frame); /* const in newer ones */
    return (intptr_t)easy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
