// Proves that a program that is killed dies of its signal as usual.
// EXIT: 143
// CLEAN
#include <signal.h>
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) + raise(SIGTERM); }
