// Proves that a bad number is reported with what is allowed, and leaves the default; in silence too.
// MODE: silence
// ENV: SESSGUARD_OPTIONS=exitcode=many:frames=0
// EXPECT: ^sessguard: .*many.*exitcode.*255|^sessguard: .*exitcode.*many.*255
// EXPECT: ^sessguard: .*frames.*256
// REJECT: never closed
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
