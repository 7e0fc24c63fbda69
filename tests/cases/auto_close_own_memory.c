// Proves that auto-close leaves a handle alone whose memory comes from the program's own functions, which may be
// gone at its end.
// LIBS: -lcurl
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '.leaks[0] | .outcome == "skipped" and .reason == "callback"' "$REPORT"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_gone;

static void *checked(void *memory)
{
    if (is_gone)
        puts("the program's memory is used after its end");
    return memory;
}
static void *take(size_t size) { return checked(malloc(size)); }
static void *retake(void *old, size_t size) { return checked(realloc(old, size)); }
static void *take_zeroed(size_t count, size_t size) { return checked(calloc(count, size)); }
static char *copy(const char *text) { return checked(strdup(text)); }
static void give(void *memory) { free(checked(memory)); }

__attribute__((destructor)) static void end(void) { is_gone = 1; }

int main(void)
{
    curl_global_init_mem(CURL_GLOBAL_ALL, take, give, retake, copy, take_zeroed);
    return !curl_easy_init();
}
