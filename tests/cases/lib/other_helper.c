/* A helper that says that nothing leaked, and what it found when it was started. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **words)
{
    const int raised[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_STACK};
    struct sigaction action;
    struct rlimit limit;
    sigset_t blocked;
    FILE *file = fopen(count > 0 ? strcat(strcpy(malloc(9999), OUT), "/ran") : OUT, "a");
    if (!file)
        return 100;
    for (int fd = 3; fd < 200; fd++)
        if (fd != fileno(file) && fcntl(fd, F_GETFD) >= 0)
            fprintf(file, "descriptor %d\n", fd);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int i = 1; i < 32; i++) {
        if (sigismember(&blocked, i) == 0 && i != SIGKILL && i != SIGSTOP)
            fprintf(file, "signal %d is not blocked\n", i);
        if (sigaction(i, NULL, &action) != 0 || action.sa_handler != SIG_DFL)
            fprintf(file, "signal %d has no default action\n", i);
    }
    for (unsigned i = 0; i < sizeof raised / sizeof *raised; i++)
        if (getrlimit((__rlimit_resource_t)raised[i], &limit) == 0 && limit.rlim_cur < limit.rlim_max &&
            limit.rlim_cur < (raised[i] == RLIMIT_NOFILE ? 1024 : 8 << 20))
            fprintf(file, "limit %d is low\n", raised[i]);
    for (char **at = environ; *at; at++)
        if (strlen(*at) > 100000 || strncmp(*at, "LD_", 3) == 0)
            fprintf(file, "variable %.9s\n", *at);
    fprintf(file, "%s %s, umask %o, PATH %d\n", words[0], words[1], (unsigned)umask(0),
            getenv("PATH") != NULL);
    return fclose(file) == 0 ? 100 : 101;
}
