/* What a snippet is written in: it opens one handle and closes it, by the hook
 * that it is named after. It is run in every frame of this folder, which says
 * where the two calls stand; SNIPPET=close in the environment asks for both,
 * SNIPPET=leak for the opening alone. */
#ifndef SNIPPET_H
#define SNIPPET_H

#include <curl/curl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* libc's second names, which no header declares. */
int __close(int fd);
int __connect(int fd, const struct sockaddr *address, socklen_t length);
int __dup2(int from, int to);
int __fcntl(int fd, int command, ...);
int _IO_fclose(FILE *file);
FILE *_IO_fdopen(int fd, const char *mode);

#ifdef FROM_DLSYM
static inline void *looked_up(const char *library, const char *name)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void *found = handle ? dlsym(handle, name) : NULL;
    if (!found)
        exit(98);
    return found;
}
#include FROM_DLSYM
#endif

#include "../cases/lib/net.h"

#define OPEN static intptr_t snippet_open(void)
#define CLOSE static void snippet_close(intptr_t handle)

static inline int must_close(void)
{
    const char *wanted = getenv("SNIPPET");
    return wanted && strcmp(wanted, "close") == 0;
}

/* What the next few help with is closed again before they return. */

/* A connection that waits to be accepted; hands the listener out. */
static inline int pending_connection(void)
{
    struct sockaddr_in address;
    int listener = net_listen(&address);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    net_connect(client, &address);
    close(client);
    return listener;
}

/* One end of a pair, through which a socket was sent that is closed here. */
static inline int sent_socket(void)
{
    int pair[2];
    char byte = 'x';
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    net_must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    *part =
        (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
    memcpy(CMSG_DATA(part), &fd, sizeof fd);
    net_must(sendmsg(pair[0], &message, 0) == 1, "sendmsg");
    close(fd);
    close(pair[0]);
    return pair[1];
}

/* The descriptor that came with a message. */
static inline int received_in(struct msghdr *message)
{
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(message)), sizeof fd);
    return fd;
}

static inline int tcp(void) { return socket(AF_INET, SOCK_STREAM, 0); }

/* A handle whose transfer fails at once: nobody listens on port 1. */
static inline CURL *nowhere(void)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, "http://127.0.0.1:1/");
    return easy;
}

#include SNIPPET

#endif
