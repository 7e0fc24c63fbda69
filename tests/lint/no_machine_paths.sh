#!/bin/bash
# No file names a folder of somebody's machine.
set -eu
. "$(dirname "$0")/../environment.sh"

# Templates of mkdtemp(3) are fine.
found=$(grep -rnIE '/(home|root|work|workspace|Users|mnt|opt|tmp)/[A-Za-z0-9_.]' --include='*' \
    --exclude=no_machine_paths.sh shim detector tests demo CMakeLists.txt README.md CHANGELOG.md .ci .github |
    grep -v 'XXXXXX' || true)
[ -z "$found" ] || bad "these lines name a folder of a machine:
$found"
finish
