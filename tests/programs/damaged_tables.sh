#!/bin/bash
# Programs whose tables were damaged after linking (call frames and their header, notes,
# symbols, relocations, hash tables), and that run plainly all the same: with the library
# they do the same, and there is a report. Each kind of damage comes in several forms, the
# same ones in every run; DAMAGE_FORMS says how many, DAMAGE_FIRST which is the first.
# COST: 25
set -eu
web_server=no
. "$(dirname "$0")/../compare.sh"
need "${CC:-gcc}" python3
programs=$source_dir/tests/programs/damaged_tables
forms=${DAMAGE_FORMS:-2} first=${DAMAGE_FIRST:-1}
ulimit -c 0

link() { # OUTPUT OPTION...
    "${CC:-gcc}" -D_GNU_SOURCE -g -O1 -fasynchronous-unwind-tables -pthread -fPIC -Wl,--hash-style=both -Wl,-z,lazy \
        -Wl,--build-id -o "$work/$1" "${@:2}" || {
        bad "$1 does not build"
        finish
    }
}
link liblibrary.so -shared -DNAME=library_open -Wl,-soname,liblibrary.so "$programs/library.c"
link libplugin.so -shared -DNAME=plugin_open -Wl,-soname,libplugin.so "$programs/library.c"
# shellcheck disable=SC2016 # $ORIGIN is for the loader
link main -rdynamic "$programs/main.c" -L"$work" -Wl,-rpath,'$ORIGIN' -llibrary

# One run of the three files in folder $1: status and stdout in $1/NAME.out.
once() { # FOLDER NAME [VARIABLE...]
    local status=0
    (cd "$1" && timeout 60 env "${@:3}" ./main ./libplugin.so) </dev/null >"$1/$2.out" 2>"$1/$2.err" || status=$?
    echo "$status" >>"$1/$2.out"
}

once "$work" plain
once "$work" watched LD_PRELOAD="$library"
grep -q '^opened 6, missing 1$' "$work/plain.out" || bad "the program does not do what it should"
cmp -s "$work/plain.out" "$work/watched.out" || bad "it differs even undamaged"
grep -q 'SUMMARY: sessguard: 6 sessions leaked' "$work/watched.err" || {
    bad "undamaged: not 6 leaks"
    outline "$work/watched.err"
}

n_ran=0
try() { # FILE WHAT FORM MODE: damages a copy of FILE, and compares
    local folder=$work/$1.$2.$3
    mkdir -p "$folder"
    cp "$work/main" "$work/liblibrary.so" "$work/libplugin.so" "$folder"
    python3 "$programs/damage.py" "$work/$1" "$folder/$1" "$2" "$3" 2>/dev/null || {
        rm -rf "$folder" # this file has no such table
        return
    }
    once "$folder" plain 2>/dev/null # where it crashes, bash says so
    if cmp -s "$work/plain.out" "$folder/plain.out"; then
        n_ran=$((n_ran + 1))
        once "$folder" watched LD_PRELOAD="$library" SESSGUARD_MODE="$4" "SESSGUARD_OPTIONS=frames=64"
        cmp -s "$folder/plain.out" "$folder/watched.out" || {
            bad "$1 $2 $3 in $4: $(tail -n 1 "$folder/plain.out") became $(tail -n 1 "$folder/watched.out")"
            head -n 5 "$folder/watched.err"
            return
        }
        grep -q 'SUMMARY: sessguard: 6 sessions leaked' "$folder/watched.err" || {
            bad "$1 $2 $3 in $4: not 6 leaks"
            outline "$folder/watched.err"
            return
        }
    fi
    rm -rf "$folder"
}

kinds=$(python3 "$programs/damage.py")
for ((form = first; form < first + forms; form++)); do
    mode=warn
    [ $((form % 3)) != 0 ] || mode=auto-close
    for file in main liblibrary.so libplugin.so; do
        for what in $kinds; do try "$file" "$what" "$form" "$mode"; done
    done
done
echo "$n_ran damaged programs ran plainly, and under the library"
[ "$n_ran" -ge $((20 * forms)) ] || bad "only $n_ran of the damaged programs ran plainly"
finish
