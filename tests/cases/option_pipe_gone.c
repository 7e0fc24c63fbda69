// Proves that what we say of the options at start-up kills nobody where stderr has no reader any more.
// RUN: exec 3>&1; { read -r line <&4; WATCH SESSGUARD_OPTIONS=nonsense=1 @PROG@ >&3; echo "$?" >&3; } 4< <(:) 2> >(exec 3>&-; exec true)
// CHECK: test ! -s ../stderr
#include <stdio.h>

int main(void)
{
    puts("ends");
    return 0;
}
