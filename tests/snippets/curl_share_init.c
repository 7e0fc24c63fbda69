// KIND: curl.share
OPEN { return (intptr_t)curl_share_init(); }
CLOSE { curl_share_cleanup((CURLSH *)handle); }
