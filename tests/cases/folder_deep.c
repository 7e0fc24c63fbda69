// Proves that a program which starts in a folder whose path is too long for the system, or ends in one that was
// removed, has its report in the file that was asked for.
// ENV: SESSGUARD_OPTIONS=output=report.txt:exitcode=23
// RUN: for way in deep removed; do WATCH @PROG@ $way; echo $?; done >status
// CHECK: test "$(tr '\n' ' ' <status)" = '23 23 '
// CHECK: test "$(find . -name report.txt -execdir grep -h -c ^SUMMARY {} \;)" = "$(printf '1\n1')"
// EXPECT: report in report\.txt$
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char program[4096];

int main(int count, char **words)
{
    const char *way = words[count - 1];
    char name[201] = {0};
    if (strcmp(way, "removed") == 0 && (mkdir("gone", 0700) || chdir("gone") || rmdir("../gone")))
        return 1;
    if (strcmp(way, "deep") == 0) {
        memset(name, 'd', sizeof name - 1);
        if (!realpath("/proc/self/exe", program))
            return 1;
        for (int i = 0; i < 25; i++)
            if (mkdir(name, 0700) || chdir(name))
                return 1;
        return execl(program, program, "there", NULL);
    }
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
