// Proves that limits which a program sets itself, a large environment and a closed umask cost no report: it is
// the command's, in each mode, and as JSON.
// RUN: for way in files size data memory stack locked variable many garbage umask used; do for mode in warn silence; do WATCH SESSGUARD_MODE=$mode SESSGUARD_OPTIONS=exitcode=23:output=$way.$mode.json:format=json @PROG@ $way; echo $? >>$way; done; done
// CHECK: for way in files size data memory stack locked variable many garbage umask used; do test "$(cat $way)" = "$(printf '23\n23')"; for mode in warn silence; do grep -q '"argv0": ".*own_limits".*"function": "leaky"' $way.$mode.json; done; done
// CHECK: ! ls *.snap
// CHECK: test "$(stat -c %a umask.silence.json)" = 600
// EXPECT: ==WARNING: sessguard: 1 leaked session.*; report in .*/umask\.warn\.json$
// REJECT: SUMMARY
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static __attribute__((noinline)) int leaky(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd;
}
static const struct {
    const char *way;
    int resource;
    rlim_t value;
} limits[] = {
    {"files", RLIMIT_NOFILE, 0},    {"size", RLIMIT_FSIZE, 10},        {"data", RLIMIT_DATA, 4 << 20},
    {"memory", RLIMIT_AS, 8 << 20}, {"stack", RLIMIT_STACK, 64 << 10}, {"locked", RLIMIT_MEMLOCK, 0},
    {"used", RLIMIT_AS, 64 << 20},
};
static void lower(const char *way)
{
    struct rlimit limit;
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++)
        if (strcmp(way, limits[i].way) == 0) {
            getrlimit((__rlimit_resource_t)limits[i].resource, &limit);
            limit.rlim_cur = limits[i].value;
            setrlimit((__rlimit_resource_t)limits[i].resource, &limit);
        }
}
static char text[210000];
static int set(const char *name, size_t length)
{
    memset(text, 'a', length);
    text[length] = '\0';
    return setenv(name, text, 1);
}
static int many_variables(void)
{
    char name[] = "MANY AA";
    for (int i = 0; i < 400; i++) {
        name[5] = (char)('A' + i / 20);
        name[6] = (char)('A' + i % 20);
        if (set(name, 15000))
            return 1;
    }
    return 0;
}
static void use_up_memory(void)
{
    for (size_t size = 32 << 20; size >= 4096; size /= 2)
        while (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
            ;
}
int main(int count, char **words)
{
    const char *way = words[count - 1];
    int fd = leaky();
    lower(way);
    if (strcmp(way, "used") == 0)
        use_up_memory();
    if (strcmp(way, "umask") == 0)
        umask(0777);
    if (strcmp(way, "garbage") == 0)
        environ = (char **)8;
    if (strcmp(way, "many") == 0)
        return many_variables();
    return fd < 0 || (strcmp(way, "variable") == 0 && set("STATE", 200000));
}
