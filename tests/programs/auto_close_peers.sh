#!/bin/bash
# What auto-close does, seen from the other end: a program that leaks says goodbye as
# the same program does when it closes by itself, never waits for an answer, and has
# no other effect: no file, no output, no callback.
# COST: 60
set -eu
. "$(dirname "$0")/../compare.sh"
need "${CC:-gcc}" nginx openssl python3 jq
programs=$source_dir/tests/programs/auto_close_peers
# The reports are the proof that the library was there.
modes=(warn auto-close)
ways=(plain "${modes[@]}")
is_watched=no
export SESSGUARD_OPTIONS=format=json:output=report.jsonl:symbolize=0

# ---- programs and servers ----

build() { # PROGRAM BUILD LIBRARY
    "${CC:-gcc}" -std=gnu17 -D_GNU_SOURCE -g -O1 -pthread -Wno-deprecated-declarations \
        -rdynamic -o "$work/$1.$2" "$programs/$1.c" "$3" || {
        bad "$1 does not build with $3"
        finish
    }
}
for program in leave quiet stuck many; do
    build "$program" openssl -lcurl
    build "$program" gnutls -l:libcurl-gnutls.so.4
done

build late openssl -lcurl

servers=$work/servers
mkdir -p "$servers/tmp" "$servers/www"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=localhost \
    -keyout "$servers/key.pem" -out "$servers/cert.pem" 2>"$servers/openssl.log"
echo hello >"$servers/www/index.html"
head -c 1000000 /dev/zero | tr '\0' x >"$servers/www/large.txt"
user=
[ "$(id -u)" != 0 ] || user="user root;"
cat >"$servers/nginx.conf" <<END
$user
worker_processes 1;
pid $servers/nginx.pid;
error_log $servers/error.log warn;
events { worker_connections 100; }
http {
    access_log off;
    client_body_temp_path $servers/tmp;
    proxy_temp_path $servers/tmp;
    fastcgi_temp_path $servers/tmp;
    uwsgi_temp_path $servers/tmp;
    scgi_temp_path $servers/tmp;
    server {
        listen unix:$servers/http;
        listen unix:$servers/https ssl http2;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate $servers/cert.pem;
        ssl_certificate_key $servers/key.pem;
        root $servers/www;
        add_header Strict-Transport-Security max-age=31536000;
        add_header Alt-Svc 'h2="other.test:443"; ma=86400';
        add_header Set-Cookie "sweet=yes; Max-Age=86400";
    }
}
END
python3 "$source_dir/tests/servers/peers.py" "$servers" $$ nginx -p "$servers" -c "$servers/nginx.conf" || {
    bad "the servers do not start"
    cat "$servers/peers.log"
    finish
}
# shellcheck source=/dev/null
. "$servers/env"

# What the connections since the last time said, once they have ended.
seen() { # FILE
    exec 3<>"/dev/tcp/127.0.0.1/${PEER_SEEN:-0}"
    timeout 600 cat <&3 >"$1" || bad "$1: a connection does not end"
    exec 3<&-
}

# ---- what is said of a report ----

outcomes() { # NAME: of the run under auto-close, each once
    jq -r '.leaks[] | [.kind, .outcome, .reason // empty] | join(" ")' "$work/$1.auto-close/report.jsonl" | sort -u
}
all_closed() { # NAME
    [ "$(outcomes "$1" | cut -d' ' -f2- | sort -u)" = closed ] || {
        bad "$1: not everything was closed"
        outcomes "$1"
    }
}

# ---- 1. the peer hears it ----

# Runs `leave` closing by itself and leaking in each way. What the server heard
# under auto-close is what it heard from the one that closes.
hears() { # NAME BUILD KIND URL [WORD...]
    local name=$1 program=$work/leave.$2 way
    shift 2
    run "$name.closes" plain "$program" closes "$@"
    seen "$work/$name.closes.seen"
    for way in "${ways[@]}"; do
        run "$name" "$way" "$program" leaves "$@"
        seen "$work/$name.$way.seen"
    done
    same "$name"
    has "$name" "$work/$name.plain.out" '^talked'
    [ -s "$work/$name.closes.seen" ] || bad "$name: the server saw nothing"
    diff -u "$work/$name.closes.seen" "$work/$name.auto-close.seen" >"$work/$name.diff" || {
        bad "$name: the server saw another end"
        cat "$work/$name.diff"
    }
    all_closed "$name"
}
# Where there is a goodbye to say, it is missing without us.
needs_goodbye() { # NAME
    ! cmp -s "$work/$1.closes.seen" "$work/$1.warn.seen" || bad "$1: the server sees no difference without auto-close"
}

kinds=(easy multi share copy kept_by_multi kept_by_share)
https=https://127.0.0.1:$PEER_HTTPS
for kind in "${kinds[@]}"; do
    for build in openssl gnutls; do
        hears "$build.https.$kind" "$build" "$kind" "$https/"
        needs_goodbye "$build.https.$kind"
    done
done
for build in openssl gnutls; do
    # This libcurl ends HTTP/2 without a goodbye: what is compared is that we do not either.
    for kind in easy multi kept_by_share; do hears "$build.h2.$kind" "$build" "$kind" "$https/" h2; done
    for kind in easy kept_by_multi; do
        hears "$build.imaps.$kind" "$build" "$kind" "imaps://user:word@127.0.0.1:$PEER_IMAPS/"
        has "$build.imaps.$kind" "$work/$build.imaps.$kind.auto-close.seen" ' LOGOUT$' '^close_notify$'
    done
    hears "$build.https.midway" "$build" midway "$https/large.txt"
    hears "$build.h2.midway" "$build" midway "$https/large.txt" h2
    hears "$build.https.connected" "$build" connected "$https/"
    hears "$build.https.connected_in_multi" "$build" connected_in_multi "$https/"
done
for kind in "${kinds[@]}"; do
    hears "ftp.$kind" openssl "$kind" "ftp://user:word@127.0.0.1:$PEER_FTP/"
    needs_goodbye "ftp.$kind"
    has "ftp.$kind" "$work/ftp.$kind.auto-close.seen" '^QUIT$'
done
for kind in easy kept_by_multi; do
    hears "imap.$kind" openssl "$kind" "imap://user:word@127.0.0.1:$PEER_IMAP/"
    has "imap.$kind" "$work/imap.$kind.auto-close.seen" ' LOGOUT$'
    hears "smtp.$kind" openssl "$kind" "smtp://127.0.0.1:$PEER_SMTP/here"
    has "smtp.$kind" "$work/smtp.$kind.auto-close.seen" '^QUIT$'
    hears "pop3.$kind" openssl "$kind" "pop3://user:word@127.0.0.1:$PEER_POP3/"
    has "pop3.$kind" "$work/pop3.$kind.auto-close.seen" '^QUIT$'
    for protocol in imap smtp pop3; do needs_goodbye "$protocol.$kind"; done
done
hears websocket openssl websocket "http://127.0.0.1:$PEER_WEBSOCKET/"
has websocket "$work/websocket.auto-close.seen" '^frame 81 hello$'
hears http openssl easy "http://127.0.0.1:$PEER_HTTP/"
hears http.midway openssl midway "http://127.0.0.1:$PEER_HTTP/large.txt"
hears gone openssl hung_up "https://127.0.0.1:$PEER_GONE/" no-signal
hears gone.gnutls gnutls hung_up "https://127.0.0.1:$PEER_GONE/" no-signal

# OpenSSL's server calls what it is told by name.
alerts() { # FILE BUILD WAY CLOSES|LEAVES KIND [WORD...]: what the server was sent by way of warning
    local file=$1 port='' line
    exec 4< <(exec openssl s_server -accept 127.0.0.1:0 -naccept 1 -rev -msg -cert "$servers/cert.pem" \
        -key "$servers/key.pem" 2>&1)
    while [ -z "$port" ] && read -r -t 600 line <&4; do
        [[ $line != ACCEPT*:* ]] || port=${line##*:}
    done
    run "$2" "$3" "$work/leave.$2" "$4" "$5" "https://127.0.0.1:$port/" "${@:6}"
    timeout 600 cat <&4 >"$file.server" || bad "$file: the server does not end"
    exec 4<&-
    has "$2" "$work/$2.$3.out" '^talked(: 0|, to the end)$'
    sed -n 's/^<<< .*Alert[^,]*, //p' "$file.server" >"$file"
}
for build in openssl gnutls; do
    for version in 1.2 1.3; do
        for kind in connected connected_in_multi; do
            name=$build.alert.$version.$kind
            words=()
            [ "$version" = 1.3 ] || words=(tls1.2)
            alerts "$work/$name.closes" "$build" plain closes "$kind" "${words[@]}"
            alerts "$work/$name.warn" "$build" warn leaves "$kind" "${words[@]}"
            alerts "$work/$name.auto-close" "$build" auto-close leaves "$kind" "${words[@]}"
            [ "$(cat "$work/$name.closes")" = 'warning close_notify' ] || bad "$name: the program itself sends no close_notify"
            [ "$(cat "$work/$name.auto-close")" = 'warning close_notify' ] || bad "$name: no close_notify"
            [ ! -s "$work/$name.warn" ] || bad "$name: the server sees no difference without auto-close"
        done
    done
done

# What comes in the middle of closing does not spoil the goodbye: OpenSSL has cleaned up
# after itself by then, and could not make sense of it.
late() { # WAY CLOSES|LEAVES
    local name=late.$1.$2 port='' line
    rm -f "$work/commands"
    mkfifo "$work/commands"
    exec 5<>"$work/commands"
    exec 4< <(exec openssl s_server -accept 127.0.0.1:0 -naccept 1 -num_tickets 0 -msg -cert "$servers/cert.pem" \
        -key "$servers/key.pem" <"$work/commands" 2>&1)
    while [ -z "$port" ] && read -r -t 600 line <&4; do
        [[ $line != ACCEPT*:* ]] || port=${line##*:}
    done
    run "$name" "$1" "$work/late.openssl" "$2" "https://127.0.0.1:$port/" 5
    timeout 600 cat <&4 >"$work/$name.server" || bad "$name: the server does not end"
    exec 4<&- 5<&-
    has "$name" "$work/$name.$1.out" '^talked: 0$'
    has "$name" "$work/$name.server" '>>> TLS 1.3, Handshake .*, KeyUpdate$'
    [ "$(sed -n 's/^<<< .*Alert[^,]*, //p' "$work/$name.server")" = 'warning close_notify' ] || bad "$name: no close_notify"
}
late plain closes
late auto-close leaves

# ---- 2. it never waits ----

# A program that leaves by itself at such a peer would be here for two minutes.
timeout 3 "$work/leave.openssl" closes easy "ftp://user:word@127.0.0.1:$PEER_FTP_DEAF/" >"$work/careless.out" 2>&1 &
careless=$!

# In far less than that, as without us, with everything either closed or reported
# as not closed in time, however busy the machine is.
close_timeout=2000
ends_soon() { # NAME COMMAND...
    local name=$1 begin took
    run "$name" plain "${@:2}"
    run "$name" warn "${@:2}"
    begin=${EPOCHREALTIME/./}
    run "$name" auto-close "${@:2}"
    took=$(((${EPOCHREALTIME/./} - begin) / 1000))
    same "$name"
    echo "$name: $took ms, $(outcomes "$name" | paste -sd ,)"
    [ "$took" -lt 60000 ] || bad "$name: it took $took ms"
    ! outcomes "$name" | grep -vE ' (closed|failed timeout)$' || bad "$name: unexpected outcomes"
    outcomes "$name" | grep -q . || bad "$name: no report"
    has "$name" "$work/$name.auto-close.status" '^0$'
}
for kind in easy multi share copy kept_by_multi kept_by_share; do
    ends_soon "deaf.ftp.$kind" "$work/leave.openssl" leaves "$kind" "ftp://user:word@127.0.0.1:$PEER_FTP_DEAF/"
done
for kind in easy kept_by_multi; do
    ends_soon "deaf.imap.$kind" "$work/leave.openssl" leaves "$kind" "imap://user:word@127.0.0.1:$PEER_IMAP_DEAF/"
    ends_soon "deaf.smtp.$kind" "$work/leave.openssl" leaves "$kind" "smtp://127.0.0.1:$PEER_SMTP_DEAF/here"
    ends_soon "deaf.pop3.$kind" "$work/leave.openssl" leaves "$kind" "pop3://user:word@127.0.0.1:$PEER_POP3_DEAF/"
    for build in openssl gnutls; do
        ends_soon "deaf.imaps.$build.$kind" "$work/leave.$build" leaves "$kind" "imaps://user:word@127.0.0.1:$PEER_IMAPS_DEAF/"
    done
done
for build in openssl gnutls; do
    ends_soon "connecting.$build" "$work/stuck.$build" connecting "https://127.0.0.1:$PEER_FULL/"
    ends_soon "shaking.$build" "$work/stuck.$build" shaking "https://127.0.0.1:$PEER_MUTE/"
    ends_soon "stuffed.$build" "$work/stuck.$build" stuffed "https://127.0.0.1:$PEER_STUFFED/"
done
ends_soon resolving "$work/stuck.openssl" resolving "http://name.test:$PEER_MUTE/"
status=0
wait "$careless" || status=$?
[ "$status" = 124 ] || bad "the peers that are deaf keep nobody waiting: status $status"
seen "$work/stuck.seen" # and of all these nothing is left
close_timeout=

# ---- 3. it does nothing else ----

# What the program itself wrote when it was told to close, where these are called or
# written at all; under auto-close there is none of it.
quiet() { # NAME BUILD KIND URL OUTCOMES SAID...: what is said, and the outcomes as a regular expression
    local name=$1 program=$work/quiet.$2 kind=$3 url=$4 expected=$5 way
    local address=session.test:$PEER_HTTPS:127.0.0.1
    run "$name.closes" plain "$program" closes "$kind" "$url" "$address"
    compare "$name" "$program" leaves "$kind" "$url" "$address"
    has "$name" "$work/$name.plain.out" '^performed: 0$|^in the multi handle, '
    has "$name" "$work/$name.plain.status" '^0$'
    [ $# -lt 6 ] || has "$name" "$work/$name.closes.plain.out" "${@:6}"
    for way in "${modes[@]}"; do
        diff -u -r -x report.jsonl "$work/$name.plain" "$work/$name.$way" || bad "$name: files differ in $way"
    done
    ! outcomes "$name" | grep -vE "$expected" || bad "$name: unexpected outcomes"
    outcomes "$name" | grep -q . || bad "$name: no report"
    seen "$work/$name.seen"
}
https=https://session.test:$PEER_HTTPS
for build in openssl gnutls; do
    quiet "quiet.$build.easy" "$build" easy "$https/" ' closed$' '^hsts write$'
    quiet "quiet.$build.noisy" "$build" noisy "$https/large.txt" ' closed$' '^timer$'
    [ -s "$work/quiet.$build.noisy.closes.plain/noise.txt" ] || bad "quiet.$build.noisy: the program itself makes no noise"
    quiet "quiet.$build.multi" "$build" multi "$https/" ' closed$' '^hsts write$'
    quiet "quiet.$build.paused" "$build" paused "$https/large.txt" ' closed$' '^progress$' '^debug$' '^timer$'
    quiet "quiet.$build.share" "$build" share "$https/" ' (closed|skipped callback)$' '^lock$' '^unlock$'
    quiet "quiet.$build.opened" "$build" opened "$https/" ' closed$' '^hsts write$'
    quiet "quiet.$build.socket" "$build" socket "$https/" ' skipped callback$' '^close$'
    for kind in easy noisy multi paused share opened socket; do
        for file in cookies.txt hsts.txt altsvc.txt; do
            echo '# as it was' | cmp "$work/quiet.$build.$kind.plain/$file" - || bad "$kind: $file is not as it was"
            ! cmp -s "$work/quiet.$build.$kind.plain/$file" "$work/quiet.$build.$kind.closes.plain/$file" ||
                bad "quiet.$build.$kind: the program itself would not write $file"
        done
    done
done
quiet quiet.ftp.easy openssl easy "ftp://user:word@127.0.0.1:$PEER_FTP/" ' closed$'
quiet quiet.ftp.share openssl share "ftp://user:word@127.0.0.1:$PEER_FTP/" ' (closed|skipped callback)$' '^lock$'

# ---- 4. many ----

run many auto-close "$work/many.openssl" leaves connected 500 "$TEST_HTTPS_URL/"
has many "$work/many.auto-close.out" '^500 of 500 are connected$'
jq -e '[.leaks[] | select(.kind == "curl.easy" and .outcome == "closed") | .count] | add == 500' \
    "$work/many.auto-close/report.jsonl" >"$work/many.jq" || {
    bad "not all of 500 sessions were closed"
    outcomes many
}
finish
