// KIND: curl.easy
#include <stdlib.h>
#include <string.h>
OPEN
{
    curl_global_init_mem(CURL_GLOBAL_ALL, malloc, free, realloc, strdup, calloc);
    return (intptr_t)curl_easy_init();
}
CLOSE { curl_easy_cleanup((CURL *)handle); }
