// Proves that each open session is reported where there is no memory for its stack, and that the cut is said.
// ENV: SESSGUARD_OPTIONS=frames=64:format=json:output=report.json
// CFLAGS: -O1 -fno-optimize-sibling-calls
// REPORT: report.json
// CHECK: jq -e '.totals | .leaked == 900 and .untracked == 0 and .shortened > 0' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.shortened | not) | .stack | length] | length > 20 and max == 64' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.shortened) | .stack | length] | length > 0 and max < 64' "$REPORT"
#include "lib/many_stacks.h"

enum { OPEN = 900 };

int main(void)
{
    struct rlimit before;
    int first = socket(AF_UNIX, SOCK_STREAM, 0); /* the tables are there */
    limit_memory(&before);
    for (unsigned i = 1; i < OPEN; i++)
        if (open_at(i, DEPTH) < 0)
            return 1;
    setrlimit(RLIMIT_AS, &before);
    return first < 0;
}
