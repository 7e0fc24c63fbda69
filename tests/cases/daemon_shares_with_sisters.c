// Proves that what several processes inherited from one that is gone is reported once, by the last of them; and, where
// their parent is still there, by that alone.
// RUN: for who in parent workers; do text=$(WATCH @PROG@ $who); echo "$text $?"; done
// LIBS: -lcurl
// ENV: SESSGUARD_OPTIONS=output=@DIR@/report.txt
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 2 sessions leaked at 2 places (1 listening' "$REPORT")" = 2
// CHECK: test "$(grep -c '^SUMMARY' "$REPORT")" = 2
// CHECK: test "$(grep -c 'inherited from it' "$REPORT")" = 3
#include "net.h"

#include "leaves.h"
#include <curl/curl.h>

__attribute__((noinline)) static int of_parent(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(int count, char **words)
{
    struct sockaddr_in address;
    int is_last_parent = strcmp(words[count - 1], "parent") == 0, turn[4][2];
    char byte;
    CURL *easy = curl_easy_init();
    if (!easy || of_parent() < 0 || net_listen(&address) < 0)
        return 98;
    for (int i = 0; i < 4; i++)
        if (pipe(turn[i]) != 0)
            return 98;
    /* A worker goes when the one before it is gone; the first one when it is told. */
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            alarm(50); /* lest it outlive a test that failed */
            for (int k = 0; k < 4; k++)
                if (k != i + 1)
                    close(turn[k][1]);
            while (read(turn[i][0], &byte, 1) > 0) {
            }
            exit(0);
        }
    }
    for (int i = 1; i < 4; i++)
        close(turn[i][1]);
    if (is_last_parent) {
        close(turn[0][1]);
        while (wait(NULL) > 0) {
        }
    }
    printf("parent");
    fflush(stdout);
    exit(0);
}
