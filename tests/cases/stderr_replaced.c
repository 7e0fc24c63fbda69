// Proves that a report goes to what the program has made of its stderr: a log file that it put in place of it
// by dup2, dup3 or freopen, or by closing it first, then by dup2 or F_DUPFD.
// RUN: for way in dup2 dup3 freopen close fcntl; do WATCH @PROG@ $way || exit; done
// CHECK: for way in dup2 dup3 freopen close fcntl; do grep -q '^SUMMARY: sessguard: 1 session leaked' "$way"; done
// CHECK: test ! -s ../stderr
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
    const char *way = words[count - 1];
    if (strcmp(way, "freopen") == 0)
        return !freopen(way, "w", stderr) || socket(AF_INET, SOCK_STREAM, 0) < 0;
    int log = open(way, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (strcmp(way, "close") == 0 || strcmp(way, "fcntl") == 0)
        close(2);
    if (strcmp(way, "fcntl") == 0)
        return fcntl(log, F_DUPFD, 2) != 2 || close(log) || socket(AF_INET, SOCK_STREAM, 0) < 0;
    if (strcmp(way, "dup3") == 0 ? dup3(log, 2, 0) != 2 : dup2(log, 2) != 2)
        return 1;
    return close(log) || socket(AF_INET, SOCK_STREAM, 0) < 0;
}
