#!/bin/bash
# Every hook is called by at least one case by its name, in running code.
set -eu
. "$(dirname "$0")/../environment.sh"

for hook in $("$source_dir/tests/list_hooks.sh"); do
    [ "$hook" != __assert_fail ] || hook=assert # which is how it is called
    # Comments do not count.
    sed 's|//.*||' tests/cases/*.c tests/cases/*.cpp tests/cases/lib/*.[ch] | grep -qE "\b$hook\b *[(,)]" ||
        bad "no case calls $hook"
done
finish
