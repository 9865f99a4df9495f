/* What is seen of orders, and by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "methods.h"
#include "order/fixture.h"
#include "wire/check.h"

static int setup(void **state)
{
    *state = fixture_new(5);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    gm_kit_audit(fixture->kit);
    fixture_free(fixture);
    return 0;
}

/* ---- one order ---- */

static enum gm_reason get(struct fixture *fixture, struct gm_id member, struct gm_order_id order)
{
    Order__GetOrderRequest request = ORDER__GET_ORDER_REQUEST__INIT;
    request.order_id = gm_message_bytes(&order.id);
    return fixture_call(fixture, member, GM_METHOD_ORDER_GET_ORDER, &request.base, NULL);
}

static void an_order_is_there_for_its_two_sides_alone(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_ACCEPTED);
    assert_int_equal(get(fixture, fixture_buyer, order), GM_REASON_NONE);
    assert_int_equal(get(fixture, fixture_seller, order), GM_REASON_NONE);
    assert_int_equal(get(fixture, fixture_stranger, order), GM_REASON_ORDER_UNKNOWN);
    assert_string_equal(fixture->reply.refusal.field, "order_id");
    assert_int_equal(get(fixture, fixture_buyer, (struct gm_order_id){fixture_stranger}),
                     GM_REASON_ORDER_UNKNOWN);
}

static void the_history_names_every_change_and_its_actor(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_order_in(fixture, ORDER_COMPLETED);
    static const struct {
        Order__OrderState state;
        const char *action;
        const struct gm_id *member; /* NULL: the catalog */
    } steps[] = {
        {ORDER__ORDER_STATE__PLACED, "Place", &fixture_buyer},
        {ORDER__ORDER_STATE__RESERVED, "Reserve", NULL},
        {ORDER__ORDER_STATE__ACCEPTED, "Accept", &fixture_seller},
        {ORDER__ORDER_STATE__DESPATCHED, "Despatch", &fixture_seller},
        {ORDER__ORDER_STATE__DESPATCHED, "Consume", NULL},
        {ORDER__ORDER_STATE__RECEIVED, "Receive", &fixture_buyer},
        {ORDER__ORDER_STATE__COMPLETED, "Complete", &fixture_buyer},
    };
    const Order__OrderView *view = fixture_view(fixture, order);
    assert_int_equal(view->n_steps, sizeof steps / sizeof steps[0]);
    assert_int_equal(view->revision, sizeof steps / sizeof steps[0]);
    for (unsigned i = 0; i < view->n_steps; i++) {
        const struct gm_id member =
            steps[i].member == NULL ? gm_service_member(GM_SERVICE_CATALOG) : *steps[i].member;
        assert_int_equal(view->steps[i]->state, steps[i].state);
        assert_string_equal(view->steps[i]->action, steps[i].action);
        assert_true(gm_id_equal(gm_message_id(view->steps[i]->member), member));
    }
}

static void events_are_shown_to_both_sides_and_to_services(void **state)
{
    (void)state;
    Order__Order order = ORDER__ORDER__INIT;
    order.buyer = gm_message_bytes(&fixture_buyer);
    order.seller = gm_message_bytes(&fixture_seller);
    Order__OrderPlaced placed = ORDER__ORDER_PLACED__INIT;
    placed.order = &order;
    Order__OrderMoved moved = ORDER__ORDER_MOVED__INIT;
    moved.buyer = order.buyer;
    moved.seller = order.seller;
    Order__Event first = ORDER__EVENT__INIT, second = ORDER__EVENT__INIT;
    first.event_case = ORDER__EVENT__EVENT_PLACED;
    first.placed = &placed;
    second.event_case = ORDER__EVENT__EVENT_CONSUME_REFUSED;
    second.consume_refused = &moved;
    const Order__Event *const events[] = {&first, &second};
    for (unsigned i = 0; i < 2; i++) {
        assert_true(order_service.visible(&events[i]->base, fixture_buyer));
        assert_true(order_service.visible(&events[i]->base, fixture_seller));
        assert_true(
            order_service.visible(&events[i]->base, gm_service_member(GM_SERVICE_MATCHING)));
        assert_false(order_service.visible(&events[i]->base, fixture_stranger));
        assert_false(order_service.visible(&events[i]->base, (struct gm_id){{0}}));
    }
}

/* ---- lists ---- */

struct filter {
    Order__Side side;
    Order__OrderState state;
    int64_t from_ms;
    int64_t until_ms;
    uint32_t size;
    ProtobufCBinaryData token;
};

/* From a checkpoint that holds all that was done. */
static enum gm_reason list(struct fixture *fixture, struct gm_id member,
                           const struct filter *filter)
{
    Common__Page page = COMMON__PAGE__INIT;
    page.size = filter->size;
    page.token = filter->token;
    Order__ListOrdersRequest request = ORDER__LIST_ORDERS_REQUEST__INIT;
    request.page = &page;
    request.side = filter->side;
    request.state = filter->state;
    request.from_ms = filter->from_ms;
    request.until_ms = filter->until_ms;
    gm_host_checkpoint_now(gm_kit_host(fixture->kit));
    gm_kit_run(fixture->kit);
    return fixture_call(fixture, member, GM_METHOD_ORDER_LIST_ORDERS, &request.base, NULL);
}

static const Order__ListOrdersReply *listed(struct fixture *fixture)
{
    assert_int_equal(fixture->reply.header.status, GM_CODE_OK);
    const ProtobufCMessage *reply = gm_message_unpack(
        fixture->reply.body, &order__list_orders_reply__descriptor, &fixture->arena);
    assert_non_null(reply);
    return (const Order__ListOrdersReply *)reply;
}

static bool shows(const Order__ListOrdersReply *reply, size_t index, struct gm_order_id order)
{
    return gm_id_equal(gm_message_id(reply->orders[index]->order_id), order.id);
}

static void a_list_has_the_members_orders_on_its_side_newest_first(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id first = fixture_order_in(fixture, ORDER_RESERVED);
    gm_kit_advance(fixture->kit, 1);
    const struct gm_order_id second = fixture_order_in(fixture, ORDER_COMPLETED);
    gm_kit_advance(fixture->kit, 1);
    const struct gm_order_id third = fixture_order_in(fixture, ORDER_RESERVED);

    const struct {
        struct gm_id member;
        Order__Side side;
    } both[] = {{fixture_buyer, ORDER__SIDE__BUYER}, {fixture_seller, ORDER__SIDE__SELLER}};
    for (unsigned i = 0; i < 2; i++) {
        struct filter filter = {.side = both[i].side};
        assert_int_equal(list(fixture, both[i].member, &filter), GM_REASON_NONE);
        const Order__ListOrdersReply *reply = listed(fixture);
        assert_int_equal(reply->n_orders, 3);
        assert_true(shows(reply, 0, third) && shows(reply, 1, second) && shows(reply, 2, first));
        assert_int_equal(reply->next_token.len, 0);
        const Order__OrderSummary *summary = reply->orders[1];
        assert_true(gm_id_equal(gm_message_id(summary->buyer), fixture_buyer));
        assert_true(gm_id_equal(gm_message_id(summary->seller), fixture_seller));
        assert_int_equal(summary->state, ORDER__ORDER_STATE__COMPLETED);
        assert_int_equal(summary->revision, 7);
        assert_int_equal(summary->total->minor, FIXTURE_TOTAL);
        assert_string_equal(summary->total->currency, "VND");
        assert_int_equal(summary->line_count, 2);
        assert_int_equal(summary->placed_ms, fixture_row(fixture, second).placed_ms);
        assert_string_equal(summary->buyer_reference, "PO-17");

        filter.state = ORDER__ORDER_STATE__RESERVED;
        assert_int_equal(list(fixture, both[i].member, &filter), GM_REASON_NONE);
        reply = listed(fixture);
        assert_int_equal(reply->n_orders, 2);
        assert_true(shows(reply, 0, third) && shows(reply, 1, first));
        filter.state = ORDER__ORDER_STATE__PLACED; /* they have left it */
        assert_int_equal(list(fixture, both[i].member, &filter), GM_REASON_NONE);
        assert_int_equal(listed(fixture)->n_orders, 0);

        const struct filter other = {.side = both[1 - i].side};
        assert_int_equal(list(fixture, both[i].member, &other), GM_REASON_NONE);
        assert_int_equal(listed(fixture)->n_orders, 0);
        assert_int_equal(list(fixture, fixture_stranger, &other), GM_REASON_NONE);
        assert_int_equal(listed(fixture)->n_orders, 0);
    }
}

static void a_span_has_its_first_instant_and_not_its_last(void **state)
{
    struct fixture *fixture = *state;
    int64_t placed_ms[3];
    for (unsigned i = 0; i < 3; i++) {
        placed_ms[i] = fixture_row(fixture, fixture_place(fixture)).placed_ms;
        gm_kit_advance(fixture->kit, 10);
    }
    const struct {
        int64_t from_ms, until_ms;
        size_t count;
        int64_t newest_ms;
    } rows[] = {
        {0, 0, 3, placed_ms[2]},
        {placed_ms[1], 0, 2, placed_ms[2]},
        {placed_ms[1] + 1, 0, 1, placed_ms[2]},
        {placed_ms[2] + 1, 0, 0, 0},
        {0, placed_ms[1], 1, placed_ms[0]},
        {0, placed_ms[1] + 1, 2, placed_ms[1]},
        {placed_ms[1], placed_ms[2], 1, placed_ms[1]},
        {placed_ms[1], placed_ms[1], 0, 0},
        {placed_ms[2], placed_ms[0], 0, 0},
        {0, INT64_MAX, 3, placed_ms[2]},
        {0, 1, 0, 0},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct filter filter = {
            .side = ORDER__SIDE__BUYER, .from_ms = rows[i].from_ms, .until_ms = rows[i].until_ms};
        assert_int_equal(list(fixture, fixture_buyer, &filter), GM_REASON_NONE);
        const Order__ListOrdersReply *reply = listed(fixture);
        if (reply->n_orders != rows[i].count) fail_msg("row %u has %zu", i, reply->n_orders);
        if (rows[i].count > 0) assert_int_equal(reply->orders[0]->placed_ms, rows[i].newest_ms);
    }
}

/* Walks a list page by page; the count of orders, none of them twice, each before the next. */
static size_t walk(struct fixture *fixture, struct filter filter, size_t *ret_pages)
{
    size_t count = 0;
    int64_t before_ms = INT64_MAX;
    *ret_pages = 0;
    do {
        assert_int_equal(list(fixture, fixture_buyer, &filter), GM_REASON_NONE);
        const Order__ListOrdersReply *reply = listed(fixture);
        assert_true(reply->n_orders <= filter.size);
        assert_true(reply->next_token.len == 0 || reply->n_orders == filter.size);
        assert_true(reply->next_token.len <= 128);
        for (size_t i = 0; i < reply->n_orders; i++) {
            assert_true(reply->orders[i]->placed_ms < before_ms);
            before_ms = reply->orders[i]->placed_ms;
        }
        count += reply->n_orders;
        ++*ret_pages;
        filter.token = reply->next_token;
    } while (filter.token.len > 0);
    return count;
}

static void pages_show_every_order_once(void **state)
{
    struct fixture *fixture = *state;
    enum { ORDERS = 60 };
    for (unsigned i = 0; i < ORDERS; i++) {
        const struct gm_order_id order = fixture_place(fixture);
        fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
        if (i % 3 == 0) fixture_answer_ok(fixture, order);
        gm_kit_advance(fixture->kit, 1);
    }
    static const struct {
        uint32_t size;
        Order__OrderState state;
        size_t count, pages;
    } rows[] = {
        {1, ORDER__ORDER_STATE__ORDER_STATE_UNSPECIFIED, ORDERS, 60},
        {7, ORDER__ORDER_STATE__ORDER_STATE_UNSPECIFIED, ORDERS, 9},
        {30, ORDER__ORDER_STATE__ORDER_STATE_UNSPECIFIED, ORDERS, 2}, /* a full last page */
        {59, ORDER__ORDER_STATE__ORDER_STATE_UNSPECIFIED, ORDERS, 2},
        {60, ORDER__ORDER_STATE__ORDER_STATE_UNSPECIFIED, ORDERS, 1},
        {500, ORDER__ORDER_STATE__ORDER_STATE_UNSPECIFIED, ORDERS, 1},
        {7, ORDER__ORDER_STATE__RESERVED, 20, 3},
        {7, ORDER__ORDER_STATE__PLACED, 40, 6},
        {7, ORDER__ORDER_STATE__EXPIRED, 0, 1},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct filter filter = {
            .side = ORDER__SIDE__BUYER, .state = rows[i].state, .size = rows[i].size};
        size_t pages;
        assert_int_equal(walk(fixture, filter, &pages), rows[i].count);
        assert_int_equal(pages, rows[i].pages);
    }
    const struct filter filter = {.side = ORDER__SIDE__BUYER}; /* 50 where no size is asked for */
    assert_int_equal(list(fixture, fixture_buyer, &filter), GM_REASON_NONE);
    assert_int_equal(listed(fixture)->n_orders, 50);
}

static void orders_of_one_instant_are_all_shown(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 9; i++)
        (void)fixture_place(fixture);
    struct filter filter = {.side = ORDER__SIDE__BUYER, .size = 2};
    size_t count = 0;
    do {
        assert_int_equal(list(fixture, fixture_buyer, &filter), GM_REASON_NONE);
        count += listed(fixture)->n_orders;
        filter.token = listed(fixture)->next_token;
    } while (filter.token.len > 0);
    assert_int_equal(count, 9);
}

/* An order that is placed or moved between two pages neither hides nor repeats one that stays. */
static void a_list_that_changes_between_pages_goes_on_where_it_was(void **state)
{
    struct fixture *fixture = *state;
    struct gm_order_id orders[4];
    for (unsigned i = 0; i < 4; i++) {
        orders[i] = fixture_order_in(fixture, ORDER_RESERVED);
        gm_kit_advance(fixture->kit, 1);
    }
    struct filter filter = {
        .side = ORDER__SIDE__SELLER, .state = ORDER__ORDER_STATE__RESERVED, .size = 2};
    assert_int_equal(list(fixture, fixture_seller, &filter), GM_REASON_NONE);
    const Order__ListOrdersReply *page = listed(fixture);
    assert_true(shows(page, 0, orders[3]) && shows(page, 1, orders[2]));
    filter.token = page->next_token;

    (void)fixture_order_in(fixture, ORDER_RESERVED);
    assert_int_equal(fixture_move(fixture, fixture_seller, GM_METHOD_ORDER_ACCEPT, orders[2], 0),
                     GM_REASON_NONE); /* the very order that the token names */
    assert_int_equal(list(fixture, fixture_seller, &filter), GM_REASON_NONE);
    page = listed(fixture);
    assert_int_equal(page->n_orders, 2);
    assert_true(shows(page, 0, orders[1]) && shows(page, 1, orders[0]));
}

static void a_token_of_another_list_is_refused(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 3; i++)
        (void)fixture_place(fixture);
    const struct filter filter = {
        .side = ORDER__SIDE__BUYER, .from_ms = 1, .until_ms = INT64_MAX, .size = 1};
    assert_int_equal(list(fixture, fixture_buyer, &filter), GM_REASON_NONE);
    const ProtobufCBinaryData token = listed(fixture)->next_token;
    assert_true(token.len > 0);

    struct filter own = filter;
    own.token = token;
    own.size = 2; /* the size of a page may change */
    assert_int_equal(list(fixture, fixture_buyer, &own), GM_REASON_NONE);
    assert_int_equal(list(fixture, fixture_seller, &own), GM_REASON_PAGE_TOKEN);
    assert_string_equal(fixture->reply.refusal.field, "page.token");

    struct filter foreign[6];
    for (unsigned i = 0; i < 6; i++)
        foreign[i] = own;
    uint8_t cut[128] = {0};
    memcpy(cut, token.data, token.len);
    foreign[0].side = ORDER__SIDE__SELLER;
    foreign[1].state = ORDER__ORDER_STATE__PLACED;
    foreign[2].from_ms = 2;
    foreign[3].until_ms = 0;
    foreign[4].token = (ProtobufCBinaryData){token.len - 1, cut};
    foreign[5].token = (ProtobufCBinaryData){sizeof cut, cut};
    for (unsigned i = 0; i < 6; i++) {
        if (list(fixture, fixture_buyer, &foreign[i]) != GM_REASON_PAGE_TOKEN) fail_msg("%u", i);
    }
    cut[0] ^= 1;
    own.token = (ProtobufCBinaryData){token.len, cut};
    assert_int_equal(list(fixture, fixture_buyer, &own), GM_REASON_PAGE_TOKEN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_order_is_there_for_its_two_sides_alone),
        TEST(the_history_names_every_change_and_its_actor),
        cmocka_unit_test(events_are_shown_to_both_sides_and_to_services),
        TEST(a_list_has_the_members_orders_on_its_side_newest_first),
        TEST(a_span_has_its_first_instant_and_not_its_last),
        TEST(pages_show_every_order_once),
        TEST(orders_of_one_instant_are_all_shown),
        TEST(a_list_that_changes_between_pages_goes_on_where_it_was),
        TEST(a_token_of_another_list_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
