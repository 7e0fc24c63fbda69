// Proves that what is said of a thousand bad options neither holds up a program whose stderr nobody reads nor is
// cut where somebody does.
// RUN: WATCH @PROG@ pipe && WATCH @PROG@ terminal && WATCH @PROG@ file 2>lines
// CHECK: test "$(grep -c '^sessguard: SESSGUARD_OPTIONS: unknown option "bad[0-9]*"; allowed: mode, ' lines)" = 1000
// CLEAN
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char options[20000], much[4096];

static int open_stuck(const char *kind)
{
    int ends[2];
    if (strcmp(kind, "terminal") == 0) {
        ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
        if (ends[0] < 0 || grantpt(ends[0]) || unlockpt(ends[0]))
            return -1;
        ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
    } else if (pipe(ends) != 0) {
        return -1;
    }
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], much, sizeof much) > 0)
        ;
    fcntl(ends[1], F_SETFL, 0);
    return ends[1];
}
int main(int count, char **words)
{
    const char *kind = words[count - 1];
    int status;
    if (strcmp(kind, "again") == 0)
        return 0;
    for (int i = 0; i < 1000; i++)
        sprintf(options + strlen(options), "bad%d=1:", i);
    setenv("SESSGUARD_OPTIONS", options, 1);
    int fd = strcmp(kind, "file") == 0 ? 2 : open_stuck(kind);
    if (fork() == 0) {
        if (fd != 2)
            dup2(fd, 2);
        _exit(execl(words[0], words[0], "again", NULL));
    }
    wait(&status);
    printf("%s %d\n", kind, status);
    return fd < 0;
}
