#!/bin/bash
# Exceptions and thread cancellation work as without the library, and as fast: in
# a C++ program, in a C program with a C++ library, and in a C program with a C++
# plug-in. The loader's own log shows that nothing which unwinds, allocates or
# copies is bound to us.
set -eu
. "$(dirname "$0")/../compare.sh"
need gcc g++

cat >"$work/throws.cpp" <<'EOF'
#include <chrono>
#include <cstdio>
#include <pthread.h>
#include <stdexcept>
#include <unistd.h>

struct Guard {
    int *count;
    ~Guard() { ++*count; }
};
static int destructed;
__attribute__((noinline)) static void deep(int left)
{
    Guard guard{&destructed};
    if (left == 0)
        throw std::runtime_error("deep");
    deep(left - 1);
}
static int ready[2], silent[2];
static void *waits(void *unused)
{
    Guard guard{&destructed};
    char byte;
    (void)!write(ready[1], "x", 1);
    (void)!read(silent[0], &byte, 1); // nobody writes
    return unused;
}
extern "C" int throw_and_cancel(const char *times)
{
    int caught = 0, cancelled = 0;
    auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 20000; i++)
        try {
            deep(5);
        } catch (const std::runtime_error &) {
            caught++;
        }
    std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begin;
    if (pipe(ready) || pipe(silent))
        return 1;
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        void *result;
        char byte;
        pthread_create(&thread, nullptr, waits, nullptr);
        (void)!read(ready[0], &byte, 1);
        pthread_cancel(thread);
        pthread_join(thread, &result);
        cancelled += result == PTHREAD_CANCELED;
    }
    std::printf("%d caught, %d cancelled, %d destructed\n", caught, cancelled, destructed);
    FILE *file = std::fopen(times, "w");
    std::fprintf(file, "%.2f\n", spent.count() / caught);
    return std::fclose(file);
}
EOF
cat >"$work/calls.c" <<'EOF'
int throw_and_cancel(const char *times);
int main(void) { return throw_and_cancel("times"); }
EOF
cat >"$work/loads.c" <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **words)
{
    void *library = dlopen(words[count - 1], RTLD_NOW | RTLD_LOCAL);
    int (*run)(const char *) = library ? (int (*)(const char *))dlsym(library, "throw_and_cancel") : NULL;
    return run ? run("times") : puts(dlerror());
}
EOF
(
    cd "$work"
    { echo 'extern "C"' && cat calls.c; } >calls.cpp
    g++ -O1 -g -fPIC -shared -pthread -o libthrows.so throws.cpp
    g++ -O1 -g -pthread -o in_cpp calls.cpp throws.cpp
    gcc -O1 -g -o in_library calls.c -L. -lthrows -Wl,-rpath,"$work"
    gcc -O1 -g -o in_plugin loads.c
)
for name in in_cpp in_library in_plugin; do
    compare "$name" "$work/$name" "$work/libthrows.so"
    clean "$name"
    grep -qx '20000 caught, 100 cancelled, 120100 destructed' "$work/$name.warn.out" ||
        bad "$name: $(cat "$work/$name.warn.out" "$work/$name.warn.err")"
    awk -v name="$name" 'NR == FNR { plain = $1; next }
        { printf "%s: a throw takes %s us, watched %s us: ratio %.2f\n", name, plain, $1, $1 / plain }' \
        "$work/$name.plain/times" "$work/$name.warn/times"

    log=$work/$name.bindings
    (cd "$work" && LD_DEBUG=bindings LD_DEBUG_OUTPUT=$log LD_BIND_NOW=1 "${watch[@]}" "./$name" "$work/libthrows.so" >/dev/null)
    cat "$log".* >"$log"
    grep -qE "to [^ ]*/libgcc_s.*\`_Unwind_Resume'" "$log" || bad "$name: _Unwind_Resume is not bound to libgcc"
    sed -n "s|.* to $library \[0\]: normal symbol .\([A-Za-z0-9_]*\)'.*|\1|p" "$log" | sort -u >"$log.ours"
    [ -s "$log.ours" ] || bad "$name: nothing at all is bound to the library"
    ! grep -xE '_Unwind.*|__cxa_.*|__gxx_.*|backtrace.*|.*alloc.*|free|mem.*|str.*|pthread_.*|on_exit|clone|_dl.*' "$log.ours" ||
        bad "$name: these are bound to the library"
done
finish
