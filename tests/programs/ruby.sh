#!/bin/bash
# Ruby behaves the same, with its own sockets and with libcurl by way of Fiddle
# and of the gem ffi, which both call what dlsym() found.
set -eu
. "$(dirname "$0")/../compare.sh"
need ruby

cat >"$work/fiddle.rb" <<'RUBY'
require 'fiddle/import'
module Curl
  extend Fiddle::Importer
  dlload 'libcurl.so.4'
  extern 'void *curl_easy_init()'
  extern 'int curl_easy_setopt(void *, int, void *)'
  extern 'int curl_easy_perform(void *)'
  extern 'void curl_easy_cleanup(void *)'
end
RUBY
cat >"$work/ffi.rb" <<'RUBY'
require 'ffi'
module Curl
  extend FFI::Library
  ffi_lib 'libcurl.so.4'
  attach_function :curl_easy_init, [], :pointer
  attach_function :curl_easy_setopt, [:pointer, :int, :string], :int
  attach_function :curl_easy_perform, [:pointer], :int
  attach_function :curl_easy_cleanup, [:pointer], :void
end
RUBY
cat >"$work/transfers.rb" <<'RUBY'
require_relative ARGV[0]
3.times do |number|
  handle = Curl.curl_easy_init
  Curl.curl_easy_setopt(handle, 10_002, ENV['TEST_HTTP_URL'] + '/') # CURLOPT_URL
  puts Curl.curl_easy_perform(handle)
  Curl.curl_easy_cleanup(handle) if number < 2 || ARGV[1] != 'leak'
end
Fiddle::Function.new(Fiddle.dlopen(nil)['fflush'], [Fiddle::TYPE_VOIDP], Fiddle::TYPE_INT).call(nil) if ARGV[0] == 'fiddle'
RUBY
cat >"$work/sockets.rb" <<'RUBY'
require 'net/http'
require 'open3'
require 'socket'
$stdout.sync = true
server = TCPServer.new('127.0.0.1', 0)
echo = Thread.new do
  4.times { client = server.accept; client.write(client.gets.upcase); client.close }
end
4.times do |number|
  client = TCPSocket.new('127.0.0.1', server.addr[1])
  client.puts "line #{number}"
  puts client.read
  client.close
end
echo.join
server.close
8.times.map { Thread.new { Net::HTTP.get(URI(ENV['TEST_HTTP_URL'] + '/large.txt')).size } }.each { |thread| puts thread.value }
puts Open3.capture2('cat', stdin_data: "a child\n")[0]
child, parent = UNIXSocket.pair
pid = fork { child.puts "from a fork"; exit }
child.close
puts parent.gets
Process.wait pid
warn $?.exitstatus
TCPSocket.new('127.0.0.1', 1) rescue warn $!.class
parent.close if ARGV[0] != 'leak'
exit! 5
RUBY

for door in fiddle ffi; do
    compare "${door}_clean" ruby "$work/transfers.rb" "$door" clean
    clean "${door}_clean"
    prints "${door}_clean" '^0$' hello
    compare "${door}_leak" ruby "$work/transfers.rb" "$door" leak
    reports "${door}_leak" '^1 curl\.easy ' '^SUMMARY: sessguard: 1 session leaked' 'peer 127\.0\.0\.1:[0-9]+ \(1\)'
done
compare sockets_clean ruby "$work/sockets.rb" clean
clean sockets_clean
prints sockets_clean '^LINE 3$' '^100000$' '^a child$' '^from a fork$'
compare sockets_leak ruby "$work/sockets.rb" leak
reports sockets_leak '^1 socket ' '^SUMMARY: sessguard: 1 session leaked'
finish
