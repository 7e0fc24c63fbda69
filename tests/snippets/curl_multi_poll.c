// KIND: curl.multi
OPEN
{
    CURLM *multi = curl_multi_init();
    curl_multi_poll(multi, NULL, 0, 0, NULL);
    return (intptr_t)multi;
}
CLOSE { curl_multi_cleanup((CURLM *)handle); }
