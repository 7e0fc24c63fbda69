/* Files that take a part only, and pipes that are slow or without a reader. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../detector/report/destination.h"

START_TEST(a_short_write_is_cut_back)
{
    char path[] = P_tmpdir "/sessguard-test-XXXXXX";
    char content[16] = "";
    FILE *file = fdopen(mkstemp(path), "w");
    fputs("before\n", file);
    fclose(file);
    struct rlimit limit;
    char taken[SG_OUTFILE_NAME_MAX];
    char problem[SG_DESTINATION_PROBLEM_MAX];
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {.rlim_cur = 100, .rlim_max = limit.rlim_max};
    char text[200];
    memset(text, 'x', sizeof(text));
    sg_destination_ignore_signals();
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool is_written = sg_destination_append(path, text, sizeof(text), taken, problem);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert(!is_written);
    ck_assert_ptr_nonnull(strstr(problem, "only a part could be written"));
    file = fopen(path, "r");
    ck_assert_uint_eq(fread(content, 1, sizeof(content) - 1, file), 7);
    fclose(file);
    unlink(path);
    ck_assert_str_eq(content, "before\n");
}
END_TEST

START_TEST(a_pipe_without_a_reader_is_no_end)
{
    int ends[2];
    sg_destination_ignore_signals();
    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    ck_assert(!sg_destination_write(ends[1], "x", 1));
    close(ends[1]);
}
END_TEST

START_TEST(a_pipe_takes_more_than_it_holds)
{
    /* A child reads slowly from a small non-blocking pipe. */
    int ends[2];
    size_t length = 300000;
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    pid_t child = fork();
    if (child == 0) {
        char buffer[8192];
        size_t total = 0;
        ssize_t got;
        close(ends[1]);
        fcntl(ends[0], F_SETFL, 0);
        while ((got = read(ends[0], buffer, sizeof(buffer))) > 0)
            total += (size_t)got;
        _exit(total == length ? 0 : 1);
    }
    close(ends[0]);
    char *text = malloc(length);
    memset(text, 'y', length);
    for (size_t i = 99; i < length; i += 100)
        text[i] = '\n';
    ck_assert(sg_destination_write(ends[1], text, length));
    close(ends[1]);
    free(text);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("destination");
    TCase *tests = tcase_create("destination");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_short_write_is_cut_back);
    tcase_add_test(tests, a_pipe_without_a_reader_is_no_end);
    tcase_add_test(tests, a_pipe_takes_more_than_it_holds);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
