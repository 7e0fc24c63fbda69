// Proves that what a process uses and closes is not reported by the 256th generation of its children, each of which
// has a child before it ends.
// RUN: text=$(WATCH @PROG@ 256); echo "$text $?"
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=@DIR@/report.txt
// CLEAN
// CHECK: test ! -s report.txt
#include "leaves.h"

int main(int count, char **words)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), generations = atoi(words[count - 1]), status = 0;
    for (int i = 0; i < generations; i++) {
        pid_t child = fork();
        if (child != 0) {
            waitpid(child, &status, 0);
            if (i == 0)
                close(fd);
            _exit(child > 0 ? WEXITSTATUS(status) : 98);
        }
        close(socket(AF_INET, SOCK_STREAM, 0));
    }
    exit(0);
}
