#!/bin/bash
# git clones over HTTP and HTTPS as it does without the library; its helper
# git-remote-http uses another build of libcurl than the command curl.
set -eu
. "$(dirname "$0")/../compare.sh"
need git

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0
git init -q -b main "$work/source"
for number in 1 2 3 4 5; do
    echo "$number" >"$work/source/file$number"
    git -C "$work/source" add .
    git -C "$work/source" -c user.name=t -c user.email=t@example.com commit -q -m "$number"
done
rm -rf "$TEST_WWW/repository.git"
git clone -q --bare "$work/source" "$TEST_WWW/repository.git"
git -C "$TEST_WWW/repository.git" update-server-info

compare http git clone -q "$TEST_HTTP_URL/repository.git" cloned
compare https git -c http.sslVerify=false clone -q "$TEST_HTTPS_URL/repository.git" cloned
compare missing git clone -q "$TEST_HTTP_URL/none.git" cloned
for name in http https; do
    diff -r -x .git "$work/$name.plain/cloned" "$work/$name.watched/cloned" || bad "$name: another tree was cloned"
    [ "$(git -C "$work/$name.watched/cloned" rev-parse HEAD)" = "$(git -C "$work/source" rev-parse HEAD)" ] ||
        bad "$name: another commit was cloned"
    clean "$name"
done
finish
