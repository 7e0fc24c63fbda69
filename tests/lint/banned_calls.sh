#!/bin/bash
# The library runs inside every allocation-free, lock-free and signal-unsafe
# corner of a stranger's program: it must not allocate, format, lock, look up
# symbols or end the process by libc's means. banned_calls.allow has the
# exceptions, each with its reason.
set -eu
. "$(dirname "$0")/../environment.sh"

banned='malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf'
banned+='|v?(f|s|sn|d)?printf|puts|fputs|fputc|putchar|perror|fopen|fopen64|fdopen|fclose|fwrite|fread|fflush|getline'
banned+='|__(v?(f|s|sn|d)?printf|fdelt|stack_chk_fail|longjmp)_chk'
banned+='|exit|_exit|_Exit|quick_exit|abort|__assert_fail|getenv|secure_getenv|setenv|unsetenv|putenv'
banned+='|dlsym|dlvsym|dlopen|dlmopen|dlclose|dladdr|dladdr1|dlinfo|backtrace'
banned+='|pthread_mutex_.*|pthread_rwlock_.*|pthread_cond_.*|pthread_once|pthread_spin_.*|sem_.*'
banned+='|fork|vfork|system|popen|posix_spawnp?|sleep|usleep|nanosleep|signal'

objects=0
while IFS= read -r object; do
    objects=$((objects + 1))
    object=$build_dir/$object
    name=$(basename "$object")
    while IFS= read -r symbol; do
        grep -q "^$name $symbol " tests/lint/banned_calls.allow || bad "$name calls $symbol"
    done < <(nm -u "$object" | awk '{ print $NF }' | grep -xE "$banned")
done < <(cd "$build_dir" && find . \( -path '*/shim/*.o' -o -path '*/detector/*.o' \) ! -path '*/report/*' \
    ! -path './tests/*' ! -path './demo/*' | sort)
[ "$objects" -gt 5 ] || bad "found only $objects objects of the library below the build folder"

# An exception that nothing needs any more is a trap for the next reader.
while read -r name symbol _; do
    case $name in '' | '#'*) continue ;; esac
    object=$(cd "$build_dir" && find . -name "$name" ! -path '*/report/*' ! -path './demo/*' | head -n 1)
    object=${object:+$build_dir/$object}
    if [ -z "$object" ] || ! nm -u "$object" | awk '{ print $NF }' | grep -qx "$symbol"; then
        bad "banned_calls.allow: $name does not call $symbol"
    fi
done <tests/lint/banned_calls.allow
finish
