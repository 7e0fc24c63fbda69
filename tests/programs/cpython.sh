#!/bin/bash
# CPython's own tests of what we watch (sockets, processes, threads, asyncio,
# TLS) end the same with the library as without it, test by test. The other
# modes: tests/suites/cpython.sh.
# It takes three minutes where nothing else runs.
# COST: 150
set -eu
exec "$(dirname "$0")/../suites/cpython.sh" -j 4 -m warn
