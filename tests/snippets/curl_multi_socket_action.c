// KIND: curl.multi
OPEN
{
    CURLM *multi = curl_multi_init();
    int running;
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    return (intptr_t)multi;
}
CLOSE { curl_multi_cleanup((CURLM *)handle); }
