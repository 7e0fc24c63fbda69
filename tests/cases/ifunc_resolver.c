// Proves that a function that is chosen while the program is still being relocated may open and close. This is
// before every constructor, when no option is known yet: what it opens is not seen.
// CLEAN
// CFLAGS: -Wl,-z,lazy
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int one(void) { return 1; }
static int (*choose(void))(void)
{
    close(socket(AF_INET, SOCK_STREAM, 0));
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? one : NULL;
}
static int chosen(void) __attribute__((ifunc("choose")));

int main(void)
{
    printf("%d\n", chosen());
    return 0;
}
