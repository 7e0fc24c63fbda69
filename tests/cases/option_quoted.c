// Proves that a value in quotes may hold a colon, as in LSan's options, and malloc_context_size is frames.
// ENV: SESSGUARD_OPTIONS=output='report:1.txt':malloc_context_size=1
// REPORT: report:1.txt
// EXPECT: #0 0x[0-9a-f]+ in leak_here .*option_quoted\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked
// REJECT: #1 0x
#include <sys/socket.h>

__attribute__((noinline)) static int leak_here(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
int main(void) { return leak_here() < 0; }
