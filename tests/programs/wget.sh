#!/bin/bash
# wget, which opens its sockets itself, behaves the same. It ends with its
# kept-alive connection open: that is a leak of one socket, and is reported.
set -eu
. "$(dirname "$0")/../compare.sh"
need wget

compare close wget -q --no-http-keep-alive -O - "$TEST_HTTP_URL/"
compare https wget -q --no-check-certificate --no-http-keep-alive -O - "$TEST_HTTPS_URL/"
compare several wget -q -O - "$TEST_HTTP_URL/" "$TEST_HTTP_URL/large.txt"
compare missing wget -q -O - "$TEST_HTTP_URL/missing"
compare refused wget -q -O - http://127.0.0.1:1/
for name in close https refused; do clean "$name"; done
for name in several missing; do
    reports "$name" '^1 socket ' '^SUMMARY: sessguard: 1 session leaked' 'peer 127\.0\.0\.1:[0-9]+ \(1\); state ESTABLISHED 1'
done
finish
