/* Names are shown as people write them. */
#include <check.h>

#include "../../detector/report/demangle.h"

static void expect(const char *symbol, const char *name)
{
    struct sg_pool pool = {0};
    ck_assert_str_eq(sg_demangle_name(&pool, symbol), name);
    sg_pool_free(&pool);
}

START_TEST(leaves_plain_names)
{
    expect("fetch_one", "fetch_one");
    expect("main", "main");
    expect("_start", "_start");
    expect("main.main", "main.main");
    expect("net/http.(*Client).Do", "net/http.(*Client).Do");
    /* The automatic guess of other schemes would change this one. */
    expect("get__3Foo", "get__3Foo");
    expect("", "");
}
END_TEST

START_TEST(demangles)
{
    expect("_ZN4http6Client5fetchERKSs", "http::Client::fetch(std::string const&)");
    expect("_ZNK3fooclEi", "foo::operator()(int) const");
    expect("_RNvC6_123foo3bar", "123foo::bar");
    expect("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write");
    expect("_Znot_mangled", "_Znot_mangled");
}
END_TEST

START_TEST(drops_clone_suffixes)
{
    expect("fetch.isra.0", "fetch");
    expect("fetch.part.12", "fetch");
    expect("fetch.constprop.0.isra.0", "fetch");
    expect("fetch.cold", "fetch");
    expect("fetch.cold.3", "fetch");
    expect("fetch.lto_priv.0", "fetch");
    expect("fetch.llvm.1234567890", "fetch");
    expect("_Z3fooi.part.0", "foo(int)");
    expect("_Z3fooi.cold", "foo(int)");
    expect("fetch@@GLIBC_2.34", "fetch");
    expect(".cold", ".cold");
}
END_TEST

START_TEST(keeps_other_dots)
{
    expect("module.function", "module.function");
    expect("v1.2", "v1.2");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("demangle");
    TCase *tests = tcase_create("demangle");
    tcase_add_test(tests, leaves_plain_names);
    tcase_add_test(tests, demangles);
    tcase_add_test(tests, drops_clone_suffixes);
    tcase_add_test(tests, keeps_other_dots);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
