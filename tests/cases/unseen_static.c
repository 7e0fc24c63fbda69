// Proves that at verbosity=1 a program with its own copy of a library is told that this cannot be seen. (What a
// static libcurl leaves in a program is just this: a function that it has and does not export.)
// ENV: SESSGUARD_OPTIONS=verbosity=1
// EXPECT: sessguard: cannot see curl in .*/unseen_static: it is linked statically$
// CHECK: test "$(grep -c 'cannot see' "$REPORT")" = 1
#include <stdio.h>

__attribute__((noinline)) void curl_easy_cleanup(void *handle) { printf("%p\n", handle); }

int main(void)
{
    curl_easy_cleanup(NULL);
    return 0;
}
