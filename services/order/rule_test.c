#include "order/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/time.h"

static const struct gm_member_id buyer = {{"buyer"}};
static const struct gm_member_id seller = {{"seller"}};
static const struct gm_member_id stranger = {{"stranger"}};

static const enum order_state states[] = {
    ORDER_PLACED,    ORDER_RESERVED, ORDER_ACCEPTED,  ORDER_DESPATCHED, ORDER_RECEIVED,
    ORDER_COMPLETED, ORDER_REJECTED, ORDER_CANCELLED, ORDER_EXPIRED,
};
enum { STATES = sizeof states / sizeof states[0] };

static struct order_row row_in(enum order_state state)
{
    return (struct order_row){
        .revision = 5,
        .accept_by_ms = 900,
        .due_ms = 700,
        .buyer = buyer,
        .seller = seller,
        .state = (uint8_t)state,
    };
}

static enum gm_reason outcome(char letter)
{
    switch (letter) {
    case '+':
        return GM_REASON_NONE;
    case 'y':
        return GM_REASON_NOT_YOURS;
    case 's':
        return GM_REASON_STATE_FORBIDS;
    case 'u':
        return GM_REASON_ORDER_UNKNOWN;
    default:
        fail_msg("letter %c", letter);
        return GM_REASON_COUNT;
    }
}

/* Who may do what in which state: + allowed, y NOT_YOURS, s STATE_FORBIDS, u ORDER_UNKNOWN; a
 * letter for each state: placed, reserved, accepted, despatched, received, completed, rejected,
 * cancelled, expired. */
static const struct {
    enum order_action action;
    const char *by_buyer;
    const char *by_seller;
} moves[] = {
    /*                      PRADVCJXE    PRADVCJXE */
    {ORDER_ACCEPT, /*    */ "yyyyyyyyy", "s+sssssss"},
    {ORDER_REJECT, /*    */ "yyyyyyyyy", "s+sssssss"},
    {ORDER_CANCEL, /*    */ "++sssssss", "yyyyyyyyy"},
    {ORDER_PROPOSE_CANCEL, "ss+ssssss", "ss+ssssss"},
    {ORDER_AGREE_CANCEL, /**/ "sssssssss", "sssssssss"}, /* nobody has proposed */
    {ORDER_DESPATCH, /*  */ "yyyyyyyyy", "ss+ssssss"},
    {ORDER_RECEIVE, /*   */ "sss+sssss", "yyyyyyyyy"},
    {ORDER_COMPLETE, /*  */ "ssss+ssss", "yyyyyyyyy"},
};

static void expect_move(const struct order_row *row, enum order_action action,
                        struct gm_member_id member, char letter)
{
    const enum gm_reason reason = order_rule_move(row, action, member, 0);
    if (reason != outcome(letter)) {
        fail_msg("%s by %.8s in state %u: %d and not %d", order_action_name(action),
                 (const char *)member.id.v, row->state, reason, outcome(letter));
    }
}

static void every_side_may_do_in_every_state_what_the_rules_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        assert_int_equal(strlen(moves[i].by_buyer), STATES);
        assert_int_equal(strlen(moves[i].by_seller), STATES);
        for (size_t j = 0; j < STATES; j++) {
            const struct order_row row = row_in(states[j]);
            expect_move(&row, moves[i].action, buyer, moves[i].by_buyer[j]);
            expect_move(&row, moves[i].action, seller, moves[i].by_seller[j]);
            expect_move(&row, moves[i].action, stranger, 'u');
        }
    }
}

static void no_member_does_what_is_the_services(void **state)
{
    (void)state;
    for (unsigned action = ORDER_RESERVE_OK; action < ORDER_ACTION_COUNT; action++) {
        for (size_t j = 0; j < STATES; j++) {
            const struct order_row row = row_in(states[j]);
            expect_move(&row, (enum order_action)action, buyer, 'y');
            expect_move(&row, (enum order_action)action, seller, 'y');
            expect_move(&row, (enum order_action)action, stranger, 'u');
        }
    }
}

/* What the service may do, and what comes of it. */
static void answers_and_timers_move_an_order_as_the_rules_say(void **state)
{
    (void)state;
    static const struct {
        enum order_state from;
        enum order_action action;
        enum order_event event;
        enum order_state to;
    } legal[] = {
        {ORDER_PLACED, ORDER_RESERVE_OK, ORDER_EVENT_RESERVED, ORDER_RESERVED},
        {ORDER_PLACED, ORDER_RESERVE_REFUSED, ORDER_EVENT_REJECTED, ORDER_REJECTED},
        {ORDER_PLACED, ORDER_CARRY_OUT_CANCEL, ORDER_EVENT_CANCELLED, ORDER_CANCELLED},
        {ORDER_RESERVED, ORDER_CARRY_OUT_CANCEL, ORDER_EVENT_CANCELLED, ORDER_CANCELLED},
        {ORDER_RESERVED, ORDER_ACCEPT_BY, ORDER_EVENT_EXPIRED, ORDER_EXPIRED},
        {ORDER_DESPATCHED, ORDER_RECEIVE_BY, ORDER_EVENT_RECEIVED, ORDER_RECEIVED},
        {ORDER_RECEIVED, ORDER_COMPLETE_BY, ORDER_EVENT_COMPLETED, ORDER_COMPLETED},
        {ORDER_DESPATCHED, ORDER_CONSUME_OK, ORDER_EVENT_CONSUMED, ORDER_DESPATCHED},
        {ORDER_RECEIVED, ORDER_CONSUME_OK, ORDER_EVENT_CONSUMED, ORDER_RECEIVED},
        {ORDER_COMPLETED, ORDER_CONSUME_OK, ORDER_EVENT_CONSUMED, ORDER_COMPLETED},
        {ORDER_DESPATCHED, ORDER_CONSUME_REFUSED, ORDER_EVENT_CONSUME_REFUSED, ORDER_DESPATCHED},
        {ORDER_RECEIVED, ORDER_CONSUME_REFUSED, ORDER_EVENT_CONSUME_REFUSED, ORDER_RECEIVED},
        {ORDER_COMPLETED, ORDER_CONSUME_REFUSED, ORDER_EVENT_CONSUME_REFUSED, ORDER_COMPLETED},
        {ORDER_REJECTED, ORDER_RELEASE_ANSWERED, ORDER_EVENT_RELEASED, ORDER_REJECTED},
        {ORDER_CANCELLED, ORDER_RELEASE_ANSWERED, ORDER_EVENT_RELEASED, ORDER_CANCELLED},
        {ORDER_EXPIRED, ORDER_RELEASE_ANSWERED, ORDER_EVENT_RELEASED, ORDER_EXPIRED},
    };
    unsigned permitted = 0;
    for (size_t i = 0; i < sizeof legal / sizeof legal[0]; i++) {
        assert_int_equal(order_permits(legal[i].from, legal[i].action), legal[i].event);
        assert_int_equal(order_state_after(legal[i].from, legal[i].event), legal[i].to);
    }
    for (size_t j = 0; j < STATES; j++) {
        for (unsigned action = ORDER_RESERVE_OK; action < ORDER_ACTION_COUNT; action++) {
            permitted += order_permits(states[j], (enum order_action)action) != ORDER_EVENT_NONE;
        }
    }
    assert_int_equal(permitted, sizeof legal / sizeof legal[0]); /* and nothing beside */
}

/* The members' moves: the event of each that is allowed, and the state that it leads to. */
static void commands_move_an_order_as_the_rules_say(void **state)
{
    (void)state;
    static const struct {
        enum order_state from;
        enum order_action action;
        enum order_state to;
    } legal[] = {
        {ORDER_STATE_NONE, ORDER_PLACE, ORDER_PLACED},
        {ORDER_RESERVED, ORDER_ACCEPT, ORDER_ACCEPTED},
        {ORDER_RESERVED, ORDER_REJECT, ORDER_REJECTED},
        {ORDER_PLACED, ORDER_CANCEL, ORDER_PLACED}, /* when the reserve has answered */
        {ORDER_RESERVED, ORDER_CANCEL, ORDER_CANCELLED},
        {ORDER_ACCEPTED, ORDER_PROPOSE_CANCEL, ORDER_ACCEPTED},
        {ORDER_ACCEPTED, ORDER_AGREE_CANCEL, ORDER_CANCELLED},
        {ORDER_ACCEPTED, ORDER_DESPATCH, ORDER_DESPATCHED},
        {ORDER_DESPATCHED, ORDER_RECEIVE, ORDER_RECEIVED},
        {ORDER_RECEIVED, ORDER_COMPLETE, ORDER_COMPLETED},
    };
    for (size_t i = 0; i < sizeof legal / sizeof legal[0]; i++) {
        const enum order_event event = order_permits(legal[i].from, legal[i].action);
        assert_int_not_equal(event, ORDER_EVENT_NONE);
        assert_int_equal(order_state_after(legal[i].from, event), legal[i].to);
    }
}

static void a_cancel_in_accepted_needs_both_sides(void **state)
{
    (void)state;
    struct order_row row = row_in(ORDER_ACCEPTED);
    row.cancel_proposed_by = buyer;
    expect_move(&row, ORDER_PROPOSE_CANCEL, buyer, 's');
    expect_move(&row, ORDER_PROPOSE_CANCEL, seller, 's'); /* it is for him to agree */
    expect_move(&row, ORDER_AGREE_CANCEL, buyer, 'y');
    expect_move(&row, ORDER_AGREE_CANCEL, seller, '+');
    expect_move(&row, ORDER_AGREE_CANCEL, stranger, 'u');
    expect_move(&row, ORDER_DESPATCH, seller, '+'); /* a proposal binds nobody */

    row.cancel_proposed_by = seller;
    expect_move(&row, ORDER_AGREE_CANCEL, seller, 'y');
    expect_move(&row, ORDER_AGREE_CANCEL, buyer, '+');
}

static void a_cancel_that_waits_for_the_catalog_is_not_wanted_twice(void **state)
{
    (void)state;
    struct order_row row = row_in(ORDER_PLACED);
    row.cancel_wanted = 1;
    expect_move(&row, ORDER_CANCEL, buyer, 's');
}

static void refusals_come_in_their_order(void **state)
{
    (void)state;
    struct order_row row = row_in(ORDER_COMPLETED); /* revision 5; nothing is allowed in it */
    assert_int_equal(order_rule_move(&row, ORDER_ACCEPT, stranger, 4), GM_REASON_ORDER_UNKNOWN);
    assert_int_equal(order_rule_move(&row, ORDER_ACCEPT, buyer, 4), GM_REASON_NOT_YOURS);
    assert_int_equal(order_rule_move(&row, ORDER_ACCEPT, seller, 4), GM_REASON_REVISION_MOVED);
    assert_int_equal(order_rule_move(&row, ORDER_ACCEPT, seller, 6), GM_REASON_REVISION_MOVED);
    assert_int_equal(order_rule_move(&row, ORDER_ACCEPT, seller, 5), GM_REASON_STATE_FORBIDS);
    assert_int_equal(order_rule_move(&row, ORDER_ACCEPT, seller, 0), GM_REASON_STATE_FORBIDS);
    row.state = ORDER_RESERVED;
    assert_int_equal(order_rule_move(&row, ORDER_ACCEPT, seller, 4), GM_REASON_REVISION_MOVED);
    assert_int_equal(order_rule_move(&row, ORDER_ACCEPT, seller, 5), GM_REASON_NONE);
    assert_int_equal(order_rule_move(&row, ORDER_ACCEPT, seller, 0), GM_REASON_NONE);

    row.state = ORDER_ACCEPTED; /* whoever proposed does not agree, whatever the revision */
    row.cancel_proposed_by = seller;
    assert_int_equal(order_rule_move(&row, ORDER_AGREE_CANCEL, seller, 4), GM_REASON_NOT_YOURS);
    assert_int_equal(order_rule_move(&row, ORDER_AGREE_CANCEL, buyer, 4), GM_REASON_REVISION_MOVED);
}

static void timers_are_due_as_the_rules_say(void **state)
{
    (void)state;
    const struct order_row placed = row_in(ORDER_PLACED);
    const struct order_row reserved = row_in(ORDER_RESERVED);
    const struct order_row accepted = row_in(ORDER_ACCEPTED);
    const struct order_row despatched = row_in(ORDER_DESPATCHED);
    const struct order_row received = row_in(ORDER_RECEIVED);
    const int64_t now = 1000;
    assert_int_equal(order_rule_due(&placed, ORDER_EVENT_RESERVED, now), 900); /* though past */
    assert_int_equal(order_rule_due(&placed, ORDER_EVENT_REJECTED, now), 0);
    assert_int_equal(order_rule_due(&reserved, ORDER_EVENT_ACCEPTED, now), 0);
    assert_int_equal(order_rule_due(&reserved, ORDER_EVENT_EXPIRED, now), 0);
    assert_int_equal(order_rule_due(&accepted, ORDER_EVENT_DESPATCHED, now), now + 30 * GM_DAY_MS);
    assert_int_equal(order_rule_due(&despatched, ORDER_EVENT_CONSUMED, now), 700); /* runs on */
    assert_int_equal(order_rule_due(&despatched, ORDER_EVENT_RECEIVED, now), now + 7 * GM_DAY_MS);
    assert_int_equal(order_rule_due(&received, ORDER_EVENT_COMPLETED, now), 0);
}

static void a_total_is_the_exact_sum_up_to_its_limit(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct {
            int64_t quantity, unit_price;
        } lines[3];
        size_t count;
        int64_t total; /* -1: too large */
        size_t line;
    } rows[] = {
        {"nothing to pay", {{1, 0}}, 1, 0, 0},
        {"one piece", {{1, 85000}}, 1, 85000, 0},
        {"a sum", {{12, 85000}, {7, 120500}, {1, 1}}, 3, 1863501, 0},
        {"one line at the limit", {{1000, GM_UNIT_PRICE_MAX}}, 1, GM_AMOUNT_MAX, 0},
        {"one line over it", {{1001, GM_UNIT_PRICE_MAX}}, 1, -1, 0},
        {"far over 64 bits", {{1, 1}, {GM_QUANTITY_MAX, GM_UNIT_PRICE_MAX}}, 2, -1, 1},
        {"a sum at the limit",
         {{999, GM_UNIT_PRICE_MAX}, {1, GM_UNIT_PRICE_MAX}, {5, 0}},
         3,
         GM_AMOUNT_MAX,
         0},
        {"a sum one over it", {{999, GM_UNIT_PRICE_MAX}, {1, GM_UNIT_PRICE_MAX}, {1, 1}}, 3, -1, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Order__OrderLine lines[3];
        Order__OrderLine *at[3];
        int64_t total = 42;
        size_t line = 42;
        for (size_t j = 0; j < rows[i].count; j++) {
            order__order_line__init(&lines[j]);
            lines[j].quantity = rows[i].lines[j].quantity;
            lines[j].unit_price_minor = rows[i].lines[j].unit_price;
            at[j] = &lines[j];
        }
        const bool fits = order_rule_total(at, rows[i].count, &total, &line);
        if (fits != (rows[i].total >= 0)) fail_msg("%s", rows[i].name);
        if (fits && (total != rows[i].total || line != 42)) fail_msg("%s", rows[i].name);
        if (!fits && (total != 42 || line != rows[i].line)) fail_msg("%s", rows[i].name);
    }
}

static void a_thousand_lines_of_the_highest_price_are_the_limit(void **state)
{
    (void)state;
    static Order__OrderLine lines[ORDER_LINES_MAX];
    static Order__OrderLine *at[ORDER_LINES_MAX];
    int64_t total = 42;
    size_t line = 42;
    for (size_t i = 0; i < ORDER_LINES_MAX; i++) {
        order__order_line__init(&lines[i]);
        lines[i].quantity = 1;
        lines[i].unit_price_minor = GM_UNIT_PRICE_MAX;
        at[i] = &lines[i];
    }
    assert_true(order_rule_total(at, ORDER_LINES_MAX, &total, &line));
    assert_true(total == GM_AMOUNT_MAX);
    lines[0].quantity = 2;
    assert_false(order_rule_total(at, ORDER_LINES_MAX, &total, &line));
    assert_int_equal(line, ORDER_LINES_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_side_may_do_in_every_state_what_the_rules_say),
        cmocka_unit_test(no_member_does_what_is_the_services),
        cmocka_unit_test(answers_and_timers_move_an_order_as_the_rules_say),
        cmocka_unit_test(commands_move_an_order_as_the_rules_say),
        cmocka_unit_test(a_cancel_in_accepted_needs_both_sides),
        cmocka_unit_test(a_cancel_that_waits_for_the_catalog_is_not_wanted_twice),
        cmocka_unit_test(refusals_come_in_their_order),
        cmocka_unit_test(timers_are_due_as_the_rules_say),
        cmocka_unit_test(a_total_is_the_exact_sum_up_to_its_limit),
        cmocka_unit_test(a_thousand_lines_of_the_highest_price_are_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
