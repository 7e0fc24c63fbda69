// Proves that a program that removes its own file has its names all the same.
// RUN: cp @PROG@ run; WATCH ./run
// EXPECT: in leaky .*unlinked_program\.c
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int leaky(void) { return socket(AF_INET, SOCK_STREAM, 0); }

int main(int count, char **arguments) { return leaky() < 0 || unlink(arguments[count - 1]) != 0; }
