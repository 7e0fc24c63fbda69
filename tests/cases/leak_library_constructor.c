// Proves that what a linked library opens before main is watched too.
// WITH: leaks_at_start.c
// WITH_LIBS: -lcurl
// EXPECT: ^1 curl\.easy
// EXPECT: in library_begins .*leaks_at_start\.c
// EXPECT: SUMMARY: sessguard: 1 session leaked at 1 place
extern void *leaks_at_start_easy;

int main(void) { return leaks_at_start_easy == 0; }
