#!/bin/bash
# Three hundred programs of the differential fuzzer, and those that once differed
# (differential/*.script): what they do is the same with the library and without it, and
# the report says what they left open.
#
#   tests/programs/differential.sh [--seed N] [--count N] [...]     see tests/suites/differential.sh
# TIMEOUT: 1500
set -eu
. "$(dirname "$0")/../environment.sh"

echo "seed 1 to 300"
tests/suites/differential.sh --seed 1 --count 300 --shrink 2 "$@" || bad "see above"
tests/suites/differential.sh tests/programs/differential/*.script || bad "see above"
finish
