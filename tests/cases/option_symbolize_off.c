// Proves that symbolize=0 prints modules and offsets and looks up no lines.
// ENV: SESSGUARD_OPTIONS=symbolize=0
// EXPECT: #0 0x[0-9a-f]+ .*option_symbolize_off\+0x[0-9a-f]+
// EXPECT: SUMMARY: sessguard: 1 session leaked
// REJECT: option_symbolize_off\.c
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
