#include "order/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "methods.h"
#include "wire/method.h"

static const struct gm_member_id member = {{"member"}};

static void every_action_and_state_has_what_the_tables_need(void **state)
{
    (void)state;
    for (unsigned i = ORDER_PLACE; i < ORDER_ACTION_COUNT; i++) {
        unsigned used = 0;
        assert_true(strlen(order_action_name((enum order_action)i)) > 0);
        assert_int_not_equal(order_action_by((enum order_action)i), 0);
        for (unsigned j = ORDER_STATE_NONE; j < ORDER_STATE_COUNT; j++) {
            const enum order_event event = order_permits((enum order_state)j, (enum order_action)i);
            assert_in_range(event, ORDER_EVENT_NONE, ORDER_EVENT_COUNT - 1);
            used += event != ORDER_EVENT_NONE;
        }
        assert_int_not_equal(used, 0);
    }
}

/* Every state but the kept number is reached, and from every one but the ends a way leads on. */
static void every_state_is_reached_and_only_ends_end(void **state)
{
    (void)state;
    for (unsigned j = ORDER_PLACED; j < ORDER_STATE_COUNT; j++) {
        unsigned in = 0, out = 0;
        for (unsigned from = ORDER_STATE_NONE; from < ORDER_STATE_COUNT; from++) {
            for (unsigned i = ORDER_PLACE; i < ORDER_ACTION_COUNT; i++) {
                const enum order_event event =
                    order_permits((enum order_state)from, (enum order_action)i);
                if (event == ORDER_EVENT_NONE) continue;
                const unsigned to = order_state_after((enum order_state)from, event);
                if (to != from && to == j) in++;
                if (to != from && from == j) out++;
            }
        }
        const bool kept = j == 4;
        const bool ends = j >= ORDER_COMPLETED;
        assert_true((in > 0) == !kept);
        assert_true((out > 0) == (!kept && !ends));
    }
}

static void commands_are_known_by_their_method(void **state)
{
    (void)state;
    unsigned commands = 0;
    for (unsigned i = 0; i < gm_method_count; i++) {
        const struct gm_method *method = &gm_methods[i];
        const enum order_action action = order_action_of_method(method->number);
        const bool command =
            strcmp(method->service, "order") == 0 && method->kind == GM_METHOD_COMMAND;
        assert_true((action != ORDER_ACTION_NONE) == command);
        if (command) assert_string_equal(order_action_name(action), method->name);
        commands += command;
    }
    assert_int_equal(commands, ORDER_COMPLETE - ORDER_PLACE + 1);
}

static void lists_have_the_newest_first_and_keep_states_sides_and_members_apart(void **state)
{
    (void)state;
    static const struct order_listing older = {1000, {{"b"}}};
    static const struct order_listing newer = {1001, {{"a"}}};
    static const struct order_listing twin = {1001, {{"c"}}};
    struct gm_key prefix, first, second, third, other;
    order_party_prefix(&prefix, member, ORDER_BUYER, ORDER_RESERVED);
    order_party_key(&first, member, ORDER_BUYER, ORDER_RESERVED, newer);
    order_party_key(&second, member, ORDER_BUYER, ORDER_RESERVED, twin);
    order_party_key(&third, member, ORDER_BUYER, ORDER_RESERVED, older);
    assert_true(gm_bytes_compare(gm_key_bytes(&prefix), gm_key_bytes(&first)) < 0);
    assert_true(gm_bytes_compare(gm_key_bytes(&first), gm_key_bytes(&second)) < 0);
    assert_true(gm_bytes_compare(gm_key_bytes(&second), gm_key_bytes(&third)) < 0);
    assert_memory_equal(prefix.v, first.v, prefix.size);

    order_party_key(&other, member, ORDER_SELLER, ORDER_RESERVED, newer);
    assert_memory_not_equal(prefix.v, other.v, prefix.size);
    order_party_key(&other, member, ORDER_BUYER, ORDER_STATE_NONE, newer);
    assert_memory_not_equal(prefix.v, other.v, prefix.size);

    const struct order_listing read = order_party_listing(gm_key_bytes(&third));
    assert_int_equal(read.placed_ms, older.placed_ms);
    assert_true(gm_id_equal(read.order.id, older.order.id));
}

static void a_reservation_fits_the_state_it_is_in(void **state)
{
    (void)state;
    /* none, asked, held, gone */
    static const char *const fits[ORDER_STATE_COUNT] = {
        [ORDER_STATE_NONE] = "....",
        [ORDER_PLACED] = ".a..",
        [ORDER_RESERVED] = "..h.",
        [ORDER_ACCEPTED] = "..h.",
        [4] = "....",
        [ORDER_DESPATCHED] = "..hg",
        [ORDER_RECEIVED] = "..hg",
        [ORDER_COMPLETED] = "..hg",
        [ORDER_REJECTED] = "n.hg",
        [ORDER_CANCELLED] = "n.hg",
        [ORDER_EXPIRED] = "..hg",
    };
    for (unsigned i = 0; i < ORDER_STATE_COUNT; i++) {
        for (unsigned j = 0; j < ORDER_RESERVATION_COUNT; j++) {
            assert_true(order_reservation_fits((enum order_state)i, (enum order_reservation)j) ==
                        (fits[i][j] != '.'));
        }
    }
    assert_false(order_reservation_fits(ORDER_STATE_COUNT, ORDER_RESERVATION_HELD));
    assert_false(order_reservation_fits(ORDER_PLACED, ORDER_RESERVATION_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_and_state_has_what_the_tables_need),
        cmocka_unit_test(every_state_is_reached_and_only_ends_end),
        cmocka_unit_test(commands_are_known_by_their_method),
        cmocka_unit_test(lists_have_the_newest_first_and_keep_states_sides_and_members_apart),
        cmocka_unit_test(a_reservation_fits_the_state_it_is_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
