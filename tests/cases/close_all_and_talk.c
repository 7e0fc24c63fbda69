// Proves that no private descriptor stands in the way of a program that closes everything and reuses
// the numbers, in a fresh thread: the bytes it sends are the bytes it gets.
// CLEAN
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *open_some(void *unused)
{
    for (int i = 0; i < 5; i++)
        close(socket(AF_INET, SOCK_STREAM, 0));
    return unused;
}
int main(void)
{
    int pair[2];
    char text[16] = "";
    pthread_t thread;
    close(socket(AF_INET, SOCK_STREAM, 0));
    close_range(3, ~0U, 0);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || send(pair[0], "HELLO", 5, 0) != 5)
        return 1;
    pthread_create(&thread, NULL, open_some, NULL);
    pthread_join(thread, NULL);
    printf("%d %d %zd ", pair[0], pair[1], recv(pair[1], text, 15, MSG_DONTWAIT));
    printf("%s %zd\n", text, recv(pair[0], text, 15, MSG_DONTWAIT));
    return close(pair[0]) || close(pair[1]);
}
