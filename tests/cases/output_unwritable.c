// Proves that where the report's file cannot be written the report goes to stderr, with the reason.
// ENV: SESSGUARD_OPTIONS=output=/no/such/folder/report.txt
// EXPECT: sessguard: .*/no/such/folder/report\.txt
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
