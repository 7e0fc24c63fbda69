// Proves that a function of ours may be called as early as by the resolver of an indirect function, while the
// loader still relocates the program.
// CFLAGS: -Wl,-z,lazy
// EXPECT: in main .*ifunc_resolver\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int closed(void) { return 1; }
static int failed(void) { return 0; }
static void *resolve(void)
{
    return close(socket(AF_INET, SOCK_STREAM, 0)) == 0 ? (void *)closed : (void *)failed;
}
int chosen(void) __attribute__((ifunc("resolve")));

int main(void)
{
    printf("%d\n", chosen());
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
