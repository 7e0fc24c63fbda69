// Proves that what a daemon, made by hand, goes on with and closes is nobody's leak, however its parent ends.
// RUN: for mode in warn silence auto-close; do for how in exit _exit quick_exit; do for what in socket easy; do text=$(WATCH SESSGUARD_MODE=$mode @PROG@ $how $what); echo "$text $?"; done; done; done
// LIBS: -lcurl
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=@DIR@/report.txt
// CLEAN
// CHECK: test ! -s report.txt
#include "leaves.h"
#include <curl/curl.h>

int main(int count, char **words)
{
    if (count < 3)
        return 98;
    int fd = strcmp(words[2], "socket") == 0 ? socket(AF_INET, SOCK_STREAM, 0) : -1;
    CURL *easy = fd < 0 ? curl_easy_init() : NULL;
    if (fork_daemon() != 0) {
        printf("parent");
        end_by(words[1]);
    }
    outlive_parent();
    if (fd >= 0)
        close(fd);
    else
        curl_easy_cleanup(easy);
    printf(" daemon");
    end_by(words[1]);
}
