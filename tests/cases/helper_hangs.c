// Proves that a helper that never ends does not keep the program from ending, and costs no report.
// SETUP: printf '#!/bin/sh\nexec tail -f /dev/null\n' >helper; chmod +x helper
// ENV: SESSGUARD_OPTIONS=helper=@DIR@/helper
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// EXPECT: ; no lines: the sessguard command did not end within its time$
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
