// Proves that a helper of another kind, which ends with a status that is no verdict, costs no report.
// ENV: SESSGUARD_OPTIONS=helper=@DIR@/helper
// SETUP: printf '#!/bin/sh\nexit 77\n' >helper; chmod +x helper
// EXPECT: ^1 socket( \([a-z ]+\))? never closed
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// EXPECT: ; no lines: the sessguard command ended with status 77$
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
