// Proves that the line that the report offers for pasting hides just that leak in the next run.
// RUN: WATCH @PROG@ 2>first; grep -o 'suppress: .*' first | sed 's/suppress: //' >supp; cat first >&2; WATCH SESSGUARD_OPTIONS=suppressions=supp:print_suppressions=0 @PROG@ 2>second; cat second >&2
// CHECK: test -s supp && ! grep -q 'never closed' second
// EXPECT: suppress: [a-z.]+(\[max=1\])?:
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
