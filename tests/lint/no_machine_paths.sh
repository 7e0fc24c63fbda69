#!/bin/bash
# No file names a folder of somebody's machine.
set -eu
. "$(dirname "$0")/../environment.sh"

! grep -rnIE '/(home|root|work|workspace|Users|mnt|opt|tmp)/[A-Za-z0-9_.]' --include='*' \
    --exclude=no_machine_paths.sh shim detector tests demo CMakeLists.txt README.md .ci .github ||
    bad "the lines above name a folder of a machine"
finish
