// Proves that a program may turn the report off.
// CFLAGS: -rdynamic
// CLEAN
#include <sys/socket.h>

int __sessguard_is_turned_off(void);
int __sessguard_is_turned_off(void) { return 1; }

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
