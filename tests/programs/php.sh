#!/bin/bash
# PHP behaves the same, and what it leaks is reported. Its extensions are loaded
# with RTLD_DEEPBIND, so that their own libraries come before ours; its FFI calls
# what dlsym() found. PHP frees every handle when it ends in its own way: the
# scripts that leak end the process from below, by libc's exit().
set -eu
. "$(dirname "$0")/../compare.sh"
need php

cat >"$work/end.php" <<'PHP'
<?php
function end_here(string $how): void
{
    if ($how === 'leak')
        FFI::cdef('void exit(int status);')->exit(0);
}
PHP
cat >"$work/curl.php" <<'PHP'
<?php
require 'end.php';
function handle(string $url): CurlHandle
{
    $handle = curl_init($url);
    curl_setopt_array($handle, [CURLOPT_RETURNTRANSFER => true, CURLOPT_SSL_VERIFYPEER => false,
        CURLOPT_HEADERFUNCTION => fn($h, $line) => strlen($line)]);
    return $handle;
}
foreach ([getenv('TEST_HTTP_URL') . '/', getenv('TEST_HTTPS_URL') . '/large.txt', 'http://127.0.0.1:1/'] as $url) {
    $handle = handle($url);
    echo md5((string)curl_exec($handle)), ' ', curl_getinfo($handle, CURLINFO_RESPONSE_CODE), ' ', curl_errno($handle), "\n";
    $copy = curl_copy_handle($handle);
    curl_close($handle);
    unset($handle, $copy);
}
$share = curl_share_init();
curl_share_setopt($share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
$multi = curl_multi_init();
$members = [];
for ($number = 0; $number < 5; $number++) {
    $members[] = $member = handle(getenv('TEST_HTTP_URL') . '/large.txt');
    curl_setopt($member, CURLOPT_SHARE, $share);
    curl_multi_add_handle($multi, $member);
}
do {
    curl_multi_exec($multi, $running);
    if ($running)
        curl_multi_select($multi);
} while ($running);
foreach ($members as $member) {
    echo strlen(curl_multi_getcontent($member)), "\n";
    curl_multi_remove_handle($multi, $member);
}
curl_multi_close($multi);
unset($members, $member, $multi, $share);
$forgotten = handle(getenv('TEST_HTTP_URL') . '/');
echo curl_exec($forgotten);
fwrite(STDERR, "done\n");
end_here($argv[1]);
PHP
cat >"$work/ffi.php" <<'PHP'
<?php
require 'end.php';
$curl = FFI::cdef('void *curl_easy_init(void); int curl_easy_setopt(void *handle, int option, ...);
    int curl_easy_perform(void *handle); void curl_easy_cleanup(void *handle);', 'libcurl.so.4');
for ($number = 0; $number < 3; $number++) {
    $handle = $curl->curl_easy_init();
    $curl->curl_easy_setopt($handle, 10002, getenv('TEST_HTTP_URL') . '/'); // CURLOPT_URL
    $curl->curl_easy_setopt($handle, 44, 1); // CURLOPT_NOBODY
    echo $curl->curl_easy_perform($handle), "\n";
    if ($number < 2 || $argv[1] !== 'leak')
        $curl->curl_easy_cleanup($handle);
}
end_here($argv[1]);
PHP
cat >"$work/streams.php" <<'PHP'
<?php
require 'end.php';
$server = stream_socket_server('tcp://127.0.0.1:0');
$name = stream_socket_get_name($server, false);
for ($number = 0; $number < 4; $number++) {
    $client = stream_socket_client("tcp://$name");
    $peer = stream_socket_accept($server);
    fwrite($client, "line $number\n");
    echo fgets($peer);
    fclose($client);
    fclose($peer);
}
$pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
fwrite($pair[0], "pair\n");
echo fgets($pair[1]);
echo strlen(file_get_contents(getenv('TEST_HTTP_URL') . '/large.txt')), "\n";
echo shell_exec('echo a child');
fclose($server);
if ($argv[1] !== 'leak')
    array_map('fclose', $pair);
end_here($argv[1]);
PHP
cat >"$work/sockets.php" <<'PHP'
<?php
require 'end.php';
$server = socket_create(AF_INET, SOCK_STREAM, 0);
socket_bind($server, '127.0.0.1');
socket_listen($server);
socket_getsockname($server, $address, $port);
for ($number = 0; $number < 4; $number++) {
    $client = socket_create(AF_INET, SOCK_STREAM, 0);
    socket_connect($client, $address, $port);
    $peer = socket_accept($server);
    socket_write($client, "line $number\n");
    echo socket_read($peer, 100);
    socket_close($peer);
    if ($number < 3 || $argv[1] !== 'leak')
        socket_close($client);
}
socket_close($server);
end_here($argv[1]);
PHP

for script in curl ffi streams sockets; do
    compare "${script}_clean" php -d include_path="$work" "$work/$script.php" clean
    clean "${script}_clean"
    compare "${script}_leak" php -d include_path="$work" "$work/$script.php" leak
done
prints curl_clean '^[0-9a-f]{32} 200 0$' '^[0-9a-f]{32} 0 7$' '^100000$' 'hello'
prints ffi_clean '^0$'
prints streams_clean '^line 3$' '^pair$' '^100000$' '^a child$'
prints sockets_clean '^line 3$'
reports curl_leak '^1 curl\.easy ' '^SUMMARY: sessguard: 1 session leaked' 'peer 127\.0\.0\.1:[0-9]+ \(1\)'
reports ffi_leak '^1 curl\.easy ' '^SUMMARY: sessguard: 1 session leaked'
reports streams_leak '^2 sockets' '^SUMMARY: sessguard: 2 sessions leaked at 1 place'
reports sockets_leak '^1 socket ' '^SUMMARY: sessguard: 1 session leaked'
finish
