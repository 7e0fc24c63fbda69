// Proves that a Python which is newer than any that is known leaves native stacks, and one line that says so.
// CFLAGS: -rdynamic
// EXPECT: ^==[0-9]+==sessguard: cannot see frames and sessions of Python 3\.42: only 3\.11 to 3\.[0-9]+ are known$
// EXPECT: ^1 socket never closed
// EXPECT: #0 0x[0-9a-f]+ in open_one
// CHECK: [ "$(grep -c 'cannot see' "$REPORT")" = 1 ]
#include <sys/socket.h>

/* What an interpreter exports, as far as it shows that there is one. */
const unsigned long Py_Version = 0x032a01f0;
void *PyGILState_GetThisThreadState(void) { return 0; }
struct {
    char cookie[8];
    unsigned long words[200];
} _PyRuntime = {"xdebugpy", {0x032a01f0}};

__attribute__((noinline)) static int open_one(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }

int main(void) { return open_one() < 0; }
