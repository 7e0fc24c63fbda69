#!/bin/bash
# All C and C++ looks as .clang-format says.
# MAY SKIP: where there is no clang-format 14, as later ones break lines elsewhere.
set -eu
. "$(dirname "$0")/../environment.sh"

of_version clang-format 14
find shim detector tests demo -name '*.[ch]' -o -name '*.cpp' | sort | xargs "$tool" --dry-run -Werror ||
    bad "run $tool -i on the files above"
finish
