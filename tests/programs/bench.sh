#!/bin/bash
# The benchmark can be measured: every row comes out, in the form that its
# README says, with the library counted where it is on and not where it is off
# (run.sh refuses a row otherwise). What the figures are is not asked.
set -eu
. "$(dirname "$0")/../environment.sh"
work=$build_dir/programs/bench
mkdir -p "$work"
rm -rf "${work:?}"/*

export SESSGUARD_BUILD=$build_dir
tests/bench/run.sh -q -n >"$work/rows" || bad "some rows could not be measured"
tests/bench/run.sh -l | sort >"$work/expected"
[ "$(wc -l <"$work/expected")" -ge 32 ] || bad "run.sh lists too few rows"
jq -r .row "$work/rows" | sort | diff "$work/expected" - || bad "these rows are missing, or were not asked for"
jq -c 'select((
    (.unit | IN("ratio", "ns", "us", "ms", "s", "bytes")) and (.pairs >= 1)
    and ([.median, .low, .high, .null_median, .null_low, .null_high] | all(type == "number"))
    and .low <= .median and .median <= .high and .null_low <= .null_median and .null_median <= .null_high
    and (.unit != "ratio" or .low > 0) and (.unit == "bytes" or .bare_ns > 0 or .row == "first_in_thread")
    and (if .row | startswith("tools_") or . == "startup_empty" then .target == null and .is_met == null
        else .is_met == (.median <= .target) end)) | not)' "$work/rows" >"$work/odd"
[ ! -s "$work/odd" ] || bad "these rows make no sense: $(cat "$work/odd")"

# What cannot be measured is no success.
if tests/bench/run.sh -q -n no_such_row >"$work/out" 2>&1; then bad "a row that does not exist is measured"; fi
finish
