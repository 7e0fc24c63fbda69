// Proves that auto-close leaves a connection alone that a child process goes on with: nothing is said on it, and
// it is not shut down.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: skipped 1 \(a child process uses it too\)
#include "goes_on.h"

int main(void) { return run(0); }
