#!/bin/bash
# The loopback web server of the tests.
#
#   nginx.sh start DIR [PID]   starts it with its data in DIR and writes DIR/env
#   nginx.sh stop DIR          stops it; also fine where it does not run
#
# DIR/env sets TEST_HTTP_URL, TEST_HTTPS_URL, TEST_WWW (the folder that is
# served) and TEST_CERT. The server stops by itself when the process PID ends
# (by default the caller), so that an interrupted run leaves no daemon behind.
set -eu

action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
owner=${3:-$PPID}

stop() {
    # A file of our own: nginx.pid goes when any nginx with that configuration does.
    if [ -f "$dir/server.pid" ]; then
        local pid
        pid=$(cat "$dir/server.pid")
        # SIGTERM does not wait for connections that a test left open.
        if [ -n "$pid" ] && kill "$pid" 2>/dev/null; then
            tail --pid="$pid" -s 0.05 -f /dev/null 2>/dev/null || true
        fi
    fi
    rm -f "$dir/server.pid" "$dir/env"
    if [ -f "$dir/guard.pid" ]; then
        local guard
        guard=$(cat "$dir/guard.pid")
        rm -f "$dir/guard.pid"
        # The guard runs this function itself, and must not end itself here.
        [ "$guard" = "$$" ] || kill -- "-$guard" 2>/dev/null || true
    fi
}

is_free() { # PORT: nothing listens there
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

configure() { # PORT: http there, https on the next
    local user=
    # A worker that drops root's rights could not read a build folder of root's.
    [ "$(id -u)" != 0 ] || user="user root;"
    cat >"$dir/nginx.conf" <<EOF
$user
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/error.log warn;
daemon on;
events { worker_connections 2048; }
http {
    access_log off;
    client_body_temp_path $dir/tmp;
    proxy_temp_path $dir/tmp;
    fastcgi_temp_path $dir/tmp;
    uwsgi_temp_path $dir/tmp;
    scgi_temp_path $dir/tmp;
    keepalive_requests 100000;
    server {
        listen 127.0.0.1:$1;
        listen 127.0.0.1:$(($1 + 1)) ssl;
        ssl_certificate $dir/cert.pem;
        ssl_certificate_key $dir/key.pem;
        root $dir/www;
        # Uploads and forms get a plain answer: what is tested is the client.
        error_page 405 =200 /index.html;
        location = /close { keepalive_timeout 0; return 200 "closed\n"; }
        location = /redirect { return 302 /index.html; }
        # Repositories in git/, through the FastCGI server that git.sh starts.
        location ~ ^/git(/.*)$ {
            client_max_body_size 0;
            fastcgi_pass unix:$dir/git.sock;
            fastcgi_param REQUEST_METHOD \$request_method;
            fastcgi_param QUERY_STRING \$query_string;
            fastcgi_param CONTENT_TYPE \$content_type;
            fastcgi_param CONTENT_LENGTH \$content_length;
            fastcgi_param HTTP_CONTENT_ENCODING \$http_content_encoding;
            fastcgi_param REMOTE_ADDR \$remote_addr;
            fastcgi_param REMOTE_USER tester;
            fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
            fastcgi_param GIT_PROJECT_ROOT $dir/git;
            fastcgi_param GIT_HTTP_EXPORT_ALL 1;
            fastcgi_param PATH_INFO \$1;
        }
    }
}
EOF
}

start() {
    stop
    mkdir -p "$dir/www" "$dir/tmp"
    echo "<html><head><title>sessguard</title></head><body>hello</body></html>" >"$dir/www/index.html"
    head -c 100000 /dev/zero | tr '\0' x >"$dir/www/large.txt"
    [ -f "$dir/cert.pem" ] || openssl req -x509 -newkey rsa:2048 -nodes -days 3650 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log"
    rm -f "$dir/nginx.pid"
    local try port
    for try in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + (RANDOM % 6000) * 2))
        if is_free "$port" && is_free $((port + 1)); then
            configure "$port"
            # nginx goes into the background once it listens.
            if env -u LD_PRELOAD nginx -c "$dir/nginx.conf" -p "$dir" </dev/null >"$dir/start.log" 2>&1; then
                break
            fi
        fi
        [ "$try" != 10 ] || { cat "$dir/start.log" "$dir/error.log" >&2; exit 1; }
    done
    # nginx writes its number after it has gone into the background.
    until [ -s "$dir/nginx.pid" ]; do :; done
    cp "$dir/nginx.pid" "$dir/server.pid"
    setsid bash "$0" guard "$dir" "$owner" </dev/null >/dev/null 2>&1 &
    echo $! >"$dir/guard.pid"
    cat >"$dir/env" <<EOF
TEST_HTTP_URL=http://127.0.0.1:$port
TEST_HTTPS_URL=https://127.0.0.1:$((port + 1))
TEST_WWW=$dir/www
TEST_CERT=$dir/cert.pem
export TEST_HTTP_URL TEST_HTTPS_URL TEST_WWW TEST_CERT
EOF
}

case $action in
start) start ;;
stop) stop ;;
guard)
    tail --pid="$owner" -s 2 -f /dev/null
    stop
    ;;
*) exit 2 ;;
esac
