#!/bin/bash
# What is installed works from any prefix: the library finds its command, and a
# program finds the header through pkg-config and through the CMake package,
# links without the library and talks to it when it is there.
set -eu
. "$(dirname "$0")/../compare.sh"
need cmake pkg-config gcc

target=$work/prefix
cmake --install "$build_dir" --prefix "$target" >"$work/log" 2>&1 || bad "cmake --install fails: $(tail -n 3 "$work/log")"
installed=$(find "$target" -name libsessguard.so)
[ -n "$installed" ] || bad "no libsessguard.so is installed"
"$target/bin/sessguard" --version >/dev/null || bad "the command does not start from bin/"
[ -e "$target/share/man/man1/sessguard.1" ] || bad "no manual page is installed"

cat >"$work/program.c" <<'C'
#include <sessguard/sessguard.h>
#include <stdio.h>
#include <sys/socket.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    puts(__sessguard_do_recoverable_leak_check ? "watched" : "alone");
    if (__sessguard_ignore_object)
        __sessguard_ignore_object((void *)(long)fd);
    return 0;
}
C
cat >"$work/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.18)
project(user C)
find_package(sessguard 0.1 REQUIRED)
add_executable(by_cmake program.c)
target_link_libraries(by_cmake sessguard::sessguard)
CMAKE
PKG_CONFIG_PATH=$(dirname "$(find "$target" -name sessguard.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
gcc -o "$work/by_pkg_config" "$work/program.c" $(pkg-config --cflags sessguard) || bad "pkg-config does not find the header"
{ cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$target" && cmake --build "$work/build"; } >"$work/log" 2>&1 ||
    bad "find_package(sessguard) does not serve: $(tail -n 5 "$work/log")"
for program in "$work/by_pkg_config" "$work/build/by_cmake"; do
    [ "$("$program")" = alone ] || bad "$program does not run without the library"
    output=$(LD_PRELOAD=$installed SESSGUARD_OPTIONS=report_clean=1 "$program" 2>&1)
    [ "$output" = watched ] || bad "$program, watched, prints: $output"
done
output=$(LD_PRELOAD=$(pkg-config --variable=preload sessguard) gcc --version 2>&1 | head -n 1)
[ "$output" = "$(gcc --version | head -n 1)" ] || bad "pkg-config names another library: $output"
finish
