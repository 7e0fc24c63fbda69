#!/bin/bash
# With another malloc() in the process, preloaded before us, preloaded after us
# or linked, programs behave the same, and the reports are the same.
set -eu
. "$(dirname "$0")/../compare.sh"
need cc python3

cat >"$work/threads.c" <<'END'
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int is_leaking;

static size_t take(char *data, size_t size, size_t count, void *sum)
{
    *(size_t *)sum += size * count;
    return (data != NULL) * size * count;
}
static __attribute__((noinline)) CURL *fetch(size_t *sum)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, getenv("TEST_HTTP_URL"));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, sum);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_perform(easy);
    return easy;
}
static void *run(void *result)
{
    for (int i = 0; i < 20; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        void *memory = malloc(1000 * (size_t)i);
        CURL *easy = fetch(result);
        free(memory);
        if (!is_leaking || i > 0) {
            curl_easy_cleanup(easy);
            close(fd);
        }
    }
    return result;
}
int main(int argc, char **argv)
{
    pthread_t threads[4];
    static size_t sums[4];
    is_leaking = argc > 1 && strcmp(argv[1], "leak") == 0;
    curl_global_init(CURL_GLOBAL_ALL);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, run, &sums[i]);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        printf("%zu\n", sums[i]);
    }
    return 0;
}
END
cat >"$work/threads.py" <<'END'
import os, socket, sys, threading

kept = []
def run():
    for number in range(50):
        pair = socket.socketpair()
        pair[0].send(b"x" * 100)
        assert len(pair[1].recv(1000)) == 100
        if number == 0 and sys.argv[1] == "leak":
            kept.extend(pair)
        else:
            pair[0].close(), pair[1].close()
threads = [threading.Thread(target=run) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(kept), flush=True)
os._exit(0) # or the interpreter would close what was kept
END
cc -g -O1 -pthread -o "$work/threads" "$work/threads.c" -lcurl

expect() { # NAME HOW: what the two programs must print
    if [ "$2" = clean ]; then
        clean "$1"
    elif [[ $1 == *python* ]]; then
        reports "$1" 'SUMMARY: sessguard: 8 sessions leaked'
    else
        reports "$1" '^4 curl\.easy' '^4 sockets?( \([a-z ]+\))? never closed' 'SUMMARY: sessguard: 8 sessions leaked at 2 places'
    fi
}
for allocator in libjemalloc.so.2 libtcmalloc_minimal.so.4 libtcmalloc.so.4; do
    path=$(ldconfig -p | sed -n "s|^.*\b$allocator (.*64.*=> ||p" | head -n 1)
    [ -f "$path" ] || { bad "$allocator is not installed (tests/packages.txt)"; continue; }
    name=${allocator%%.*}
    cc -g -O1 -pthread -o "$work/$name" -Wl,--no-as-needed "$path" "$work/threads.c" -lcurl
    for how in clean leak; do
        compare "$name.linked.$how" "$work/$name" "$how"
        expect "$name.linked.$how" "$how"
        # shellcheck disable=SC2016 # the inner shell expands these
        for order in '$1${LD_PRELOAD:+:$LD_PRELOAD}' '${LD_PRELOAD:+$LD_PRELOAD:}$1'; do
            place=before
            [[ $order == *'$1' ]] && place=after
            start=(sh -c "LD_PRELOAD=$order; export LD_PRELOAD; shift; exec \"\$@\"" sh "$path")
            compare "$name.$place.$how" "${start[@]}" "$work/threads" "$how"
            expect "$name.$place.$how" "$how"
            compare "$name.$place.python.$how" "${start[@]}" /usr/bin/python3 "$work/threads.py" "$how"
            expect "$name.$place.python.$how" "$how"
        done
    done
done
finish
