#!/bin/bash
# What stands in the tables of loaded objects may be damaged: only the files that bound
# each step read them, and everybody else asks these.
set -eu
. "$(dirname "$0")/../environment.sh"

only_in() { # REGEX FILES WHO-TO-ASK
    local found
    found=$(grep -rnE --include='*.[ch]' -- "$1" shim detector | grep -vE "^($2):" | grep -v '^detector/report/' || true)
    [ -z "$found" ] || bad "ask $3:
$found"
}
symbols='detector/symbols\.[ch]'
only_in 'elf(->|\.)(symbols|strings|gnu_hash|hash|versions|needed_versions)\b' "$symbols" detector/symbols.h
only_in '\b(st_name|st_value|vn_next|vna_next|DT_GNU_HASH|DT_STRTAB|DT_SYMTAB|DT_VERNEED)\b' "$symbols" detector/symbols.h
only_in '\b(eh_frame_hdr|dlfo_eh_frame)\b' 'detector/(object\.[ch]|cfi\.[ch])' detector/cfi.h
only_in '\b(e_phoff|e_phnum|n_namesz|n_descsz|PT_NOTE|PT_LOAD)\b' "detector/object\.[ch]|$symbols" detector/object.h
finish
