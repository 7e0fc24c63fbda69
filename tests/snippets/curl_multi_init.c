// KIND: curl.multi
OPEN { return (intptr_t)curl_multi_init(); }
CLOSE { curl_multi_cleanup((CURLM *)handle); }
