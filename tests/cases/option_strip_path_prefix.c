// Proves that strip_path_prefix leaves that part out of file names.
// ENV: SESSGUARD_OPTIONS=strip_path_prefix=@SRC@/
// EXPECT: in main option_strip_path_prefix\.c:[0-9]+
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
