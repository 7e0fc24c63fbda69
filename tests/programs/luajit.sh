#!/bin/bash
# LuaJIT behaves the same, with libcurl and with sockets by way of its FFI. A loop
# is long enough to be compiled: then the calls come from generated code.
set -eu
. "$(dirname "$0")/../compare.sh"
need luajit

cat >"$work/curl.lua" <<'LUA'
local ffi = require "ffi"
ffi.cdef [[
void *curl_easy_init(void);
int curl_easy_setopt(void *handle, int option, ...);
int curl_easy_perform(void *handle);
void curl_easy_cleanup(void *handle);
void *curl_multi_init(void);
int curl_multi_cleanup(void *multi);
]]
local curl = ffi.load "libcurl.so.4"
local url = os.getenv "TEST_HTTP_URL"
for number = 1, 3 do
    local handle = curl.curl_easy_init()
    curl.curl_easy_setopt(handle, 10002, url .. "/") -- CURLOPT_URL
    print(curl.curl_easy_perform(handle))
    if number < 3 or arg[1] ~= "leak" then curl.curl_easy_cleanup(handle) end
end
for number = 1, 200 do
    local multi = curl.curl_multi_init()
    if curl.curl_multi_cleanup(multi) ~= 0 then print "cannot close" end
end
LUA
cat >"$work/sockets.lua" <<'LUA'
local ffi = require "ffi"
ffi.cdef [[
int socket(int domain, int type, int protocol);
int socketpair(int domain, int type, int protocol, int *pair);
long write(int fd, const void *data, size_t size);
long read(int fd, void *data, size_t size);
int close(int fd);
]]
local pair, data, sum = ffi.new("int[2]"), ffi.new("char[8]"), 0
for number = 1, 200 do
    if ffi.C.socketpair(1, 1, 0, pair) ~= 0 then error "socketpair" end
    ffi.C.write(pair[0], "abc", 3)
    sum = sum + tonumber(ffi.C.read(pair[1], data, 8))
    ffi.C.close(pair[0])
    if number < 200 or arg[1] ~= "leak" then ffi.C.close(pair[1]) end
end
print(sum, pair[0], pair[1])
print(ffi.C.socket(-1, 1, 0), ffi.errno())
LUA

for script in curl sockets; do
    compare "${script}_clean" luajit "$work/$script.lua" clean
    clean "${script}_clean"
    compare "${script}_leak" luajit "$work/$script.lua" leak
done
prints curl_clean '^0$' hello
prints sockets_clean '^600	[0-9]+	[0-9]+$' '^-1	97$'
reports curl_leak '^1 curl\.easy ' '^SUMMARY: sessguard: 1 session leaked'
reports sockets_leak '^1 socket ' '^SUMMARY: sessguard: 1 session leaked'
finish
