// Proves that off watches nothing and reports nothing, exitcode or not.
// MODE: off
// ENV: SESSGUARD_OPTIONS=exitcode=42:verbosity=1
// CLEAN
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
