// Proves that a report goes to a stderr that is a socket of a log: systemd's, which JOURNAL_STREAM names even where
// it is the input too, one that was connected to a log's name, and a pair that is not the input.
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' ../stderr)" = 3
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void start(int log, int is_input, int is_journal)
{
    struct stat status;
    char number[64];
    if (fork() != 0)
        return;
    fstat(log, &status);
    snprintf(number, sizeof number, "%lu:%lu", (unsigned long)status.st_dev, (unsigned long)status.st_ino);
    if (is_journal)
        setenv("JOURNAL_STREAM", number, 1);
    for (int fd = is_input ? 0 : 1; fd < 3; fd++)
        dup2(log, fd);
    close(log);
    execl("/proc/self/exe", "service", "leak", (char *)NULL);
    _exit(9);
}
static void copy(int fd)
{
    char text[4096];
    for (ssize_t got; (got = read(fd, text, sizeof text)) > 0;)
        fprintf(stderr, "%.*s", (int)got, text);
    close(fd);
}
int main(int count, char **words)
{
    (void)words;
    if (count > 1)
        return socket(AF_INET, SOCK_STREAM, 0) < 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "log"};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1))
        return 1;
    for (int i = 0; i < 3; i++) {
        int pair[2];
        if (i < 2 ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0
                  : (pair[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
                        connect(pair[1], (struct sockaddr *)&address, sizeof address) != 0 ||
                        (pair[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
            return 1;
        start(pair[1], i == 0, i == 0);
        close(pair[1]);
        copy(pair[0]);
    }
    int status, worst = 0;
    while (wait(&status) > 0)
        worst |= status;
    unlink("log");
    printf("%d\n", worst);
    return close(listener);
}
