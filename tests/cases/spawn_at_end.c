// Proves that a child which posix_spawn() is about to make into another program has nothing of what its parent leaves
// open, though it runs in the parent's memory until then: it never reports anything.
// SETUP: mkfifo ready gate
// RUN: WATCH @PROG@; status=$?; : >gate; exit $status
// LIBS: -lcurl
// EXPECT: ^1 socket never closed.*
// EXPECT: ^1 curl.easy .*never closed.*
// EXPECT: ^SUMMARY: sessguard: 2 sessions leaked at 2 places\.
#include <curl/curl.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

/* Waits in the child, before it becomes /bin/true, first for main() and then for the end of the program. */
static void *spawn(void *unused)
{
    char *arguments[] = {"true", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 8, "ready", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 9, "gate", O_RDONLY, 0);
    posix_spawn(&child, "/bin/true", &actions, NULL, arguments, environ);
    return unused;
}

int main(void)
{
    pthread_t thread;
    CURL *easy = curl_easy_init();
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!easy || fd < 0 || pthread_create(&thread, NULL, spawn, NULL) != 0)
        return 98;
    return open("ready", O_RDONLY) < 0;
}
