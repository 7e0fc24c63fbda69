/* A program that leaks on every platform, and prints what its calls returned. */
#ifndef STATIC
#include <dlfcn.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void *in_thread(void *unused)
{
    close(socket(AF_INET, SOCK_STREAM, 0));
    return unused;
}
static void send_and_receive(void) /* a descriptor: libcs lay out the message differently */
{
    int pair[2], got = -1;
    union {
        char bytes[256];
        struct cmsghdr part;
    } control;
    char byte = 'x';
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(sizeof(int))};
    memset(&control, 0, sizeof control);
    control.part.cmsg_level = SOL_SOCKET;
    control.part.cmsg_type = SCM_RIGHTS;
    control.part.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.part), (int[]){0}, sizeof(int));
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    printf("sent %zd\n", sendmsg(pair[0], &message, 0));
    memset(&message, 0x5a, sizeof message); /* with what is not of the fields */
    message.msg_name = NULL, message.msg_namelen = 0;
    message.msg_iov = &data, message.msg_iovlen = 1;
    message.msg_control = &control, message.msg_controllen = sizeof control;
    printf("received %zd\n", recvmsg(pair[1], &message, 0));
    memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
    printf("descriptor %d\n", got);
    close(got), close(pair[0]), close(pair[1]);
}
static void vfork_and_wait(void)
{
    static char *arguments[] = {"true", NULL};
    int status = -1;
    pid_t child = vfork();
    if (child == 0) {
        close(0);
        execv("/bin/true", arguments);
        _exit(9);
    }
    printf("child %d", waitpid(child, &status, 0) == child);
    printf(" status %d\n", status);
}
#ifndef STATIC
static void look_up(void)
{
    int (*open_one)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_DEFAULT, "socket");
    int (*close_one)(int) = (int (*)(int))dlsym(dlopen(NULL, RTLD_NOW), "close");
    printf("looked up %d %d", open_one && close_one, close_one(open_one(AF_INET, SOCK_STREAM, 0)));
    printf(" missing %d", dlsym(RTLD_DEFAULT, "no_such_function") == NULL);
    printf(" %d\n", dlopen("libno_such_library.so", RTLD_NOW) == NULL);
}
#else
static void look_up(void) {}
#endif
static void at_end(void) { puts("at exit"); }

int main(int argc, char **argv)
{
    pthread_t thread;
    const char *how = argc > 1 ? argv[1] : "return";
    atexit(at_end);
    at_quick_exit(at_end);
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
    send_and_receive();
    vfork_and_wait();
    look_up();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int other = dup2(fd, 77);
    printf("socket %d %d %d\n", fd, other, fcntl(fd, F_DUPFD, 90));
    printf("close %d %d\n", close(other), errno);
    FILE *stream = fdopen(dup(fd), "r+");
    printf("fclose %d close %d", fclose(stream), close(-1));
    printf(" errno %d uid %d\n", errno, (int)geteuid());
    if (strcmp(how, "quick") == 0)
        quick_exit(5);
    if (strcmp(how, "under") == 0)
        _exit(6);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "exec") == 0)
        execlp("echo", "echo", "another", "program", NULL);
    return 7;
}
