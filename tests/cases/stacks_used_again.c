// Proves that a program with more stacks than there is room for loses no leak: what was closed makes room.
// ENV: SESSGUARD_OPTIONS=frames=40:format=json:output=report.json
// CFLAGS: -O1 -fno-optimize-sibling-calls
// REPORT: report.json
// CHECK: jq -e '.totals | .opened == 10001 and .leaked == 40 and .untracked == 0' "$REPORT"
// CHECK: jq -e '.totals | has("shortened") | not' "$REPORT"
// CHECK: jq -e '(.leaks | length) == 40 and all(.leaks[].stack; length == 40)' "$REPORT"
#include "lib/many_stacks.h"

enum { STACKS = 10000, LEAKS = 40 };

int main(void)
{
    struct rlimit before;
    close(socket(AF_UNIX, SOCK_STREAM, 0)); /* the tables are there */
    limit_memory(&before);
    for (unsigned i = 0; i < STACKS; i++) {
        int fd = open_at(i, DEPTH);
        if (i % (STACKS / LEAKS) != 0)
            close(fd);
    }
    setrlimit(RLIMIT_AS, &before);
    return 0;
}
