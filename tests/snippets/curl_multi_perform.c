// KIND: curl.multi
OPEN
{
    CURLM *multi = curl_multi_init();
    int running;
    curl_multi_perform(multi, &running);
    return (intptr_t)multi;
}
CLOSE { curl_multi_cleanup((CURLM *)handle); }
