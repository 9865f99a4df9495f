#include "runtime/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog.pb-c.h"
#include "methods.h"
#include "runtime/stand.h"
#include "wire.pb-c.h"
#include "wire/check.h"

static int setup(void **state)
{
    *state = stand_new(&toy_service);
    return 0;
}

static int teardown(void **state)
{
    stand_free(*state);
    return 0;
}

static struct gm_request_header restock(struct stand *stand, enum gm_reason reason)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, 1, 1);
    stand_run(stand);
    (void)stand_expect(stand, reason);
    return header;
}

static void restock_again(struct stand *stand, const struct gm_request_header *header,
                          enum gm_reason reason)
{
    stand_restock(stand, header, 1, 1);
    stand_run(stand);
    (void)stand_expect(stand, reason);
}

/* ---- time ---- */

static void time_follows_the_clocks(void **state)
{
    struct stand *stand = *state;
    assert_true(gm_host_now(stand->host) == STAND_START_MS);
    stand_pass(stand, 1234);
    assert_true(gm_host_now(stand->host) == STAND_START_MS + 1234);
    stand_shift_wall(stand, GM_CLOCK_STEP_MAX_MS); /* a step that is followed */
    assert_true(gm_host_now(stand->host) == STAND_START_MS + 1234 + GM_CLOCK_STEP_MAX_MS);
}

static void time_never_runs_backwards(void **state)
{
    struct stand *stand = *state;
    stand_shift_wall(stand, -3600 * 1000);
    assert_true(gm_host_now(stand->host) == STAND_START_MS);
    (void)restock(stand, GM_REASON_NONE);
    stand_pass(stand, 1000);
    const int64_t now_ms = gm_host_now(stand->host);
    assert_true(now_ms > STAND_START_MS && now_ms < STAND_START_MS + 1000); /* it goes on, slower */
    stand->reading.monotonic_ms -= 500; /* a reading out of order */
    gm_host_time(stand->host, stand->reading);
    assert_true(gm_host_now(stand->host) == now_ms);
}

static void after_a_jump_commands_wait_and_queries_go_on(void **state)
{
    struct stand *stand = *state;
    (void)restock(stand, GM_REASON_NONE);
    stand_shift_wall(stand, GM_CLOCK_STEP_MAX_MS + 1);
    assert_true(gm_host_now(stand->host) == STAND_START_MS);
    (void)restock(stand, GM_REASON_CLOCK_JUMPED);
    const struct gm_request_header query = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
    stand_get_lot(stand, &query, 1);
    (void)stand_expect(stand, GM_REASON_NONE);
}

static void services_wait_for_the_clock_as_members_do(void **state)
{
    struct stand *stand = *state;
    stand_shift_wall(stand, GM_CLOCK_STEP_MAX_MS + 1);
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    header.member = gm_service_member(GM_SERVICE_ORDER);
    stand_restock(stand, &header, 1, 1);
    (void)stand_expect(stand, GM_REASON_CLOCK_JUMPED);
}

static void commands_go_on_when_the_clock_returns(void **state)
{
    struct stand *stand = *state;
    stand_shift_wall(stand, 2 * GM_CLOCK_STEP_MAX_MS);
    stand_pass(stand, 10);
    (void)restock(stand, GM_REASON_CLOCK_JUMPED);
    stand_shift_wall(stand, -2 * GM_CLOCK_STEP_MAX_MS);
    (void)restock(stand, GM_REASON_NONE);
    assert_true(gm_host_now(stand->host) == STAND_START_MS + 10);
}

static bool says_jumped(struct stand *stand)
{
    const struct gm_request_header header = stand_header(stand, GM_METHOD_HOST_STATUS);
    const Wire__StatusRequest ask = WIRE__STATUS_REQUEST__INIT;
    stand_send(stand, &header, &ask.base);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_NONE);
    gm_arena_reset(&stand->arena);
    const Wire__StatusReply *status = (const Wire__StatusReply *)gm_message_unpack(
        reply.body, &wire__status_reply__descriptor, &stand->arena);
    return status->clock_jumped;
}

static void commands_go_on_when_an_operator_confirms_the_clock(void **state)
{
    struct stand *stand = *state;
    assert_false(says_jumped(stand));
    stand_shift_wall(stand, 3600 * 1000);
    assert_true(says_jumped(stand));
    const struct gm_request_header header = stand_header(stand, GM_METHOD_HOST_CONFIRM_CLOCK);
    const Wire__ConfirmClockRequest confirm = WIRE__CONFIRM_CLOCK_REQUEST__INIT;
    stand_send(stand, &header, &confirm.base);
    (void)stand_expect(stand, GM_REASON_NONE);
    assert_true(gm_host_now(stand->host) == STAND_START_MS + 3600 * 1000);
    assert_false(says_jumped(stand));
    (void)restock(stand, GM_REASON_NONE);
}

static void a_timer_that_a_confirmed_jump_has_passed_fires(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header timer = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    stand_adjust(stand, &timer, 1, CATALOG__ADJUST_REASON__COUNTED, 600, "");
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    stand_shift_wall(stand, 3600 * 1000);
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).rung, 0);
    const struct gm_request_header header = stand_header(stand, GM_METHOD_HOST_CONFIRM_CLOCK);
    const Wire__ConfirmClockRequest confirm = WIRE__CONFIRM_CLOCK_REQUEST__INIT;
    stand_send(stand, &header, &confirm.base);
    stand_run(stand);
    assert_int_equal(stand_row(stand, 1).rung, 1);
}

/* Over all entries of the journal. */
static void entries_carry_times_that_never_fall(void **state)
{
    struct stand *stand = *state;
    static const int64_t shifts[] = {0, 500, -4000, 30000, -90000, 59000, 5};
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
        stand_shift_wall(stand, shifts[i]);
        stand_pass(stand, 7);
        (void)restock(stand, GM_REASON_NONE);
        if (i == 4) stand_restart(stand);
    }
    static uint8_t buffer[GM_BATCH_BYTES_MAX];
    int64_t last_ms = 0;
    for (uint64_t seq = 1; seq <= gm_host_head(stand->host); seq++) {
        struct gm_batch batch;
        struct gm_entry entry;
        size_t taken;
        assert_int_equal(gm_journal_read(stand->journal, seq, buffer, &batch), GM_OK);
        assert_int_equal(batch.count, 1);
        assert_int_equal(gm_entry_decode(batch.entries, &stand->arena, &entry, &taken), GM_OK);
        assert_true(entry.time_ms >= last_ms);
        assert_true(gm_id_time_ms(entry.id) == entry.time_ms);
        last_ms = entry.time_ms;
    }
}

/* ---- poison ---- */

/* As a process leaves it that dies in decide. */
static struct gm_request_header die_in_decide(struct stand *stand, bool marked)
{
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    const struct gm_id lot = stand_lot(1);
    Catalog__RestockRequest request = CATALOG__RESTOCK_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&lot);
    request.quantity = 1;
    request.reason = CATALOG__RESTOCK_REASON__PRODUCED;
    gm_arena_reset(&stand->arena);
    const struct gm_bytes body = gm_message_pack(&request.base, &stand->arena);
    gm_poison_enter(&stand->poison, header.command_id,
                    gm_content_hash(GM_METHOD_CATALOG_RESTOCK, body));
    if (marked) stand->poison.marked = 1;
    stand_restart(stand);
    return header;
}

static void a_command_that_crashed_the_service_is_refused_for_an_hour(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = die_in_decide(stand, true);
    restock_again(stand, &header, GM_REASON_QUARANTINED);
    (void)restock(stand, GM_REASON_NONE); /* others are not */
    struct gm_request_header other = header;
    other.command_id = stand_id(stand); /* nor is its content */
    restock_again(stand, &other, GM_REASON_NONE);
    stand_live(stand, GM_QUARANTINE_MS - 1);
    restock_again(stand, &header, GM_REASON_QUARANTINED);
    stand_restart(stand);
    restock_again(stand, &header, GM_REASON_QUARANTINED);
    stand_live(stand, 1);
    restock_again(stand, &header, GM_REASON_NONE);
    assert_int_equal(stand_row(stand, 1).on_hand, 3);
}

static void a_process_that_was_killed_condemns_nothing(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = die_in_decide(stand, false);
    restock_again(stand, &header, GM_REASON_NONE);
    stand_restart(stand);
    stand_restart(stand);
    restock_again(stand, &header, GM_REASON_NONE); /* the repeat of what is recorded */
    assert_true(gm_host_counts(stand->host)->repeats == 1);
}

static void killed_twice_in_the_same_command_it_is_condemned(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = die_in_decide(stand, false);
    gm_poison_enter(&stand->poison, header.command_id, stand->poison.content_hash); /* its repeat */
    stand_restart(stand);
    restock_again(stand, &header, GM_REASON_QUARANTINED);
}

static void killed_again_before_anything_is_decided_it_is_not(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = die_in_decide(stand, false);
    stand_restart(stand);
    stand_restart(stand);
    restock_again(stand, &header, GM_REASON_NONE);
}

static void what_is_recorded_is_answered_though_in_quarantine(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = restock(stand, GM_REASON_NONE);
    stand->poison.quarantine[0] = (struct gm_quarantined){
        .command_id = header.command_id,
        .until_ms = INT64_MAX,
    };
    restock_again(stand, &header, GM_REASON_NONE);
    assert_true(gm_host_counts(stand->host)->repeats == 1);
}

static void nothing_is_left_behind_by_commands_that_end(void **state)
{
    struct stand *stand = *state;
    (void)restock(stand, GM_REASON_NONE);
    const struct gm_request_header refused = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    stand_adjust(stand, &refused, 1, CATALOG__ADJUST_REASON__BROKEN, 100, "");
    const struct gm_request_header large = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    stand_adjust(stand, &large, 1, CATALOG__ADJUST_REASON__SAMPLE, GM_ENTRY_EVENT_BYTES_MAX, "");
    assert_true(gm_id_is_zero(stand->poison.command_id));
    assert_int_equal(stand->poison.marked, 0);
}

/* ---- the same again ---- */

/* With the same seed and the same calls it does the same: two hosts, one history. */
static void the_same_calls_make_the_same_history(void **state)
{
    (void)state;
    struct gm_hash hashes[2];
    uint64_t states[2];
    for (int i = 0; i < 2; i++) {
        struct stand *stand = stand_new(&toy_follower);
        stand->apply_decoded = i == 1; /* whichever way apply gets its events */
        stand_restart(stand);
        for (unsigned lot = 1; lot < 30; lot++) {
            const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
            stand_adjust(stand, &header, lot, (int)(1 + lot % 4), lot, "");
            if (lot % 3 == 0) stand_run(stand);
        }
        stand_live(stand, 60000);
        struct stand_request request;
        while (stand_request(stand, &request))
            stand_answer(stand, &request, GM_CODE_OK, request.to == GM_SERVICE_ORDER,
                         gm_bytes(NULL, 0));
        stand_run(stand);
        struct gm_journal_tail tail;
        assert_int_equal(gm_journal_tail(stand->journal, &tail), GM_OK);
        hashes[i] = tail.hash;
        states[i] = gm_store_hash(stand->store);
        stand_free(stand);
    }
    assert_int_equal(gm_hash_compare(&hashes[0], &hashes[1]), 0);
    assert_true(states[0] == states[1]);
}

static void names_of_services_and_their_members_go_both_ways(void **state)
{
    (void)state;
    for (enum gm_service_name name = GM_SERVICE_CATALOG; name < GM_SERVICE_COUNT; name++) {
        assert_int_equal(gm_service_named(gm_service_text(name)), name);
        assert_int_equal(gm_service_of_member(gm_service_member(name)), name);
        assert_false(gm_id_is_v7(gm_service_member(name))); /* nobody else's */
    }
    assert_int_equal(gm_service_named("nobody"), GM_SERVICE_NONE);
    assert_int_equal(gm_service_named(""), GM_SERVICE_NONE);
    struct gm_id stranger = gm_service_member(GM_SERVICE_ORDER);
    stranger.v[GM_ID_BYTES - 1] = GM_SERVICE_COUNT;
    assert_int_equal(gm_service_of_member(stranger), GM_SERVICE_NONE);
    assert_int_equal(gm_service_of_member(stand_member(1)), GM_SERVICE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(time_follows_the_clocks),
        TEST(time_never_runs_backwards),
        TEST(after_a_jump_commands_wait_and_queries_go_on),
        TEST(services_wait_for_the_clock_as_members_do),
        TEST(commands_go_on_when_the_clock_returns),
        TEST(commands_go_on_when_an_operator_confirms_the_clock),
        TEST(a_timer_that_a_confirmed_jump_has_passed_fires),
        TEST(entries_carry_times_that_never_fall),
        TEST(a_command_that_crashed_the_service_is_refused_for_an_hour),
        TEST(a_process_that_was_killed_condemns_nothing),
        TEST(killed_twice_in_the_same_command_it_is_condemned),
        TEST(killed_again_before_anything_is_decided_it_is_not),
        TEST(what_is_recorded_is_answered_though_in_quarantine),
        TEST(nothing_is_left_behind_by_commands_that_end),
        cmocka_unit_test(the_same_calls_make_the_same_history),
        cmocka_unit_test(names_of_services_and_their_members_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
