// Proves that a program that is executed with open sockets has not leaked them: it keeps some and closes
// others, under the numbers that it inherited.
// CLEAN
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words)
{
    char number[16];
    int status, kept = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0);
    if (count > 1) {
        close(kept);
        close(other);
        close(atoi(words[1]));
        return kept > atoi(words[1]) ? 0 : 1;
    }
    snprintf(number, sizeof number, "%d", other);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "again", number, (char *)NULL);
        _exit(127);
    }
    printf("%d", waitpid(child, &status, 0) == child);
    printf(" %d\n", status);
    return close(kept) || close(other);
}
