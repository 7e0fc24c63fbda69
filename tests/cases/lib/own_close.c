/* A library with a function of libc's name that does something else. */
int close(int number);
int close(int number) { return number + 1000; }
