// A library with an object that closes stderr in its destructor, as aria2's has.
#include <cstdio>

namespace {
struct Console {
    ~Console() { std::fclose(stderr); }
} console;
} // namespace

extern "C" int closes_stderr() { return &console != nullptr; }
