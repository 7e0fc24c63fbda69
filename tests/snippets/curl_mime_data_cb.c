// KIND: curl.easy
static size_t no_data(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)size, (void)count, (void)context;
    return 0;
}
OPEN
{
    CURL *easy = nowhere();
    void *form = curl_mime_init(easy);
    curl_mime_data_cb(curl_mime_addpart(form), 0, no_data, NULL, NULL, NULL);
    curl_mime_free(form);
    return (intptr_t)easy;
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
