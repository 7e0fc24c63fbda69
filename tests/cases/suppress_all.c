// Proves that where everything is suppressed exitcode leaves the status alone, and no leak is printed.
// SETUP: printf 'socket:known_*\n' >supp
// ENV: SESSGUARD_OPTIONS=suppressions=supp:exitcode=23:print_suppressions=0
// CLEAN
#include <sys/socket.h>

__attribute__((noinline)) static int known_leak(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void) { return known_leak() < 0; }
