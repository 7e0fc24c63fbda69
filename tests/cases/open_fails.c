// Proves that an opener that fails opened nothing: no record, no report.
// LIBS: -lcurl
// CLEAN
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static int allowed = 1000000;
static void *my_malloc(size_t size) { return allowed-- > 0 ? malloc(size) : NULL; }
static void *my_realloc(void *old, size_t size) { return allowed-- > 0 ? realloc(old, size) : NULL; }
static void *my_calloc(size_t count, size_t size) { return allowed-- > 0 ? calloc(count, size) : NULL; }
static char *my_strdup(const char *text)
{
    (void)text;
    return NULL;
}

int main(void)
{
    curl_global_init_mem(CURL_GLOBAL_ALL, my_malloc, free, my_realloc, my_strdup, my_calloc);
    allowed = 0;
    void *easy = curl_easy_init(), *multi = curl_multi_init(), *share = curl_share_init();
    printf("%d %d %d\n", easy == NULL, multi == NULL, share == NULL);
    printf("%d\n", socket(-1, -1, -1));
    return 0;
}
