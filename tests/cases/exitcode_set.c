// Proves that exitcode=23 replaces the status 0 of a program that leaks.
// ENV: SESSGUARD_OPTIONS=exitcode=23
// EXIT_WATCHED: 23
// EXPECT: SUMMARY: sessguard: 1 session leaked
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
