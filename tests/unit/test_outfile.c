/* The name of the report's file, and which file is taken. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outfile.h"

static char folder[] = P_tmpdir "/sessguard-test-XXXXXX";
static char file[64], other[80], taken[SG_OUTFILE_NAME_MAX];

/* Two files of this name may be there. */
static void make_folder(mode_t mode)
{
    strcpy(strrchr(folder, '-'), "-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, mode), 0);
    snprintf(file, sizeof file, "%s/report", folder);
    snprintf(other, sizeof other, "%s.%u", file, (unsigned)geteuid());
}

static void remove_folder(void)
{
    unlink(file);
    unlink(other);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void make_file(const char *path, mode_t mode, uid_t owner)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    ck_assert_int_eq(fchown(fd, owner, (gid_t)-1), 0);
    close(fd);
}

static const char *open_it(void)
{
    struct stat status;
    long fd = sg_outfile_open(file, taken);
    if (fd < 0)
        return strerror((int)-fd);
    ck_assert_int_eq(fstat((int)fd, &status), 0);
    ck_assert_uint_eq(status.st_uid == geteuid() ? status.st_mode & 0777 : 0600, 0600);
    close((int)fd);
    return taken;
}

START_TEST(paths_that_are_descriptors)
{
    ck_assert_int_eq(sg_outfile_descriptor("/dev/stdin"), 0);
    ck_assert_int_eq(sg_outfile_descriptor("/dev/stdout"), 1);
    ck_assert_int_eq(sg_outfile_descriptor("/dev/stderr"), 2);
    ck_assert_int_eq(sg_outfile_descriptor("/dev/fd/17"), 17);
    ck_assert_int_eq(sg_outfile_descriptor("/proc/self/fd/3"), 3);
    ck_assert_int_eq(sg_outfile_descriptor("/proc/thread-self/fd/2"), 2);
    static const char *const files[] = {"",           "/dev/stdout2", "/dev/fd/",     "/dev/fd/x",
                                        "/dev/fd/1x", "dev/stdout",   "/proc/1/fd/1", "/dev/fd/-1",
                                        "/dev/fd",    "/dev/fd/1/2",  "stdout"};
    for (size_t i = 0; i < SG_COUNT(files); i++)
        ck_assert_msg(sg_outfile_descriptor(files[i]) == -1, "%s", files[i]);
    char huge[] = "/dev/fd/99999999999999999999";
    ck_assert_int_eq(sg_outfile_descriptor(huge), -1);
}
END_TEST

START_TEST(names_are_made_of_values)
{
    char name[SG_OUTFILE_NAME_MAX];
    struct sg_outfile_about about = {"/here", "/usr/bin/tool", 42, false};
    ck_assert(sg_outfile_name(name, "a.%n.%p%%", &about));
    ck_assert_str_eq(name, "/here/a.tool.42%%");
    about.adds_pid = true;
    ck_assert(sg_outfile_name(name, "/there/a", &about));
    ck_assert_str_eq(name, "/there/a.42");
    ck_assert(sg_outfile_name(name, "/%p/a", &about));
    ck_assert_str_eq(name, "/42/a");
    ck_assert(sg_outfile_name(name, "/dev/stdout", &about));
    ck_assert_str_eq(name, "/dev/stdout");
    about = (struct sg_outfile_about){NULL, "tool", 42, true};
    ck_assert(sg_outfile_name(name, "a%", &about));
    ck_assert_str_eq(name, "a%.42");
    static char value[SG_OUTFILE_NAME_MAX + 1];
    memset(value, 'a', sizeof value - 1);
    ck_assert(!sg_outfile_name(name, value, &about));
}
END_TEST

START_TEST(a_file_is_made_and_used_again)
{
    make_folder(0700);
    mode_t mask = umask(0777);
    ck_assert_str_eq(open_it(), file);
    umask(mask);
    ck_assert_str_eq(open_it(), file);
    remove_folder();
}
END_TEST

START_TEST(no_link_is_followed)
{
    make_folder(0700);
    ck_assert_int_eq(symlink("none", file), 0);
    ck_assert_str_eq(open_it(), strerror(ELOOP));
    unlink(file);
    make_file(other, 0600, geteuid());
    ck_assert_int_eq(chmod(folder, 01777), 0);
    ck_assert_int_eq(link(other, file), 0); /* of a file of ours */
    ck_assert_str_eq(open_it(), strerror(EACCES));
    remove_folder();
}
END_TEST

START_TEST(what_another_user_keeps_is_left_to_him)
{
    if (geteuid() != 0)
        return; /* only root can make another's file */
    make_folder(0777);
    make_file(file, 0600, 65534);
    ck_assert_str_eq(open_it(), other);
    ck_assert_str_eq(open_it(), other);
    remove_folder();
    make_folder(0755);
    make_file(file, 0644, 65534); /* laid there for everybody */
    ck_assert_str_eq(open_it(), file);
    remove_folder();
    make_folder(01777);
    make_file(file, 0666, 65534); /* laid in wait */
    ck_assert_str_eq(open_it(), other);
    remove_folder();
    make_folder(0777);
    make_file(file, 0666, 65534); /* the same without the sticky bit */
    ck_assert_str_eq(open_it(), other);
    remove_folder();
    make_folder(01777);
    make_file(file, 0600, 65534);
    make_file(other, 0666, 65534);
    ck_assert_str_eq(open_it(), strerror(EACCES));
    ck_assert_str_eq(taken, file);
    remove_folder();
}
END_TEST

static void prepare(void)
{
    static char buffer[SG_OUTFILE_NAME_MAX];
    strcpy(buffer, file);
    sg_outfile_prepare(buffer, 65534);
    snprintf(other, sizeof other, "%s.65534", file);
}

START_TEST(another_users_file_is_made_where_he_cannot)
{
    struct stat status;
    if (geteuid() != 0)
        return;
    make_folder(0755);
    prepare();
    prepare();
    ck_assert_int_eq(stat(other, &status), 0);
    ck_assert_uint_eq(status.st_uid, 65534);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    remove_folder();
    static const mode_t modes[] = {01777, 0775, 0700}; /* others may write, or cannot come here */
    for (size_t i = 0; i < SG_COUNT(modes); i++) {
        make_folder(modes[i]);
        prepare();
        ck_assert_int_ne(access(other, F_OK), 0);
        remove_folder();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outfile");
    TCase *tests = tcase_create("outfile");
    tcase_add_test(tests, paths_that_are_descriptors);
    tcase_add_test(tests, names_are_made_of_values);
    tcase_add_test(tests, a_file_is_made_and_used_again);
    tcase_add_test(tests, no_link_is_followed);
    tcase_add_test(tests, what_another_user_keeps_is_left_to_him);
    tcase_add_test(tests, another_users_file_is_made_where_he_cannot);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
