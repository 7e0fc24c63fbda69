#!/bin/sh
# Copies stdin less what sessguard printed, so that the rest can be compared
# with a run without it: a report goes from its heading to its SUMMARY line,
# and everything else that the library says starts with its name. A report in a file has
# one line here.
exec sed -e '/^==[0-9]*==[A-Z]*: sessguard: .*; report in /d' \
    -e '/^==[0-9]*==[A-Z]*: sessguard: /,/^SUMMARY: sessguard: /d' -e '/^\(==[0-9]*==\)\{0,1\}sessguard: /d'
