// Proves that a program which clears its environment, before or after it starts, has its report and clean
// children, and that the environment is what it is without us.
// RUN: WATCH bash -c 'exec env -i ${LD_PRELOAD:+LD_PRELOAD=$LD_PRELOAD} @PROG@'; WATCH @PROG@ clear
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' "$REPORT")" = 2
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
    if (count > 1 && strcmp(words[1], "clear") == 0) {
        clearenv();
        printf("%d\n", environ == NULL);
    } else {
        for (char **entry = environ; *entry; entry++)
            if (strncmp(*entry, "LD_PRELOAD=", 11) != 0)
                puts(*entry);
    }
    fflush(stdout);
    printf("%d\n", system("env | grep -vE '^(PWD|SHLVL|_|LD_PRELOAD)='"));
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
