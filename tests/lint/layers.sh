#!/bin/bash
# Every header of the library says its layer, its threads, its memory and how
# it fails, and every file includes only headers of lower layers, so that the
# parts can be understood, and tested, from the bottom up.
set -eu
. "$(dirname "$0")/../environment.sh"

layer_of() { # FILE: the number after "Layer:" in its opening comment
    sed -n '1,40s/^.*Layer: *\([0-9][0-9]*\).*$/\1/p' "$1" | head -n 1
}

find_header() { # FILE INCLUDED: the path of what FILE includes
    local folder
    for folder in "$(dirname "$1")" shim shim/python detector detector/report shim/family .; do
        if [ -f "$folder/$2" ]; then
            realpath --relative-to=. "$folder/$2"
            return
        fi
    done
}

while IFS= read -r file; do
    own=
    case $file in
    *.h)
        for fact in Layer Threads Memory Fails; do
            sed -n 1,40p "$file" | grep -qE "^ \* +$fact: +[^ ]" || bad "$file: its comment lacks \"$fact:\""
        done
        ;;
    *.c)
        [ ! -f "${file%.c}.h" ] || own=${file%.c}.h
        ;;
    esac
    layer=$(layer_of "${own:-$file}")
    if [ -z "$layer" ]; then
        bad "$file: has neither a header of its own nor a line \"Layer: N\""
        continue
    fi
    while IFS= read -r included; do
        case $included in *.h) ;; *) continue ;; esac # lists such as options.def have no layer
        header=$(find_header "$file" "$included")
        # What is not in the source is generated, and part of the file that includes it.
        if [ -z "$header" ] || [ "$header" = "$own" ]; then continue; fi
        other=$(layer_of "$header")
        [ "${other:-99}" -lt "$layer" ] ||
            bad "$file (layer $layer) includes $header (layer ${other:-none})"
    done < <(sed -n 's/^ *# *include *"\([^"]*\)".*/\1/p' "$file")
done < <(find shim detector -name '*.[ch]' | sort)
finish
