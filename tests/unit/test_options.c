/* The options: what is read, what is refused with which words, and that what
 * is printed reads back as it was. */
#include "options.h"
#include "testing.h"

/* The complaints of one parse, joined by newlines. */
struct complaints {
    char text[16384];
    unsigned count;
};

static void complain(void *context, const char *line)
{
    struct complaints *all = context;
    size_t length = strlen(all->text);
    snprintf(all->text + length, sizeof all->text - length, "%s\n", line);
    all->count++;
}

static struct sg_options options;
static struct complaints complaints;

/* Parses into fresh options. */
static int parse(const char *text)
{
    complaints = (struct complaints){.count = 0};
    sg_options_init(&options);
    return sg_options_parse(&options, text, "SOURCE", complain, &complaints);
}

START_TEST(defaults_are_those_of_the_list)
{
    sg_options_init(&options);
#define SG_MODE(name, initial, help) ck_assert_int_eq(options.name, initial);
#define SG_CHOICE(name, initial, words, help) ck_assert_int_eq(options.name, initial);
#define SG_TEXT(name, initial, help) ck_assert_str_eq(options.name, initial);
#define SG_NUMBER(name, initial, least, most, help) ck_assert_int_eq(options.name, initial);
#define SG_BOOL(name, initial, help) ck_assert_int_eq(options.name, initial);
#include "options.def"
#undef SG_MODE
#undef SG_CHOICE
#undef SG_TEXT
#undef SG_NUMBER
#undef SG_BOOL
}
END_TEST

START_TEST(every_type_is_read)
{
    ck_assert_int_eq(parse("mode=auto-close:format=json:output=/dir/x:exitcode=23:symbolize=0:color=never"),
                     0);
    ck_assert_int_eq(options.mode, SG_MODE_AUTO_CLOSE);
    ck_assert_int_eq(options.format, SG_FORMAT_JSON);
    ck_assert_str_eq(options.output, "/dir/x");
    ck_assert_int_eq(options.exitcode, 23);
    ck_assert_int_eq(options.symbolize, 0);
    ck_assert_int_eq(options.color, SG_COLOR_NEVER);
}
END_TEST

START_TEST(every_mode_and_its_aliases_are_read)
{
    static const struct {
        const char *word;
        int mode;
    } words[] = {{"warn", SG_MODE_WARN},        {"silence", SG_MODE_SILENCE},
                 {"silent", SG_MODE_SILENCE},   {"auto-close", SG_MODE_AUTO_CLOSE},
                 {"close", SG_MODE_AUTO_CLOSE}, {"autoclose", SG_MODE_AUTO_CLOSE},
                 {"off", SG_MODE_OFF}};
    for (size_t i = 0; i < SG_COUNT(words); i++) {
        char text[64];
        snprintf(text, sizeof text, "mode=%s", words[i].word);
        ck_assert_int_eq(parse(text), 0);
        ck_assert_int_eq(options.mode, words[i].mode);
        sg_options_init(&options);
        ck_assert_int_eq(sg_options_parse_mode(&options, words[i].word, "SOURCE", NULL, NULL), 0);
        ck_assert_int_eq(options.mode, words[i].mode);
    }
}
END_TEST

START_TEST(every_spelling_of_a_bool_is_read)
{
    static const struct {
        const char *text;
        int value;
    } words[] = {{"help=1", 1}, {"help=true", 1}, {"help=yes", 1}};
    static const char *const off[] = {"symbolize=0", "symbolize=false", "symbolize=no"};
    for (size_t i = 0; i < SG_COUNT(words); i++) {
        ck_assert_int_eq(parse(words[i].text), 0);
        ck_assert_int_eq(options.help, words[i].value);
        ck_assert_int_eq(parse(off[i]), 0);
        ck_assert_int_eq(options.symbolize, 0);
    }
}
END_TEST

START_TEST(leak_sanitizers_name_of_frames_is_known)
{
    ck_assert_int_eq(parse("malloc_context_size=7"), 0);
    ck_assert_int_eq(options.frames, 7);
}
END_TEST

START_TEST(numbers_are_bounded)
{
    ck_assert_int_eq(parse("frames=1:exitcode=255:max_leaks=1000000000:close_timeout_ms=0"), 0);
    ck_assert_int_eq(options.frames, 1);
    ck_assert_int_eq(options.exitcode, 255);
    ck_assert_int_eq(options.max_leaks, 1000000000);
    ck_assert_int_eq(options.close_timeout_ms, 0);
    static const char *const bad[] = {
        "frames=0",  "frames=257",   "frames=-1",         "frames=+1",
        "frames=",   "frames=1x",    "frames=0x10",       "frames=99999999999",
        "frames= 1", "exitcode=256", "frames=4294967297", "frames=18446744073709551617"};
    for (size_t i = 0; i < SG_COUNT(bad); i++) {
        ck_assert_msg(parse(bad[i]) > 0, "%s", bad[i]);
        ck_assert_int_eq(options.frames, 32);
        ck_assert_int_eq(options.exitcode, 0);
    }
}
END_TEST

START_TEST(any_separator_will_do)
{
    ck_assert_int_eq(parse("frames=5,exitcode=6 verbosity=2\nmax_leaks=8\thelp=1:::color=always: ,"), 0);
    ck_assert_int_eq(options.frames, 5);
    ck_assert_int_eq(options.exitcode, 6);
    ck_assert_int_eq(options.verbosity, 2);
    ck_assert_int_eq(options.max_leaks, 8);
    ck_assert_int_eq(options.help, 1);
    ck_assert_int_eq(options.color, SG_COLOR_ALWAYS);
    ck_assert_int_eq(parse(""), 0);
    ck_assert_int_eq(parse(" :,\n\t"), 0);
}
END_TEST

START_TEST(quotes_keep_separators)
{
    ck_assert_int_eq(parse("output=\"/a b:c,d\":log_path='say \"x\"':helper=it's:kinds=\"\":frames=3"), 0);
    ck_assert_str_eq(options.output, "/a b:c,d");
    ck_assert_str_eq(options.log_path, "say \"x\"");
    ck_assert_str_eq(options.helper, "it's");
    ck_assert_str_eq(options.kinds, "");
    ck_assert_int_eq(options.frames, 3);
    ck_assert_int_eq(parse("output='no end:frames=9"), 0);
    ck_assert_str_eq(options.output, "no end:frames=9");
    ck_assert_int_eq(options.frames, 32);
    ck_assert_int_eq(parse("frames='9'exitcode=\"4\""), 0);
    ck_assert_int_eq(options.frames, 9);
    ck_assert_int_eq(options.exitcode, 4);
}
END_TEST

START_TEST(the_last_one_wins)
{
    ck_assert_int_eq(parse("frames=3:output=abcdef:frames=4:output=xy"), 0);
    ck_assert_int_eq(options.frames, 4);
    ck_assert_str_eq(options.output, "xy");
}
END_TEST

START_TEST(bad_input_is_told_and_skipped)
{
    ck_assert_int_eq(parse("frames=12:mode=loud:exitcode=5"), 1);
    ck_assert_str_eq(complaints.text,
                     "SOURCE: bad value mode=\"loud\"; allowed: warn|silence|auto-close|off\n");
    ck_assert_int_eq(options.mode, SG_MODE_WARN);
    ck_assert_int_eq(options.frames, 12);
    ck_assert_int_eq(options.exitcode, 5);
    ck_assert_int_eq(parse("frames=300"), 1);
    ck_assert_str_eq(complaints.text, "SOURCE: bad value frames=\"300\"; allowed: 1 to 256\n");
    ck_assert_int_eq(parse("symbolize=maybe"), 1);
    ck_assert_str_eq(complaints.text, "SOURCE: bad value symbolize=\"maybe\"; allowed: 0 to 1\n");
    ck_assert_int_eq(parse("format=xml"), 1);
    ck_assert_str_eq(complaints.text, "SOURCE: bad value format=\"xml\"; allowed: text|json\n");
    ck_assert_int_eq(parse("format=tex:format=text|json:format="), 3);
    ck_assert_int_eq(parse("frames"), 1);
    ck_assert_str_eq(complaints.text, "SOURCE: bad value frames=\"\"; allowed: 1 to 256\n");
}
END_TEST

START_TEST(unknown_names_are_told_with_the_known_ones)
{
    static const char start[] = "SOURCE: unknown option \"frame\"; allowed: mode, format, output, ";
    ck_assert_int_eq(parse("frame=3:=4:Frames=5:exitcode=6"), 3);
    ck_assert_uint_eq(complaints.count, 3);
    ck_assert_int_eq(strncmp(complaints.text, start, sizeof start - 1), 0);
    ck_assert_ptr_nonnull(strstr(complaints.text, "close_timeout_ms\nSOURCE: unknown option \"\"; "));
    ck_assert_int_eq(options.frames, 32);
    ck_assert_int_eq(options.exitcode, 6);
}
END_TEST

START_TEST(a_complaint_is_one_line_of_plain_text)
{
    char text[400] = "mode='\n\t\x01\x7f";
    ck_assert_int_eq(parse("mode='a\nb\x01\x7f'"), 1);
    ck_assert_ptr_nonnull(strstr(complaints.text, "\"a?b??\""));
    memset(text + 6, 'y', sizeof text - 7);
    ck_assert_int_eq(parse(text), 1);
    ck_assert_ptr_nonnull(strstr(complaints.text, "yyy...\""));
    ck_assert_uint_lt(strlen(complaints.text), 400);
}
END_TEST

START_TEST(a_text_is_bounded)
{
    char text[SG_OPTION_TEXT_MAX + 64] = "output=";
    memset(text + 7, 'p', SG_OPTION_TEXT_MAX);
    ck_assert_int_eq(parse(text), 1);
    ck_assert_ptr_nonnull(strstr(complaints.text, "; allowed: up to 1023 bytes"));
    ck_assert_str_eq(options.output, "");
    text[7 + SG_OPTION_TEXT_MAX - 1] = '\0';
    ck_assert_int_eq(parse(text), 0);
    ck_assert_uint_eq(strlen(options.output), SG_OPTION_TEXT_MAX - 1);
}
END_TEST

START_TEST(nobody_need_listen)
{
    sg_options_init(&options);
    ck_assert_int_eq(sg_options_parse(&options, "x=1:frames=0", "SOURCE", NULL, NULL), 2);
    ck_assert_int_eq(sg_options_parse_mode(&options, "", "SOURCE", NULL, NULL), 1);
    ck_assert_int_eq(sg_options_parse_mode(&options, "warn:off", "SOURCE", NULL, NULL), 1);
    ck_assert_int_eq(options.mode, SG_MODE_WARN);
}
END_TEST

START_TEST(only_what_differs_is_printed)
{
    char text[256];
    ck_assert_int_eq(parse(""), 0);
    ck_assert_uint_eq(sg_options_print(&options, text, sizeof text), 9);
    ck_assert_str_eq(text, "mode=warn");
    ck_assert_int_eq(parse("mode=off:frames=7:symbolize=0:format=json:output=/x"), 0);
    ck_assert_uint_eq(sg_options_print(&options, text, sizeof text), strlen(text));
    ck_assert_str_eq(text, "mode=off:format=json:output=\"/x\":symbolize=0:frames=7");
    ck_assert_uint_eq(sg_options_print(&options, text, 8), 7);
    ck_assert_str_eq(text, "mode=of");
}
END_TEST

START_TEST(what_is_printed_reads_back)
{
    static const char *const inputs[] = {
        "",
        "mode=silence",
        "mode=auto-close:format=json:color=always:exitcode=9:frames=256:close_timeout_ms=0:kinds=curl+socket",
        "output='a \"b\" c':log_path=\"it's: here, too\":strip_path_prefix=/a/b",
        "output=a'b\"c:log_path=x\"'y:frames=4",
        "output='with\nnewline\tand tab':helper='unterminated \"here",
        "symbolize=no:print_suppressions=0:report_clean=1:check_stacks=1:help=yes:verbosity=2:max_leaks=3",
    };
    for (size_t i = 0; i < SG_COUNT(inputs); i++) {
        char text[SG_OPTION_TEXT_MAX * 8];
        ck_assert_int_eq(parse(inputs[i]), 0);
        struct sg_options first = options;
        sg_options_print(&first, text, sizeof text);
        ck_assert_msg(parse(text) == 0, "%s printed as %s", inputs[i], text);
        ck_assert_msg(memcmp(&first, &options, sizeof options) == 0, "%s printed as %s", inputs[i], text);
    }
}
END_TEST

START_TEST(help_names_every_option)
{
    static const char *const names[] = {
#define SG_MODE(name, initial, help) #name "=warn|silence|auto-close|off: " help "\n",
#define SG_CHOICE(name, initial, words, help) #name "=" words ": " help "\n",
#define SG_TEXT(name, initial, help) #name "=TEXT: " help "\n",
#define SG_NUMBER(name, initial, least, most, help) #name "=NUMBER: " help " (default " #initial ")\n",
#define SG_BOOL(name, initial, help) #name "=0|1: " help " (default " #initial ")\n",
#include "options.def"
#undef SG_MODE
#undef SG_CHOICE
#undef SG_TEXT
#undef SG_NUMBER
#undef SG_BOOL
    };
    complaints = (struct complaints){.count = 0};
    sg_options_help(complain, &complaints);
    ck_assert_uint_eq(complaints.count, SG_COUNT(names));
    const char *at = complaints.text;
    for (size_t i = 0; i < SG_COUNT(names); i++) {
        ck_assert_msg(strncmp(at, names[i], strlen(names[i])) == 0, "%s", names[i]);
        at += strlen(names[i]);
    }
}
END_TEST

START_TEST(kinds_are_wanted_by_name_or_family)
{
    static const struct {
        const char *kinds, *kind;
        bool is_wanted;
    } cases[] = {
        {"", "curl.easy", true},
        {"curl", "curl.easy", true},
        {"curl.easy", "curl.easy", true},
        {"curl.easy", "curl.multi", false},
        {"curl.eas", "curl.easy", false},
        {"cur", "curl.easy", false},
        {"curl.", "curl.easy", false},
        {"socket", "curl.easy", false},
        {"socket+curl.easy", "curl.easy", true},
        {"socket+curl.easy", "socket", true},
        {"socket+", "socket", true},
        {"+", "socket", false},
        {"socketpair", "socket", false},
        {"curl.easy.more", "curl.easy", false},
    };
    sg_options_init(&options);
    for (size_t i = 0; i < SG_COUNT(cases); i++) {
        snprintf(options.kinds, sizeof options.kinds, "%s", cases[i].kinds);
        ck_assert_msg(sg_options_want_kind(&options, cases[i].kind) == cases[i].is_wanted, "%s in \"%s\"",
                      cases[i].kind, cases[i].kinds);
    }
}
END_TEST

TESTING_MAIN("options", defaults_are_those_of_the_list, every_type_is_read,
             every_mode_and_its_aliases_are_read, every_spelling_of_a_bool_is_read,
             leak_sanitizers_name_of_frames_is_known, numbers_are_bounded, any_separator_will_do,
             quotes_keep_separators, the_last_one_wins, bad_input_is_told_and_skipped,
             unknown_names_are_told_with_the_known_ones, a_complaint_is_one_line_of_plain_text,
             a_text_is_bounded, nobody_need_listen, only_what_differs_is_printed, what_is_printed_reads_back,
             help_names_every_option, kinds_are_wanted_by_name_or_family)
