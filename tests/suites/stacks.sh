#!/bin/bash
# No stack is ever wrong: each one that the memo or the rules lead to is compared
# with a full walk of the call frame information, in a build of the library that
# stops the program at the first difference.
#
#   tests/suites/stacks.sh [-a]
#
# With -a all tests of this project run with that build (some ten minutes). Then
# programs are at work: python3 with sockets, threads and asyncio, modules of
# CPython's own tests, git, curl, bash, and gcc, which opens nothing. The last
# lines say how many stacks were compared and how many were known to the memo.
set -eu
. "$(dirname "$0")/../environment.sh"
unset http_proxy https_proxy all_proxy LD_PRELOAD SESSGUARD_MODE SESSGUARD_OPTIONS
build=$build_dir/suites/stacks
mkdir -p "$build"
cmake -S "$source_dir" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSESSGUARD_ALL_FAMILIES=ON \
    -DSESSGUARD_TESTS=ON -DSESSGUARD_CHECK_STACKS=ON >"$build_dir/stacks.log"
cmake --build "$build" -j "$(nproc)" >>"$build_dir/stacks.log"
library=$build/libsessguard.so

if [ "${1:-}" = -a ]; then
    # Figures that the README shows are of the common build; a lint has no stacks.
    ctest --test-dir "$build" -j "$(nproc)" -E '^lint\.|^program\.(bench|instructions)' >"$build/ctest.log" || {
        grep -A 99 'tests failed' "$build/ctest.log"
        bad "tests that pass without the check"
    }
    grep 'tests passed' "$build/ctest.log"
fi

work=$(mktemp -d)
server=$build/servers/stacks
trap 'tests/servers/nginx.sh stop "$server"; rm -rf "$work"' EXIT
tests/servers/nginx.sh start "$server"
# shellcheck disable=SC1091
. "$server/env"

watched() { # NAME COMMAND...
    local name=$1
    shift
    (cd "$work" && LD_PRELOAD="$library" SESSGUARD_MODE=silence \
        SESSGUARD_OPTIONS="report_clean=1:format=json:output=$work/$name.json" "$@") >"$work/$name.log" 2>&1 || {
        bad "$name: status $?"
        tail -n 20 "$work/$name.log"
    }
    jq -rs --arg name "$name" 'map(.stacks // empty) | (map(.walked) | add // 0) as $walked
        | (map(.known) | add // 0) as $known | (map(.wrong) | add // 0) as $wrong | ($walked + $known) as $all
        | "\($name): \($all) stacks, \($known) known (\(if $all > 0 then 10000 * $known / $all | round / 100 else 0 end) %), \($wrong) wrong"' \
        "$work/$name.json" | tee -a "$work/summary"
}

cat >"$work/sockets.py" <<'E2'
import asyncio, socket, threading

def at(depth):
    if depth:
        return at(depth - 1)
    socket.socket().close()

def many(count):
    for i in range(count):
        at(i % 20)

many(20000)
threads = [threading.Thread(target=many, args=(5000,)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

async def answer(reader, writer):
    writer.write(await reader.read(9))
    await writer.drain()
    writer.close()

async def ask(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"x")
    await reader.read(9)
    writer.close()
    await writer.wait_closed()

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    for _ in range(50):
        await asyncio.gather(*[ask(server.sockets[0].getsockname()[1]) for _ in range(20)])
    server.close()

asyncio.run(main())
E2
watched python3 python3 sockets.py
watched cpython /usr/bin/python3 -m test -i ThreadedVSOCKSocketStreamTest test_socket test_ssl test_httplib test_asyncio
git init -q -b main "$work/repository" && git -C "$work/repository" -c user.name=t -c user.email=t@t.t commit -q --allow-empty -m one
git clone -q --bare "$work/repository" "$TEST_WWW/repository.git" && git -C "$TEST_WWW/repository.git" update-server-info
# shellcheck disable=SC2016
watched git bash -c 'for i in 1 2 3 4 5 6 7 8; do git clone -q "$0" "clone$i"; done' "$TEST_HTTP_URL/repository.git"
watched curl curl -sS --no-progress-meter -o /dev/null "$TEST_HTTP_URL/?[1-200]"
# shellcheck disable=SC2016
watched bash bash -c 'for ((i = 0; i < 500; i++)); do exec 3<>"/dev/tcp/127.0.0.1/$0"; exec 3>&-; done' \
    "$(sed -E 's,.*:([0-9]+).*,\1,' <<<"$TEST_HTTP_URL")"
echo 'int main(void) { return 0; }' >"$work/main.c"
watched gcc gcc -o main main.c
! grep -vq ' 0 wrong$' "$work/summary" || bad "wrong stacks"
finish
