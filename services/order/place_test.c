/* Placing through the host: what is refused, in which order, and the largest order that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "catalog.pb-c.h"
#include "methods.h"
#include "order/fixture.h"
#include "wire/check.h"

static int setup(void **state)
{
    *state = fixture_new(11);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    gm_kit_audit(fixture->kit);
    fixture_free(fixture);
    return 0;
}

static enum gm_reason place(struct fixture *fixture, const Order__PlaceRequest *request,
                            const struct gm_kit_options *options)
{
    return fixture_call(fixture, fixture_buyer, GM_METHOD_ORDER_PLACE, &request->base, options);
}

static void expect_refused(struct fixture *fixture, const Order__PlaceRequest *request,
                           enum gm_reason reason, const char *field)
{
    assert_int_equal(place(fixture, request, NULL), reason);
    assert_string_equal(fixture->reply.refusal.field, field);
    assert_true(fixture->reply.header.recorded);
    fixture_expect_nothing(fixture);
}

/* Everything is wrong, and is put right one by one. */
static void refusals_come_in_their_order_and_place_nothing(void **state)
{
    struct fixture *fixture = *state;
    Order__PlaceRequest *request = fixture_place_request(fixture);
    request->ship_from = "VN-ATLANTIS";
    request->deliver_to = "VN-ATLANTIS";
    request->seller = gm_message_bytes(&fixture_buyer);
    request->lines[1]->quantity = 1001;
    request->lines[1]->unit_price_minor = GM_UNIT_PRICE_MAX;
    expect_refused(fixture, request, GM_REASON_PLACE_UNKNOWN, "ship_from");
    request->ship_from = "VN-BAT-TRANG";
    expect_refused(fixture, request, GM_REASON_PLACE_UNKNOWN, "deliver_to");
    request->deliver_to = "VN-HANOI";
    expect_refused(fixture, request, GM_REASON_OWN_GOODS, "seller");
    request->seller = gm_message_bytes(&fixture_seller);
    expect_refused(fixture, request, GM_REASON_AMOUNT_TOO_LARGE, "lines[1]");
    request->lines[1]->quantity = 1000; /* with line 0 the sum is over */
    expect_refused(fixture, request, GM_REASON_AMOUNT_TOO_LARGE, "lines[1]");
    request->lines[0]->unit_price_minor = 0;
    assert_int_equal(place(fixture, request, NULL), GM_REASON_NONE);
    assert_true(fixture_order_reply(fixture)->total->minor == GM_AMOUNT_MAX);
}

static void the_order_is_kept_as_it_was_placed(void **state)
{
    struct fixture *fixture = *state;
    static const struct gm_id group = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 'g', 'r', 'o', 'u', 'p'}};
    Order__PlaceRequest *request = fixture_place_request(fixture);
    request->group_id = gm_message_bytes(&group);
    request->note = "Giao buổi sáng\nGọi trước";
    request->accept_within_hours = 336;
    assert_int_equal(place(fixture, request, NULL), GM_REASON_NONE);
    const struct gm_order_id id = {gm_message_id(fixture_order_reply(fixture)->order_id)};
    const Order__OrderView *view = fixture_view(fixture, id);
    const Order__Order *order = view->order;
    assert_true(gm_id_equal(gm_message_id(order->order_id), id.id));
    assert_true(gm_id_equal(gm_message_id(order->buyer), fixture_buyer));
    assert_true(gm_id_equal(gm_message_id(order->seller), fixture_seller));
    assert_true(gm_id_equal(gm_message_id(order->group_id), group));
    assert_string_equal(order->currency, "VND");
    assert_string_equal(order->ship_from, "VN-BAT-TRANG");
    assert_string_equal(order->deliver_to, "VN-HOI-AN");
    assert_string_equal(order->note, "Giao buổi sáng\nGọi trước");
    assert_string_equal(order->buyer_reference, "PO-17");
    assert_int_equal(order->n_lines, 2);
    assert_int_equal(order->lines[0]->quantity, 24);
    assert_int_equal(order->lines[1]->unit_price_minor, 120000);
    assert_int_equal(order->total_minor, FIXTURE_TOTAL);
    assert_int_equal(order->placed_ms, gm_kit_now(fixture->kit));
    assert_int_equal(order->accept_by_ms, order->placed_ms + INT64_C(336) * 3600 * 1000);
    assert_int_equal(view->n_steps, 1);
    assert_string_equal(view->steps[0]->action, "Place");
    assert_true(gm_id_equal(gm_message_id(view->steps[0]->member), fixture_buyer));
}

static void the_same_lot_may_stand_in_several_lines(void **state)
{
    struct fixture *fixture = *state;
    Order__PlaceRequest *request = fixture_place_request(fixture);
    request->lines[1]->lot_id = request->lines[0]->lot_id;
    assert_int_equal(place(fixture, request, NULL), GM_REASON_NONE);
}

static void a_dry_run_says_and_places_nothing(void **state)
{
    struct fixture *fixture = *state;
    const Order__PlaceRequest *request = fixture_place_request(fixture);
    const struct gm_kit_options dry = {.dry_run = true};
    const uint64_t head = gm_host_head(gm_kit_host(fixture->kit));
    assert_int_equal(place(fixture, request, &dry), GM_REASON_NONE);
    assert_int_equal(fixture_order_reply(fixture)->total->minor, FIXTURE_TOTAL);
    assert_false(fixture->reply.header.recorded);
    assert_int_equal(gm_host_head(gm_kit_host(fixture->kit)), head);
    fixture_expect_nothing(fixture);
}

static void a_repeat_is_the_same_order(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_order_id order = fixture_place(fixture);
    const struct gm_kit_options repeat = {.command_id = gm_kit_command_id(fixture->kit)};
    assert_int_equal(place(fixture, fixture_place_request(fixture), &repeat), GM_REASON_NONE);
    assert_true(gm_id_equal(gm_message_id(fixture_order_reply(fixture)->order_id), order.id));
    fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
    fixture_expect_nothing(fixture);
}

/* Texts and numbers at their limits: the document, the message to the catalog, the view with the
 * longest history and all the failing lines that can be named fit what carries them. */
static Order__PlaceRequest *largest_request(struct fixture *fixture)
{
    Order__PlaceRequest *request = fixture_place_request(fixture);
    char *note = gm_arena_zalloc(&fixture->arena, 501);
    memset(note, 'n', 500);
    request->n_lines = ORDER_LINES_MAX;
    for (size_t i = 0; i < ORDER_LINES_MAX; i++) {
        Order__OrderLine *line = gm_arena_alloc(&fixture->arena, sizeof *line);
        order__order_line__init(line);
        line->lot_id = request->lines[0]->lot_id;
        line->quantity = 1000000; /* 10^12 each: the sum is the limit */
        line->unit_price_minor = 1000000;
        request->lines[i] = line;
    }
    request->note = note;
    request->buyer_reference = "reference-reference-reference-reference-";
    request->group_id = gm_message_bytes(&fixture_stranger);
    request->accept_within_hours = 336;
    return request;
}

static enum gm_reason move_in_many_words(struct fixture *fixture, struct gm_id member,
                                         uint16_t method, struct gm_order_id order)
{
    char words[501] = {0};
    memset(words, 'w', 500);
    Order__OrderCommand command = ORDER__ORDER_COMMAND__INIT;
    command.order_id = gm_message_bytes(&order.id);
    command.reason = words;
    return fixture_call(fixture, member, method, &command.base, NULL);
}

static void the_largest_order_lives_the_longest_life(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(place(fixture, largest_request(fixture), NULL), GM_REASON_NONE);
    const struct gm_order_id order = {gm_message_id(fixture_order_reply(fixture)->order_id)};
    assert_true(fixture_order_reply(fixture)->total->minor == GM_AMOUNT_MAX);
    fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
    const Catalog__ReserveRequest *asked = (const Catalog__ReserveRequest *)gm_message_unpack(
        fixture->request.body, &catalog__reserve_request__descriptor, &fixture->arena);
    assert_int_equal(asked->n_lines, ORDER_LINES_MAX);
    fixture_answer_ok(fixture, order);
    static const struct {
        uint16_t method;
        bool buyer;
    } life[] = {
        {GM_METHOD_ORDER_ACCEPT, false},   {GM_METHOD_ORDER_PROPOSE_CANCEL, true},
        {GM_METHOD_ORDER_DESPATCH, false}, {GM_METHOD_ORDER_RECEIVE, true},
        {GM_METHOD_ORDER_COMPLETE, true},
    };
    for (unsigned i = 0; i < sizeof life / sizeof life[0]; i++) {
        assert_int_equal(move_in_many_words(fixture, life[i].buyer ? fixture_buyer : fixture_seller,
                                            life[i].method, order),
                         GM_REASON_NONE);
    }
    fixture_expect(fixture, GM_METHOD_CATALOG_CONSUME, order);
    fixture_answer_ok(fixture, order);
    const Order__OrderView *view = fixture_view(fixture, order);
    assert_int_equal(view->n_steps, 8);
    assert_int_equal(view->order->n_lines, ORDER_LINES_MAX);
    assert_int_equal(strlen(view->steps[7]->reason), 0);
    assert_int_equal(strlen(view->steps[6]->reason), 500);
}

static void the_largest_order_is_refused_with_twenty_lines(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(place(fixture, largest_request(fixture), NULL), GM_REASON_NONE);
    const struct gm_order_id order = {gm_message_id(fixture_order_reply(fixture)->order_id)};
    fixture_expect(fixture, GM_METHOD_CATALOG_RESERVE, order);
    struct gm_refusal refusal = {.reason = GM_REASON_TOO_FEW_AVAILABLE,
                                 .line_count = GM_REFUSED_LINES_MAX};
    for (unsigned i = 0; i < GM_REFUSED_LINES_MAX; i++) {
        refusal.lines[i] = (struct gm_refused_line){
            .line = (uint16_t)(980 + i),
            .reason = GM_REASON_TOO_FEW_AVAILABLE,
            .available = GM_QUANTITY_MAX - 1,
        };
    }
    gm_kit_answer_refusal(fixture->kit, &fixture->request, &refusal);
    const Order__OrderView *view = fixture_view(fixture, order);
    assert_int_equal(view->state, ORDER__ORDER_STATE__REJECTED);
    assert_int_equal(view->n_refused, GM_REFUSED_LINES_MAX);
    assert_int_equal(view->refused[19]->line, 999);
    assert_int_equal(view->refused[19]->available, GM_QUANTITY_MAX - 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(refusals_come_in_their_order_and_place_nothing),
        TEST(the_order_is_kept_as_it_was_placed),
        TEST(the_same_lot_may_stand_in_several_lines),
        TEST(a_dry_run_says_and_places_nothing),
        TEST(a_repeat_is_the_same_order),
        TEST(the_largest_order_lives_the_longest_life),
        TEST(the_largest_order_is_refused_with_twenty_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
