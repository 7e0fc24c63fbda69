#!/bin/bash
# Damaged tables for long: the same as unit.damaged_frames and program.damaged_tables, with
# other seeds and many more rounds, the former also with AddressSanitizer and
# UndefinedBehaviorSanitizer.
#
#   tests/suites/fuzz_frames.sh [ROUNDS [FORMS [SEED]]]     200000, 30; the seed is the time's
set -eu
. "$(dirname "$0")/../environment.sh"
rounds=${1:-200000} forms=${2:-30} seed=${3:-$(date +%s)}
build=$build_dir/suites/fuzz_frames
mkdir -p "$build"
cmake -S "$source_dir" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSESSGUARD_SANITIZE=address,undefined \
    >"$build_dir/fuzz_frames.log"
cmake --build "$build" -j "$(nproc)" --target test_damaged_frames >>"$build_dir/fuzz_frames.log"
echo "seed $seed"
export SESSGUARD_FUZZ_ROUNDS=$rounds SESSGUARD_FUZZ_SEED=$seed
"$build_dir/tests/test_damaged_frames" || bad "seed $seed"
"$build/tests/test_damaged_frames" || bad "seed $seed, with sanitizers"
DAMAGE_FORMS=$forms DAMAGE_FIRST=$((seed % 1000000 + 1)) "$source_dir/tests/programs/damaged_tables.sh" || bad "seed $seed, programs"
finish
