/* Every command, by everybody, in every state, through the host: the outcomes written out from the
 * rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "methods.h"
#include "order/fixture.h"
#include "wire/check.h"

static const enum order_state states[] = {
    ORDER_PLACED,    ORDER_RESERVED, ORDER_ACCEPTED,  ORDER_DESPATCHED, ORDER_RECEIVED,
    ORDER_COMPLETED, ORDER_REJECTED, ORDER_CANCELLED, ORDER_EXPIRED,
};
enum { STATES = sizeof states / sizeof states[0] };

/* The state that it leads to, by the letters of the states: P R A D V (received) C J (rejected)
 * X (cancelled) E; or y NOT_YOURS, s STATE_FORBIDS. A letter for each state that it is tried in. */
static const struct {
    uint16_t method;
    const char *by_buyer;
    const char *by_seller;
} moves[] = {
    /*                                      PRADVCJXE    PRADVCJXE */
    {GM_METHOD_ORDER_ACCEPT, /*         */ "yyyyyyyyy", "sAsssssss"},
    {GM_METHOD_ORDER_REJECT, /*         */ "yyyyyyyyy", "sJsssssss"},
    {GM_METHOD_ORDER_CANCEL, /*         */ "PXsssssss", "yyyyyyyyy"},
    {GM_METHOD_ORDER_PROPOSE_CANCEL, /* */ "ssAssssss", "ssAssssss"},
    {GM_METHOD_ORDER_AGREE_CANCEL, /*   */ "sssssssss", "sssssssss"},
    {GM_METHOD_ORDER_DESPATCH, /*       */ "yyyyyyyyy", "ssDssssss"},
    {GM_METHOD_ORDER_RECEIVE, /*        */ "sssVsssss", "yyyyyyyyy"},
    {GM_METHOD_ORDER_COMPLETE, /*       */ "ssssCssss", "yyyyyyyyy"},
};

static enum order_state state_of(char letter)
{
    const char *at = strchr("PRADVCJXE", letter);
    return at == NULL ? ORDER_STATE_NONE : states[at - "PRADVCJXE"];
}

/* An order's whole row: a refused command leaves it as it was. */
static void expect_outcome(struct fixture *fixture, struct gm_id member, uint16_t method,
                           struct gm_order_id order, char letter)
{
    const struct order_row before = fixture_row(fixture, order);
    const enum gm_reason reason = fixture_move(fixture, member, method, order, 0);
    const struct order_row after = fixture_row(fixture, order);
    const enum gm_reason expected = letter == 'u'   ? GM_REASON_ORDER_UNKNOWN
                                    : letter == 'y' ? GM_REASON_NOT_YOURS
                                    : letter == 's' ? GM_REASON_STATE_FORBIDS
                                                    : GM_REASON_NONE;
    if (reason != expected) {
        fail_msg("method %u in state %u: reason %d and not %d", method, before.state, reason,
                 expected);
    }
    if (expected != GM_REASON_NONE) {
        assert_memory_equal(&after, &before, sizeof after);
        assert_true(fixture->reply.header.recorded);
        return;
    }
    const Order__OrderReply *reply = fixture_order_reply(fixture);
    assert_int_equal(after.state, state_of(letter));
    assert_int_equal(after.revision, before.revision + 1);
    assert_int_equal(reply->revision, after.revision);
    assert_int_equal(reply->state, after.state);
    assert_true(gm_id_equal(gm_message_id(reply->order_id), order.id));
    fixture_expect_step(fixture, order, gm_method_find(method)->name, "so it is", member);
}

static void every_command_by_everybody_in_every_state(void **state)
{
    (void)state;
    for (unsigned j = 0; j < STATES; j++) {
        struct fixture *fixture = fixture_new(j);
        /* What is refused changes nothing, so one order does for all of that. */
        const struct gm_order_id still = fixture_order_in(fixture, states[j]);
        for (unsigned i = 0; i < sizeof moves / sizeof moves[0]; i++) {
            expect_outcome(fixture, fixture_stranger, moves[i].method, still, 'u');
            if (strchr("ys", moves[i].by_buyer[j]) != NULL) {
                expect_outcome(fixture, fixture_buyer, moves[i].method, still,
                               moves[i].by_buyer[j]);
            }
            if (strchr("ys", moves[i].by_seller[j]) != NULL) {
                expect_outcome(fixture, fixture_seller, moves[i].method, still,
                               moves[i].by_seller[j]);
            }
        }
        fixture_free(fixture);
    }
}

static void every_command_that_is_allowed_moves_the_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        for (unsigned j = 0; j < STATES * 2; j++) {
            const bool buyer = j % 2 == 0;
            const char letter = buyer ? moves[i].by_buyer[j / 2] : moves[i].by_seller[j / 2];
            if (strchr("ys", letter) != NULL) continue;
            struct fixture *fixture = fixture_new(i * STATES + j);
            const struct gm_order_id order = fixture_order_in(fixture, states[j / 2]);
            expect_outcome(fixture, buyer ? fixture_buyer : fixture_seller, moves[i].method, order,
                           letter);
            gm_kit_audit(fixture->kit);
            fixture_free(fixture);
        }
    }
}

static void refusals_come_in_their_order_and_name_the_field(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(1);
    const struct gm_order_id none = {fixture_stranger};
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_COMPLETED); /* revision 7 */
    const struct {
        struct gm_id member;
        struct gm_order_id order;
        uint64_t revision;
        enum gm_reason reason;
        const char *field;
    } rows[] = {
        {fixture_seller, none, 3, GM_REASON_ORDER_UNKNOWN, "order_id"},
        {fixture_stranger, order, 3, GM_REASON_ORDER_UNKNOWN, "order_id"},
        {fixture_buyer, order, 3, GM_REASON_NOT_YOURS, ""},
        {fixture_seller, order, 3, GM_REASON_REVISION_MOVED, "revision"},
        {fixture_seller, order, 7, GM_REASON_STATE_FORBIDS, ""},
        {fixture_seller, order, 0, GM_REASON_STATE_FORBIDS, ""},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(fixture_move(fixture, rows[i].member, GM_METHOD_ORDER_ACCEPT,
                                      rows[i].order, rows[i].revision),
                         rows[i].reason);
        assert_string_equal(fixture->reply.refusal.field, rows[i].field);
    }
    fixture_free(fixture);
}

static void the_revision_that_was_read_is_the_one_that_is_moved(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(2);
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_RESERVED);
    const uint64_t revision = fixture_view(fixture, order)->revision;
    assert_int_equal(fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_ACCEPT, order, revision),
                     GM_REASON_NONE);
    assert_int_equal(
        fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_DESPATCH, order, revision),
        GM_REASON_REVISION_MOVED);
    assert_int_equal(
        fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_DESPATCH, order, revision + 1),
        GM_REASON_NONE);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_by_everybody_in_every_state),
        cmocka_unit_test(every_command_that_is_allowed_moves_the_order),
        cmocka_unit_test(refusals_come_in_their_order_and_name_the_field),
        cmocka_unit_test(the_revision_that_was_read_is_the_one_that_is_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
