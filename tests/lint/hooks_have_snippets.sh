#!/bin/bash
# Every hook has a snippet, which is run in every frame; but for the endings of
# a process, exec, the loader, what makes processes and tables, the doors to sandboxes, setuid and mlockall, which open and
# close nothing: these have cases.
set -eu
. "$(dirname "$0")/../environment.sh"

without='_exit|_Exit|kill|raise|quick_exit|abort|exec.*|fexecve|dlm?open|dlclose|dlv?sym|(__)?vfork|(__)?clone|unshare|prctl|mlockall|syscall|set(e|re|res)?uid|__assert.*'
for hook in $("$source_dir/tests/list_hooks.sh" | grep -vxE "$without"); do
    [ -e "tests/snippets/$hook.c" ] || bad "no tests/snippets/$hook.c"
    grep -qE "\b$hook\b" "tests/snippets/$hook.c" || bad "tests/snippets/$hook.c does not call $hook"
done
finish
