// Proves that a service whose descriptors 0, 1 and 2 are its client's connection, as inetd hands it over, sends
// the answer alone, in each mode, with bad options too; by TCP, by a socket with a name, by a pair, and
// where its input is another. Its report goes to the file that was asked for.
// ENV: SESSGUARD_OPTIONS=nonsense=1:output=@DIR@/report.txt
// REPORT: report.txt
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked' "$REPORT")" = 7
// CHECK: test "$(cat ../stderr)" = 'sessguard: SESSGUARD_OPTIONS: unknown option "nonsense"' || grep -q nonsense ../stderr
#include "client.h"
#include <string.h>

static void over_tcp(const char *mode, int has_input)
{
    struct sockaddr_in address;
    int listener = net_listen(&address), client = socket(AF_INET, SOCK_STREAM, 0);
    net_connect(client, &address);
    int connection = accept(listener, NULL, NULL);
    serve(connection, "answer", mode, has_input);
    close(connection);
    close(listener);
    receive(client, "tcp");
}
static void over_name(int has_input)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "name"};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1) ||
        connect(client, (struct sockaddr *)&address, sizeof address))
        exit(1);
    int connection = accept(listener, NULL, NULL);
    serve(connection, "answer", "warn", has_input);
    close(connection);
    close(listener);
    unlink("name");
    receive(client, "name");
}
static void over_pair(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        exit(1);
    serve(pair[1], "answer", "warn", 1);
    close(pair[1]);
    receive(pair[0], "pair");
}
int main(int count, char **words)
{
    (void)words;
    if (count > 1) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        puts("220 answer");
        return fd < 0;
    }
    over_tcp("warn", 1);
    over_tcp("silence", 1);
    over_tcp("auto-close", 1);
    over_tcp("warn", 0);
    over_name(1);
    over_name(0);
    over_pair();
    return client_end();
}
