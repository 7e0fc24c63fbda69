#!/bin/bash
# Every option of options.def is explained in README.md and listed by help=1.
set -eu
. "$(dirname "$0")/../environment.sh"

names=$(sed -n 's/^SG_[A-Z]*(\([a-z_]*\),.*/\1/p' detector/options.def)
[ -n "$names" ] || bad "found no options in detector/options.def"
help=$(SESSGUARD_OPTIONS=help=1 LD_PRELOAD=$library env true 2>&1) || bad "help=1 changes the exit status"
for name in $names; do
    grep -qF "\`$name" README.md || bad "README.md does not explain \`$name\`"
    grep -qw -- "$name" <<<"$help" || bad "help=1 does not list $name"
done
finish
