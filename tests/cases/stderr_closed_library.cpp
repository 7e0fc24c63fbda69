// Proves that a program whose library closes stderr in the destructor of a static object, as aria2's does, has its
// report, on a pipe, too.
// WITH: closes_stderr.cpp
// RUN: WATCH SESSGUARD_OPTIONS=exitcode=23 @PROG@ 2> >(cat >report); status=$?; wait $!; exit $status
// EXIT_WATCHED: 23
// CHECK: grep -q '^SUMMARY: sessguard: 1 session leaked at 1 place' report
// CHECK: test ! -s ../stderr
#include <sys/socket.h>

extern "C" int closes_stderr();

int main() { return socket(AF_INET, SOCK_STREAM, 0) < 0 || !closes_stderr(); }
