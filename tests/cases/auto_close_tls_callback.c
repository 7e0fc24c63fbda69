// Proves that auto-close leaves a handle alone whose TLS library may call the program: what the program sets in
// CURLOPT_SSL_CTX_FUNCTION stays with the connection.
// LIBS: -lcurl -lssl
// SERVER: http
// MODE: auto-close
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '.leaks[0] | .outcome == "skipped" and .reason == "callback"' "$REPORT"
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

static int is_over;
__attribute__((destructor)) static void end(void) { is_over = 1; }

static void tell(const SSL *tls, int where, int value)
{
    (void)tls, (void)where, (void)value;
    if (is_over)
        puts("called after the end");
}

static CURLcode set_up(CURL *easy, void *context, void *more)
{
    (void)easy, (void)more;
    SSL_CTX_set_info_callback(context, tell);
    return CURLE_OK;
}

int main(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTPS_URL"));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up);
    printf("%d\n", curl_easy_perform(easy));
    return 0;
}
