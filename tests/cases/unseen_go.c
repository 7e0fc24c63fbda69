// Proves that at verbosity=1 a program with Go code is told that its sockets cannot be seen. (The section is
// what the Go linker marks its programs with.)
// ENV: SESSGUARD_OPTIONS=verbosity=1
// EXPECT: sessguard: cannot see sockets of Go code in .*/unseen_go: it calls the kernel without libc$
__asm__(".section .note.go.buildid, \"a\", @note\n.long 4, 4, 4\n.asciz \"Go\\0\"\n.long 0\n.previous\n");

int main(void) { return 0; }
