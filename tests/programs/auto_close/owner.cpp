/* A static object that closes a handle when it is destroyed. It is built into
 * the program, into a library, and into a plug-in; OWN is the function's name. */
#include "situations.h"

#include <unistd.h>

namespace {
struct Owner {
    CURL *easy = nullptr;
    ~Owner()
    {
        if (!easy)
            return;
        curl_easy_cleanup(easy);
        (void)!write(1, "closed by its owner\n", 20);
    }
} owner;
} // namespace

extern "C" void OWN(CURL *easy) { owner.easy = easy; }
