// Proves that auto-close leaves a connection alone that a child of a child goes on with, whose parent is gone.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: skipped 1 \(a child process uses it too\)
#include "goes_on.h"

int main(void) { return run(1); }
