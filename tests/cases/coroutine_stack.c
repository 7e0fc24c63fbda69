// Proves that a session which is opened on a stack of the program's own making (a coroutine) has that stack's
// frames, and that switching away in between confuses nothing.
// CFLAGS: -O0
// LIBS: -lcurl
// EXPECT: #0 0x[0-9a-f]+ in open_one .*coroutine_stack\.c
// EXPECT: #1 0x[0-9a-f]+ in coroutine .*coroutine_stack\.c
// EXPECT: ^4 curl\.easy
// EXPECT: SUMMARY: sessguard: 4 sessions leaked at 1 place
#include <curl/curl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

static ucontext_t main_context, contexts[2];
static char stacks[2][64 * 1024];
static void open_one(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CURL *easy = curl_easy_init();
    printf("%d\n", easy != NULL && close(fd) == 0);
}
static void coroutine(int number)
{
    for (int i = 0; i < 2; i++) {
        open_one();
        swapcontext(&contexts[number], &main_context);
    }
}
int main(void)
{
    for (int i = 0; i < 2; i++) {
        getcontext(&contexts[i]);
        contexts[i].uc_stack.ss_sp = stacks[i];
        contexts[i].uc_stack.ss_size = sizeof stacks[i];
        contexts[i].uc_link = &main_context;
        makecontext(&contexts[i], (void (*)(void))coroutine, 1, i);
    }
    for (int i = 0; i < 4; i++)
        swapcontext(&main_context, &contexts[i % 2]);
    return 0;
}
