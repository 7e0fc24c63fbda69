// KIND: curl.easy
OPEN
{
    CURL *easy = nowhere();
    long status;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return (intptr_t)easy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
