// KIND: curl.multi
OPEN
{
    CURLM *multi = curl_multi_init();
    CURL *easy = nowhere();
    curl_multi_add_handle(multi, easy);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    return (intptr_t)multi;
}
CLOSE { curl_multi_cleanup((CURLM *)handle); }
