#include "text_stack.h"

#include <inttypes.h>
#include <string.h>

#include "frame.h"

#define BOLD "\033[1m"
#define PLAIN "\033[0m"
#define ARROW "   <-- here"

/* As LeakSanitizer does it: everything up to the prefix goes too. */
static const char *strip_prefix(const struct sg_settings *settings, const char *path)
{
    const char *prefix = settings->options.strip_path_prefix;
    const char *found = prefix[0] != '\0' ? strstr(path, prefix) : NULL;
    return found ? found + strlen(prefix) : path;
}

/* A source file as it is shown: relative where it lies below the directory
 * that the program was started in. */
static const char *shown_file(const struct sg_settings *settings, const char *file)
{
    const char *shown = strip_prefix(settings, file);
    const char *directory = settings->directory;
    size_t length = directory ? strlen(directory) : 0;
    if (shown == file && length > 1 && strncmp(file, directory, length) == 0 && file[length] == '/' &&
        file[length + 1] != '\0')
        return file + length + 1;
    return shown;
}

static void write_position(FILE *out, const struct sg_settings *settings, const struct sg_frame *frame)
{
    char buffer[SG_FRAME_BUILD_ID_MAX];
    if (frame->file) {
        fprintf(out, " %s", shown_file(settings, frame->file));
        if (frame->line > 0)
            fprintf(out, ":%u", frame->line);
        if (frame->line > 0 && frame->column > 0)
            fprintf(out, ":%u", frame->column);
    } else if (frame->module_path) {
        fprintf(out, " (%s+0x%" PRIx64 ")", strip_prefix(settings, frame->module_path), frame->offset);
        const char *build_id = sg_frame_build_id(frame, buffer);
        if (build_id)
            fprintf(out, " (BuildId: %s)", build_id);
    } else {
        fputs(" (<unknown module>)", out);
    }
}

/* A stack without names says where, but nobody can read it; this says why. */
static void write_advice(FILE *out, const struct sg_report *report, const struct sg_leak *leak)
{
    const struct sg_frame *frame = leak->frames_count > 0 ? leak->frames[leak->look_at] : NULL;
    const char *module = frame && !frame->function ? sg_frame_module_name(frame) : NULL;
    if (module && report->settings->options.symbolize)
        fprintf(out, "    (%s has no names: build it with -g, or install its debug symbols)\n", module);
}

void sg_text_stack_write(FILE *out, const struct sg_report *report, const struct sg_leak *leak,
                         bool has_color)
{
    for (size_t i = 0; i < leak->frames_count; i++) {
        const struct sg_frame *frame = leak->frames[i];
        bool is_marked = i == leak->look_at;
        fprintf(out, "%s    #%zu", is_marked && has_color ? BOLD : "", i);
        if (!frame->is_script)
            fprintf(out, " 0x%012" PRIx64, frame->pc);
        if (frame->function)
            fprintf(out, " in %s", frame->function);
        else
            fputc(' ', out);
        write_position(out, report->settings, frame);
        fprintf(out, "%s%s\n", is_marked && i > 0 ? ARROW : "", is_marked && has_color ? PLAIN : "");
    }
    if (leak->frames_count == 0)
        fputs("    (the stack is not known)\n", out);
    write_advice(out, report, leak);
    if (leak->place->flags & SG_PLACE_INCOMPLETE)
        fputs("    (the stack could not be followed further)\n", out);
    if (leak->place->flags & SG_PLACE_NO_SCRIPT)
        fputs("    (Python code was running, but its frames could not be read)\n", out);
    if (leak->place->flags & SG_PLACE_SHORT)
        fputs("    (cut: the table of stacks was full)\n", out);
    if (leak->place->flags & SG_PLACE_CUT)
        fprintf(out, "    (deeper than frames=%d)\n", report->settings->options.frames);
}
