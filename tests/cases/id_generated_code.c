// Proves that the id of a leak below generated code does not depend on where that code happens to be.
// RUN: WATCH @PROG@ 0 && WATCH @PROG@ 64
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: in leak_here .*id_generated_code\.c
// CHECK: test "$(grep -c 'never closed' "$REPORT")" = 2
// CHECK: test "$(grep -o '\[[0-9a-f]*\]$' "$REPORT" | sort -u | wc -l)" = 1
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Calls its argument. */
#ifdef __x86_64__
static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
#else
static const unsigned code[] = {0xa9bf7bfd, 0x910003fd, 0xd63f0000, 0xa8c17bfd, 0xd65f03c0};
#endif

__attribute__((noinline)) static void leak_here(void)
{
    if (socket(AF_INET, SOCK_STREAM, 0) < 0)
        abort();
}
int main(int argc, char **argv)
{
    size_t at = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void (*call)(void (*)(void));
    if (page == MAP_FAILED)
        return 1;
    memcpy(page + at, code, sizeof code);
    __builtin___clear_cache(page, page + 4096);
    page += at;
    memcpy(&call, &page, sizeof call);
    call(leak_here);
    return 0;
}
