// Proves that the report waits for the destructors of linked libraries.
// WITH: closes_at_end.c
// WITH_LIBS: -lcurl
// CLEAN
int closes_at_end_ready(void);

int main(void) { return !closes_at_end_ready(); }
