#!/bin/bash
# Perl behaves the same, with its own sockets and with WWW::Curl, a plug-in on
# libcurl's GnuTLS flavour. Perl destroys every object when it ends, so what
# leaks ends with _exit.
set -eu
. "$(dirname "$0")/../compare.sh"
# Debian's own, for which the packages are installed.
perl=/usr/bin/perl
need "$perl"

cat >"$work/curl.pl" <<'PERL'
use strict; use warnings;
use POSIX ();
use WWW::Curl::Easy; use WWW::Curl::Multi; use WWW::Curl::Share;
$| = 1;
my ($text, @kept);
sub handle {
    my ($url) = @_;
    my $curl = WWW::Curl::Easy->new;
    $text = '';
    open my $file, '>', \$text or die;
    $curl->setopt(CURLOPT_URL, $url);
    $curl->setopt(CURLOPT_SSL_VERIFYPEER, 0);
    $curl->setopt(CURLOPT_WRITEDATA, $file);
    return $curl;
}
for my $path ("$ENV{TEST_HTTP_URL}/", "$ENV{TEST_HTTPS_URL}/large.txt", 'http://127.0.0.1:1/') {
    my $curl = handle($path);
    my $result = $curl->perform;
    print "$result ", length $text, " ", $curl->getinfo(CURLINFO_HTTP_CODE), "\n";
}
my $multi = WWW::Curl::Multi->new;
for my $id (1 .. 3) {
    my $curl = handle("$ENV{TEST_HTTP_URL}/");
    $curl->setopt(CURLOPT_PRIVATE, $id);
    $multi->add_handle($curl);
    push @kept, $curl;
}
my $left = 3;
while ($left) {
    next if $multi->perform == $left;
    while (my ($id, $result) = $multi->info_read) {
        next unless $id;
        $left--;
        print "multi $result\n";
    }
}
undef $multi; @kept = ();
my $last = handle("$ENV{TEST_HTTP_URL}/");
print $last->perform, "\n";
undef $last if $ARGV[0] ne 'leak';
POSIX::_exit(3);
PERL
cat >"$work/sockets.pl" <<'PERL'
use strict; use warnings;
use POSIX ();
use IO::Socket::INET; use IO::Select; use Socket;
$| = 1;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $!;
my $pid = fork // die;
if (!$pid) {
    for (1 .. 3) {
        my $client = $server->accept;
        print $client uc <$client>;
    }
    exit 7;
}
for my $number (1 .. 3) {
    my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport) or die $!;
    print $client "line $number\n";
    print scalar <$client>;
}
waitpid $pid, 0;
print $? >> 8, "\n";
close $server;
socketpair my $one, my $other, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
syswrite $one, "pair\n";
print scalar <$other>;
print IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 1) // 0 + $!, "\n";
print `echo a child`;
open my $pipe, '-|', 'cat', $0 or die; my @lines = <$pipe>; close $pipe;
print scalar @lines, "\n";
close $one;
close $other if $ARGV[0] ne 'leak';
POSIX::_exit(0) if $ARGV[0] eq 'leak';
warn "the end";
PERL

for script in curl sockets; do
    compare "${script}_clean" "$perl" "$work/$script.pl" clean
    clean "${script}_clean"
    compare "${script}_leak" "$perl" "$work/$script.pl" leak
done
prints curl_clean '^0 100000 200$' '^7 0 0$' '^multi 0$'
prints sockets_clean '^LINE 3$' '^7$' '^pair$' '^111$' '^a child$'
reports curl_leak '^1 curl\.easy ' '^SUMMARY: sessguard: 1 session leaked' 'peer 127\.0\.0\.1:[0-9]+ \(1\)'
reports sockets_leak '^1 socket ' '^SUMMARY: sessguard: 1 session leaked'
finish
