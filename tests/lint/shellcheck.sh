#!/bin/bash
# All shell scripts pass shellcheck.
set -eu
. "$(dirname "$0")/../environment.sh"

{
    find tests demo -name '*.sh'
    echo .ci/run
} | sort | xargs shellcheck || bad "see above"
finish
