// Proves that no user, password, path or query of a URL gets into a report.
// LIBS: -lcurl
// EXPECT: peers?.* plain\.example:80 \(1\)
// EXPECT: \[::1\]:8443 \(1\)
// REJECT: secret
#include <curl/curl.h>

int main(void)
{
    static const char *const urls[] = {"http://user:secret@plain.example/secret?q=secret",
                                       "https://secret:secret@[::1]:8443/secret#secret",
                                       "http://user:secret/half@host/", "host/path?next=http://secret/"};
    CURL *easy[4];
    for (int i = 0; i < 4; i++) {
        easy[i] = curl_easy_init();
        curl_easy_setopt(easy[i], CURLOPT_URL, urls[i]);
    }
    return 0;
}
