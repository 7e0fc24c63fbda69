// KIND: curl.easy
OPEN
{
    CURL *first = nowhere(), *copy = curl_easy_duphandle(first);
    curl_easy_cleanup(first);
    return (intptr_t)copy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
