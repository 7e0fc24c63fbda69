// Proves that other preloaded libraries, before or after us, go on to work, in children too, and that
// LD_PRELOAD is left as it was.
// PLUGIN: other_preload.c
// RUN: other=$(dirname @PROG@)/other_preload.so; WATCH bash -c 'us=${LD_PRELOAD:-}; export LD_PRELOAD; LD_PRELOAD='"$other"'${us:+:$us} @PROG@; LD_PRELOAD=${us:+$us:}'"$other"' @PROG@'
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' "$REPORT")" = 4
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int count, char **words)
{
    const char *preload = getenv("LD_PRELOAD");
    char command[4096];
    printf("%d\n", preload && strstr(preload, "other_preload.so") != NULL);
    fflush(stdout);
    snprintf(command, sizeof command, "exec '%s' child", words[0]);
    if (count == 1 && system(command) != 0)
        return 1;
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
