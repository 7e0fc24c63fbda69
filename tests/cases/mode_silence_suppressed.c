// Proves that functions are known in silence where a suppression asks for one, though nobody reads them.
// MODE: silence
// SETUP: echo 'socket:^main$' >leaks.supp
// ENV: SESSGUARD_OPTIONS=exitcode=23:suppressions=leaks.supp
// CLEAN
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
