// Proves that an unknown mode gives one line that says what is allowed, and then warns as usual.
// MODE: nosiy
// EXPECT: ^sessguard: .*SESSGUARD_MODE.*nosiy
// EXPECT: warn.*silence.*auto-close.*off
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// CHECK: test "$(grep -c '^sessguard: ' "$REPORT")" = 1
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
