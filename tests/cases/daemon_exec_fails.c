// Proves that a child that ends after its parent's exec has failed leaves to the parent what they share, and that the
// parent, which closes it, reports nothing.
// SETUP: echo 'exit 0' >not_a_program; chmod 755 not_a_program
// RUN: for how in exit _exit; do text=$(WATCH @PROG@ $how); echo "$text $?"; done
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=@DIR@/report.txt
// CLEAN
// CHECK: test ! -s report.txt
#include <fcntl.h>

#include "leaves.h"

int main(int count, char **words)
{
    char *nothing[] = {(char *)"not_a_program", NULL};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;
    if (count < 2 || fd < 0)
        return 98;
    pid_t child = fork_daemon();
    if (child == 0) {
        outlive_parent(); /* or rather its end of the pipe */
        end_by(words[1]);
    }
    printf("%d ", execve("./not_a_program", nothing, nothing));
    close(life[1]);
    waitpid(child, &status, 0);
    printf("child %d", WEXITSTATUS(status));
    close(fd);
    end_by(words[1]);
}
