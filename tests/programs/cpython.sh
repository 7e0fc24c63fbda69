#!/bin/bash
# CPython's own tests of what we watch (sockets, processes, threads, asyncio,
# TLS) end the same with the library as without it, test by test: those that end well
# with it need no run without. The other modes, and all of it: tests/suites/cpython.sh.
# It takes one and a half minutes where nothing else runs.
# COST: 150
set -eu
exec "$(dirname "$0")/../suites/cpython.sh" -j 4 -q -m warn
