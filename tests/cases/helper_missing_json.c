// Proves that where JSON was asked for and no helper is there, the raw snapshot is kept for later and the
// entry goes to stderr as text.
// ENV: SESSGUARD_OPTIONS=helper=/no/such/helper:format=json:output=report.json
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
// EXPECT: ^sessguard: a snapshot for `sessguard report` is in .*/report\.json\.[0-9]+\.snap$
// CHECK: ls report.json.*.snap && head -c 8 report.json.*.snap | grep -q SESGARD1
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
