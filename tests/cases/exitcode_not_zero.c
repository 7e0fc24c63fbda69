// Proves that exitcode never masks a status of the program's own.
// ENV: SESSGUARD_OPTIONS=exitcode=23
// EXIT: 3
// EXPECT: SUMMARY: sessguard: 1 session leaked
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 1 : 3; }
