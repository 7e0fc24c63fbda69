#!/bin/bash
# Installs the Debian packages that are missing of those named in the files
# given (packages.txt); does nothing, and calls no apt, where all are there.
set -eu

missing=()
mapfile -t packages < <(sed 's/#.*//; /^ *$/d' "$@")
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
echo "installing with ${as_root[*]:+${as_root[*]} }apt-get: ${missing[*]}"

# A package of a server starts it. Nothing here needs a server of the
# system's, and none may be left running, so starting is forbidden meanwhile.
guard=/usr/sbin/policy-rc.d
guarded=
release() {
    [ -z "$guarded" ] || "${as_root[@]}" rm -f "$guard"
}
trap release EXIT
if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$guard" >/dev/null
    guarded=yes
    "${as_root[@]}" chmod 755 "$guard"
fi
log=$(mktemp)
if ! { "${as_root[@]}" apt-get update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    exit 1
fi
rm -f "$log"
