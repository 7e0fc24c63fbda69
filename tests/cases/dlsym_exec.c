// Proves that an exec is seen through pointers from dlsym() too, whichever spelling it has.
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// CHECK: test "$(grep -c '^SUMMARY' "$REPORT")" = 3
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static const char *const names[] = {"execl", "execlp", "execle"};
    void *libc = dlopen("libc.so.6", RTLD_NOW);
    int step = argc > 1 ? argv[1][0] - '0' : 0;
    char next[] = {(char)('1' + step), '\0'};
    if (step == 3)
        return puts("done") < 0;
    int (*become)(const char *, const char *, ...) =
        (int (*)(const char *, const char *, ...))dlsym(libc, names[step]);
    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return become("/proc/self/exe", argv[0], next, (char *)NULL, environ);
}
