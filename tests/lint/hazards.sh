#!/bin/bash
# The tests that tests/README.md names for the hazards exist.
# shellcheck disable=SC2016 # the backquotes are those of the text
set -eu
. "$(dirname "$0")/../environment.sh"

names=0
while IFS= read -r name; do
    names=$((names + 1))
    case $name in
    unit.*) file=tests/unit/test_${name#unit.}.c ;;
    program.*) file=tests/programs/${name#*.}.sh ;;
    lint.*) file=tests/lint/${name#*.}.sh ;;
    frames/*) file=tests/$name ;;
    *) file="tests/cases/$name.c*" ;;
    esac
    compgen -G "$file" >/dev/null || bad "tests/README.md names $name, which is no test"
done < <(sed -n '/^## Hazards/,/^What did not/p' tests/README.md | sed -n 's/^|[^|]*|[^|]*|\(.*\)|$/\1/p' | grep -o '`[^`]*`' | tr -d '`')
[ "$names" -gt 100 ] || bad "found only $names names in tests/README.md"
finish
