/* Another one. */
#define NAME 'b'
#include "named_curl.c"
