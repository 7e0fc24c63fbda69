#!/bin/bash
# What is not our platform runs as ever: musl, 32-bit, static, set-user-ID and
# file capabilities. The same programs leak, where they can be watched, so it is
# by the platform that they print no report.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
ulimit -c 0
need cc musl-gcc setpriv setcap

cat >"$work/leak.c" <<'END'
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
    union { char bytes[256]; struct cmsghdr part; } control;
    char byte = 'x';
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
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
END
cc -g -w -pthread -o "$work/usual" "$work/leak.c"
musl-gcc -g -w -o "$work/musl" "$work/leak.c"
musl-gcc -g -w -Wl,--hash-style=sysv -o "$work/musl_sysv" "$work/leak.c"
musl-gcc -g -w -static -DSTATIC -o "$work/musl_static" "$work/leak.c"
# The headers of the kernel lie where only gcc-multilib makes them be found, which
# no cross compiler can be installed beside.
cc -g -w -pthread -m32 -idirafter "/usr/include/$(cc -print-multiarch)" -o "$work/m32" "$work/leak.c"
cc -g -w -pthread -static -DSTATIC -o "$work/static" "$work/leak.c"
cc -g -w -pthread -static-pie -DSTATIC -o "$work/static_pie" "$work/leak.c"
file_type() { # NAME REGEX: NAME is what it is taken for
    readelf -hlW "$work/$1" | grep -E -- "$2" >/dev/null || bad "$1 is not what the test thinks: no $2"
}
file_type musl 'interpreter: /lib/ld-musl'
file_type m32 'ELF32'
file_type static_pie 'DYN '
for program in musl_static static static_pie; do
    ! readelf -lW "$work/$program" | grep -E 'INTERP' >/dev/null || bad "$program is not static"
done

# Where it can be watched there is a report.
compare usual "$work/usual"
reports usual 'SUMMARY: sessguard: 2 sessions leaked'

# stdout, stderr and status are the same; the loader's own words about us aside.
normalise() { grep -av '^ERROR: ld.so: object .*(wrong ELF class: ELFCLASS64): ignored' || true; }
for program in musl musl_sysv musl_static static static_pie; do
    for how in return quick under abort exec; do
        compare "$program.$how" "$work/$program" "$how"
    done
done
compare m32 "$work/m32"
grep -q 'wrong ELF class' "$work/m32.warn.err" || bad "m32: the loader no longer says that it ignores us"

# A musl program that asks is told that it is not watched; its child, which is not
# one, is.
said=$(SESSGUARD_OPTIONS=verbosity=1 LD_PRELOAD="$library" "$work/musl" 2>&1 >/dev/null | sed 's/^==[0-9]*==//') || true
[ "$said" = "sessguard: this is not glibc: nothing is watched
sessguard: no leaks (0 opened)" ] || bad "musl, verbosity=1: $said"

# Privileged programs are not watched either: the loader drops LD_PRELOAD. The
# library must lie where anyone may read it, or that would be the reason.
public=$(mktemp -d "${TMPDIR:-/var/tmp}/sessguard.XXXXXX")
remove_public() { rm -rf "$public"; }
ends+=(remove_public)
chmod 755 "$public"
cp "$work/usual" "$public/usual" && cp "$work/usual" "$public/setuid" && cp "$work/usual" "$public/capable"
cp "$library" "$public/libsessguard.so"
chmod 4755 "$public/setuid"
setcap cap_net_bind_service=ep "$public/capable"
run_unprivileged() { # PROGRAM WAY [VARIABLE]
    status=0
    (cd "$public" && env "${@:3}" setpriv --reuid=65534 --regid=65534 --clear-groups "$public/$1") </dev/null \
        >"$work/$1.$2.out" 2>"$work/$1.$2.err" || status=$?
    echo "$status" >>"$work/$1.$2.out"
}
for program in usual setuid capable; do
    run_unprivileged "$program" plain
    run_unprivileged "$program" watched "LD_PRELOAD=$public/libsessguard.so"
    diff -u "$work/$program.plain.out" "$work/$program.watched.out" || bad "unprivileged $program differs"
    [ "$program" = usual ] || diff -u "$work/$program.plain.err" "$work/$program.watched.err" ||
        bad "unprivileged $program: stderr differs"
done
grep -q '2 leaked sessions' "$work/usual.watched.err" || bad "the unprivileged program was not watched at all"
grep -q 'uid 0$' "$work/setuid.watched.out" ||
    bad "the program was not privileged: is this file system mounted nosuid?"
finish
