// Proves that color=always colours and that without it a file gets none (every other case).
// ENV: SESSGUARD_OPTIONS=color=always
// CHECK: grep -q "$(printf '\033')\[" "$REPORT"
// EXPECT: sessguard
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
