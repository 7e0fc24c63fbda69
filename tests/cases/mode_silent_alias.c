// Proves that the mode may also be called silent.
// MODE: silent
// CLEAN
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
