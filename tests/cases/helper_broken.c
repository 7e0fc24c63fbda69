// Proves that a helper that fails, having read nothing, costs no report.
// ENV: SESSGUARD_OPTIONS=helper=/bin/false
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
