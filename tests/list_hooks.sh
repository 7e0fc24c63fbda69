#!/bin/bash
# Lists the hooks: the functions of libc and libcurl that the library replaces.
set -eu
. "$(dirname "$0")/environment.sh"

nm -D --defined-only "$library" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort -u |
    grep -v '^__sessguard_' | grep -vxFf <(sed -n 's/^\([a-z_]*\) .*/\1/p' tests/lint/exports.allow)
