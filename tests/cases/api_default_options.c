// Proves that a program's own default options count, and that the environment wins over them.
// CFLAGS: -rdynamic
// ENV: SESSGUARD_OPTIONS=frames=1
// EXIT_WATCHED: 42
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// REJECT: #1 0x
#include <sys/socket.h>

const char *__sessguard_default_options(void);
const char *__sessguard_default_options(void) { return "exitcode=42:frames=3"; }

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
