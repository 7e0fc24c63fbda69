#!/bin/bash
# Builds one example of libcurl's, runs it with and without the library, and
# prints "NAME STATE LEAKS". libcurl_examples.sh says what these mean.
#
#   one.sh SOURCE WORK LIBRARY
#
# TEST_HTTP_URL and TEST_HTTPS_URL name the test server.
set -eu

source=$1
name=$(basename "${source%.*}")
dir=$2/$name
library=$3

packages=(libxml-2.0 glib-2.0 libevent gtk+-2.0 libuv gnutls)
read -ra flags < <(pkg-config --cflags "${packages[@]}")
read -ra libraries < <(pkg-config --libs "${packages[@]}")
libraries=("-Wl,--as-needed" -lcurl "${libraries[@]}" -lev -ltidy -lexpat -lssl -lcrypto -lpthread -lz)
compiler=gcc
case $source in *.cpp) compiler=g++ ;; esac

# The examples talk to hosts of the internet. Here they talk to the test
# server, or, where that does not speak their protocol, to a closed port.
secure=$TEST_HTTP_URL
if grep -q 'SSL_VERIFYPEER, 0' "$source"; then secure=$TEST_HTTPS_URL; fi
mkdir -p "$dir"
cd "$dir"
local_source=$(basename "$source")
sed -E -e "s#https://[A-Za-z0-9.:@-]+#$secure#g" -e "s#http://[A-Za-z0-9.:@-]+#$TEST_HTTP_URL#g" \
    -e 's#\b(ftps?|imaps?|pop3s?|smtps?|sftp|scp|rtsp|telnet|ldap|tftp)://[A-Za-z0-9.:@-]+#\1://127.0.0.1:1#g' \
    "$source" >"$local_source"
if ! "$compiler" -w -g -O0 "${flags[@]}" -o program "$local_source" "${libraries[@]}" >build.log 2>&1; then
    echo "$name unbuilt -"
    exit 0
fi

# What an example wants on its command line, in its folder, and of our patience.
arguments=() file='' limit=30
case $name in
anyauthput | httpput | httpput-postfields) arguments=(../text "$TEST_HTTP_URL/put") ;;
chkspeed | htmltidy | multi-event | multi-uv | url2file) arguments=("$TEST_HTTP_URL/") ;;
http2-download | http2-upload) arguments=(3) ;;
rtsp) arguments=(rtsp://127.0.0.1:1/) ;;
sslbackend) arguments=(openssl) ;;
fileupload) file=debugit ;;
ftpupload) file=uploadthis.txt ;;
postit2) file=postit2.c ;;
ephiperfifo | evhiperfifo | ghiper | hiperfifo) limit=1 ;; # they wait for commands for ever
esac
echo "some text" >text

run() { # plain|watched
    local prefix=(env -u DISPLAY)
    [ "$1" = plain ] ||
        prefix+=("LD_PRELOAD=$library" SESSGUARD_OPTIONS=format=json:output=../report.json)
    rm -rf "$1" && mkdir "$1"
    [ -z "$file" ] || cp text "$1/$file"
    status=0
    (cd "$1" && exec timeout -k 5 "$limit" "${prefix[@]}" ../program "${arguments[@]}") \
        </dev/null >"$1.out" 2>"$1.err" || status=$?
    echo "$status" >"$1.status"
}

# A date in a header may change between two runs; a real difference stays.
state=differs
for _ in 1 2 3; do
    rm -f report.json
    run plain
    run watched
    if cmp -s plain.out watched.out; then
        state=same
        break
    fi
done
if [ "$status" = 124 ]; then state=endless; fi
cmp -s plain.status watched.status || state=status
leaks=
if [ -s report.json ]; then
    leaks=$(jq -sr '[.[].leaks[] | select(.counts != false) | "\(.count)*\(.kind)"] | sort | join("+")' report.json)
fi
echo "$name $state ${leaks:--}"
