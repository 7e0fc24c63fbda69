#!/bin/bash
# Auto-close is right in its use of memory, whatever is open or in use: valgrind's memcheck
# finds no error in any situation of uses.table, on libcurl with OpenSSL and with
# GnuTLS, and the reports are the same as without it.
set -eu
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/auto_close/common.sh"
need valgrind

all() { each_line check_memory uses.table; }

for_both all
finish
