// Proves that a missing file of suppressions is said, and the report goes on without it.
// ENV: SESSGUARD_OPTIONS=suppressions=/no/such/file
// EXPECT: sessguard: .*/no/such/file
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
