#!/bin/bash
# Fetches and unpacks the source of a Debian package with `apt-get source`, by
# package lists of its own, as the system's need not have any of sources.
#
#   tests/suites/fetch_source.sh DIR SOURCE [BINARY...]
#
# DIR/SOURCE's own folder is where it lies then, and DIR/version says which
# version it is: the newest whose files are there, since a mirror may list one
# before it has it. The packages BINARY of that same version are unpacked below
# DIR/package, and are not installed.
set -eu

work=$1 source=$2
shift 2
apt=$work/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources"
# Of this release, and from where this machine has its packages.
# shellcheck disable=SC2016
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u |
    grep -E '^[^ ]*/debian(-security)?/* ' |
    sed 's|.*|deb & \ndeb-src &|; s|\(deb[-src]*\) |\1 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] |g' \
        >"$apt/sources/debian.list"
options=(-q -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$apt/sources"
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=")

fetch() { # VERSION BINARY...
    local version=$1 binary
    apt-get "${options[@]}" source "$source=$version" || return
    rm -rf package ./*.deb
    for binary in "${@:2}"; do
        apt-get "${options[@]}" download "$binary=$version" && dpkg -x "$binary"_*.deb package || return
    done
    echo "$version" >version
}

cd "$work"
apt-get "${options[@]}" update
while read -r version; do
    ! fetch "$version" "$@" || exit 0
done < <(apt-cache "${options[@]}" showsrc --only-source "$source" | sed -n 's/^Version: //p' |
    sort -Vru)
echo "no version of $source can be fetched"
exit 1
