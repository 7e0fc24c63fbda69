// Proves that verbosity=1 says that nothing leaked: proof that the program was watched.
// ENV: SESSGUARD_OPTIONS=verbosity=1
// EXPECT: sessguard: (no|0) .*leak
#include <sys/socket.h>
#include <unistd.h>

int main(void) { return close(socket(AF_INET, SOCK_STREAM, 0)); }
