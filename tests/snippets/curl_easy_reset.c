// KIND: curl.easy
OPEN
{
    CURL *easy = nowhere();
    curl_easy_reset(easy);
    return (intptr_t)easy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
