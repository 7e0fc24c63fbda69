/* How peers are written. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../../detector/report/address.h"
#include "report_fixture.h"

static struct fixture fixture;

static void setup(void) { fixture_start(&fixture); }

static void teardown(void) { fixture_close(&fixture); }

static const char *format(const void *address, size_t length)
{
    uint32_t reference = sg_builder_string(&fixture.builder, SG_STRING_SOCKADDR, address, length);
    const void *string = fixture.builder.sections[SG_SECTION_STRINGS].bytes + reference;
    return sg_address_format(&fixture.pool, string);
}

static const char *format_text(const char *text)
{
    uint32_t reference = sg_builder_text(&fixture.builder, text);
    const void *string = fixture.builder.sections[SG_SECTION_STRINGS].bytes + reference;
    return sg_address_format(&fixture.pool, string);
}

START_TEST(addresses)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(80)};
    inet_pton(AF_INET, "10.1.2.3", &in.sin_addr);
    ck_assert_str_eq(format(&in, sizeof(in)), "10.1.2.3:80");
    ck_assert_str_eq(format(&in, 4), "inet");
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
    inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
    ck_assert_str_eq(format(&in6, sizeof(in6)), "[2001:db8::1]:443");
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr);
    ck_assert_str_eq(format(&in6, sizeof(in6)), "192.0.2.7:443");
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/x.sock"};
    ck_assert_str_eq(format(&un, sizeof(un)), "unix:/run/x.sock");
    ck_assert_str_eq(format(&un, 2 + 4), "unix:/run");
    ck_assert_str_eq(format(&un, 2), "unix:(unnamed)");
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0bus\n"};
    ck_assert_str_eq(format(&abstract, 2 + 5), "unix:@bus?");
    const uint16_t netlink[6] = {AF_NETLINK, 0, 7};
    ck_assert_str_eq(format(netlink, sizeof(netlink)), "netlink:7");
    const uint16_t unknown = 200;
    ck_assert_str_eq(format(&unknown, sizeof(unknown)), "family 200");
    ck_assert_str_eq(format("", 0), "unspecified");
    ck_assert_str_eq(format("x", 1), "unspecified");
}
END_TEST

START_TEST(addresses_hold_no_secrets)
{
    ck_assert_str_eq(format_text("example.org:443"), "example.org:443");
    ck_assert_str_eq(format_text("https://me:secret@example.org/x?token=1"), "https://example.org/x");
    ck_assert_str_eq(format_text("me:se@cret@example.org:80#f"), "example.org:80");
    ck_assert_str_eq(format_text("/data/a@b.db"), "/data/a@b.db");
    ck_assert_str_eq(format_text("unix:@x"), "unix:@x");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("address");
    TCase *tests = tcase_create("address");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, addresses);
    tcase_add_test(tests, addresses_hold_no_secrets);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
