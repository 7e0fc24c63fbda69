// Proves that mode is a key of the options too, and that SESSGUARD_MODE wins over it.
// ENV: SESSGUARD_OPTIONS=mode=off
// MODE: warn
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
