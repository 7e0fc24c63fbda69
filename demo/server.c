/* A small web server for the demo: HTTP/1.1 with keep-alive on a free port of
 * the loopback, printed as the first line. It answers GET /profile/N with a
 * little text, 404 where N is a multiple of 33, and ends when its standard
 * input does, so that it never outlives the script that started it. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 4096
#define REQUEST_MAX 2048

static struct pollfd watched[CLIENTS_MAX + 2];
static char *request[CLIENTS_MAX + 2]; /* what a client has sent so far */
static size_t received[CLIENTS_MAX + 2];
static nfds_t count;

static void add(int fd)
{
    watched[count] = (struct pollfd){.fd = fd, .events = POLLIN};
    request[count] = calloc(1, REQUEST_MAX + 1);
    received[count] = 0;
    count++;
}

static void drop(nfds_t at)
{
    close(watched[at].fd);
    free(request[at]);
    count--;
    watched[at] = watched[count];
    request[at] = request[count];
    received[at] = received[count];
}

static void answer(int fd, const char *text)
{
    char body[64], head[256];
    long number = 1;
    bool is_profile = sscanf(text, "GET /profile/%ld ", &number) == 1;
    bool is_missing = is_profile && number % 33 == 0;
    int length = snprintf(body, sizeof body, is_missing ? "no such profile\n" : "profile %ld\n", number);
    int size =
        snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
                 is_missing ? "404 Not Found" : "200 OK", length, body);
    if (send(fd, head, (size_t)size, MSG_NOSIGNAL) != size)
        perror("server: send");
}

/* Returns false where the client has gone. */
static bool serve(nfds_t at)
{
    char *text = request[at], *end;
    ssize_t got = recv(watched[at].fd, text + received[at], REQUEST_MAX - received[at], 0);
    if (got <= 0)
        return false;
    received[at] += (size_t)got;
    text[received[at]] = '\0';
    while ((end = strstr(text, "\r\n\r\n"))) {
        end += 4;
        answer(watched[at].fd, text);
        received[at] -= (size_t)(end - text);
        memmove(text, end, received[at] + 1);
    }
    return received[at] < REQUEST_MAX;
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) ||
        getsockname(listener, (struct sockaddr *)&address, &length) || listen(listener, 1024)) {
        perror("server");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    add(STDIN_FILENO);
    add(listener);
    while (poll(watched, count, -1) > 0) {
        char ignored[64];
        if (watched[0].revents && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            return 0;
        for (nfds_t at = count - 1; at > 1; at--)
            if (watched[at].revents && !serve(at))
                drop(at);
        if (watched[1].revents && count < CLIENTS_MAX + 2) {
            int client = accept(listener, NULL, NULL);
            if (client >= 0)
                add(client);
        }
    }
    return 1;
}
