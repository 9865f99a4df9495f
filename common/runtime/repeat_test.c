#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "catalog.pb-c.h"
#include "methods.h"
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

/* ---- the same answer ---- */

struct kept_reply {
    uint8_t head[GM_REPLY_HEADER_BYTES_MAX];
    uint8_t body[GM_REPLY_BYTES_MAX];
    size_t head_bytes;
    size_t body_bytes;
};

static struct kept_reply keep_next(struct stand *stand)
{
    struct stand_reply reply;
    struct kept_reply kept = {.head_bytes = 0};
    assert_true(stand_reply(stand, &reply));
    kept.head_bytes = reply.head.size;
    kept.body_bytes = reply.body.size;
    memcpy(kept.head, reply.head.at, reply.head.size);
    memcpy(kept.body, reply.body.at, reply.body.size);
    return kept;
}

static void assert_same(const struct kept_reply *a, const struct kept_reply *b)
{
    assert_int_equal(a->head_bytes, b->head_bytes);
    assert_memory_equal(a->head, b->head, a->head_bytes);
    assert_int_equal(a->body_bytes, b->body_bytes);
    assert_memory_equal(a->body, b->body, a->body_bytes);
}

/* One command that is accepted and one that is refused, the same requests each time. */
static void send_pair(struct stand *stand, const struct gm_request_header headers[2])
{
    stand_restock(stand, &headers[0], 1, 5);
    stand_adjust(stand, &headers[1], 1, CATALOG__ADJUST_REASON__BROKEN, 50, "");
}

static void make_pair(struct stand *stand, struct gm_request_header ret_headers[2])
{
    ret_headers[0] = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    ret_headers[1] = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
}

static void a_repeat_gets_the_first_answer_byte_for_byte(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header headers[2];
    make_pair(stand, headers);
    send_pair(stand, headers);
    stand_run(stand);
    const struct kept_reply accepted = keep_next(stand);
    const struct kept_reply refused = keep_next(stand);
    /* What it meets now is another state: more on hand, enough for what was refused. */
    const struct gm_request_header more = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &more, 1, 1000);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);

    headers[0].language = headers[1].language = GM_LANGUAGE_VI; /* it was said in English */
    send_pair(stand, headers);
    const struct kept_reply accepted_again = keep_next(stand);
    const struct kept_reply refused_again = keep_next(stand);
    assert_same(&accepted, &accepted_again);
    assert_same(&refused, &refused_again);
    assert_int_equal(stand_row(stand, 1).on_hand, 1005);
    assert_true(gm_host_counts(stand->host)->repeats == 2);
    assert_true(gm_host_counts(stand->host)->commands == 3);
}

static void a_repeat_waits_until_the_first_is_durable(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header headers[2];
    make_pair(stand, headers);
    send_pair(stand, headers);
    assert_true(stand_take_batch(stand));
    send_pair(stand, headers); /* while the append is under way */
    stand_expect_none(stand);
    stand_ack(stand);
    const struct kept_reply accepted = keep_next(stand);
    const struct kept_reply refused = keep_next(stand);
    const struct kept_reply accepted_again = keep_next(stand);
    const struct kept_reply refused_again = keep_next(stand);
    assert_same(&accepted, &accepted_again);
    assert_same(&refused, &refused_again);
    stand_expect_none(stand);
}

static void a_repeat_after_a_crash_gets_the_same(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header headers[2];
    make_pair(stand, headers);
    send_pair(stand, headers);
    assert_true(stand_append(stand)); /* no checkpoint: it comes back from the journal */
    const struct kept_reply accepted = keep_next(stand);
    const struct kept_reply refused = keep_next(stand);
    for (int i = 0; i < 2; i++) { /* from the journal, then from the tables */
        stand_crash(stand);
        stand_start(stand);
        send_pair(stand, headers);
        const struct kept_reply accepted_again = keep_next(stand);
        const struct kept_reply refused_again = keep_next(stand);
        assert_same(&accepted, &accepted_again);
        assert_same(&refused, &refused_again);
        stand_live(stand, GM_CHECKPOINT_AGE_MS);
    }
}

static void what_was_never_appended_is_executed_anew(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, 1, 5);
    assert_int_equal(stand_row(stand, 1).on_hand, 5);
    stand_restart(stand);
    assert_int_equal(stand_row(stand, 1).on_hand, 0);
    stand_restock(stand, &header, 1, 5);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    assert_int_equal(stand_row(stand, 1).on_hand, 5);
}

static void a_repeat_is_answered_whatever_stops_new_commands(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, 1, 5);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    gm_host_set_space(stand->host, &(struct gm_host_space){.tables_percent = 100});
    stand_shift_wall(stand, 2 * GM_CLOCK_STEP_MAX_MS);
    gm_host_drain(stand->host);
    stand->waited_ms = 10 * GM_QUEUE_AGE_MAX_MS;
    stand_restock(stand, &header, 1, 5);
    assert_true(stand_expect(stand, GM_REASON_NONE).header.recorded);
}

/* ---- whose id it is ---- */

static void the_same_id_with_other_content_is_refused(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, 1, 2);
    stand_restock(stand, &header, 1, 6);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_COMMAND_ID_REUSED);
    assert_false(reply.header.recorded);
    header.method = GM_METHOD_CATALOG_ADJUST; /* the very bytes, of another method */
    stand_restock(stand, &header, 1, 2);
    (void)stand_expect(stand, GM_REASON_COMMAND_ID_REUSED);
    stand_run(stand);
    stand_restart(stand);
    header.method = GM_METHOD_CATALOG_RESTOCK;
    stand_restock(stand, &header, 1, 6);
    (void)stand_expect(stand, GM_REASON_COMMAND_ID_REUSED);
    assert_int_equal(stand_row(stand, 1).on_hand, 2);
}

static void two_members_may_use_the_same_id(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, 1, 5);
    header.member = stand_member(2);
    stand_restock(stand, &header, 1, 6);
    header.member = gm_service_member(GM_SERVICE_ORDER);
    stand_restock(stand, &header, 1, 7);
    stand_run(stand);
    for (int i = 0; i < 3; i++)
        (void)stand_expect(stand, GM_REASON_NONE);
    assert_int_equal(stand_row(stand, 1).on_hand, 18);
}

static void a_dry_run_takes_no_id_and_meets_no_repeat(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &header, 1, 5);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    header.dry_run = true;
    stand_restock(stand, &header, 1, 6);
    assert_false(stand_expect(stand, GM_REASON_NONE).header.recorded);
    assert_int_equal(stand_row(stand, 1).on_hand, 5);
}

/* ---- pruning ---- */

static void restock_as(struct stand *stand, const struct gm_request_header *header,
                       enum gm_reason reason)
{
    stand_restock(stand, header, 1, 1);
    stand_run(stand);
    (void)stand_expect(stand, reason);
}

static uint64_t dedup_rows(struct stand *stand, const struct gm_table *table)
{
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    struct gm_snapshot *snapshot;
    assert_int_equal(gm_snapshot_open(stand->store, &snapshot), GM_OK);
    const uint64_t rows = gm_snapshot_count(snapshot, table);
    gm_snapshot_release(snapshot);
    return rows;
}

/* A command whose id says that time; ids of a time differ by n. */
static struct gm_request_header header_at(struct stand *stand, int64_t time_ms, uint8_t n)
{
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    header.command_id = gm_id_v7(time_ms, (const uint8_t[10]){n});
    return header;
}

static void ids_are_kept_for_seven_days_and_then_expired(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = header_at(stand, STAND_START_MS, 1);
    restock_as(stand, &header, GM_REASON_NONE);
    stand_sleep(stand, GM_DEDUP_DAYS * GM_DAY_MS - 1000);
    restock_as(stand, &header, GM_REASON_NONE);
    stand_live(stand, 1000); /* seven days to the millisecond */
    stand_live(stand, 59 * 1000 - 1);
    restock_as(stand, &header, GM_REASON_NONE);
    assert_int_equal(dedup_rows(stand, &gm_table_dedup_members), 1);
    stand_live(stand, 60 * 1000);
    assert_int_equal(dedup_rows(stand, &gm_table_dedup_members), 0);
    restock_as(stand, &header, GM_REASON_COMMAND_ID_EXPIRED);
    assert_int_equal(stand_row(stand, 1).on_hand, 1);
    stand_audit(stand);
    stand_restart(stand);
    restock_as(stand, &header, GM_REASON_COMMAND_ID_EXPIRED);
}

static void an_id_older_than_what_was_pruned_is_expired_though_never_seen(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header pruned = header_at(stand, STAND_START_MS, 5);
    restock_as(stand, &pruned, GM_REASON_NONE);
    stand_sleep(stand, 8 * GM_DAY_MS);
    const struct gm_request_header older = header_at(stand, STAND_START_MS, 4);
    const struct gm_request_header newer = header_at(stand, STAND_START_MS, 6);
    restock_as(stand, &older, GM_REASON_COMMAND_ID_EXPIRED);
    restock_as(stand, &newer, GM_REASON_NONE);
    stand_live(stand, 61 * 1000); /* eight days old by its id, it goes at once */
    restock_as(stand, &newer, GM_REASON_COMMAND_ID_EXPIRED);
    assert_int_equal(stand_row(stand, 1).on_hand, 2);
}

static void members_and_services_are_pruned_apart(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header of_service = header_at(stand, STAND_START_MS, 9);
    of_service.member = gm_service_member(GM_SERVICE_ORDER);
    restock_as(stand, &of_service, GM_REASON_NONE);
    stand_sleep(stand, 8 * GM_DAY_MS);
    restock_as(stand, &of_service, GM_REASON_COMMAND_ID_EXPIRED);
    const struct gm_request_header of_member = header_at(stand, STAND_START_MS, 8);
    restock_as(stand, &of_member, GM_REASON_NONE);
}

/* A worker has collected an old id; before the entry is made, a command with an older one comes.
 * Pruned later, it must not open the door to the first again. */
static void what_was_pruned_stays_expired_when_an_older_id_is_pruned_after_it(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header late = header_at(stand, STAND_START_MS, 9);
    const struct gm_request_header early = header_at(stand, STAND_START_MS, 2);
    restock_as(stand, &late, GM_REASON_NONE);
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    stand_crash(stand);
    stand->reading.wall_ms += 8 * GM_DAY_MS;
    stand_start(stand);
    stand_turn(stand);
    struct gm_job *prune = stand_run_job(stand, GM_LANE_WORKER);
    assert_non_null(prune);
    restock_as(stand, &early, GM_REASON_NONE);
    gm_host_job_done(stand->host, prune);
    stand_live(stand, 2 * 60 * 1000);
    assert_int_equal(dedup_rows(stand, &gm_table_dedup_members), 0);
    restock_as(stand, &early, GM_REASON_COMMAND_ID_EXPIRED);
    restock_as(stand, &late, GM_REASON_COMMAND_ID_EXPIRED);
    assert_int_equal(stand_row(stand, 1).on_hand, 2);
    stand_audit(stand);
}

static void send_restocks(struct stand *stand, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
        stand->peer = (uint8_t)(i / GM_IN_FLIGHT_MEMBER);
        stand_restock(stand, &header, 1, 1);
    }
}

static void many_rows_are_pruned_in_entries_of_a_limited_size(void **state)
{
    struct stand *stand = *state;
    for (int i = 0; i < 3; i++) {
        send_restocks(stand, GM_PRUNE_KEYS_MAX);
        stand_run(stand);
    }
    stand_sleep(stand, 8 * GM_DAY_MS);
    const uint64_t head = gm_host_head(stand->host);
    for (int i = 0; i < 10; i++)
        stand_live(stand, 30);
    assert_true(gm_host_head(stand->host) == head + 2); /* and one at the start */
    assert_int_equal(dedup_rows(stand, &gm_table_dedup_members), 0);
    stand_audit(stand);
}

static void over_their_number_the_oldest_rows_go_first(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header headers[6];
    stand->dedup_rows_max = 4;
    stand_restart(stand);
    for (uint8_t i = 0; i < 6; i++) {
        headers[i] = header_at(stand, STAND_START_MS + i, i);
        restock_as(stand, &headers[i], GM_REASON_NONE);
    }
    stand_live(stand, 61 * 1000);
    assert_int_equal(dedup_rows(stand, &gm_table_dedup_members), 4);
    for (uint8_t i = 0; i < 6; i++)
        restock_as(stand, &headers[i], i < 2 ? GM_REASON_COMMAND_ID_EXPIRED : GM_REASON_NONE);
    stand_live(stand, 120 * 1000);
    assert_int_equal(dedup_rows(stand, &gm_table_dedup_members), 4);
    assert_int_equal(stand_row(stand, 1).on_hand, 6);
    stand_audit(stand);
}

static void rows_of_services_are_kept_whatever_their_number(void **state)
{
    struct stand *stand = *state;
    stand->dedup_rows_max = 2;
    stand_restart(stand);
    for (uint8_t i = 0; i < 5; i++) {
        struct gm_request_header header = header_at(stand, STAND_START_MS, i);
        header.member = gm_service_member(GM_SERVICE_ORDER);
        restock_as(stand, &header, GM_REASON_NONE);
    }
    stand_live(stand, 61 * 1000);
    assert_int_equal(dedup_rows(stand, &gm_table_dedup_services), 5);
}

/* The entry needs room in the batch; where there is none the round waits. */
static void pruning_waits_for_room_in_the_batch(void **state)
{
    struct stand *stand = *state;
    send_restocks(stand, 10);
    stand_run(stand);
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    stand_crash(stand);
    stand->reading.wall_ms += 8 * GM_DAY_MS;
    stand_start(stand);
    stand_turn(stand);
    struct gm_job *prune = stand_run_job(stand, GM_LANE_WORKER);
    assert_non_null(prune);
    for (unsigned i = 0; gm_host_ready(stand->host); i++) {
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
        stand->peer = (uint8_t)(i / GM_IN_FLIGHT_MEMBER);
        stand_restock(stand, &header, 1, 1);
    }
    gm_host_job_done(stand->host, prune);
    stand_live(stand, 1000);
    assert_int_equal(dedup_rows(stand, &gm_table_dedup_members),
                     gm_host_counts(stand->host)->commands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_repeat_gets_the_first_answer_byte_for_byte),
        TEST(a_repeat_waits_until_the_first_is_durable),
        TEST(a_repeat_after_a_crash_gets_the_same),
        TEST(what_was_never_appended_is_executed_anew),
        TEST(a_repeat_is_answered_whatever_stops_new_commands),
        TEST(the_same_id_with_other_content_is_refused),
        TEST(two_members_may_use_the_same_id),
        TEST(a_dry_run_takes_no_id_and_meets_no_repeat),
        TEST(ids_are_kept_for_seven_days_and_then_expired),
        TEST(an_id_older_than_what_was_pruned_is_expired_though_never_seen),
        TEST(members_and_services_are_pruned_apart),
        TEST(what_was_pruned_stays_expired_when_an_older_id_is_pruned_after_it),
        TEST(many_rows_are_pruned_in_entries_of_a_limited_size),
        TEST(over_their_number_the_oldest_rows_go_first),
        TEST(rows_of_services_are_kept_whatever_their_number),
        TEST(pruning_waits_for_room_in_the_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
