// Proves that a replaced exit status loses neither what stdout still holds nor the position of stdin.
// ENV: SESSGUARD_OPTIONS=exitcode=23
// EXIT_WATCHED: 23
// SETUP: printf 'one\ntwo\n' >lines
// RUN: (WATCH @PROG@; status=$?; echo; cat; exit $status) <lines
// EXPECT: SUMMARY: sessguard: 1 session leaked
#include <stdio.h>
#include <sys/socket.h>

int main(void)
{
    char line[16] = "";
    socket(AF_INET, SOCK_STREAM, 0);
    printf("read %s", fgets(line, sizeof line, stdin));
    printf("no newline, never flushed");
    return 0;
}
