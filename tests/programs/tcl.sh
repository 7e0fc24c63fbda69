#!/bin/bash
# Tcl behaves the same, with its own sockets, event loop and child processes, and
# with TclCurl, a plug-in on libcurl's GnuTLS flavour.
set -eu
. "$(dirname "$0")/../compare.sh"
need tclsh

cat >"$work/curl.tcl" <<'TCL'
package require TclCurl
foreach url [list $env(TEST_HTTP_URL)/ $env(TEST_HTTPS_URL)/large.txt http://127.0.0.1:1/] {
    set handle [curl::init]
    set page {}
    $handle configure -url $url -sslverifypeer 0 -bodyvar page
    set status [catch {$handle perform} error]
    puts "$status $error [string length $page] [$handle getinfo responsecode]"
    $handle cleanup
}
set forgotten [curl::init]
$forgotten configure -url $env(TEST_HTTP_URL)/
$forgotten perform
if {[lindex $argv 0] ne "leak"} {$forgotten cleanup}
exit 4
TCL
cat >"$work/sockets.tcl" <<'TCL'
proc answer {channel} {
    if {[gets $channel line] >= 0} {puts $channel [string toupper $line]} elseif {[eof $channel]} {close $channel}
}
proc arrived {channel host port} {
    fconfigure $channel -blocking 0 -buffering line
    fileevent $channel readable [list answer $channel]
}
proc said {channel} {
    puts [gets $channel]
    close $channel
    incr ::left -1
}
set server [socket -server arrived -myaddr 127.0.0.1 0]
set port [lindex [fconfigure $server -sockname] 2]
for {set number 1} {$number <= 3} {incr number} {
    set left 1
    set client [socket 127.0.0.1 $port]
    fconfigure $client -blocking 0 -buffering line
    fileevent $client readable [list said $client]
    puts $client "line $number"
    while {$left} {vwait left}
}
puts [catch {socket 127.0.0.1 1} error]\ $error
puts [exec echo a child | cat]
set pipe [open |[list cat $argv0]]
puts [llength [split [read $pipe] \n]]
close $pipe
puts stderr "the end"
exit 6
TCL

compare curl_clean tclsh "$work/curl.tcl" clean
clean curl_clean
prints curl_clean '^0 0 100000 200$' '^1 7 0 0$' hello
compare curl_leak tclsh "$work/curl.tcl" leak
reports curl_leak '^1 curl\.easy ' '^SUMMARY: sessguard: 1 session leaked' 'peer 127\.0\.0\.1:[0-9]+ \(1\)'
compare sockets tclsh "$work/sockets.tcl"
clean sockets
prints sockets '^LINE 3$' '^1 couldn.t open socket: connection refused$' '^a child$'
finish
