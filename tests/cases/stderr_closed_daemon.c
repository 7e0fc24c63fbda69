// Proves that a daemon which closes its stderr by fclose(), close() or close_range() keeps nobody's pipe open,
// whether it does so in main() or in a handler that comes back.
// SETUP: mkfifo end
// RUN: for way in fclose close range; do text=$(WATCH @PROG@ $way 2>&1); echo "$text $?"; cat end; done
// CHECK: test ! -s ../stderr
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
    const char *way = words[count - 1];
    puts("starting");
    fflush(stdout);
    if (fork() != 0)
        _exit(0);
    setsid();
    fclose(stdin);
    fclose(stdout);
    if (strcmp(way, "fclose") == 0)
        fclose(stderr);
    else if (strcmp(way, "close") == 0)
        close(2);
    else
        close_range(2, 2, 0);
    alarm(50); /* lest it outlive a test that failed */
    /* Opening it waits for a reader, the caller, who has its answer by then. */
    int end = open("end", O_WRONLY), fd = socket(AF_INET, SOCK_STREAM, 0);
    dprintf(end, "ending\n");
    return fd < 0;
}
