// KIND: curl.easy
OPEN { return (intptr_t)nowhere(); }
CLOSE { curl_easy_cleanup((CURL *)handle); }
