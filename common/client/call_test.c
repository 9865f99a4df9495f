#include "client/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client/kit.h"

enum { WALL_MS = 1000000 }; /* the wall clock runs so much ahead of the monotonic one */

static const struct gm_method *command, *query;

static struct gm_clock_reading at(int64_t ms)
{
    return (struct gm_clock_reading){.wall_ms = ms + WALL_MS, .monotonic_ms = ms};
}

static enum gm_heard hear_attempt(struct gm_calls *calls, int64_t ms, uint64_t request_id,
                                  enum gm_reason reason, uint32_t retry_after_ms, bool recorded,
                                  struct gm_outcome *ret_outcome)
{
    static struct gm_said said;
    gm_say(&said, request_id, reason, retry_after_ms, recorded);
    return gm_calls_hear(calls, ms, &said.frames, ret_outcome);
}

/* Of an attempt, from 1. */
static uint64_t id_of(uint64_t ticket, unsigned attempt)
{
    return ticket << 16 | attempt;
}

/* To the first attempt. */
static enum gm_heard hear(struct gm_calls *calls, int64_t ms, uint64_t ticket,
                          enum gm_reason reason, uint32_t retry_after_ms, bool recorded,
                          struct gm_outcome *ret_outcome)
{
    return hear_attempt(calls, ms, id_of(ticket, 1), reason, retry_after_ms, recorded, ret_outcome);
}

static uint64_t submit(struct gm_calls *calls, const struct gm_method *method, int64_t ms,
                       uint32_t timeout_ms)
{
    uint64_t ticket = 0;
    const struct gm_call_options options = {.timeout_ms = timeout_ms};
    assert_int_equal(
        gm_calls_submit(calls, method, gm_bytes_of_text("body"), &options, at(ms), &ticket), GM_OK);
    assert_true(ticket != 0);
    return ticket;
}

static bool next_header(struct gm_calls *calls, int64_t ms, struct gm_request_header *ret_header)
{
    struct gm_bytes header = {0}, body = {0};
    if (!gm_calls_output(calls, ms, &header, &body)) return false;
    assert_int_equal(gm_request_header_decode(header, ret_header), GM_REASON_NONE);
    assert_true(gm_bytes_equal(body, gm_bytes_of_text("body")));
    return true;
}

static bool sends(struct gm_calls *calls, int64_t ms)
{
    struct gm_request_header header = {0};
    return next_header(calls, ms, &header);
}

static void nothing_expires(struct gm_calls *calls, int64_t ms)
{
    struct gm_outcome outcome;
    assert_false(gm_calls_expired(calls, ms, &outcome));
}

/* Lets time pass until something is sent; returns when. */
static int64_t sent_at(struct gm_calls *calls, int64_t ms, int64_t until_ms)
{
    while (ms <= until_ms) {
        nothing_expires(calls, ms);
        if (sends(calls, ms)) return ms;
        const int64_t wake_ms = gm_calls_wake_ms(calls);
        assert_true(wake_ms > ms);
        ms = wake_ms;
    }
    return INT64_MAX;
}

/* ---- one call ---- */

static void a_command_carries_what_it_was_given_and_an_id_of_its_own(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    struct gm_call_options options = {
        .member = {{1}},
        .trace_id = {{2}},
        .timeout_ms = 700,
        .language = GM_LANGUAGE_VI,
        .dry_run = true,
        .until_settled = true,
        .position_count = 1,
        .positions = {{3, 4}},
    };
    uint64_t ticket;
    assert_int_equal(
        gm_calls_submit(calls, command, gm_bytes_of_text("body"), &options, at(5000), &ticket),
        GM_OK);
    struct gm_request_header header = {0};
    assert_true(next_header(calls, 5100, &header));
    assert_int_equal(header.protocol, GM_PROTOCOL);
    assert_int_equal(header.method, command->number);
    assert_int_equal(header.request_id, id_of(ticket, 1));
    assert_true(gm_id_is_v7(header.command_id));
    assert_int_equal(gm_id_time_ms(header.command_id), 5000 + WALL_MS);
    assert_int_equal(header.timeout_ms, 600); /* what is left */
    assert_true(gm_id_equal(header.member, options.member));
    assert_true(gm_id_equal(header.trace_id, options.trace_id));
    assert_int_equal(header.language, GM_LANGUAGE_VI);
    assert_true(header.dry_run && header.until_settled);
    assert_int_equal(header.position_count, 1);
    assert_int_equal(header.positions[0].seq, 4);
    assert_false(sends(calls, 5100));
    gm_calls_free(calls);
}

static void a_command_id_that_was_given_is_kept_and_a_query_has_none(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const struct gm_call_options options = {.command_id = {{9}}};
    uint64_t ticket;
    struct gm_request_header header = {0};
    assert_int_equal(
        gm_calls_submit(calls, command, gm_bytes_of_text("body"), &options, at(0), &ticket), GM_OK);
    assert_true(next_header(calls, 0, &header));
    assert_true(gm_id_equal(header.command_id, options.command_id));
    assert_int_equal(
        gm_calls_submit(calls, query, gm_bytes_of_text("body"), &options, at(0), &ticket), GM_OK);
    assert_true(next_header(calls, 0, &header));
    assert_true(gm_id_is_zero(header.command_id));
    assert_int_equal(header.timeout_ms, GM_CALL_TIMEOUT_MS);
    gm_calls_free(calls);
}

static void an_answer_ends_its_call_once(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const uint64_t ticket = submit(calls, command, 0, 0);
    assert_true(sends(calls, 0));
    struct gm_outcome outcome;
    assert_int_equal(hear(calls, 1, ticket + 1, GM_REASON_NONE, 0, true, &outcome),
                     GM_HEARD_NOTHING);
    assert_int_equal(hear_attempt(calls, 1, id_of(ticket, 2), GM_REASON_NONE, 0, true, &outcome),
                     GM_HEARD_NOTHING);
    assert_int_equal(hear_attempt(calls, 1, id_of(ticket, 0), GM_REASON_NONE, 0, true, &outcome),
                     GM_HEARD_NOTHING);
    assert_int_equal(hear(calls, 1, ticket, GM_REASON_NONE, 0, true, &outcome), GM_HEARD_OUTCOME);
    assert_true(outcome.answered && outcome.recorded && !outcome.unknown);
    assert_int_equal(outcome.status, GM_CODE_OK);
    assert_int_equal(outcome.ticket, ticket);
    assert_int_equal(outcome.position.seq, 42);
    assert_true(gm_bytes_equal(outcome.reply, gm_bytes_of_text("yes")));
    assert_int_equal(gm_calls_open(calls), 0);
    assert_int_equal(hear(calls, 2, ticket, GM_REASON_NONE, 0, true, &outcome), GM_HEARD_NOTHING);
    gm_calls_free(calls);
}

static void each_answer_is_final_or_says_later(void **state)
{
    (void)state;
    static const struct {
        enum gm_reason reason;
        bool recorded;
        enum gm_heard heard;
    } rows[] = {
        {GM_REASON_NONE, false, GM_HEARD_OUTCOME},
        {GM_REASON_DRAINING, false, GM_HEARD_LATER},
        {GM_REASON_QUEUE_TOO_OLD, false, GM_HEARD_LATER},
        {GM_REASON_IN_FLIGHT, false, GM_HEARD_LATER},
        {GM_REASON_STORE_FULL, false, GM_HEARD_LATER},
        {GM_REASON_TIMED_OUT, false, GM_HEARD_LATER},
        {GM_REASON_NOT_CAUGHT_UP, false, GM_HEARD_LATER},
        {GM_REASON_TOO_FEW_AVAILABLE, true, GM_HEARD_OUTCOME},  /* recorded, though transient */
        {GM_REASON_TOO_FEW_AVAILABLE, false, GM_HEARD_OUTCOME}, /* a dry run's */
        {GM_REASON_DRAINING, true, GM_HEARD_OUTCOME}, /* what is recorded stays, whoever says it */
        {GM_REASON_OPEN_LIMIT, false, GM_HEARD_OUTCOME},
        {GM_REASON_QUARANTINED, false, GM_HEARD_OUTCOME},
        {GM_REASON_BAD_FRAME, false, GM_HEARD_OUTCOME},
        {GM_REASON_REPLY_TOO_LARGE, false, GM_HEARD_OUTCOME},
        {GM_REASON_POSITION_UNKNOWN, false, GM_HEARD_OUTCOME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gm_calls *calls = gm_calls_new(1, 10);
        const uint64_t ticket = submit(calls, command, 0, 0);
        assert_true(sends(calls, 0));
        struct gm_outcome outcome;
        const enum gm_heard heard =
            hear(calls, 1, ticket, rows[i].reason, 0, rows[i].recorded, &outcome);
        if (heard != rows[i].heard) {
            fail_msg("row %zu, %s", i, gm_reason_row(rows[i].reason)->word);
        }
        if (heard == GM_HEARD_OUTCOME) assert_int_equal(outcome.refusal.reason, rows[i].reason);
        assert_int_equal(gm_calls_open(calls), heard == GM_HEARD_LATER);
        gm_calls_free(calls);
    }
}

static void a_refusal_with_a_word_from_a_newer_table_is_judged_by_its_status(void **state)
{
    (void)state;
    static const struct {
        enum gm_code status;
        enum gm_heard heard;
    } rows[] = {{GM_CODE_UNAVAILABLE, GM_HEARD_LATER},
                {GM_CODE_INTERNAL, GM_HEARD_OUTCOME},
                {GM_CODE_RESOURCE_EXHAUSTED, GM_HEARD_OUTCOME}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gm_calls *calls = gm_calls_new(1, 10);
        const uint64_t ticket = submit(calls, query, 0, 0);
        assert_true(sends(calls, 0));
        static struct gm_said said;
        memset(said.body, 0xff, 20); /* not a refusal at all */
        gm_say_bytes(&said, id_of(ticket, 1), rows[i].status, false, 20);
        struct gm_outcome outcome;
        assert_int_equal(gm_calls_hear(calls, 1, &said.frames, &outcome), rows[i].heard);
        gm_calls_free(calls);
    }
}

static void frames_that_are_no_reply_are_nothing(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const uint64_t ticket = submit(calls, query, 0, 0);
    assert_true(sends(calls, 0));
    static struct gm_said said;
    gm_say(&said, id_of(ticket, 1), GM_REASON_NONE, 0, false);
    struct gm_frames frames = said.frames;
    struct gm_outcome outcome;
    frames.count = 3;
    assert_int_equal(gm_calls_hear(calls, 1, &frames, &outcome), GM_HEARD_NOTHING);
    frames.count = 1;
    assert_int_equal(gm_calls_hear(calls, 1, &frames, &outcome), GM_HEARD_NOTHING);
    frames = (struct gm_frames){.header = gm_bytes_of_text("noise"), .count = GM_FRAMES_MAX};
    assert_int_equal(gm_calls_hear(calls, 1, &frames, &outcome), GM_HEARD_NOTHING);
    assert_int_equal(gm_calls_open(calls), 1);
    gm_calls_free(calls);
}

/* ---- repeats ---- */

static void a_repeat_has_the_same_ids_and_less_time_left(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const uint64_t ticket = submit(calls, command, 0, 10000);
    struct gm_request_header first = {0}, second = {0};
    assert_true(next_header(calls, 0, &first));
    nothing_expires(calls, GM_ATTEMPT_MS); /* the attempt ends here, the pause begins */
    nothing_expires(calls, GM_ATTEMPT_MS + GM_PAUSE_MS);
    assert_true(next_header(calls, GM_ATTEMPT_MS + GM_PAUSE_MS, &second));
    assert_int_equal(first.request_id, id_of(ticket, 1));
    assert_int_equal(second.request_id, id_of(ticket, 2));
    assert_true(gm_id_equal(second.command_id, first.command_id));
    assert_int_equal(second.timeout_ms, 10000 - GM_ATTEMPT_MS - GM_PAUSE_MS);
    gm_calls_free(calls);
}

static void pauses_grow_and_keep_to_what_the_service_asks_for(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const uint64_t ticket = submit(calls, command, 0, 60000);
    struct gm_outcome outcome;
    int64_t ms = sent_at(calls, 0, 60000);
    int64_t most_ms = GM_PAUSE_MS;
    for (unsigned i = 1; i <= 8; i++) {
        assert_int_equal(
            hear_attempt(calls, ms, id_of(ticket, i), GM_REASON_DRAINING, 0, false, &outcome),
            GM_HEARD_LATER);
        const int64_t next_ms = sent_at(calls, ms, 60000);
        assert_in_range(next_ms - ms, most_ms / 2, most_ms);
        most_ms = most_ms * 2 < GM_PAUSE_MAX_MS ? most_ms * 2 : GM_PAUSE_MAX_MS;
        ms = next_ms;
    }
    assert_int_equal(
        hear_attempt(calls, ms, id_of(ticket, 9), GM_REASON_QUEUE_TOO_OLD, 5000, false, &outcome),
        GM_HEARD_LATER);
    assert_in_range(sent_at(calls, ms, 60000) - ms, 5000, 7500);
    gm_calls_free(calls);
}

static void repeats_beyond_the_budget_wait_for_it(void **state)
{
    (void)state;
    enum { CALLS = 500, SECONDS = 10, UNTIL_MS = SECONDS * 1000 };
    struct gm_calls *calls = gm_calls_new(1, CALLS);
    for (int i = 0; i < CALLS; i++) {
        submit(calls, query, 0, UNTIL_MS);
    }
    /* A service that always says later. */
    unsigned sent = 0;
    for (int64_t ms = 0; ms < UNTIL_MS; ms++) {
        struct gm_outcome outcome;
        nothing_expires(calls, ms);
        for (struct gm_request_header header; next_header(calls, ms, &header); sent++) {
            assert_int_equal(hear_attempt(calls, ms, header.request_id, GM_REASON_QUEUE_TOO_OLD, 0,
                                          false, &outcome),
                             GM_HEARD_LATER);
        }
    }
    const unsigned repeats = sent - CALLS;
    const unsigned budget = CALLS / 10 + SECONDS * GM_RETRIES_PER_S + GM_RETRIES_PER_S;
    assert_in_range(repeats, budget - GM_RETRIES_PER_S, budget);

    /* At their deadline they end with what they were told. */
    struct gm_outcome outcome;
    unsigned ended = 0;
    while (gm_calls_expired(calls, UNTIL_MS, &outcome)) {
        assert_true(outcome.answered && !outcome.recorded && !outcome.unknown);
        assert_int_equal(outcome.refusal.reason, GM_REASON_QUEUE_TOO_OLD);
        assert_int_equal(outcome.status, GM_CODE_RESOURCE_EXHAUSTED);
        ended++;
    }
    assert_int_equal(ended, CALLS);
    gm_calls_free(calls);
}

static void what_could_not_be_sent_earns_no_repeats(void **state)
{
    (void)state;
    enum { CALLS = 50 };
    struct gm_calls *calls = gm_calls_new(1, CALLS);
    submit(calls, query, 0, 10000);
    for (int i = 0; i < 2000; i++) {
        assert_true(sends(calls, 0));
        gm_calls_unsent(calls);
    }
    for (int i = 1; i < CALLS; i++) {
        submit(calls, query, 0, 10000);
    }
    struct gm_outcome outcome;
    for (struct gm_request_header header = {0}; next_header(calls, 0, &header);) {
        assert_int_equal(
            hear_attempt(calls, 0, header.request_id, GM_REASON_QUEUE_TOO_OLD, 0, false, &outcome),
            GM_HEARD_LATER);
    }
    unsigned repeats = 0;
    nothing_expires(calls, 0); /* from here on the budget is filled by time */
    nothing_expires(calls, GM_PAUSE_MS);
    while (sends(calls, GM_PAUSE_MS))
        repeats++;
    assert_in_range(repeats, GM_RETRIES_PER_S, GM_RETRIES_PER_S + CALLS / 10 + 1);
    gm_calls_free(calls);
}

static void attempts_wait_longer_each_time(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    submit(calls, query, 0, 60000);
    int64_t ms = sent_at(calls, 0, 60000);
    int64_t wait_ms = GM_ATTEMPT_MS;
    for (int i = 0; i < 3; i++, wait_ms *= 2) {
        const int64_t next_ms = sent_at(calls, ms, 60000);
        assert_in_range(next_ms - ms, wait_ms, wait_ms + GM_PAUSE_MAX_MS);
        ms = next_ms;
    }
    gm_calls_free(calls);
}

/* ---- ends without an answer ---- */

static void a_call_that_nobody_answers_ends_at_its_deadline(void **state)
{
    (void)state;
    static const struct {
        bool is_command, sent, dry_run;
        enum gm_code status;
        bool unknown;
    } rows[] = {
        {true, true, false, GM_CODE_DEADLINE_EXCEEDED, true},
        {true, true, true, GM_CODE_DEADLINE_EXCEEDED, false},
        {true, false, false, GM_CODE_UNAVAILABLE, false},
        {false, true, false, GM_CODE_DEADLINE_EXCEEDED, false},
        {false, false, false, GM_CODE_UNAVAILABLE, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gm_calls *calls = gm_calls_new(1, 10);
        const struct gm_call_options options = {.timeout_ms = 1000, .dry_run = rows[i].dry_run};
        uint64_t ticket;
        assert_int_equal(gm_calls_submit(calls, rows[i].is_command ? command : query,
                                         gm_bytes_of_text("body"), &options, at(0), &ticket),
                         GM_OK);
        if (rows[i].sent) assert_true(sends(calls, 0));
        struct gm_outcome outcome;
        nothing_expires(calls, 999);
        assert_int_equal(gm_calls_wake_ms(calls), 1000);
        assert_true(gm_calls_expired(calls, 1000, &outcome));
        assert_false(outcome.answered || outcome.recorded);
        assert_int_equal(outcome.status, rows[i].status);
        assert_int_equal(outcome.unknown, rows[i].unknown);
        assert_int_equal(outcome.refusal.reason, GM_REASON_NONE);
        nothing_expires(calls, 1000);
        assert_int_equal(gm_calls_wake_ms(calls), INT64_MAX);
        gm_calls_free(calls);
    }
}

static void later_does_not_hide_an_attempt_without_an_answer(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const uint64_t ticket = submit(calls, command, 0, 10000);
    struct gm_outcome outcome;
    assert_true(sends(calls, 0));
    const int64_t ms = sent_at(calls, 0, 10000); /* the first attempt had no answer */
    for (int copy = 0; copy < 2; copy++) {       /* a doubled answer is one */
        assert_int_equal(
            hear_attempt(calls, ms, id_of(ticket, 2), GM_REASON_DRAINING, 0, false, &outcome),
            GM_HEARD_LATER);
    }
    assert_true(gm_calls_expired(calls, 10000, &outcome));
    assert_true(outcome.unknown && !outcome.answered);
    gm_calls_free(calls);
}

static void a_late_answer_to_an_earlier_attempt_counts(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const uint64_t ticket = submit(calls, command, 0, 10000);
    assert_true(sends(calls, 0));
    nothing_expires(calls, GM_ATTEMPT_MS); /* paused now */
    struct gm_outcome outcome;
    assert_int_equal(hear(calls, GM_ATTEMPT_MS, ticket, GM_REASON_NONE, 0, true, &outcome),
                     GM_HEARD_OUTCOME);
    assert_true(outcome.recorded);
    gm_calls_free(calls);
}

static void later_from_an_earlier_attempt_does_not_hold_up_the_present_one(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 1);
    const uint64_t ticket = submit(calls, command, 0, 10000);
    assert_true(sends(calls, 0));
    const int64_t ms = sent_at(calls, 0, 10000);
    struct gm_outcome outcome;
    assert_int_equal(
        hear_attempt(calls, ms, id_of(ticket, 1), GM_REASON_DRAINING, 0, false, &outcome),
        GM_HEARD_LATER);
    /* The second is still under way: nothing else may be, and it is not sent again before its time.
     */
    submit(calls, command, ms, 10000);
    assert_false(sends(calls, ms));
    assert_true(sent_at(calls, ms, 10000) >= ms + GM_ATTEMPT_MS + GM_ATTEMPT_MS);
    gm_calls_free(calls);
}

/* ---- several calls ---- */

static void a_call_that_is_answered_while_others_expire_ends_once(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const uint64_t first = submit(calls, query, 0, 1000);
    const uint64_t second = submit(calls, query, 0, 1000);
    const uint64_t third = submit(calls, query, 0, 1000);
    while (sends(calls, 0))
        continue;
    struct gm_outcome outcome;
    assert_true(gm_calls_expired(calls, 1000, &outcome));
    assert_int_equal(outcome.ticket, first);
    assert_int_equal(hear(calls, 1000, second, GM_REASON_NONE, 0, false, &outcome),
                     GM_HEARD_OUTCOME);
    assert_true(gm_calls_expired(calls, 1000, &outcome));
    assert_int_equal(outcome.ticket, third);
    nothing_expires(calls, 1000);
    assert_int_equal(gm_calls_open(calls), 0);
    gm_calls_free(calls);
}

static void no_more_are_under_way_than_the_limit(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 2);
    const uint64_t first = submit(calls, query, 0, 0);
    submit(calls, query, 0, 0);
    const uint64_t third = submit(calls, query, 0, 0);
    assert_true(sends(calls, 0));
    assert_true(sends(calls, 0));
    assert_false(sends(calls, 0));
    struct gm_outcome outcome;
    assert_int_equal(hear(calls, 1, first, GM_REASON_NONE, 0, false, &outcome), GM_HEARD_OUTCOME);
    struct gm_request_header header = {0};
    assert_true(next_header(calls, 1, &header));
    assert_int_equal(header.request_id, id_of(third, 1));
    gm_calls_free(calls);
}

static void what_could_not_be_sent_is_the_next_again(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const uint64_t first = submit(calls, command, 0, 1000);
    submit(calls, command, 0, 1000);
    assert_true(sends(calls, 0));
    gm_calls_unsent(calls);
    struct gm_request_header header = {0};
    assert_true(next_header(calls, 1, &header));
    assert_int_equal(header.request_id, id_of(first, 1));
    gm_calls_unsent(calls);
    struct gm_outcome outcome;
    assert_true(gm_calls_expired(calls, 1000, &outcome));
    assert_int_equal(outcome.attempts, 0);
    assert_false(outcome.unknown);
    assert_int_equal(outcome.status, GM_CODE_UNAVAILABLE);
    gm_calls_free(calls);
}

static void after_a_disconnection_all_that_was_sent_goes_again_first_and_free(void **state)
{
    (void)state;
    enum { SENT = 200 };
    struct gm_calls *calls = gm_calls_new(1, SENT);
    uint64_t tickets[SENT + 1];
    for (int i = 0; i <= SENT; i++) {
        tickets[i] = submit(calls, command, 0, 0);
    }
    for (int i = 0; i < SENT; i++) {
        assert_true(sends(calls, 0));
    }
    gm_calls_disconnected(calls);
    for (int i = 0; i < SENT; i++) {
        struct gm_request_header header = {0};
        assert_true(next_header(calls, 1, &header));
        assert_int_equal(header.request_id, id_of(tickets[i], 2));
    }
    struct gm_outcome outcome;
    assert_int_equal(
        hear_attempt(calls, 2, id_of(tickets[0], 2), GM_REASON_NONE, 0, true, &outcome),
        GM_HEARD_OUTCOME);
    assert_int_equal(outcome.attempts, 2);
    gm_calls_free(calls);
}

static void more_calls_or_larger_ones_than_there_may_be_are_refused(void **state)
{
    (void)state;
    struct gm_calls *calls = gm_calls_new(1, 10);
    const struct gm_call_options options = {0};
    uint64_t ticket = 77;
    uint8_t *large = calloc(1, GM_MESSAGE_BYTES_MAX + 1);
    assert_int_equal(gm_calls_submit(calls, query, gm_bytes(large, GM_MESSAGE_BYTES_MAX + 1),
                                     &options, at(0), &ticket),
                     GM_TOO_LARGE);
    free(large);
    for (int i = 0; i < GM_CALLS_MAX; i++) {
        submit(calls, query, 0, 0);
    }
    ticket = 77;
    assert_int_equal(gm_calls_submit(calls, query, gm_bytes(NULL, 0), &options, at(0), &ticket),
                     GM_BUSY);
    assert_int_equal(ticket, 77);
    struct gm_outcome outcome;
    unsigned ended = 0;
    while (gm_calls_expired(calls, GM_CALL_TIMEOUT_MS, &outcome))
        ended++;
    assert_int_equal(ended, GM_CALLS_MAX);
    gm_calls_free(calls);
}

int main(void)
{
    command = gm_method_named("catalog", "Restock");
    query = gm_method_named("catalog", "GetLot");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_carries_what_it_was_given_and_an_id_of_its_own),
        cmocka_unit_test(a_command_id_that_was_given_is_kept_and_a_query_has_none),
        cmocka_unit_test(an_answer_ends_its_call_once),
        cmocka_unit_test(each_answer_is_final_or_says_later),
        cmocka_unit_test(a_refusal_with_a_word_from_a_newer_table_is_judged_by_its_status),
        cmocka_unit_test(frames_that_are_no_reply_are_nothing),
        cmocka_unit_test(a_repeat_has_the_same_ids_and_less_time_left),
        cmocka_unit_test(pauses_grow_and_keep_to_what_the_service_asks_for),
        cmocka_unit_test(repeats_beyond_the_budget_wait_for_it),
        cmocka_unit_test(what_could_not_be_sent_earns_no_repeats),
        cmocka_unit_test(attempts_wait_longer_each_time),
        cmocka_unit_test(a_call_that_nobody_answers_ends_at_its_deadline),
        cmocka_unit_test(later_does_not_hide_an_attempt_without_an_answer),
        cmocka_unit_test(a_late_answer_to_an_earlier_attempt_counts),
        cmocka_unit_test(later_from_an_earlier_attempt_does_not_hold_up_the_present_one),
        cmocka_unit_test(a_call_that_is_answered_while_others_expire_ends_once),
        cmocka_unit_test(no_more_are_under_way_than_the_limit),
        cmocka_unit_test(what_could_not_be_sent_is_the_next_again),
        cmocka_unit_test(after_a_disconnection_all_that_was_sent_goes_again_first_and_free),
        cmocka_unit_test(more_calls_or_larger_ones_than_there_may_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
