# Builds the situations with each of Debian's two libcurls and runs them; sourced
# by auto_close*.sh, after compare.sh.
# shellcheck shell=bash disable=SC2154

need gcc g++ jq timeout
ulimit -c 0
sources=$source_dir/tests/programs/auto_close
export TEST_HTTPS_URL TEST_CERT PLUGIN=./plugin.so

build() { # LIBRARY, as the linker calls it; in $folder
    local flags=(-D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror -pthread) source
    g++ "${flags[@]}" -DOWN=own_by_program -c -o "$folder/owner.o" "$sources/owner.cpp"
    g++ "${flags[@]}" -DOWN=own_by_library -fPIC -shared -o "$folder/libowner.so" "$sources/owner.cpp" "$1"
    g++ "${flags[@]}" -DOWN=own_by_plugin -fPIC -shared -o "$folder/plugin.so" "$sources/owner.cpp" "$1"
    for source in main ends uses races; do
        gcc -std=gnu17 "${flags[@]}" -c -o "$folder/$source.o" "$sources/$source.c"
    done
    g++ -pthread -o "$folder/situations" "$folder"/{main,ends,uses,races,owner}.o \
        -L"$folder" -lowner -Wl,-rpath,"$folder" "$1"
}

# Calls FUNCTION for both TLS libraries at the same time. Each works in $folder.
for_both() { # FUNCTION
    local tls pids=() pid
    for tls in openssl gnutls; do
        (
            folder=$work/$tls
            mkdir -p "$folder"
            case $tls in
            openssl) build -lcurl ;;
            gnutls) build -l:libcurl-gnutls.so.4 ;;
            esac
            cd "$folder" || exit
            "$1"
            exit "$((failures > 0))"
        ) > >(sed "s/^FAIL /FAIL $tls: /") &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failures=$((failures + 1)); done
}

# Leaves NAME.WAY.status, .out and .err. It has ended when nobody has its stdout
# any more: that may be a daemon.
situation() { # NAME WAY [NAME=VALUE|COMMAND...]
    {
        local status=0
        timeout -k 5 600 env "${@:3}" ./situations "$1" </dev/null 2>"$1.$2.err" || status=$?
        echo "$status" >"$1.$2.status"
    } 2>/dev/null | timeout 700 cat >"$1.$2.out" || bad "$1: its stdout is held"
}

# A watched run; its report is appended to NAME.report.
situation_watched() { # NAME [COMMAND...]
    situation "$1" watched "LD_PRELOAD=$library" SESSGUARD_MODE=auto-close \
        "SESSGUARD_OPTIONS=format=json:output=$1.report:close_timeout_ms=60000:${options:-verbosity=0}" "${@:2}"
}

# Calls FUNCTION with the name, the status and the report of each line of a table.
each_line() { # FUNCTION TABLE...
    local name status report
    while read -r name status report; do
        case $name in '' | '#'*) continue ;; esac
        "$1" "$name" "$status" "$report"
    done < <(cd "$sources" && cat "${@:2}")
}

# In the form of the table: how many handles of a kind had which outcome.
outcomes() { # FILE
    [ -e "$1" ] || {
        echo -
        return
    }
    jq -r -s 'map([.leaks[] | {count, what: "\(.kind) \(.outcome)\(if .reason then " " + .reason else "" end)"}]
        | group_by(.what) | map("\(map(.count) | add) \(.[0].what)") | join(", ")) | sort | join(" / ")' "$1"
}

# One of the table's lines under valgrind: FUNCTION of each_line.
check_memory() { # NAME STATUS REPORT
    local found
    situation_watched "$1" valgrind --leak-check=no --trace-children=no --vex-iropt-level=1 --log-file="$1.%p.log"
    found=$(cat "$1.watched.status")
    [ "$found" = "$2" ] || bad "$1: status $found in place of $2"
    # A process that is killed, or becomes another, has no summary.
    grep -q 'ERROR SUMMARY: ' "$1".*.log || [[ $1 = signal_kill || $1 = exec ]] || bad "$1: no summary of valgrind's"
    ! grep -qE 'ERROR SUMMARY: [1-9]' "$1".*.log || {
        bad "$1: valgrind finds errors"
        cat "$1".*.log | head -n 80
    }
    found=$(outcomes "$1.report")
    [ "$found" = "$3" ] || bad "$1: the report says: $found; in place of: $3"
}
