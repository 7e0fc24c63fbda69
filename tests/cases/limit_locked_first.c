// Proves that a process which has locked all its memory before it opens anything may still map.
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
#include <linux/capability.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static __attribute__((noinline)) void leak(void) { printf("%d\n", socket(AF_INET, SOCK_STREAM, 0)); }

int main(void)
{
    /* Without its capabilities root is limited like everybody else. */
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}, {0}};
    struct rlimit limit = {6 << 20, 6 << 20};
    printf("%ld", syscall(SYS_capset, &header, none));
    printf(" %d\n", setrlimit(RLIMIT_MEMLOCK, &limit));

    printf("%d\n", mlockall(MCL_CURRENT | MCL_FUTURE));

    leak();
    puts(mmap(NULL, 3 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? "no memory"
                                                                                          : "mapped");
    return 0;
}
