/* Leaks and the snapshot: what is open at the end is checked against the
 * system, written, and read again here by nothing but the layout. */
#include "descriptors.h"
#include "handles.h"
#include "leaks.h"
#include "places.h"
#include "report/check.h"
#include "snapshot.h"
#include "strings.h"
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int tcp(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    testing_open_descriptor(fd, (struct sg_socket){.domain = AF_INET, .type = SOCK_STREAM});
    return fd;
}

static int listening(struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int fd = tcp();
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert_int_eq(bind(fd, (struct sockaddr *)address, sizeof *address), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &length), 0);
    return fd;
}

static bool is_known(int fd) { return sg_known_descriptor(fd) != NULL; }

START_TEST(stale_descriptors_are_dropped)
{
    testing_start("");
    int closed = tcp();
    int other_type = tcp();
    int other_domain = tcp();
    int no_socket = tcp();
    int other_socket = tcp();
    int same = tcp();
    sg_connected(other_socket, "", 0);
    sg_connected(same, "", 0);
    close(closed);
    ck_assert_int_eq(dup2(socket(AF_INET, SOCK_DGRAM, 0), other_type), other_type);
    ck_assert_int_eq(dup2(socket(AF_UNIX, SOCK_STREAM, 0), other_domain), other_domain);
    ck_assert_int_eq(dup2(open("/dev/null", O_RDONLY), no_socket), no_socket);
    ck_assert_int_eq(dup2(socket(AF_INET, SOCK_STREAM, 0), other_socket), other_socket);
    struct sg_leaks leaks = sg_leaks_collect();
    ck_assert_uint_eq(leaks.n_descriptors, 1);
    ck_assert(is_known(same));
    ck_assert(!is_known(closed));
    ck_assert(!is_known(other_type));
    ck_assert(!is_known(other_domain));
    ck_assert(!is_known(no_socket));
    ck_assert(!is_known(other_socket));
    ck_assert_uint_eq(testing_sum_places().closed, 5);
}
END_TEST

START_TEST(states_and_peers_are_noted)
{
    struct sockaddr_in address;
    int pair[2];
    testing_start("");
    int server = listening(&address);
    int client = tcp();
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    int accepted = accept(server, NULL, NULL);
    int fresh = tcp();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    testing_open_descriptor(pair[0], (struct sg_socket){0});
    struct sg_leaks leaks = sg_leaks_collect();
    ck_assert_uint_eq(sg_known_descriptor(server)->socket.state, SG_STATE_LISTENING);
    ck_assert_uint_eq(sg_known_descriptor(client)->socket.state, 1); /* established */
    ck_assert_uint_eq(sg_known_descriptor(fresh)->socket.state, 7);  /* closed */
    ck_assert_uint_eq(sg_known_descriptor(pair[0])->socket.state, SG_STATE_UNKNOWN);
    ck_assert_uint_eq(sg_known_descriptor(pair[0])->socket.domain, AF_UNIX);
    const struct sg_string *peer = sg_strings_get(sg_known_descriptor(client)->peer);
    ck_assert_uint_eq(peer->type, SG_STRING_SOCKADDR);
    ck_assert(memcmp(peer->bytes, &address, sizeof address) == 0);
    ck_assert_uint_eq(sg_known_descriptor(fresh)->peer, 0);
    ck_assert_uint_eq(sg_known_descriptor(pair[0])->peer, 0);
    ck_assert_uint_eq(leaks.n_descriptors, 3); /* one that listens does not count */
    close(accepted);
    sg_leaks_collect();
    ck_assert_uint_eq(sg_known_descriptor(client)->socket.state, 8); /* CLOSE_WAIT: the peer is gone */
}
END_TEST

static void count_record(void *context, const struct sg_record *record)
{
    (void)record;
    ++*(unsigned *)context;
}

START_TEST(what_belongs_to_an_open_session_is_no_leak)
{
    unsigned n_leaks = 0;
    testing_start("");
    uint32_t first = testing_open(&testing_tool, 0x1000);
    uint32_t second = testing_open(&testing_tool, 0x2000);
    int owned = tcp();
    int orphan = tcp();
    int own = tcp();
    sg_known_descriptor(owned)->owner = first;
    sg_known_descriptor(orphan)->owner = second;
    (void)sg_closing(sg_known(&testing_tool, 0x2000));
    struct sg_leaks leaks = sg_leaks_collect();
    ck_assert_uint_eq(leaks.n_handles, 1);
    ck_assert_uint_eq(leaks.serials[0], first);
    ck_assert_uint_eq(leaks.n_descriptors, 2);
    ck_assert(sg_leaks_is_owned(&leaks, sg_known_descriptor(owned)));
    ck_assert(!sg_leaks_is_owned(&leaks, sg_known_descriptor(orphan)));
    ck_assert(!sg_leaks_is_owned(&leaks, sg_known_descriptor(own)));
    sg_leaks_each(&leaks, count_record, &n_leaks);
    ck_assert_uint_eq(n_leaks, 3);
}
END_TEST

START_TEST(nothing_open_is_no_leak)
{
    unsigned n_leaks = 0;
    testing_start("");
    ck_assert(sg_arena_enter());
    struct sg_leaks leaks = sg_leaks_collect();
    sg_leaks_each(&leaks, count_record, &n_leaks);
    ck_assert_uint_eq(leaks.n_handles + leaks.n_descriptors + n_leaks, 0);
}
END_TEST

START_TEST(many_sessions_are_sorted_by_their_serials)
{
    enum { COUNT = 5000 };
    testing_start("");
    for (uintptr_t i = 1; i <= COUNT; i++)
        testing_open(&testing_tool, i * 4144);
    struct sg_leaks leaks = sg_leaks_collect();
    ck_assert_uint_eq(leaks.n_handles, COUNT);
    for (unsigned i = 1; i < COUNT; i++)
        ck_assert_uint_lt(leaks.serials[i - 1], leaks.serials[i]);
}
END_TEST

/* ---- a small reader ---- */

struct reader {
    const uint8_t *bytes;
    size_t size;
    struct sg_layout header;
};

static struct reader read_snapshot(void)
{
    struct reader reader = {0};
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sg_snapshot_write(fd), 0);
    reader.size = (size_t)lseek(fd, 0, SEEK_END);
    reader.bytes = mmap(NULL, reader.size, PROT_READ, MAP_PRIVATE, fd, 0);
    ck_assert_ptr_ne(reader.bytes, MAP_FAILED);
    close(fd);
    ck_assert_uint_ge(reader.size, sizeof reader.header);
    memcpy(&reader.header, reader.bytes, sizeof reader.header);
    ck_assert_uint_eq(reader.header.magic, SG_LAYOUT_MAGIC);
    ck_assert_uint_eq(reader.header.version, SG_LAYOUT_VERSION);
    ck_assert_uint_eq(reader.header.header_size, sizeof reader.header);
    ck_assert_uint_eq(reader.header.total_size, reader.size);
    static const uint64_t entry_sizes[SG_SECTIONS] = {8,
                                                      sizeof(struct sg_kind_entry),
                                                      sizeof(struct sg_module),
                                                      8,
                                                      sizeof(struct sg_record),
                                                      sizeof(struct sg_handle),
                                                      sizeof(uint32_t),
                                                      8};
    uint64_t end = sizeof reader.header;
    for (int id = SG_SECTIONS - 1; id >= 0; id--) {
        const struct sg_section *section = &reader.header.sections[id];
        ck_assert_uint_eq(section->offset, end);
        ck_assert_uint_eq(section->capacity, section->size);
        ck_assert_uint_eq(section->entry_size, entry_sizes[id]);
        ck_assert_uint_eq(section->size % section->entry_size, 0);
        end += section->size;
    }
    ck_assert_uint_eq(end, reader.size);
    return reader;
}

static const void *section_at(const struct reader *reader, enum sg_section_id id, uint64_t offset,
                              size_t size)
{
    ck_assert_uint_le(offset + size, reader->header.sections[id].size);
    return reader->bytes + reader->header.sections[id].offset + offset;
}

static uint64_t entries(const struct reader *reader, enum sg_section_id id)
{
    return reader->header.sections[id].size / reader->header.sections[id].entry_size;
}

static void text_of(const struct reader *reader, uint32_t reference, char *text, size_t size)
{
    ck_assert_uint_ne(reference, 0);
    const struct sg_string *string = section_at(reader, SG_SECTION_STRINGS, reference, sizeof *string);
    const char *bytes = section_at(reader, SG_SECTION_STRINGS, reference + sizeof *string, string->length);
    ck_assert_uint_eq(string->type, SG_STRING_TEXT);
    ck_assert_uint_lt(string->length, size);
    memcpy(text, bytes, string->length);
    text[string->length] = '\0';
}

/* Every reference of a record leads somewhere that makes sense. */
static void ck_record(const struct reader *reader, const struct sg_record *record)
{
    uint64_t offset = (uint64_t)sg_life_place(record->life) * 8;
    ck_assert_uint_lt(record->kind, entries(reader, SG_SECTION_KINDS));
    ck_assert_uint_ne(offset, 0);
    const struct sg_place *place = section_at(reader, SG_SECTION_PLACES, offset, sizeof *place);
    section_at(reader, SG_SECTION_PLACES, offset, sg_place_size(place->frames));
    ck_assert_uint_eq(place->kind, record->kind);
    ck_assert_uint_gt(place->opened, place->closed);
    ck_assert_uint_gt(place->frames, 0);
    ck_assert_uint_ge(sg_life_tick(record->life), 1);
    ck_assert_uint_le(sg_life_tick(record->life), reader->header.ended_tick);
    for (unsigned i = 0; i < place->frames; i++) {
        uint32_t module = sg_place_modules(place)[i];
        ck_assert_uint_lt(module, entries(reader, SG_SECTION_MODULES));
        const struct sg_module *entry =
            section_at(reader, SG_SECTION_MODULES, module * sizeof *entry, sizeof *entry);
        uint64_t address = entry->base + sg_place_offsets(place)[i];
        ck_assert(address >= entry->start && address < entry->end);
    }
    if (record->peer)
        section_at(reader, SG_SECTION_STRINGS, record->peer, sizeof(struct sg_string));
}

START_TEST(a_snapshot_reads_back)
{
    char text[PATH_MAX];
    char expected[PATH_MAX] = "";
    testing_start("frames=20:output='/x y'");
    uint32_t first = testing_open(&testing_tool, 0x1000);
    testing_open(&testing_tool, 0x2000);
    uint32_t third = testing_open(&testing_box, 0x3000);
    (void)sg_closing(sg_known(&testing_tool, 0x2000));
    int fd = tcp();
    sg_known_descriptor(fd)->owner = first;
    sg_known(&testing_tool, 0x1000)->member_of = third;
    sg_leaks_collect();
    sg_snapshot_prepare(SG_FLAG_STDERR_USABLE, "/some where", NULL);
    struct reader reader = read_snapshot();
    ck_assert_int_eq(reader.header.pid, getpid());
    ck_assert_int_eq(reader.header.ppid, getppid());
    ck_assert_uint_eq(reader.header.flags, SG_FLAG_STDERR_USABLE);
    ck_assert_uint_eq(reader.header.opened, 4);
    ck_assert_uint_eq(reader.header.untracked, 0);
    ck_assert_uint_gt(reader.header.ended_ns, reader.header.started_ns);
    ck_assert_int_gt(readlink("/proc/self/exe", expected, sizeof expected - 1), 0);
    text_of(&reader, reader.header.exe, text, sizeof text);
    ck_assert_str_eq(text, expected);
    text_of(&reader, reader.header.argv0, text, sizeof text);
    ck_assert_str_eq(text, program_invocation_name);
    text_of(&reader, reader.header.cwd, text, sizeof text);
    ck_assert_str_eq(text, "/some where");
    text_of(&reader, reader.header.options, text, sizeof text);
    ck_assert_str_eq(text, "mode=warn:output=\"/x y\":frames=20");
    ck_assert_uint_eq(entries(&reader, SG_SECTION_KINDS), 3);
    const struct sg_kind_entry *kind = section_at(&reader, SG_SECTION_KINDS, sizeof *kind, sizeof *kind);
    ck_assert_str_eq(kind->name, "test.box");
    ck_assert_uint_eq(entries(&reader, SG_SECTION_HANDLES), 2 + SG_HANDLES_SLACK);
    for (uint64_t i = 0; i < 2; i++) {
        const struct sg_handle *handle =
            section_at(&reader, SG_SECTION_HANDLES, i * sizeof *handle, sizeof *handle);
        ck_record(&reader, &handle->record);
        ck_assert(handle->key == 0x1000 || handle->key == 0x3000);
        ck_assert_uint_eq(handle->record.serial, handle->key == 0x1000 ? first : third);
        ck_assert_uint_eq(handle->member_of, handle->key == 0x1000 ? third : 0);
    }
    ck_assert_uint_eq(entries(&reader, SG_SECTION_DESCRIPTORS), (unsigned)fd + 1);
    const struct sg_record *record =
        section_at(&reader, SG_SECTION_DESCRIPTORS, (unsigned)fd * sizeof *record, sizeof *record);
    ck_record(&reader, record);
    ck_assert_uint_eq(record->owner, first);
    ck_assert_uint_eq(record->socket.domain, AF_INET);
}
END_TEST

START_TEST(an_unset_fact_is_no_string)
{
    testing_start("");
    ck_assert(sg_arena_enter());
    sg_snapshot_prepare(0, "", NULL);
    struct reader reader = read_snapshot();
    ck_assert_uint_eq(reader.header.cwd, 0);
    ck_assert_uint_eq(entries(&reader, SG_SECTION_HANDLES), 0);
    ck_assert_uint_eq(entries(&reader, SG_SECTION_DESCRIPTORS), 0);
    ck_assert_uint_eq(reader.header.sections[SG_SECTION_PLACES].size, 8);
}
END_TEST

/* All texts at their longest: none may be cut, as what is cut reads back as
 * something else. */
START_TEST(the_longest_options_are_whole)
{
    char *texts[] = {testing_options.output,       testing_options.log_path,
                     testing_options.suppressions, testing_options.strip_path_prefix,
                     testing_options.helper,       testing_options.kinds};
    char text[SG_OPTION_TEXT_MAX * 8];
    testing_start("");
    ck_assert(sg_arena_enter());
    for (size_t i = 0; i < SG_COUNT(texts); i++)
        memset(texts[i], 'a' + (int)i, SG_OPTION_TEXT_MAX - 1);
    sg_snapshot_prepare(0, "", NULL);
    struct reader reader = read_snapshot();
    text_of(&reader, reader.header.options, text, sizeof text);
    struct sg_options again;
    sg_options_init(&again);
    ck_assert_int_eq(sg_options_parse(&again, text, "test", NULL, NULL), 0);
    ck_assert(memcmp(&again, &testing_options, sizeof again) == 0);
}
END_TEST

START_TEST(only_open_handles_are_written)
{
    enum { COUNT = 3000 };
    testing_start("");
    for (uintptr_t i = 1; i <= COUNT; i++)
        testing_open(&testing_tool, i * 64);
    for (uintptr_t i = 1; i <= COUNT; i++)
        if (i % 3)
            (void)sg_closing(sg_known(&testing_tool, i * 64));
    sg_snapshot_prepare(0, "", NULL);
    struct reader reader = read_snapshot();
    /* Behind them is room for what other threads open meanwhile, empty here. */
    ck_assert_uint_eq(entries(&reader, SG_SECTION_HANDLES), COUNT / 3 + SG_HANDLES_SLACK);
    for (uint64_t i = COUNT / 3; i < COUNT / 3 + SG_HANDLES_SLACK; i++) {
        const struct sg_handle *handle =
            section_at(&reader, SG_SECTION_HANDLES, i * sizeof *handle, sizeof *handle);
        ck_assert(!sg_life_is_open(handle->record.life));
    }
    for (uint64_t i = 0; i < COUNT / 3; i++) {
        const struct sg_handle *handle =
            section_at(&reader, SG_SECTION_HANDLES, i * sizeof *handle, sizeof *handle);
        ck_assert_uint_eq(handle->key % (3 * 64), 0);
        ck_record(&reader, &handle->record);
    }
}
END_TEST

/* Opens and closes at ever new places, with ever new peers, as a thread does
 * that has not noticed that the process ends. */
static _Atomic bool is_written;
static void *open_for_ever(void *unused)
{
    for (uintptr_t i = 1; !is_written; i++) {
        char peer[32];
        uintptr_t pcs[] = {i, 0x1000};
        struct sg_stack stack = {.pcs = pcs, .count = SG_COUNT(pcs)};
        uint64_t stale;
        uint32_t place = sg_places_intern(testing_tool.number, &stack);
        struct sg_record record = {.life = UINT64_C(1) << 32 | place, .kind = testing_tool.number};
        struct sg_handle *slot = sg_handles_put(i % 100 + 1, &record, &stale);
        snprintf(peer, sizeof peer, "%zu", (size_t)i);
        sg_handle_peer(slot, sg_strings_text(peer));
        sg_opened_descriptor(&testing_wire, (int)(i % 100), &(struct sg_site){.caller = i},
                             (struct sg_socket){0});
        sg_descriptors_at((int)(i % 100))->life = record.life;
        sg_descriptors_at((int)(i % 100))->peer = sg_strings_text(peer);
    }
    return unused;
}

/* A snapshot copies memory that other threads write meanwhile, and leaves out
 * what came too late; the thread sanitizer must not take that for a mistake. */
extern void AnnotateIgnoreReadsBegin(const char *file, int line) __attribute__((weak));
extern void AnnotateIgnoreReadsEnd(const char *file, int line) __attribute__((weak));

static int write_meanwhile(int fd)
{
    if (AnnotateIgnoreReadsBegin)
        AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    int result = sg_snapshot_write(fd);
    if (AnnotateIgnoreReadsEnd)
        AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    return result;
}

START_TEST(what_others_open_meanwhile_spoils_nothing)
{
    pthread_t thread;
    testing_start("");
    testing_open(&testing_tool, 0x1000);
    sg_snapshot_prepare(0, "", NULL);
    is_written = false;
    ck_assert_int_eq(pthread_create(&thread, NULL, open_for_ever, NULL), 0);
    for (int i = 0; i < 200; i++) {
        char message[256] = "";
        int fd = memfd_create("snapshot", MFD_CLOEXEC);
        ck_assert_int_eq(write_meanwhile(fd), 0);
        struct stat status;
        ck_assert_int_eq(fstat(fd, &status), 0);
        struct sg_layout *layout = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        ck_assert_ptr_ne(layout, MAP_FAILED);
        ck_assert_uint_eq(layout->total_size, (uint64_t)status.st_size);
        ck_assert_msg(sg_check_sections(layout, message, sizeof message), "it %s", message);
        munmap(layout, (size_t)status.st_size);
        close(fd);
    }
    is_written = true;
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(a_failed_write_is_told)
{
    testing_start("");
    ck_assert(sg_arena_enter());
    ck_assert_int_lt(sg_snapshot_write(-1), 0);
    int fd = open("/dev/full", O_WRONLY);
    if (fd >= 0)
        ck_assert_int_lt(sg_snapshot_write(fd), 0);
}
END_TEST

TESTING_MAIN("snapshot", stale_descriptors_are_dropped, states_and_peers_are_noted,
             what_belongs_to_an_open_session_is_no_leak, nothing_open_is_no_leak,
             many_sessions_are_sorted_by_their_serials, a_snapshot_reads_back, an_unset_fact_is_no_string,
             the_longest_options_are_whole, only_open_handles_are_written,
             what_others_open_meanwhile_spoils_nothing, a_failed_write_is_told)
