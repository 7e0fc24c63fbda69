// KIND: curl.easy
OPEN
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 1L);
    return (intptr_t)easy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
