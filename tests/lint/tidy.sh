#!/bin/bash
# clang-tidy finds nothing in the library and the command. .clang-tidy says
# what is asked for and what was left out.
# MAY SKIP: where there is no clang-tidy 14, as later ones ask for more.
# COST: 200
set -eu
. "$(dirname "$0")/../environment.sh"

database=$build_dir/compile_commands.json
[ -f "$database" ] || bad "no $database: configure with CMAKE_EXPORT_COMPILE_COMMANDS=ON"
of_version clang-tidy 14
# clang must not trip over warnings that only gcc knows.
sed -n 's/^ *"file": "\(.*\)".*/\1/p' "$database" | grep -E '/(shim|detector)/.*\.c$' | sort -u |
    xargs -P "$(nproc)" -n 4 "$tool" -p "$build_dir" --quiet --extra-arg=-Wno-unknown-warning-option 2>/dev/null ||
    bad "see above"
finish
