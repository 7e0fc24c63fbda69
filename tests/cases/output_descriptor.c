// Proves that output and log_path may be a descriptor of the program, such as /dev/stdout for a container's log:
// a file, which keeps what is in it, a pipe, a terminal or a socket; behind what the program has printed, as text
// or JSON, in each mode; and that what the program has closed, or put to other use, gets nothing.
// ENV: SESSGUARD_MODE=silence
// SETUP: echo before >file
// RUN: exec 5>five; O=SESSGUARD_OPTIONS; WATCH $O=output=/dev/stdout @PROG@ >>file; WATCH $O=output=/dev/fd/1:format=json @PROG@ | cat >pipe; WATCH $O=log_path=/dev/stdout @PROG@ >log; WATCH $O=output=/dev/fd/7:log_path=/proc/self/fd/3 @PROG@ >/dev/null 7>seven 3>three; WATCH $O=output=/dev/stderr @PROG@ 2>errors >/dev/null; WATCH SESSGUARD_MODE=warn $O=output=/dev/stderr @PROG@ 2>once >/dev/null; script -qec "WATCH $O=output=/dev/stdout @PROG@" /dev/null >terminal; WATCH $O=output=/dev/stdout @PROG@ ends >ended; WATCH SESSGUARD_MODE=warn $O=output=/dev/stdout:helper=/none @PROG@ >plain 2>pointer; WATCH $O=output=/dev/fd/4 @PROG@ reuses 4>four 2>lost; WATCH $O=output=/proc/$$/fd/5 @PROG@
// CHECK: head -n 1 file | grep -qx before; sed -n 2p file | grep -qE '^printed==[0-9]+==WARNING: sessguard: 1 leaked'
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place.$' file log seven three errors once terminal ended five | grep -c ':1$')" = 8
// CHECK: grep -q '^SUMMARY: sessguard: 1 session leaked' terminal; grep -q '^printed==[0-9]*==WARNING' plain; grep -q 'report in /dev/stdout$' pointer
// CHECK: sed s/^printed// pipe | grep -q '^{.*"leaked": *1'; test "$(grep -c sessguard: once)" = 2; test "$(cat data)" = mine; test "$(cat lost)" = 'sessguard: cannot write the report to /dev/fd/4: is closed, or another file, or a client'"'"'s connection'; test ! -s four
// CHECK: test ! -s ../stderr; test "$(ls | tr '\n' ' ')" = 'data ended errors file five four log lost once pipe plain pointer seven terminal three '
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void at_end(void)
{
    if (fclose(stdout) != 0 || fclose(stderr) != 0)
        _exit(1);
}
int main(int count, char **words)
{
    if (count > 1 && strcmp(words[1], "ends") == 0)
        atexit(at_end);
    if (count > 1 && strcmp(words[1], "reuses") == 0) {
        close(4);
        int data = open("data", O_WRONLY | O_CREAT, 0600);
        if (data != 4 && dup2(data, 4) != 4)
            return 2;
        dprintf(4, "mine\n");
    }
    printf("printed"); /* in the buffer until exit() */
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
