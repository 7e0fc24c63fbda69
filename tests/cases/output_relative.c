// Proves that a relative path is taken from the directory at start-up, wherever the program goes.
// ENV: SESSGUARD_OPTIONS=output=report.txt
// REPORT: report.txt
// EXPECT: SUMMARY: sessguard: 1 session leaked
#include <sys/socket.h>
#include <unistd.h>

int main(void) { return chdir("/") || socket(AF_INET, SOCK_STREAM, 0) < 0; }
