#!/bin/bash
# Every example program of libcurl's documentation that can be built behaves
# the same under the library, and is reported to leak exactly what it leaks.
# libcurl_examples.expected has a line for each: its name, the outcome (same,
# timing, endless, unbuilt), and what it leaks, as COUNT*KIND, or "-".
set -eu
. "$(dirname "$0")/../compare.sh"
need gcc g++ pkg-config jq apt-get dpkg-deb timeout

examples=
for folder in /usr/share/doc/libcurl4*/examples "$build_dir/libcurl4-doc"; do
    if [ -f "$folder/simple.c" ]; then examples=$folder; fi
done
if [ -z "$examples" ]; then
    # The package is installed, but systems that leave documentation out drop its files.
    examples=$build_dir/libcurl4-doc
    mkdir -p "$examples"
    (
        cd "$examples"
        apt-get download libcurl4-doc >download.log 2>&1 || cat download.log
        dpkg-deb --fsys-tarfile libcurl4-doc_*.deb | tar -x --wildcards --strip-components=6 '*/examples/*'
    ) || bad "the examples could not be had"
fi
mkdir -p "$work/sources"
cp "$examples"/*.c "$examples"/*.cpp "$work/sources"
cp "$examples"/*.c.gz "$examples"/*.cpp.gz "$work/sources" 2>/dev/null || true
find "$work/sources" -name '*.gz' -exec gunzip -f {} +

export TEST_HTTP_URL TEST_HTTPS_URL
find "$work/sources" -type f | sort |
    xargs -P "$(nproc)" -I '{}' "$source_dir/tests/programs/libcurl_examples/one.sh" '{}' "$work" "$library" |
    sort >"$work/found"
sed 's/ *#.*//; /^$/d' "$source_dir/tests/programs/libcurl_examples.expected" | sort >"$work/wanted"
# What depends on time may be the same once in a while.
awk 'NR == FNR { wanted[$1] = $2; next }
    wanted[$1] == "timing" && ($2 == "same" || $2 == "differs") { $2 = "timing" }
    { print }' "$work/wanted" "$work/found" >"$work/judged"
diff -u "$work/wanted" "$work/judged" || bad "expected (-) and found (+) differ"
finish
