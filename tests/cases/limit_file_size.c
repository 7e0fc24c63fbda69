// Proves that a program which may write no file, by a hard limit, has the command's report on a pipe; what was to
// go to a file is said not to fit.
// ENV: SESSGUARD_OPTIONS=exitcode=23:output=report.json:format=json
// RUN: set -o pipefail; { WATCH @PROG@ 2>&1 1>&3 | cat >&2; } 3>&1
// EXIT_WATCHED: 23
// EXPECT: in leaky .*limit_file_size\.c
// EXPECT: cannot write the report to .*/report\.json: only a part could be written
#include <sys/resource.h>
#include <sys/socket.h>

static __attribute__((noinline)) int leaky(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void)
{
    struct rlimit limit = {10, 10};
    return leaky() < 0 || setrlimit(RLIMIT_FSIZE, &limit);
}
