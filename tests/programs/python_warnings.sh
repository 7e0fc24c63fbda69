#!/bin/bash
# A program that listens to what Python says of sessions that nobody closed, through its
# loop's exception handler, logging or warnings, hears what it hears without the library.
# Only where nobody listens, and the lines would go to stderr by themselves, are they left
# out, as the report says the same with the place; with python_warnings=1 they are not.
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
. "$source_dir/tests/programs/python_sessions/expects.sh"
serve_http

hears=$programs/hears.py
# Addresses, ports, and the times in aiohttp's lists; nothing else.
all_lines() { sed -E "s/0x[0-9a-f]+/ADDRESS/g; s/laddr=\('127\.0\.0\.1', [0-9]+\)/laddr=PORT/; s/, [0-9]+\.[0-9]+\)/, TIME)/g"; }
but_unclosed() { grep -vE "$unclosed" | all_lines; }
modes=(warn silence)

# Python itself speaks of three sessions and their connectors; what it speaks of otherwise stays.
normalise() { but_unclosed; }
ways=(plain warn silence)
for way in default keep redirected; do
    compare "$way" "$python" "$hears" "$way"
    for mode in "${modes[@]}"; do
        ! grep -qE "$unclosed" "$work/$way.$mode.err" || bad "$way: in $mode Python prints what was not closed"
    done
done
has default "$work/default.plain.err" '^Unclosed client session$' '^Unclosed connector$' 'ValueError: nobody asks for it$'
has redirected "$work/redirected.plain.out" '^True$'

normalise() { all_lines; }
listeners=(loop_handler basic_config root_handler asyncio_handler asyncio_handler_only null_handler last_resort no_last_resort
    disabled capture_warnings unraisable)
modes=(warn)
ways=(plain warn)
is_watched=no # which the reports show
for way in "${listeners[@]}"; do
    compare "$way" "$python" "$hears" "$way"
done
# Who makes the records, reads them, or hears warnings, hears of all of them although they are not printed.
normalise() { but_unclosed; }
for way in record_factory logger_class filter show_warning catch_warnings; do compare "$way" "$python" "$hears" "$way"; done
normalise() { all_lines; }
for way in loop_handler asyncio_handler root_handler last_resort catch_warnings show_warning; do
    [ "$(grep -c '^(' "$work/$way.plain.out")" -ge 3 ] || bad "$way: the program itself hears nothing"
done
compare dev_mode "$python" -X dev -W always "$hears" loop_handler
compare dev_mode_log "$python" -X dev -W always "$hears" asyncio_handler
compare tracemalloc "$python" -X tracemalloc=10 -W always "$hears" loop_handler
has dev_mode "$work/dev_mode.plain.out" "hears\.py', [0-9]+, 'drop'"

# The filters of the command line, with all that Python prints.
compare always "$python" -W always "$hears" loop_handler
compare error "$python" -W error "$hears" loop_handler
has always "$work/always.plain.err" 'ResourceWarning: Unclosed client session'
has error "$work/error.plain.err" '^ResourceWarning: Unclosed client session'

# Asked for, they are there.
export SESSGUARD_OPTIONS=$SESSGUARD_OPTIONS:python_warnings=1
for way in default keep; do compare "$way" "$python" "$hears" "$way"; done
for name in "${listeners[@]}" default; do
    [ -s "$work/$name.warn/report.jsonl" ] || bad "$name: no report"
done
finish
