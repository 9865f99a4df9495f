#include "client/subscription.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/kit.h"

static struct gm_arena arena; /* one chunk */

struct pair {
    struct gm_calls *calls;
    struct gm_subscription subscription;
    struct gm_said said;
    struct gm_asked asked; /* the Subscribe that was sent last */
};

static void begin(struct pair *pair, const struct gm_subscription_config *config)
{
    pair->calls = gm_calls_new(1, 10);
    gm_subscription_init(&pair->subscription, config, 1, 0);
    assert_true(gm_next_asked(&pair->subscription, pair->calls, 0, &pair->asked));
    assert_false(pair->asked.is_credit);
    assert_int_equal(pair->subscription.state, GM_SUBSCRIPTION_ASKED);
}

static enum gm_stream_heard hear(struct pair *pair, int64_t ms)
{
    const Wire__StreamChunk *chunk = NULL;
    gm_arena_reset(&arena);
    const enum gm_stream_heard heard =
        gm_subscription_hear(&pair->subscription, ms, &pair->said.frames, &arena, &chunk);
    assert_int_equal(chunk != NULL, heard == GM_STREAM_CHUNK);
    return heard;
}

static enum gm_stream_heard hear_chunk(struct pair *pair, int64_t ms, struct gm_chunk_shape shape)
{
    gm_say_chunk(&pair->said, pair->asked.header.request_id, &shape);
    return hear(pair, ms);
}

static enum gm_stream_heard hear_refusal(struct pair *pair, int64_t ms, enum gm_reason reason,
                                         uint32_t retry_after_ms)
{
    gm_say(&pair->said, pair->asked.header.request_id, reason, retry_after_ms, false);
    return hear(pair, ms);
}

/* ---- asking ---- */

static void it_asks_from_the_place_that_it_was_given(void **state)
{
    (void)state;
    const struct gm_stream_place place = {{7, 42}, gm_said_hash(7, 42)};
    struct pair pair = {0};
    begin(&pair, &(struct gm_subscription_config){.after = place, .member = {{5}}});
    assert_int_equal(pair.asked.header.member.v[0], 5);
    assert_true(pair.asked.has_after && !pair.asked.from_head);
    assert_int_equal(pair.asked.journal, 7);
    assert_int_equal(pair.asked.seq, 42);
    assert_int_equal(gm_hash_compare(&pair.asked.hash, &place.batch_hash), 0);
    assert_int_equal(pair.asked.bytes, GM_STREAM_CREDIT_DEFAULT);
    gm_calls_free(pair.calls);

    begin(&pair, &(struct gm_subscription_config){.credit_bytes = 1});
    assert_false(pair.asked.has_after || pair.asked.from_head);
    assert_int_equal(pair.asked.bytes, GM_STREAM_CREDIT_MIN);
    gm_calls_free(pair.calls);

    begin(&pair, &(struct gm_subscription_config){.from_head = true, .credit_bytes = UINT32_MAX});
    assert_true(pair.asked.from_head && !pair.asked.has_after);
    assert_int_equal(pair.asked.bytes, GM_STREAM_CREDIT_MAX);
    gm_calls_free(pair.calls);
}

static void chunks_in_step_are_shown_and_move_the_place(void **state)
{
    (void)state;
    struct pair pair = {0};
    begin(&pair, &(struct gm_subscription_config){0});
    assert_int_equal(
        hear_chunk(&pair, 1, (struct gm_chunk_shape){.journal = 7, .from = 1, .through = 3}),
        GM_STREAM_CHUNK);
    assert_int_equal(pair.subscription.place.position.journal_id, 7);
    assert_int_equal(pair.subscription.place.position.seq, 3);
    assert_int_equal(pair.subscription.head_seq, 103);
    assert_int_equal(
        hear_chunk(&pair, 2, (struct gm_chunk_shape){.journal = 7, .from = 4, .through = 4}),
        GM_STREAM_CHUNK);
    /* A beat: nothing new. */
    assert_int_equal(
        hear_chunk(&pair, 3, (struct gm_chunk_shape){.journal = 7, .from = 5, .through = 4}),
        GM_STREAM_KEPT);
    const struct gm_hash hash = gm_said_hash(7, 4);
    assert_int_equal(gm_hash_compare(&pair.subscription.place.batch_hash, &hash), 0);
    gm_calls_free(pair.calls);
}

static void a_chunk_out_of_step_is_not_shown_and_it_asks_again(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        struct gm_chunk_shape shape;
    } rows[] = {
        {"one left out", {.journal = 7, .from = 5, .through = 6}},
        {"one twice", {.journal = 7, .from = 3, .through = 4}},
        {"another history", {.journal = 8, .from = 4, .through = 4}},
        {"no history", {.journal = 0, .from = 4, .through = 4}},
        {"through before from", {.journal = 7, .from = 4, .through = 2}},
        {"no through", {.journal = 7, .from = 4, .through = 4, .no_through = true}},
        {"half a hash", {.journal = 7, .from = 4, .through = 4, .short_hash = true}},
        {"an entry twice", {.journal = 7, .from = 4, .through = 5, .repeated_entry = true}},
        {"an entry behind it", {.journal = 7, .from = 4, .through = 4, .entry_behind = true}},
        {"from 0", {.journal = 7, .from = 0, .through = 4}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair = {0};
        begin(&pair, &(struct gm_subscription_config){0});
        assert_int_equal(
            hear_chunk(&pair, 1, (struct gm_chunk_shape){.journal = 7, .from = 1, .through = 3}),
            GM_STREAM_CHUNK);
        const uint64_t lost = pair.asked.header.request_id;
        if (hear_chunk(&pair, 2, rows[i].shape) != GM_STREAM_KEPT) fail_msg("%s", rows[i].label);
        assert_int_equal(pair.subscription.place.position.seq, 3);

        /* The old one is ended, a new one goes on from the last whole chunk. */
        struct gm_asked asked = {0};
        assert_true(gm_next_asked(&pair.subscription, pair.calls, 2, &asked));
        assert_true(asked.is_credit && asked.end);
        assert_int_equal(asked.subscription, lost);
        assert_true(gm_next_asked(&pair.subscription, pair.calls, 2, &asked));
        assert_false(asked.is_credit);
        assert_int_equal(asked.journal, 7);
        assert_int_equal(asked.seq, 3);

        /* What still comes from the old one is not heard. */
        assert_int_equal(
            hear_chunk(&pair, 3, (struct gm_chunk_shape){.journal = 7, .from = 4, .through = 4}),
            GM_STREAM_NOTHING);
        pair.asked = asked;
        assert_int_equal(
            hear_chunk(&pair, 3, (struct gm_chunk_shape){.journal = 7, .from = 4, .through = 4}),
            GM_STREAM_CHUNK);
        gm_calls_free(pair.calls);
    }
}

static void bytes_that_are_no_chunk_are_not_shown(void **state)
{
    (void)state;
    struct pair pair = {0};
    begin(&pair, &(struct gm_subscription_config){0});
    memset(pair.said.body, 0xff, 100);
    gm_say_bytes(&pair.said, pair.asked.header.request_id, GM_CODE_OK, true, 100);
    assert_int_equal(hear(&pair, 1), GM_STREAM_KEPT);
    assert_int_equal(pair.subscription.state, GM_SUBSCRIPTION_PAUSED);
    gm_calls_free(pair.calls);
}

static void silence_ends_patience(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct gm_asked asked = {0};
    begin(&pair, &(struct gm_subscription_config){0});
    /* Beats keep it. */
    assert_int_equal(
        hear_chunk(&pair, 4000, (struct gm_chunk_shape){.journal = 7, .from = 1, .through = 0}),
        GM_STREAM_KEPT);
    assert_int_equal(gm_subscription_wake_ms(&pair.subscription), 4000 + GM_STREAM_PATIENCE_MS);
    assert_false(gm_next_asked(&pair.subscription, pair.calls, 8999, &asked));
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 9000, &asked));
    assert_true(asked.is_credit && asked.end);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 9000, &asked));
    assert_false(asked.is_credit);
    assert_int_equal(asked.journal, 7);
    gm_calls_free(pair.calls);
}

static void a_new_connection_asks_at_once_from_where_it_was(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct gm_asked asked = {0};
    begin(&pair, &(struct gm_subscription_config){0});
    assert_int_equal(
        hear_chunk(&pair, 1, (struct gm_chunk_shape){.journal = 7, .from = 1, .through = 3}),
        GM_STREAM_CHUNK);
    gm_subscription_disconnected(&pair.subscription, 10);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 10, &asked));
    assert_false(asked.is_credit); /* the service has nothing to end */
    assert_int_equal(asked.seq, 3);
    assert_int_equal(pair.subscription.gaps, 0);
    gm_calls_free(pair.calls);
}

static void a_new_connection_has_nothing_of_the_old_one_to_end(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct gm_asked asked = {0};
    begin(&pair, &(struct gm_subscription_config){0});
    assert_int_equal(
        hear_chunk(&pair, 1, (struct gm_chunk_shape){.journal = 7, .from = 5, .through = 6}),
        GM_STREAM_KEPT); /* out of step, so it is left */
    gm_subscription_disconnected(&pair.subscription, 2);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 2, &asked));
    assert_false(asked.is_credit);
    assert_false(gm_next_asked(&pair.subscription, pair.calls, 2, &asked));
    gm_calls_free(pair.calls);
}

/* ---- credit ---- */

static void credit_is_given_back_before_it_is_used_up(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct gm_asked asked = {0};
    begin(&pair, &(struct gm_subscription_config){.credit_bytes = GM_STREAM_CREDIT_MIN});
    uint64_t owed = 0;
    for (uint64_t seq = 1; seq <= 5; seq++) {
        assert_int_equal(
            hear_chunk(&pair, 1,
                       (struct gm_chunk_shape){
                           .journal = 7, .from = seq, .through = seq, .event_bytes = 10000}),
            GM_STREAM_CHUNK);
        owed += pair.said.frames.body.size;
        const bool gives = gm_next_asked(&pair.subscription, pair.calls, 1, &asked);
        assert_int_equal(gives, owed >= GM_STREAM_CREDIT_MIN / 4);
        if (!gives) continue;
        assert_true(asked.is_credit && !asked.end);
        assert_int_equal(asked.subscription, pair.asked.header.request_id);
        assert_int_equal(asked.bytes, owed);
        owed = 0;
        /* Its answer is swallowed. */
        gm_say_bytes(&pair.said, asked.header.request_id, GM_CODE_OK, false, 0);
        assert_int_equal(hear(&pair, 1), GM_STREAM_KEPT);
    }
    /* A beat costs nothing. */
    const uint32_t before = pair.subscription.owed_bytes;
    assert_int_equal(
        hear_chunk(&pair, 3, (struct gm_chunk_shape){.journal = 7, .from = 6, .through = 5}),
        GM_STREAM_KEPT);
    assert_int_equal(pair.subscription.owed_bytes, before);
    gm_calls_free(pair.calls);
}

static void credit_for_what_the_service_has_dropped_makes_it_ask_again(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct gm_asked asked = {0};
    begin(&pair, &(struct gm_subscription_config){.credit_bytes = GM_STREAM_CREDIT_MIN});
    assert_int_equal(hear_chunk(&pair, 1,
                                (struct gm_chunk_shape){
                                    .journal = 7, .from = 1, .through = 2, .event_bytes = 10000}),
                     GM_STREAM_CHUNK);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 1, &asked));
    gm_say(&pair.said, asked.header.request_id, GM_REASON_POSITION_UNKNOWN, 0, false);
    assert_int_equal(hear(&pair, 1), GM_STREAM_KEPT);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 1, &asked)); /* ends it, to be sure */
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 1, &asked));
    assert_int_equal(asked.seq, 2);
    gm_calls_free(pair.calls);
}

/* ---- refusals ---- */

static void a_position_that_is_unknown_is_for_the_user_to_act_on(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct gm_asked asked = {0};
    const struct gm_stream_place place = {{7, 42}, gm_said_hash(7, 42)};
    begin(&pair, &(struct gm_subscription_config){.after = place});
    assert_int_equal(hear_refusal(&pair, 1, GM_REASON_POSITION_UNKNOWN, 0), GM_STREAM_OVER);
    assert_int_equal(pair.subscription.state, GM_SUBSCRIPTION_OVER);
    assert_int_equal(pair.subscription.reason, GM_REASON_POSITION_UNKNOWN);
    assert_false(gm_next_asked(&pair.subscription, pair.calls, 100000, &asked));
    assert_int_equal(gm_subscription_wake_ms(&pair.subscription), INT64_MAX);
    assert_int_equal(pair.subscription.place.position.seq, 42);
    gm_calls_free(pair.calls);
}

static void a_transient_refusal_is_asked_again_later_and_later(void **state)
{
    (void)state;
    struct pair pair = {0};
    begin(&pair, &(struct gm_subscription_config){0});
    int64_t ms = 0, most_ms = GM_STREAM_PAUSE_MS;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(hear_refusal(&pair, ms, GM_REASON_OPEN_LIMIT, 0), GM_STREAM_KEPT);
        const int64_t wake_ms = gm_subscription_wake_ms(&pair.subscription);
        assert_in_range(wake_ms - ms, most_ms / 2, most_ms);
        struct gm_asked asked = {0};
        assert_false(gm_next_asked(&pair.subscription, pair.calls, wake_ms - 1, &asked));
        assert_true(gm_next_asked(&pair.subscription, pair.calls, wake_ms, &pair.asked));
        most_ms = most_ms * 2 < GM_STREAM_PAUSE_MAX_MS ? most_ms * 2 : GM_STREAM_PAUSE_MAX_MS;
        ms = wake_ms;
    }
    assert_int_equal(hear_refusal(&pair, ms, GM_REASON_DRAINING, 60000), GM_STREAM_KEPT);
    assert_in_range(gm_subscription_wake_ms(&pair.subscription) - ms, 60000, 90000);
    ms = gm_subscription_wake_ms(&pair.subscription);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, ms, &pair.asked));

    /* Once it was heard, it begins with short pauses again. */
    assert_int_equal(
        hear_chunk(&pair, ms, (struct gm_chunk_shape){.journal = 7, .from = 1, .through = 1}),
        GM_STREAM_CHUNK);
    assert_int_equal(hear_refusal(&pair, ms, GM_REASON_DRAINING, 0), GM_STREAM_KEPT);
    assert_in_range(gm_subscription_wake_ms(&pair.subscription) - ms, GM_STREAM_PAUSE_MS / 2,
                    GM_STREAM_PAUSE_MS);
    gm_calls_free(pair.calls);
}

static void one_that_its_user_ends_says_so_once(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct gm_asked asked = {0};
    begin(&pair, &(struct gm_subscription_config){0});
    gm_subscription_end(&pair.subscription);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 1, &asked));
    assert_true(asked.is_credit && asked.end);
    assert_int_equal(asked.subscription, pair.asked.header.request_id);
    assert_false(gm_next_asked(&pair.subscription, pair.calls, 100000, &asked));
    gm_calls_free(pair.calls);
}

/* ---- from the head ---- */

static void one_from_the_head_goes_on_from_what_it_heard(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct gm_asked asked = {0};
    begin(&pair, &(struct gm_subscription_config){.from_head = true});
    assert_int_equal(
        hear_chunk(&pair, 1, (struct gm_chunk_shape){.journal = 7, .from = 91, .through = 90}),
        GM_STREAM_KEPT);
    gm_subscription_disconnected(&pair.subscription, 2);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 2, &asked));
    assert_false(asked.from_head);
    assert_int_equal(asked.seq, 90);
    assert_int_equal(pair.subscription.gaps, 0);
    gm_calls_free(pair.calls);
}

static void one_from_the_head_that_cannot_go_on_counts_the_gap(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct gm_asked asked = {0};
    begin(&pair, &(struct gm_subscription_config){.from_head = true});
    /* The service does not know the hash of its head yet. */
    assert_int_equal(hear_chunk(&pair, 1,
                                (struct gm_chunk_shape){
                                    .journal = 7, .from = 91, .through = 90, .no_hash = true}),
                     GM_STREAM_KEPT);
    /* In step with that beat all the same. */
    assert_int_equal(
        hear_chunk(&pair, 1, (struct gm_chunk_shape){.journal = 7, .from = 93, .through = 93}),
        GM_STREAM_KEPT);
    assert_int_equal(pair.subscription.gaps, 1);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 2, &asked)); /* end */
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 2, &pair.asked));
    assert_true(pair.asked.from_head && !pair.asked.has_after);
    assert_int_equal(
        hear_chunk(&pair, 3, (struct gm_chunk_shape){.journal = 7, .from = 94, .through = 95}),
        GM_STREAM_CHUNK);
    gm_subscription_disconnected(&pair.subscription, 4);
    assert_true(gm_next_asked(&pair.subscription, pair.calls, 4, &asked));
    assert_false(asked.from_head);
    assert_int_equal(asked.seq, 95);
    assert_int_equal(pair.subscription.gaps, 1);
    gm_calls_free(pair.calls);
}

int main(void)
{
    if (gm_arena_init(&arena, GM_CHUNK_ARENA_BYTES) != GM_OK) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_asks_from_the_place_that_it_was_given),
        cmocka_unit_test(chunks_in_step_are_shown_and_move_the_place),
        cmocka_unit_test(a_chunk_out_of_step_is_not_shown_and_it_asks_again),
        cmocka_unit_test(bytes_that_are_no_chunk_are_not_shown),
        cmocka_unit_test(silence_ends_patience),
        cmocka_unit_test(a_new_connection_asks_at_once_from_where_it_was),
        cmocka_unit_test(a_new_connection_has_nothing_of_the_old_one_to_end),
        cmocka_unit_test(credit_is_given_back_before_it_is_used_up),
        cmocka_unit_test(credit_for_what_the_service_has_dropped_makes_it_ask_again),
        cmocka_unit_test(a_position_that_is_unknown_is_for_the_user_to_act_on),
        cmocka_unit_test(a_transient_refusal_is_asked_again_later_and_later),
        cmocka_unit_test(one_that_its_user_ends_says_so_once),
        cmocka_unit_test(one_from_the_head_goes_on_from_what_it_heard),
        cmocka_unit_test(one_from_the_head_that_cannot_go_on_counts_the_gap),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gm_arena_release(&arena);
    return failed;
}
