// Proves that help=1 lists the options at start-up, and the program then runs as usual.
// ENV: SESSGUARD_OPTIONS=help=1
// EXPECT: exitcode
// EXPECT: close_timeout_ms
// EXPECT: suppressions
#include <stdio.h>

int main(void) { return puts("running") < 0; }
