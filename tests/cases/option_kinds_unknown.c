// Proves that an unknown kind is named, with what is allowed, and that the rest still counts.
// ENV: SESSGUARD_OPTIONS=kinds=sockets+socket
// EXPECT: ^sessguard: .*kinds="sockets".*curl\.easy.*socket
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
