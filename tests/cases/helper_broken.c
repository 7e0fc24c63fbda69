// Proves that a helper that is killed, having read nothing, costs no report.
// SETUP: printf '#!/bin/sh\nkill -9 $$\n' >helper; chmod +x helper
// ENV: SESSGUARD_OPTIONS=helper=@DIR@/helper
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// EXPECT: ; no lines: the sessguard command was killed by signal 9$
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
