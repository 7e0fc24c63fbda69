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
mkdir -p "$dir/plain" "$dir/watched"
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

for how in plain watched; do
    prefix=(env -u DISPLAY)
    [ "$how" = plain ] ||
        prefix+=("LD_PRELOAD=$library" SESSGUARD_OPTIONS=format=json:output=../report.json)
    [ -z "$file" ] || cp text "$how/$file"
    status=0
    (cd "$how" && exec timeout -k 5 "$limit" "${prefix[@]}" ../program "${arguments[@]}") \
        </dev/null >"$how.out" 2>"$how.err" || status=$?
    echo "$status" >>"$how.out"
done

state=same
if ! cmp -s plain.out watched.out; then
    for how in plain watched; do
        sed -E 's/[0-9][0-9.:]*/N/g; s/ +/ /g' "$how.out" | sort >"$how.rest"
    done
    state=differs
    if cmp -s plain.rest watched.rest; then state=numbers; fi
fi
if [ "$status" = 124 ] && [ "$state" = same ]; then state=endless; fi
leaks=
if [ -s report.json ]; then
    leaks=$(jq -sr '[.[].leaks[] | select(.counts != false) | "\(.count)*\(.kind)"] | sort | join("+")' report.json)
fi
echo "$name $state ${leaks:--}"
