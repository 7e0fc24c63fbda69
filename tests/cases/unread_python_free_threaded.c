// Proves that a free-threaded Python of a version that is known leaves native stacks, which the report says in JSON,
// too, and that a program without leaks has no report of it.
// CFLAGS: -rdynamic
// ENV: SESSGUARD_OPTIONS=format=json:output=@DIR@/report.json
// REPORT: report.json
// EXPECT: "unread_python": \{"version": "3\.14", "reason": "free_threaded"\}
// CHECK: LD_PRELOAD=@LIB@ @PROG@ closes 2>&1 | (! grep .)
// CHECK: LD_PRELOAD=@LIB@ @PROG@ 2>&1 | grep -c 'of Python 3\.14: it is a free-threaded build$' | grep -qx 1
// CHECK: LD_PRELOAD=@LIB@ SESSGUARD_OPTIONS=verbosity=1 @PROG@ closes 2>&1 | grep -q 'of Python 3\.14: it is a free-threaded build$'
#include <sys/socket.h>
#include <unistd.h>

const unsigned long Py_Version = 0x030e02f0;
void *PyGILState_GetThisThreadState(void) { return 0; }
struct {
    char cookie[8];
    unsigned long words[200];
} _PyRuntime = {"xdebugpy", {0x030e02f0, 1}};

int main(int argc, char **argv)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)argv;
    return argc > 1 ? close(fd) : 0;
}
