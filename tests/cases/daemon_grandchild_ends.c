// Proves that a worker forked twice, whose grandparent goes on with what they share and closes it, reports nothing when
// it ends, whether the process between them, which is gone, has recorded anything or not.
// RUN: for who in idle busy; do for end in exit _exit; do text=$(WATCH @PROG@ $who $end); echo "$text $?"; done; done
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=@DIR@/report.txt
// CLEAN
// CHECK: test ! -s report.txt
#include "leaves.h"

int main(int count, char **words)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), is_waited_for[2], done[2];
    char byte;
    if (count < 3 || pipe(is_waited_for) != 0 || pipe(done) != 0)
        return 98;
    pid_t second = fork();
    if (second == 0) {
        if (strcmp(words[1], "busy") == 0)
            close(socket(AF_INET, SOCK_STREAM, 0));
        if (fork() != 0)
            _exit(0);
        alarm(50); /* lest it outlive a test that failed */
        close(is_waited_for[1]);
        while (read(is_waited_for[0], &byte, 1) > 0) {
        }
        end_by(words[2]);
    }
    waitpid(second, NULL, 0);
    close(is_waited_for[1]);
    close(done[1]);
    printf("ended %zd", read(done[0], &byte, 1));
    close(fd);
    end_by(words[2]);
}
