// Proves that a handler of SIGABRT that returns, one that ends the process itself, and an ignored SIGABRT are what they
// are without us: the report comes once, after the handler has closed what it closes, and the status stays.
// RUN: exec 3>&2 2>/dev/null; for way in return leave ignore nested; do WATCH @PROG@ $way 2>&3; echo "$way $?"; done
// REJECT: in closed_by_handler
// CHECK: test "$(grep -c ' in kept ' "$REPORT")" = 4
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked at 1 place' "$REPORT")" = 4
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *way;
static int fd;

static void on_abort(int number)
{
    (void)!write(STDOUT_FILENO, "handler\n", 8);
    close(fd);
    if (strcmp(way, "leave") == 0)
        _exit(number);
    if (strcmp(way, "nested") == 0) {
        signal(SIGABRT, SIG_DFL);
        abort();
    }
}

__attribute__((noinline)) static int closed_by_handler(void)
{
    int opened = socket(AF_INET, SOCK_STREAM, 0);
    return opened;
}

__attribute__((noinline)) static int kept(void)
{
    int opened = socket(AF_INET, SOCK_STREAM, 0);
    return opened;
}

int main(int count, char **words)
{
    way = words[count - 1];
    fd = closed_by_handler();
    signal(SIGABRT, strcmp(way, "ignore") == 0 ? SIG_IGN : on_abort);
    if (strcmp(way, "ignore") == 0)
        close(fd);
    return kept() < 0 ? 98 : (abort(), 97);
}
