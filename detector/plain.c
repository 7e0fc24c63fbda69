#include "plain.h"
#include "arena.h"
#include "detector.h"
#include "object.h"
#include "out.h"
#include "places.h"
#include "sort.h"
#include "strings.h"
#include "symbols.h"
#include "sys.h"

#include <limits.h>
#include <string.h>

#define WAIT_MS 1000

/* What is counted of a place; the array is indexed by place number. */
struct count {
    uint32_t open, first, last;
};

struct report {
    const struct sg_leaks *leaks;
    int fd;
    struct count *counts;
    size_t n_numbers; /* of places, when the report began */
    uint64_t n_leaks, n_places;
    bool has_failed; /* nobody takes it: not worth waiting again for each line */
};

static void count(void *context, const struct sg_record *record)
{
    struct report *report = context;
    uint64_t life = __atomic_load_n(&record->life, __ATOMIC_RELAXED);
    if (!sg_life_is_open(life) || sg_life_place(life) >= report->n_numbers)
        return; /* another thread has closed it, or opened it just now */
    bool is_handle = !(sg_detector_kind(record->kind)->flags & SG_KIND_DESCRIPTOR);
    if (!sg_outcome_is_ours(record->outcome) || (!is_handle && !sg_state_counts(record->socket.state)))
        return;
    report->n_leaks++;
    if (!report->counts)
        return;
    struct count *counts = &report->counts[sg_life_place(life)];
    uint32_t tick = sg_life_tick(life);
    report->n_places += counts->open == 0;
    if (counts->open++ == 0 || tick < counts->first)
        counts->first = tick;
    if (tick > counts->last)
        counts->last = tick;
}

static void write_out(struct report *report, const struct sg_out *out)
{
    if (!report->has_failed)
        report->has_failed = sg_sys_write_all(report->fd, out->buffer, out->length, WAIT_MS) != 0;
}

/* Seconds with milliseconds. */
static void seconds(struct sg_out *out, uint32_t tick)
{
    char zeros[] = "000";
    sg_out_number(out, tick / 1000);
    sg_out_text(out, ".");
    sg_out_text(out, zeros + (tick % 1000 >= 100 ? 3 : tick % 1000 >= 10 ? 2 : 1));
    sg_out_number(out, tick % 1000);
}

struct name {
    uintptr_t address;
    const char *name;
};

static int find_name(struct dl_phdr_info *info, size_t size, void *context)
{
    struct name *name = context;
    struct sg_elf elf;
    (void)size;
    if (!sg_elf_from(&elf, info) || name->address < elf.start || name->address >= elf.end)
        return 0;
    name->name = sg_elf_name(&elf, name->address);
    return 1;
}

/* Without the loader's lock where that can be: a thread that was stopped for good
 * may hold it. */
static const char *name_of(uintptr_t address)
{
    struct name name = {.address = address};
    struct sg_object object;
    struct sg_elf elf;
    if (!sg_object_is_lock_free())
        dl_iterate_phdr(find_name, &name);
    else if (sg_object_find(address, &object) && object.map && sg_elf_from_map(&elf, object.map))
        name.name = sg_elf_name(&elf, address);
    return name.name;
}

static void frame(struct sg_out *out, unsigned number, const struct sg_module *module, uint32_t offset)
{
    uintptr_t address = module->base + offset;
    const struct sg_string *path = sg_strings_get(module->path);
    const char *name = module->flags & SG_MODULE_UNLOADED ? NULL : name_of(address);
    sg_out_text(out, "    #");
    sg_out_number(out, number);
    sg_out_text(out, " ");
    sg_out_hex(out, address);
    if (name)
        sg_out_texts(out, " in ", name, NULL);
    sg_out_text(out, " (");
    if (path)
        sg_out_bytes(out, path->bytes, path->length);
    sg_out_text(out, "+");
    sg_out_hex(out, offset);
    sg_out_text(out, ")\n");
}

/* The thread that ends the process may have a small stack. */
static char text[2 * PATH_MAX + 8192];

static void entry(struct report *report, uint32_t number)
{
    struct sg_out out = sg_out_into(text, sizeof text);
    const struct sg_place *place = sg_places_get(number);
    const struct count *counts = &report->counts[number];
    const struct sg_kind *kind = sg_detector_kind(place ? place->kind : 0);
    sg_out_text(&out, "\n");
    sg_out_number(&out, counts->open);
    sg_out_texts(&out, " ", kind->name, NULL);
    if (strcmp(kind->name, kind->title) != 0)
        sg_out_texts(&out, " (", kind->title, ")", NULL);
    else if (counts->open != 1)
        sg_out_text(&out, "s");
    sg_out_text(&out, " never closed, opened here:\n");
    for (unsigned i = 0; place && i < place->frames; i++) {
        if (out.length > sizeof text / 2) {
            write_out(report, &out);
            out = sg_out_into(text, sizeof text);
        }
        frame(&out, i, (struct sg_module *)sg_arena_at(SG_SECTION_MODULES, 0) + sg_place_modules(place)[i],
              sg_place_offsets(place)[i]);
    }
    if (place && (place->flags & SG_PLACE_SHORT))
        sg_out_text(&out, "    (cut: the table of stacks was full)\n");
    if (place && (place->flags & SG_PLACE_INCOMPLETE))
        sg_out_text(&out, "    (the stack could not be followed further)\n");
    sg_out_text(&out, "  ");
    sg_out_number(&out, counts->open);
    sg_out_text(&out, " open of ");
    sg_out_number(&out, place ? place->opened : counts->open);
    sg_out_text(&out, " opened here; first ");
    seconds(&out, counts->first);
    sg_out_text(&out, " s, last ");
    seconds(&out, counts->last);
    sg_out_texts(&out, " s after the start\n  close with ", kind->close_with, "()\n", NULL);
    write_out(report, &out);
}

static void number_of(struct sg_out *out, uint64_t number, const char *what)
{
    sg_out_number(out, number);
    sg_out_texts(out, " ", what, number == 1 ? "" : "s", NULL);
}

static void headline(struct sg_out *out, const struct report *report)
{
    sg_out_text(out, "==");
    sg_out_number(out, (uint64_t)sg_arena->pid);
    sg_out_text(out, "==WARNING: sessguard: ");
    number_of(out, report->n_leaks, "leaked session");
}

/* The two lines of a report that fit where there is no memory for more. */
static void without_memory(struct report *report)
{
    char line[256];
    struct sg_out out = sg_out_into(line, sizeof line);
    headline(&out, report);
    sg_out_text(&out, "; no memory to list them\nSUMMARY: sessguard: ");
    number_of(&out, report->n_leaks, "session");
    sg_out_text(&out, " leaked.\n");
    write_out(report, &out);
}

static size_t count_numbers(void) { return sg_arena->sections[SG_SECTION_PLACES].size / 8 + 1; }

bool sg_plain_pointer(const struct sg_leaks *leaks, int fd, const char *path)
{
    struct report report = {.leaks = leaks, .fd = fd, .n_numbers = count_numbers()};
    struct sg_out out = sg_out_into(text, sizeof text);
    sg_leaks_each(leaks, count, &report);
    if (report.n_leaks == 0)
        return true;
    headline(&out, &report);
    sg_out_texts(&out, "; report in ", path, "\n", NULL);
    write_out(&report, &out);
    return !report.has_failed;
}

static bool write_report(const struct sg_leaks *leaks, int fd, const char *reason)
{
    size_t n_numbers = count_numbers();
    struct report report = {.leaks = leaks, .fd = fd, .n_numbers = n_numbers};
    report.counts = sg_sys_map(n_numbers * sizeof(struct count));
    uint64_t *order = sg_sys_map(n_numbers * sizeof(uint64_t));
    char line[256];
    struct sg_out out = sg_out_into(line, sizeof line);
    if (!order)
        report.counts = NULL;
    sg_leaks_each(leaks, count, &report);
    if (report.n_leaks == 0)
        return true;
    if (!report.counts || !order) {
        without_memory(&report);
        return !report.has_failed;
    }
    headline(&out, &report);
    sg_out_text(&out, " at ");
    number_of(&out, report.n_places, "place");
    sg_out_text(&out, "\n");
    write_out(&report, &out);
    size_t n_order = 0;
    for (uint32_t number = 0; number < n_numbers; number++)
        if (report.counts[number].open)
            order[n_order++] = (uint64_t)(UINT32_MAX - report.counts[number].open) << 32 | number;
    sg_sort(order, n_order);
    for (size_t i = 0; i < n_order; i++)
        entry(&report, (uint32_t)order[i]);
    out = sg_out_into(line, sizeof line);
    sg_out_text(&out, "\nSUMMARY: sessguard: ");
    number_of(&out, report.n_leaks, "session");
    sg_out_text(&out, " leaked at ");
    number_of(&out, report.n_places, "place");
    sg_out_texts(&out, "; no lines: ", reason, "\n", NULL);
    write_out(&report, &out);
    return !report.has_failed;
}

bool sg_plain_report(const struct sg_leaks *leaks, int fd, const char *reason)
{
    sg_places_freeze();
    bool is_written = write_report(leaks, fd, reason);
    sg_places_thaw();
    return is_written;
}
