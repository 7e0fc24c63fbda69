/* From open records to leaks: who belongs to whom, what counts, in which
 * order, and what is said of them. */
#include <check.h>

#include "report_fixture.h"

static struct fixture fixture;
static uint32_t easy_place, multi_place, socket_place, other_place;

static void setup(void)
{
    fixture_start(&fixture);
    const uint16_t modules[] = {fixture.curl, fixture.app, fixture.libc};
    easy_place = fixture_place(&fixture, fixture.easy, 0, 3, modules);
    multi_place = fixture_place(&fixture, fixture.multi, 0x1000, 3, modules);
    socket_place = fixture_place(&fixture, fixture.socket, 0x2000, 3, modules);
    other_place = fixture_place(&fixture, fixture.socket, 0x3000, 1, modules + 1);
}

static void teardown(void) { fixture_close(&fixture); }

static const struct sg_leak *leak_at(size_t index)
{
    ck_assert_uint_lt(index, fixture.report.leaks_count);
    return &fixture.report.leaks[index];
}

static void expect_tally(const struct sg_tallies *tallies, size_t index, const char *name, uint64_t count)
{
    ck_assert_uint_lt(index, tallies->count);
    ck_assert_str_eq(tallies->entries[index].name, name);
    ck_assert_uint_eq(tallies->entries[index].count, count);
}

START_TEST(nothing_is_no_leak)
{
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks_count, 0);
    ck_assert_uint_eq(fixture.report.totals.leaked, 0);
}
END_TEST

START_TEST(owned_sockets_belong_to_their_session)
{
    uint32_t peer = sg_builder_loopback(&fixture.builder, 8080);
    for (uint32_t i = 0; i < 12; i++) {
        struct sg_handle *handle = sg_builder_handle(&fixture.builder, easy_place, 100 + i);
        handle->record.thread = 10 + i % 3;
        handle->record.used = i < 2 ? 0 : 5;
        uint32_t serial = handle->record.serial;
        struct sg_record *record = sg_builder_socket(&fixture.builder, socket_place, 100 + i);
        record->owner = serial;
        record->peer = peer;
        record->socket.state = i < 4 ? 8 : 1;
    }
    fixture_report(&fixture, NULL);
    const struct sg_leak *leak = leak_at(0);
    ck_assert_uint_eq(fixture.report.leaks_count, 1);
    ck_assert_str_eq(leak->kind->name, "curl.easy");
    ck_assert_uint_eq(leak->facts.count, 12);
    ck_assert_uint_eq(leak->facts.threads, 3);
    ck_assert_uint_eq(leak->facts.never_used, 2);
    ck_assert_uint_eq(leak->facts.first_tick, 100);
    ck_assert_uint_eq(leak->facts.last_tick, 111);
    expect_tally(&leak->facts.owns, 0, "socket", 12);
    expect_tally(&leak->facts.states, 0, "ESTABLISHED", 8);
    expect_tally(&leak->facts.states, 1, "CLOSE_WAIT", 4);
    expect_tally(&leak->facts.peers, 0, "127.0.0.1:8080", 12);
    ck_assert_uint_eq(leak->look_at, 1);
    ck_assert_uint_eq(fixture.report.totals.open, 24);
    ck_assert_uint_eq(fixture.report.totals.owned, 12);
    ck_assert_uint_eq(fixture.report.totals.leaked, 12);
}
END_TEST

START_TEST(a_sessions_own_peer_wins)
{
    uint32_t own = sg_builder_text(&fixture.builder, "example.org:443");
    uint32_t address = sg_builder_loopback(&fixture.builder, 8080);
    struct sg_handle *handle = sg_builder_handle(&fixture.builder, easy_place, 1);
    handle->record.peer = own;
    uint32_t serial = handle->record.serial;
    struct sg_record *record = sg_builder_socket(&fixture.builder, socket_place, 1);
    record->owner = serial;
    record->peer = address;
    fixture_report(&fixture, NULL);
    expect_tally(&leak_at(0)->facts.peers, 0, "example.org:443", 1);
    ck_assert_uint_eq(leak_at(0)->facts.peers.count, 1);
}
END_TEST

START_TEST(a_socket_whose_session_is_gone_is_an_orphan)
{
    sg_builder_socket(&fixture.builder, socket_place, 1)->owner = 77;
    sg_builder_socket(&fixture.builder, socket_place, 2);
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks_count, 1);
    ck_assert_uint_eq(leak_at(0)->facts.count, 2);
    ck_assert_uint_eq(leak_at(0)->facts.orphans, 1);
    ck_assert_uint_eq(leak_at(0)->parts_count, 2);
}
END_TEST

START_TEST(owners_of_owners_and_rings)
{
    uint8_t tls = sg_builder_kind(&fixture.builder, "openssl.ssl", "TLS session", "SSL_free", SG_KIND_OWNED);
    const uint16_t modules[] = {fixture.app};
    uint32_t tls_place = fixture_place(&fixture, tls, 0x4000, 1, modules);
    uint32_t easy = sg_builder_handle(&fixture.builder, easy_place, 1)->record.serial;
    struct sg_handle *session = sg_builder_handle(&fixture.builder, tls_place, 1);
    session->record.owner = easy;
    uint32_t serial = session->record.serial;
    sg_builder_socket(&fixture.builder, socket_place, 1)->owner = serial;
    /* Two that own each other, and one that owns itself, only in a damaged file. */
    sg_builder_handle(&fixture.builder, tls_place, 2)->record.owner = 4;
    sg_builder_handle(&fixture.builder, tls_place, 2)->record.owner = 3;
    sg_builder_handle(&fixture.builder, tls_place, 2)->record.owner = 5;
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks_count, 2);
    ck_assert_str_eq(leak_at(0)->kind->name, "openssl.ssl");
    ck_assert_uint_eq(leak_at(0)->facts.count, 3);
    expect_tally(&leak_at(1)->facts.owns, 0, "openssl.ssl", 1);
    expect_tally(&leak_at(1)->facts.owns, 1, "socket", 1);
}
END_TEST

START_TEST(only_kinds_that_say_so_are_owned)
{
    uint32_t easy = sg_builder_handle(&fixture.builder, easy_place, 1)->record.serial;
    sg_builder_handle(&fixture.builder, multi_place, 1)->record.owner = easy;
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks_count, 2);
    ck_assert_uint_eq(leak_at(1)->facts.orphans, 0);
}
END_TEST

START_TEST(members_are_leaks_of_their_own)
{
    uint32_t multi = sg_builder_handle(&fixture.builder, multi_place, 1)->record.serial;
    for (uint32_t i = 0; i < 3; i++) {
        struct sg_handle *handle = sg_builder_handle(&fixture.builder, easy_place, 2);
        handle->member_of = multi;
        handle->uses = i == 0 ? multi : 999;
    }
    sg_builder_socket(&fixture.builder, socket_place, 3)->owner = multi;
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.totals.leaked, 4);
    expect_tally(&leak_at(1)->facts.members, 0, "curl.easy", 3);
    expect_tally(&leak_at(1)->facts.users, 0, "curl.easy", 1);
    expect_tally(&leak_at(1)->facts.owns, 0, "socket", 1);
}
END_TEST

START_TEST(listening_sockets_do_not_count)
{
    sg_builder_socket(&fixture.builder, other_place, 1)->socket.state = SG_STATE_LISTENING;
    sg_builder_socket(&fixture.builder, other_place, 2)->socket.state = 1;
    sg_builder_socket(&fixture.builder, other_place, 2)->socket.state = SG_STATE_LISTENING;
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks_count, 2);
    ck_assert(leak_at(0)->counts);
    ck_assert_uint_eq(leak_at(0)->facts.count, 1);
    ck_assert(!leak_at(1)->counts);
    ck_assert_uint_eq(leak_at(1)->facts.count, 2);
    ck_assert_uint_eq(fixture.report.totals.leaked, 1);
    ck_assert_uint_eq(fixture.report.totals.not_counted, 2);
    ck_assert_uint_eq(fixture.report.totals.places, 1);
}
END_TEST

START_TEST(what_others_go_on_with_does_not_count)
{
    sg_builder_socket(&fixture.builder, other_place, 1)->outcome = SG_OUTCOME_HANDED;
    sg_builder_socket(&fixture.builder, other_place, 2);
    sg_builder_socket(&fixture.builder, other_place, 3)->outcome = SG_OUTCOME_ELSEWHERE;
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks_count, 2);
    ck_assert(leak_at(0)->counts && !leak_at(0)->is_handed);
    ck_assert_uint_eq(leak_at(0)->facts.count, 1);
    ck_assert(!leak_at(1)->counts && leak_at(1)->is_handed);
    ck_assert_uint_eq(leak_at(1)->facts.count, 1);
    ck_assert_uint_eq(fixture.report.totals.leaked, 1);
    ck_assert_uint_eq(fixture.report.totals.open, 2);
    ck_assert_uint_eq(fixture.report.totals.not_counted, 1);
    ck_assert_uint_eq(fixture.report.totals.handed, 1);
}
END_TEST

START_TEST(what_a_child_opened_in_an_inherited_session_is_its_own)
{
    sg_builder_at_place(&fixture.builder, easy_place)->fork = 7;
    struct sg_handle *session = sg_builder_handle(&fixture.builder, easy_place, 1);
    session->record.serial = 1;
    session->record.outcome = SG_OUTCOME_ELSEWHERE;
    sg_builder_socket(&fixture.builder, other_place, 2)->owner = 1;
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks_count, 1);
    ck_assert(leak_at(0)->counts && leak_at(0)->kind->flags & SG_KIND_DESCRIPTOR);
    ck_assert_uint_eq(fixture.report.totals.leaked, 1);
    ck_assert_uint_eq(fixture.report.totals.owned, 0);
}
END_TEST

START_TEST(of_a_parents_place_only_what_is_inherited_is_told)
{
    struct sg_place *place = sg_builder_at_place(&fixture.builder, other_place);
    place->fork = 7;
    place->opened = 20;
    place->closed = 5;
    sg_builder_socket(&fixture.builder, other_place, 1);
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks_count, 1);
    ck_assert(leak_at(0)->is_inherited && leak_at(0)->counts);
    ck_assert_uint_eq(leak_at(0)->opened, 1);
    ck_assert_uint_eq(leak_at(0)->closed, 0);
}
END_TEST

START_TEST(outcomes_are_parts)
{
    static const struct {
        uint8_t outcome;
        uint8_t reason;
    } ends[] = {{SG_OUTCOME_CLOSED, 0},
                {SG_OUTCOME_SKIPPED, SG_REASON_IN_USE},
                {SG_OUTCOME_CLOSED, 0},
                {SG_OUTCOME_FAILED, SG_REASON_REFUSED},
                {SG_OUTCOME_CLOSED, 0}};
    for (size_t i = 0; i < SG_COUNT(ends); i++) {
        struct sg_handle *handle = sg_builder_handle(&fixture.builder, easy_place, 10 + (uint32_t)i);
        handle->record.outcome = ends[i].outcome;
        handle->record.reason = ends[i].reason;
    }
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.leaks_count, 1);
    ck_assert_uint_eq(leak_at(0)->parts_count, 3);
    ck_assert_uint_eq(leak_at(0)->parts[0].facts.count, 3);
    ck_assert_uint_eq(leak_at(0)->parts[0].facts.first_tick, 10);
    ck_assert_uint_eq(leak_at(0)->parts[0].facts.last_tick, 14);
    ck_assert_int_eq(leak_at(0)->parts[1].outcome, SG_OUTCOME_SKIPPED);
    ck_assert_int_eq(leak_at(0)->parts[1].reason, SG_REASON_IN_USE);
    ck_assert_uint_eq(fixture.report.totals.leaked, 5);
    ck_assert_uint_eq(fixture.report.totals.closed, 3);
}
END_TEST

START_TEST(what_was_collected_leaked_though_not_every_record_is_kept)
{
    uint32_t peer = sg_builder_loopback(&fixture.builder, 8080);
    for (uint32_t i = 0; i < 3; i++) {
        struct sg_handle *handle = sg_builder_handle(&fixture.builder, easy_place, 100 + i);
        handle->key = 0;
        handle->owned = 2;
        handle->record.peer = peer;
        handle->record.outcome = SG_OUTCOME_COLLECTED;
    }
    struct sg_place *place = sg_builder_at_place(&fixture.builder, easy_place);
    place->opened = SG_COLLECTED_KEPT + 20;
    place->closed = SG_COLLECTED_KEPT + 17; /* 7 by the program */
    place->collected = SG_COLLECTED_KEPT + 10;
    place->collected_tick = 900;
    place->in_use_peak = 5;
    fixture_report(&fixture, NULL);
    const struct sg_leak *leak = leak_at(0);
    ck_assert_uint_eq(leak->facts.count, 13); /* the builder kept 3, and 10 went beyond the room */
    ck_assert_uint_eq(leak->closed, 7);
    ck_assert_uint_eq(leak->peak_in_use, 5);
    ck_assert_uint_eq(leak->facts.first_tick, 100);
    ck_assert_uint_eq(leak->facts.last_tick, 900);
    expect_tally(&leak->facts.owns, 0, "socket", 6);
    ck_assert_uint_eq(leak->parts_count, 1);
    ck_assert_int_eq(leak->parts[0].outcome, SG_OUTCOME_COLLECTED);
    ck_assert_int_eq(leak->parts[0].reason, SG_REASON_NONE);
    ck_assert_uint_eq(leak->parts[0].facts.count, 13);
    ck_assert_uint_eq(fixture.report.totals.leaked, 13);
}
END_TEST

START_TEST(order_is_by_count_then_time)
{
    sg_builder_handle(&fixture.builder, easy_place, 50);
    sg_builder_handle(&fixture.builder, multi_place, 20);
    sg_builder_socket(&fixture.builder, other_place, 90);
    sg_builder_socket(&fixture.builder, other_place, 91);
    fixture_report(&fixture, NULL);
    ck_assert_str_eq(leak_at(0)->kind->name, "socket");
    ck_assert_str_eq(leak_at(1)->kind->name, "curl.multi");
    ck_assert_str_eq(leak_at(2)->kind->name, "curl.easy");
}
END_TEST

START_TEST(ids_survive_another_machine)
{
    /* The same kind and modules elsewhere in memory and on disk. Without
     * names the offsets and build-ids identify the frames. */
    sg_builder_handle(&fixture.builder, easy_place, 1);
    fixture_report(&fixture, NULL);
    uint64_t id = leak_at(0)->id;
    fixture_close(&fixture);
    setup();
    struct sg_module *modules =
        (struct sg_module *)(void *)fixture.builder.sections[SG_SECTION_MODULES].bytes;
    uint32_t path = sg_builder_text(&fixture.builder, "/elsewhere/app");
    modules[fixture.app].path = path;
    modules[fixture.app].base = 0x5550000000;
    sg_builder_handle(&fixture.builder, easy_place, 7);
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(leak_at(0)->id, id);
    fixture_close(&fixture);
    setup();
    sg_builder_handle(&fixture.builder, multi_place, 7);
    fixture_report(&fixture, NULL);
    ck_assert_uint_ne(leak_at(0)->id, id);
}
END_TEST

START_TEST(frames_below_the_start_do_not_matter_to_ids)
{
    const uint16_t modules[] = {fixture.app, fixture.libc, fixture.libc};
    const uint32_t one[] = {0x10, 0x20, 0x30};
    const uint32_t two[] = {0x10, 0x99};
    sg_builder_handle(&fixture.builder, sg_builder_place(&fixture.builder, fixture.easy, 3, modules, one), 1);
    sg_builder_handle(&fixture.builder, sg_builder_place(&fixture.builder, fixture.easy, 2, modules, two), 2);
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(leak_at(0)->id, leak_at(1)->id);
}
END_TEST

START_TEST(kinds_that_are_not_wanted)
{
    sg_builder_handle(&fixture.builder, easy_place, 1);
    sg_builder_socket(&fixture.builder, other_place, 1);
    fixture.builder.layout.options = sg_builder_text(&fixture.builder, "kinds=curl");
    fixture_report(&fixture, NULL);
    ck_assert_uint_eq(fixture.report.totals.leaked, 1);
    ck_assert_str_eq(leak_at(0)->kind->name, "curl.easy");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("group");
    TCase *tests = tcase_create("group");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, nothing_is_no_leak);
    tcase_add_test(tests, owned_sockets_belong_to_their_session);
    tcase_add_test(tests, a_sessions_own_peer_wins);
    tcase_add_test(tests, a_socket_whose_session_is_gone_is_an_orphan);
    tcase_add_test(tests, owners_of_owners_and_rings);
    tcase_add_test(tests, only_kinds_that_say_so_are_owned);
    tcase_add_test(tests, members_are_leaks_of_their_own);
    tcase_add_test(tests, listening_sockets_do_not_count);
    tcase_add_test(tests, what_others_go_on_with_does_not_count);
    tcase_add_test(tests, what_a_child_opened_in_an_inherited_session_is_its_own);
    tcase_add_test(tests, of_a_parents_place_only_what_is_inherited_is_told);
    tcase_add_test(tests, outcomes_are_parts);
    tcase_add_test(tests, what_was_collected_leaked_though_not_every_record_is_kept);
    tcase_add_test(tests, order_is_by_count_then_time);
    tcase_add_test(tests, ids_survive_another_machine);
    tcase_add_test(tests, frames_below_the_start_do_not_matter_to_ids);
    tcase_add_test(tests, kinds_that_are_not_wanted);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
