#!/bin/bash
# Installs the Debian packages that are missing of those named in the files
# given (packages.txt); does nothing, and calls no apt, where all are there.
#
# A line names one package, or the names that it has in different releases of
# Debian, as in "NAME | OTHER": one that is installed will do, and of those that
# are not the first is taken that this machine's apt knows. An absolute path in
# their place stands for whatever package has brought that file.
set -eu

is_installed() { # PACKAGE|FILE
    case $1 in /*) [ -e "$1" ] && return ;; esac
    local state
    state=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) && [ "$state" = installed ]
}

missing=() # lines
mapfile -t lines < <(sed 's/#.*//; s/|/ /g; /^ *$/d' "$@")
for line in "${lines[@]}"; do
    found=
    for package in $line; do
        ! is_installed "$package" || found=yes
    done
    [ -n "$found" ] || missing+=("$line")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
log=$(mktemp)
guard=/usr/sbin/policy-rc.d
guarded=
release() {
    rm -f "$log"
    [ -z "$guarded" ] || "${as_root[@]}" rm -f "$guard"
}
trap release EXIT

logged() { # COMMAND...: shows what it wrote where it fails
    "$@" >"$log" 2>&1 </dev/null && return
    tail -n 40 "$log" >&2
    exit 1
}

known() { # PACKAGE...: the first that apt can install
    local package
    for package in "$@"; do
        case $package in /*) continue ;; esac
        LC_ALL=C apt-cache policy "$package" | grep -q '^  Candidate: [^(]' || continue
        echo "$package"
        return
    done
    echo "this machine's apt knows no package named ${*}" >&2
    return 1
}

logged "${as_root[@]}" apt-get update
packages=()
for line in "${missing[@]}"; do
    # shellcheck disable=SC2086 # words of one line
    packages+=("$(known $line)")
done
echo "installing with ${as_root[*]:+${as_root[*]} }apt-get: ${packages[*]}"

# A package of a server starts it. Nothing here needs a server of the
# system's, and none may be left running, so starting is forbidden meanwhile.
if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$guard" >/dev/null
    guarded=yes
    "${as_root[@]}" chmod 755 "$guard"
fi
logged "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
