// Proves that a report which goes to a folder that others may write to follows no link that lies in its way,
// and writes into nothing but a file: not into a folder, nor into a pipe without a reader.
// SETUP: echo precious >victim; ln -s victim log-link; mkfifo log-pipe; mkdir log-folder; ln -s none log-dangling
// RUN: for name in link pipe folder dangling; do WATCH SESSGUARD_OPTIONS=log_path=log-$name%p @PROG@ 2>/dev/null; WATCH SESSGUARD_OPTIONS=output=log-$name @PROG@ || exit; done
// CHECK: test "$(cat victim)" = precious; test ! -e none
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' "$REPORT")" = 4
// EXPECT: log-link: is a symbolic link
// EXPECT: log-dangling: is a symbolic link
// EXPECT: log-folder: Is a directory
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
