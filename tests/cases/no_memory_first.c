// Proves that a process which cannot have memory for records runs as ever, and is told so if it asks.
// ENV: SESSGUARD_OPTIONS=verbosity=1
// EXPECT: ^==[0-9]+==sessguard: no memory for records: nothing was watched$
// CHECK: [ "$(grep -c sessguard: "$REPORT")" = 1 ]
#include "no_memory.h"
#include <stdio.h>
#include <sys/wait.h>

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("%d\n", no_memory());
    printf("%d\n", close(socket(AF_INET, SOCK_STREAM, 0)));
    if (vfork() == 0)
        _exit(3);
    wait(NULL);
    printf("%d\n", socket(AF_INET, SOCK_STREAM, 0) > 2);
    return 0;
}
