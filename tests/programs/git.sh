#!/bin/bash
# git clones, fetches and pushes over HTTP and HTTPS as it does without the library;
# its helper git-remote-http uses another build of libcurl than the command curl.
set -eu
. "$(dirname "$0")/../compare.sh"
need git fcgiwrap setpriv

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0
# The names of commits are made of these too.
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.com GIT_AUTHOR_DATE='2026-01-01 00:00 +0000'
export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com GIT_COMMITTER_DATE='2026-01-01 00:00 +0000'

git init -q -b main "$work/source"
for number in 1 2 3 4 5; do
    seq "$number" 20000 >"$work/source/file$number"
    git -C "$work/source" add .
    git -C "$work/source" commit -q -m "$number"
done
# Served as files, and by git's own CGI program.
rm -rf "$TEST_WWW/repository.git"
git clone -q --bare "$work/source" "$TEST_WWW/repository.git"
git -C "$TEST_WWW/repository.git" update-server-info
server=$(dirname "$TEST_WWW")
rm -rf "$server/git" "$server/git.sock"
mkdir "$server/git"
for way in "${ways[@]}"; do git clone -q --bare "$work/source" "$server/git/$way.git"; done
setpriv --pdeathsig TERM fcgiwrap -f -s "unix:$server/git.sock" </dev/null >"$work/fcgiwrap.log" 2>&1 &
fcgiwrap=$!
stop_fcgiwrap() {
    kill "$fcgiwrap" || true
    wait "$fcgiwrap" || true
    rm -f "$server/git.sock"
}
ends+=(stop_fcgiwrap)
until [ -S "$server/git.sock" ]; do kill -0 "$fcgiwrap"; done

compare http git clone -q "$TEST_HTTP_URL/repository.git" cloned
compare https git -c http.sslVerify=false clone -q "$TEST_HTTPS_URL/repository.git" cloned
compare missing git clone -q "$TEST_HTTP_URL/none.git" cloned
compare smart git clone "$TEST_HTTP_URL/git/plain.git" cloned
compare shallow git -c http.sslVerify=false clone --depth 1 "$TEST_HTTPS_URL/git/plain.git" cloned
for name in http https smart shallow; do
    for way in "${modes[@]}"; do
        diff -r -x .git "$work/$name.plain/cloned" "$work/$name.$way/cloned" || bad "$name: another tree was cloned in $way"
        [ "$(git -C "$work/$name.$way/cloned" rev-parse HEAD)" = "$(git -C "$work/source" rev-parse HEAD)" ] ||
            bad "$name: another commit was cloned in $way"
    done
    clean "$name"
done
# git dies there, and leaves its handles as they are.
reports missing '^1 curl\.multi ' '^1 curl\.easy ' '^SUMMARY: sessguard: 3 sessions leaked at 3 places'

# Each way has a repository of its own, named after it as the folder is that it runs in.
# shellcheck disable=SC2016 # the words are those of the script within
push='set -e
    way=${PWD##*.}
    git clone "$TEST_HTTP_URL/git/$way.git" cloned
    cd cloned
    seq 100000 >large
    git add large
    git commit -m large
    git push origin main
    git -c http.postBuffer=1000 push "$1/git/$way.git" main:refs/heads/other
    git fetch -v
    git commit -q --amend -m again
    git push origin main || echo "refused: $?"
    git push --force origin main
    git push origin :other
    git ls-remote origin'
normalise() { sed -E 's#/git/(plain|warn|silence|auto-close)\b#/git/WAY#'; }
export GIT_SSL_NO_VERIFY=1
compare push bash -c "$push" push "$TEST_HTTPS_URL"
prints push '^refused: 1$' '^[0-9a-f]{40}	refs/heads/main$'
clean push
for way in "${ways[@]}"; do
    [ "$(git -C "$server/git/$way.git" log --format=%s -1 main)" = again ] || bad "push: the commit did not arrive in $way"
    git -C "$server/git/$way.git" fsck --strict >"$work/fsck" 2>&1 || bad "push: the repository is damaged in $way: $(cat "$work/fsck")"
done
finish
