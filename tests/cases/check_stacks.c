// Proves that with check_stacks=1 every stack is walked in full, too, and that it is said how many were known
// without a walk.
// CFLAGS: -O1 -fno-optimize-sibling-calls
// ENV: SESSGUARD_OPTIONS=check_stacks=1:report_clean=1:format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '.stacks.walked + .stacks.known == 1000 and .stacks.walked < 10 and .stacks.wrong == 0' "$REPORT"
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int deep(int depth)
{
    if (depth > 0)
        return deep(depth - 1) + 1;
    return close(socket(AF_UNIX, SOCK_STREAM, 0));
}

int main(void)
{
    int sum = 0;
    for (int i = 0; i < 1000; i++)
        sum += deep(i % 5);
    return sum != 2000;
}
