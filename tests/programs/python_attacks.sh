#!/bin/bash
# Programs that reach into what watches Python's sessions, and those for which a mistake of
# its was found: they do what they do without the library, and end as they do.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/python_sessions/expects.sh"
serve_http
modes=(warn auto-close)
ways=(plain "${modes[@]}")
is_watched=no # which the reports show
attacks=$source_dir/tests/programs/python_unseen/attacks.py
export PYTHONMALLOC=debug
for way in closes_others collects_in_fileno asks_what_was_cleared two_builders calls_the_callback uses_an_address_again \
    leaves_tasks; do
    compare "$way" "$python" "$attacks" "$way"
    prints "$way" "^$way\$"
done
judge uses_an_address_again warn ../python_unseen/attacks.py <<END
3000 aiohttp.session uses_an_address_again.<locals>.main collected peak=1
END
# The shell says with which signal a process of its own ended.
compare interrupted sh -c '"$@" 2>/dev/null; echo $?' sh "$python" "$attacks" is_interrupted
prints interrupted '^130$'
judge interrupted warn ../python_unseen/attacks.py <<END
1 aiohttp.session is_interrupted.<locals>.main collected
END
finish
