#!/bin/bash
# The curl command behaves the same and leaks nothing, one transfer or many.
set -eu
. "$(dirname "$0")/../compare.sh"
need curl

compare http curl -s "$TEST_HTTP_URL/"
compare https curl -sk "$TEST_HTTPS_URL/"
compare large curl -s -o saved "$TEST_HTTP_URL/large.txt" -w '%{size_download}\n'
for way in "${modes[@]}"; do
    cmp "$work/large.plain/saved" "$work/large.$way/saved" || bad "large: another file was saved in $way"
done
compare several curl -s "$TEST_HTTP_URL/" "$TEST_HTTP_URL/large.txt" "$TEST_HTTP_URL/missing"
many=()
for number in 1 2 3 4 5 6 7 8; do
    many+=(-o "$number" "$TEST_HTTP_URL/large.txt" -o "s$number" "$TEST_HTTPS_URL/")
done
compare parallel curl -skZ --no-progress-meter "${many[@]}"
for way in "${ways[@]}"; do
    [ "$(find "$work/parallel.$way" -type f | wc -l)" = 16 ] || bad "parallel: files are missing in $way"
done
compare redirect curl -sL "$TEST_HTTP_URL/redirect"
compare post curl -s -d a=b "$TEST_HTTP_URL/"
compare untrusted curl -s "$TEST_HTTPS_URL/"
compare refused curl -s http://127.0.0.1:1/
for name in http https large several parallel redirect post untrusted refused; do clean "$name"; done
finish
