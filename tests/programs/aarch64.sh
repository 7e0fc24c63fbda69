#!/bin/bash
# The library on aarch64: its assembly, its unwinder and its call frames cannot
# be tried on another machine, so it is cross-compiled and run in qemu. The
# command is not there, so the report is the plain one, without lines; libcurl
# is not there either: a library of two functions stands for it.
# COST: 60
set -eu
. "$(dirname "$0")/../environment.sh"

work=$build_dir/programs/aarch64
compiler=aarch64-linux-gnu-gcc
for program in "$compiler" qemu-aarch64; do
    command -v "$program" >/dev/null || {
        bad "$program is not installed (tests/packages.txt)"
        finish
    }
done
rm -rf "$work" && mkdir -p "$work/include"
headers=$(dirname "$(echo '#include <curl/curl.h>' | gcc -E -x c - | sed -n 's/^# 1 "\(.*\/curl\.h\)".*/\1/p' | head -n 1)")
cp -r "$headers" "$work/include/curl"

flags=(-std=gnu17 -D_GNU_SOURCE -O2 -g -fPIC -fvisibility=hidden -fasynchronous-unwind-tables
    -fno-semantic-interposition -Wall -Wextra -Werror -iquote detector -iquote shim -iquote shim/python -I"$work/include")
compile() { # FILE FLAG...
    "$compiler" "${flags[@]}" "${@:2}" -c "$1" -o "$work/$(echo "$1" | tr / _).o"
}
compile shim/own_libc.c -ffreestanding -fno-builtin
for file in shim/*.c shim/family/*.c shim/python/*.c detector/*.c; do
    [ "$file" = shim/own_libc.c ] || echo "$file"
done | { # two at a time are what a small machine has
    while read -r file; do
        compile "$file" &
        [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
    done
    wait
}
"$compiler" "${flags[@]}" -c "$build_dir/families.c" -o "$work/families.o"
"$compiler" -shared -o "$work/libsessguard.so" "$work"/*.o -Wl,-z,defs -Wl,-z,now -Wl,-z,initfirst \
    -Wl,-z,nodelete -Wl,--as-needed -Wl,--version-script=shim/exports.map

cat >"$work/libcurl.c" <<'END'
#include <stdlib.h>
void *curl_easy_init(void) { return malloc(1); }
void curl_easy_cleanup(void *easy) { free(easy); }
END
"$compiler" -g -fPIC -shared -Wl,-soname,libcurl.so.4 -o "$work/libcurl.so.4" "$work/libcurl.c"
cat >"$work/program.c" <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int tcp(void) { return socket(AF_INET, SOCK_STREAM, 0); }
__attribute__((noinline)) int leak_in_main(void) { return tcp() + 0; }
__attribute__((noinline)) int leak_in_thread(void) { return tcp() + 0; }
__attribute__((noinline)) int leak_in_handler(void) { return tcp() + 0; }
__attribute__((noinline)) void *leak_by_pointer(void *(*init)(void)) { return init(); }
static void *run(void *unused) { (void)unused; leak_in_thread(); return NULL; }
static void handle(int signal) { (void)signal; leak_in_handler(); close(tcp()); }

int main(int argc, char **argv)
{
    pthread_t thread;
    int status = 0, fd = leak_in_main();
    (void)argc;
    close(tcp());
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, NULL);
    signal(SIGUSR1, handle);
    raise(SIGUSR1);
    void *libc = dlopen("libc.so.6", RTLD_NOW), *curl = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    void *(*init)(void) = (void *(*)(void))dlsym(curl, "curl_easy_init");
    void (*cleanup)(void *) = (void (*)(void *))dlsym(curl, "curl_easy_cleanup");
    printf("%d %d\n", dlsym(libc, "socket") == (void *)socket, dlsym(RTLD_DEFAULT, "curl_easy_init") == NULL);
    cleanup(init());
    leak_by_pointer(init);
    if (vfork() == 0) {
        close(fd);
        _exit(5);
    }
    wait(&status);
    printf("%d\n", WEXITSTATUS(status));
    return 7;
}
END
"$compiler" -g -O1 -rdynamic -pthread -o "$work/program" "$work/program.c"

run() { # NAME [PRELOAD]
    status=0
    qemu-aarch64 -L /usr/aarch64-linux-gnu ${2:+-E LD_PRELOAD="$2"} "$work/program" "$work/libcurl.so.4" \
        >"$work/$1.out" 2>"$work/$1.err" || status=$?
    [ "$status" = 7 ] || bad "$1: status $status"
}
run plain
run watched "$work/libsessguard.so"
cmp "$work/plain.out" "$work/watched.out" || bad "stdout differs"
[ ! -s "$work/plain.err" ] || bad "prints without the library"
for place in main thread handler pointer; do
    [ "$(grep -cE "leak_(in|by)_$place" "$work/watched.err")" = 1 ] || bad "no one leak in $place"
done
grep -q '^1 curl\.easy .*never closed' "$work/watched.err" || bad "no curl.easy"
grep -q '^SUMMARY: sessguard: 4 sessions leaked at 4 places' "$work/watched.err" || bad "not four leaks"
[ "$failures" = 0 ] || cat "$work/watched.err"
finish
