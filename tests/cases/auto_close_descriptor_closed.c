// Proves that auto-close leaves a session alone whose descriptor was closed by the program: the number may be
// another's by now, and nobody must say a goodbye there.
// LIBS: -lcurl
// SERVER: http
// MODE: auto-close
// EXPECT: skipped 1 \(the program closed its descriptor\)
// CHECK: [ "$(grep -c "skipped 1 (the program closed its descriptor)" "$REPORT")" = 11 ]
#include "descriptor_closed.h"

int main(void) { return run(); }
