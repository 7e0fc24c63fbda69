// Proves that a program without a build-id that is replaced while it runs keeps its names, as its file is still there.
// CFLAGS: -Wl,--build-id=none
// POST: cp @PROG@ @PROG@.old && gcc -DOTHER -g -Wl,--build-id=none -o @PROG@.new @SRC@/replaced_program.c
// RUN: cp @PROG@.old @PROG@.run; cp @PROG@.new @PROG@.next; WATCH @PROG@.run @PROG@.next
// EXPECT: in leaky .*replaced_program\.c
// REJECT: innocent
#include <stdio.h>
#include <sys/socket.h>

#ifdef OTHER
__attribute__((noinline)) int innocent(int type) { return socket(AF_INET6, type, 0) + 1; }
__attribute__((noinline)) int innocent_too(int type) { return socket(AF_INET6, type, 0) + 2; }
#endif

__attribute__((noinline)) static int leaky(void) { return socket(AF_INET, SOCK_STREAM, 0); }

int main(int count, char **arguments)
{
#ifdef OTHER
    innocent(count);
    innocent_too(count);
#endif
    return count != 2 || leaky() < 0 || rename(arguments[1], arguments[0]) != 0;
}
