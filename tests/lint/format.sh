#!/bin/bash
# All C and C++ looks as .clang-format says.
set -eu
. "$(dirname "$0")/../environment.sh"

find shim detector tests demo -name '*.[ch]' -o -name '*.cpp' | sort | xargs clang-format --dry-run -Werror ||
    bad "run clang-format -i on the files above"
finish
