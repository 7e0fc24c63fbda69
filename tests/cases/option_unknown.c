// Proves that an unknown key is always reported, with its name, also by a program that leaks nothing,
// and that the keys beside it count.
// ENV: SESSGUARD_OPTIONS=exitcod=3:exitcode=23
// EXPECT: ^sessguard: .*SESSGUARD_OPTIONS.*exitcod
// EXIT_WATCHED: 23
#include <sys/socket.h>

int main(void) { return socket(AF_INET, SOCK_STREAM, 0) < 0; }
