// Proves that several processes may share one JSON file: one line each, none torn.
// ENV: SESSGUARD_OPTIONS=format=json:output=report.json
// REPORT: report.json
// CHECK: test "$(wc -l <"$REPORT")" = 9
// CHECK: jq -se '(map(.pid) | unique | length) == 9 and all(.[]; .totals.leaked == 1)' "$REPORT"
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            socket(AF_INET, SOCK_STREAM, 0);
            exit(0);
        }
    while (wait(NULL) > 0)
        ;
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
