// Proves that the helper that writes the report never shows as a child: no SIGCHLD arrives.
// EXPECT: SUMMARY: sessguard: 1 session leaked
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_child(int number)
{
    (void)number;
    (void)!write(1, "a child ended\n", 14);
}
int main(void)
{
    signal(SIGCHLD, on_child);
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
