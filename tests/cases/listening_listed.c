// Proves that a listening socket is listed in the JSON report as one that does not count.
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: jq -e '.totals.leaked == 1 and (.leaks | length) == 2' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.counts == false)] | length == 1' "$REPORT"
// CHECK: jq -e '[.leaks[] | select(.counts == false)][0].stack[0].function == "net_listen"' "$REPORT"
#include "net.h"

int main(void)
{
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return net_listen(&address) < 0 || fd < 0;
}
