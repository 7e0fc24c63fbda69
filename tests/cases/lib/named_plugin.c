/* A plug-in of such a libcurl, which opens at two places. */
void *curl_easy_init(void);
void curl_easy_cleanup(void *handle);
char plugin_name(int place);

char plugin_name(int place)
{
    char *handle = place ? curl_easy_init() : curl_easy_init();
    char name = handle[0];
    curl_easy_cleanup(handle);
    return name;
}
