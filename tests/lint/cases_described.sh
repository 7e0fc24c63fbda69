#!/bin/bash
# Every case says in its first line what it proves, stays short enough to be
# read at a glance, and waits for events instead of sleeping.
set -eu
. "$(dirname "$0")/../environment.sh"

for file in tests/cases/*.c tests/cases/*.cpp; do
    head -n 1 "$file" | grep -q '^// Proves ' || bad "$file: its first line does not say what it proves"
    lines=$(grep -cvE '^//|^ *$' "$file")
    [ "$lines" -le 70 ] || bad "$file: $lines lines are too many for a case"
    ! grep -nE '\b(u|nano)?sleep *\(' "$file" || bad "$file: sleeps"
done
finish
