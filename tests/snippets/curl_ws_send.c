// KIND: curl.easy
OPEN
{
    CURL *easy = nowhere();
    size_t sent = 0;
    curl_easy_perform(easy);
    curl_ws_send(easy, "x", 1, &sent, 0, CURLWS_TEXT);
    return (intptr_t)easy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
