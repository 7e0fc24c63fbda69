// Proves that where a program may open nothing, and poll nothing, its report still goes into a pipe, and what was
// to be written to a file is said not to be there.
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=report.json:format=json
// RUN: set -o pipefail; { WATCH @PROG@ 2>&1 1>&3 | cat >&2; } 3>&1
// EXIT_WATCHED: 23
// EXPECT: ^sessguard: cannot write the report to .*/report\.json\.[0-9]+\.snap: no descriptor left$
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place; no lines: the sessguard command could not be started
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>

int main(void)
{
    struct rlimit none = {0, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    printf("%d\n", setrlimit(RLIMIT_NOFILE, &none));
    return fd < 0;
}
