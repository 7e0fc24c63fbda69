// KIND: curl.easy
OPEN
{
    CURL *easy = nowhere();
    curl_easy_upkeep(easy);
    return (intptr_t)easy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
