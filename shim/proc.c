#include "proc.h"
#include "out.h"
#include "sys.h"

#include <fcntl.h>
#include <string.h>

const char *sg_proc_path(char *path, size_t size, uint64_t pid, const char *name)
{
    struct sg_out out = sg_out_into(path, size);
    sg_out_text(&out, "/proc/");
    if (pid)
        sg_out_number(&out, pid);
    else
        sg_out_text(&out, "thread-self");
    sg_out_texts(&out, "/", name, NULL);
    return path;
}

long sg_proc_link(uint64_t pid, const char *name, char *link, size_t size)
{
    char path[64];
    return sg_sys4(SYS_readlinkat, AT_FDCWD, sg_proc_path(path, sizeof path, pid, name), link, size);
}

uint64_t sg_proc_number(const char *text, const char **end)
{
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    *end = text;
    return number;
}

#define FIRST_FIELD 3U /* the state, behind the name */
#define LAST_FIELD 28U

/* The name may hold anything, parentheses and blanks included. */
static bool parse(const char *text, struct sg_proc_stat *stat)
{
    uint64_t fields[LAST_FIELD + 1] = {0};
    const char *name = strchr(text, '(');
    const char *at = strrchr(text, ')');
    if (!name || !at || at[1] != ' ' || at[2] == '\0')
        return false;
    size_t length = (size_t)(at - name - 1);
    length = length < sizeof stat->name ? length : sizeof stat->name - 1;
    memcpy(stat->name, name + 1, length);
    stat->name[length] = '\0';
    stat->is_gone = at[2] == 'Z' || at[2] == 'X';
    at += 3;
    for (unsigned field = FIRST_FIELD + 1; field <= LAST_FIELD && *at == ' '; field++) {
        fields[field] = sg_proc_number(at + 1 + (at[1] == '-'), &at);
    }
    stat->parent = fields[4];
    stat->group = fields[5];
    stat->session = fields[6];
    stat->started = fields[22];
    stat->stack = fields[LAST_FIELD];
    return true;
}

bool sg_proc_stat(uint64_t pid, struct sg_proc_stat *stat)
{
    char path[64];
    char text[768];
    long file =
        sg_sys4(SYS_openat, AT_FDCWD, sg_proc_path(path, sizeof path, pid, "stat"), O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        return false;
    long length = sg_sys3(SYS_read, file, text, sizeof text - 1);
    sg_sys1(SYS_close, file);
    text[length > 0 ? length : 0] = '\0';
    return parse(text, stat);
}

/* The number that a name is, 0 if it is none. */
static uint64_t number_of(const char *name)
{
    const char *end;
    uint64_t number = sg_proc_number(name, &end);
    return *end == '\0' ? number : 0;
}

uint64_t sg_proc_self(void)
{
    char number[24] = "";
    (void)sg_sys4(SYS_readlinkat, AT_FDCWD, "/proc/self", number, sizeof number - 1);
    return number_of(number);
}

struct directory_entry { /* linux_dirent64 of getdents(2) */
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

static void call_if_number(const char *name, void (*each)(void *context, uint64_t number), void *context)
{
    uint64_t number = number_of(name);
    if (number || strcmp(name, "0") == 0)
        each(context, number);
}

bool sg_proc_each(const char *folder, void (*each)(void *context, uint64_t number), void *context)
{
    _Alignas(uint64_t) char entries[4096];
    long file = sg_sys4(SYS_openat, AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (file < 0)
        return false;
    long length;
    memset(entries, 0, sizeof entries); /* for who does not know what the system writes */
    while ((length = sg_sys3(SYS_getdents64, file, entries, sizeof entries)) > 0)
        for (long at = 0; at < length;) {
            const struct directory_entry *entry = (const void *)(entries + at);
            call_if_number(entry->name, each, context);
            at += entry->size;
        }
    sg_sys1(SYS_close, file);
    return length == 0;
}
