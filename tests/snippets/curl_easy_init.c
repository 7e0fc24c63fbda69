// KIND: curl.easy
OPEN { return (intptr_t)curl_easy_init(); }
CLOSE { curl_easy_cleanup((CURL *)handle); }
