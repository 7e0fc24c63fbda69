// Proves that exitcode works in silence too.
// MODE: silence
// ENV: SESSGUARD_OPTIONS=exitcode=42
// EXIT_WATCHED: 42
// CLEAN
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
