#!/bin/bash
# Auto-close is right in its use of memory: valgrind's memcheck finds no error at any
# way to end and in any use of ends.table and uses.table, on libcurl with OpenSSL and
# with GnuTLS, and the reports are the same as without it.
#
#   tests/suites/auto_close_memory.sh
#
# It takes some four minutes.
set -eu
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/auto_close/common.sh"
need valgrind

all() { each_line check_memory ends.table uses.table; }

for_both all
finish
