// Proves that processes of one program which end at the same time each have a report in one piece.
// RUN: for i in 1 2 3 4 5 6 7 8; do WATCH @PROG@ & done; wait
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 2 sessions leaked at 2 places' "$REPORT")" = 8
// CHECK: test "$(grep -oE '^SUMMARY|WARNING' "$REPORT" | uniq | wc -l)" = 16
// CHECK: test "$(grep -oE '^==[0-9]+==' "$REPORT" | sort -u | wc -l)" = 8
#include <sys/socket.h>

int main(void)
{
    int one = socket(AF_INET, SOCK_STREAM, 0);
    int two = socket(AF_INET, SOCK_STREAM, 0);
    return one < 0 || two < 0;
}
