#!/bin/bash
# Servers that root starts and that become other users, nginx and Varnish, in silence:
# each of their processes has its report beside the others', in a folder of root's and in
# one that everybody may write to, for its own user alone; and nobody hears of it.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
need nginx varnishd jq
[ "$(id -u)" = 0 ] || {
    echo "skipped: only root has privileges to give up"
    finish
}
# Users of their own must be able to come here.
place=$(mktemp -d)
remove_place() { rm -rf "$place"; }
ends+=(remove_place)
chmod 755 "$place"
mkdir "$place/roots" "$place/all" "$place/varnish" "$place/nginx"
chmod 1777 "$place/all"
cat >"$place/nginx.conf" <<E2
user nobody nogroup;
daemon off;
worker_processes 2;
pid $place/nginx/pid;
error_log stderr notice;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $place/nginx;
    proxy_temp_path $place/nginx;
    fastcgi_temp_path $place/nginx;
    uwsgi_temp_path $place/nginx;
    scgi_temp_path $place/nginx;
    server { listen unix:$place/nginx/socket; }
}
E2
cat >"$place/vcl" <<'E2'
vcl 4.1;
backend default none;
E2

until_says() { # REGEX: what the server prints, up to that
    local line
    while read -r line <&3; do
        echo "$line" >>"$work/$name.said"
        if [[ $line =~ $1 ]]; then return; fi
    done
    bad "$name: does not start"
}

serve() { # NAME FOLDER SIGNAL REGEX COMMAND...: starts it, and ends it once it says so
    local name=$1.$2 files=$place/$2/$1 status=0 server signal=$3 started=$4
    shift 4
    mkfifo "$place/said"
    LD_PRELOAD=$library SESSGUARD_MODE=silence SESSGUARD_OPTIONS="report_clean=1:format=json:output=$files" \
        "$@" >"$place/said" 2>&1 </dev/null &
    server=$!
    exec 3<"$place/said"
    rm "$place/said"
    until_says "$started"
    kill -"$signal" "$server" || true
    wait "$server" || status=$?
    cat <&3 >>"$work/$name.said"
    exec 3<&-
    [ "$status" = 0 ] || bad "$name: status $status"
    ! grep -a sessguard "$work/$name.said" || bad "$name: silence is not silent"
    jq -s 'map(.pid) | sort | unique | length' "$files"* >"$work/$name.count"
    # Every process that became another user, and the one that started it.
    [ "$(cat "$files"* | jq -r 'select(.argv0 | test("nginx|varnishd")) | .pid' | sort -u | wc -l)" -ge 3 ] || {
        bad "$name: reports are missing"
        jq -c '[.pid, .argv0]' "$files"*
    }
    [ "$(stat -c %u "$files"* | sort -u | wc -l)" -ge 2 ] || bad "$name: all reports are of one user"
    [ "$(stat -c %a "$files"* | sort -u)" = 600 ] || bad "$name: others may read the reports"
}

for folder in roots all; do
    serve nginx "$folder" QUIT 'start worker process [0-9]' \
        nginx -c "$place/nginx.conf" -p "$place/nginx"
    serve varnish "$folder" TERM 'said Child starts' \
        varnishd -F -a "$place/varnish/socket" -n "$place/varnish/state" -f "$place/vcl" -T none -s malloc,10m
done
finish
