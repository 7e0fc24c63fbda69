// Proves that without the helper the text report still goes to the files that were asked for, for its user alone,
// in silence without a word, otherwise with a line that leads there; and that a line says so where it cannot.
// RUN: umask 0; O=SESSGUARD_OPTIONS=helper=/none; WATCH SESSGUARD_MODE=silence $O:output=silent @PROG@; WATCH $O:output=warned @PROG@ 2>pointer; WATCH $O:log_path=log-%n-%p @PROG@; WATCH SESSGUARD_MODE=silence $O:output=/none/report @PROG@ 2>lost; WATCH SESSGUARD_MODE=silence $O:report_clean=1:output=clean @PROG@ clean; WATCH SESSGUARD_MODE=silence $O:output=nothing @PROG@ clean
// CHECK: test "$(grep -l '^SUMMARY: sessguard: 1 session leaked at 1 place; no lines' * | tr '\n' ' ' | sed 's/-[0-9][0-9]*//g')" = 'log-helper_missing_output silent warned '
// CHECK: test "$(stat -c %a silent warned log-* | sort -u)" = 600; test ! -s ../stderr; test ! -e nothing
// CHECK: grep -qE '^==[0-9]+==WARNING: sessguard: 1 leaked session; report in .*warned$' pointer; test "$(wc -l <pointer)" = 1
// CHECK: test "$(cat lost)" = 'sessguard: cannot write the report to /none/report: no such file or directory'
// CHECK: grep -qE '^==[0-9]+==sessguard: no leaks$' clean
#include <sys/socket.h>

int main(int count, char **words)
{
    (void)words;
    return count == 1 && socket(AF_INET, SOCK_STREAM, 0) < 0;
}
