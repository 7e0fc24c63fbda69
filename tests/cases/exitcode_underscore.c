// Proves that exitcode=23 also works where the program ends by _exit.
// ENV: SESSGUARD_OPTIONS=exitcode=23
// EXIT_WATCHED: 23
// EXPECT: SUMMARY: sessguard: 1 session leaked
#include <sys/socket.h>
#include <unistd.h>

int main(void) { _exit(socket(AF_INET, SOCK_STREAM, 0) < 0); }
