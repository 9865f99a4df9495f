#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/scene.h"
#include "wire/check.h"

enum {
    RESERVE = GM_METHOD_CATALOG_RESERVE,
    RELEASE = GM_METHOD_CATALOG_RELEASE,
    CONSUME = GM_METHOD_CATALOG_CONSUME,
    GET = GM_METHOD_CATALOG_GET_RESERVATION,
    ORDER = 50, /* scene_id of the order that most tests use */
};

static const void *release(struct scene *scene, struct gm_id order)
{
    Catalog__ReleaseRequest request = CATALOG__RELEASE_REQUEST__INIT;
    request.order_id = gm_message_bytes(&order);
    return scene_accepts(scene, scene->order_service, RELEASE, &request.base);
}

static Catalog__ConsumeRequest *consume(struct scene *scene, struct gm_id order, size_t count)
{
    static Catalog__ConsumeRequest request;
    static Catalog__LotQuantity lines[4];
    static Catalog__LotQuantity *pointers[4];
    assert_true(count <= 4);
    request = (Catalog__ConsumeRequest)CATALOG__CONSUME_REQUEST__INIT;
    request.order_id = scene_bytes(scene, order);
    request.n_lines = count;
    request.lines = pointers;
    for (size_t i = 0; i < count; i++) {
        lines[i] = (Catalog__LotQuantity)CATALOG__LOT_QUANTITY__INIT;
        pointers[i] = &lines[i];
    }
    return &request;
}

static void consume_line(struct scene *scene, Catalog__ConsumeRequest *request, size_t line,
                         struct gm_lot_id lot, int64_t quantity)
{
    request->lines[line]->lot_id = scene_bytes(scene, lot.id);
    request->lines[line]->quantity = quantity;
}

static void assert_stock(struct scene *scene, struct gm_lot_id lot, int64_t on_hand,
                         int64_t reserved)
{
    const Catalog__LotView *view = scene_get_lot(scene, lot);
    assert_int_equal(view->on_hand, on_hand);
    assert_int_equal(view->reserved, reserved);
}

static void assert_refused_line(const struct scene *scene, unsigned index, unsigned line,
                                enum gm_reason reason, int64_t available, int64_t price)
{
    assert_true(index < scene->reply.refusal.line_count);
    const struct gm_refused_line *refused = &scene->reply.refusal.lines[index];
    assert_int_equal(refused->line, line);
    assert_int_equal(refused->reason, reason);
    assert_int_equal(refused->available, available);
    assert_int_equal(refused->unit_price_minor, price);
}

/* ---- reserve ---- */

static void a_reservation_holds_all_its_lines(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id bowls = scene_stock(scene, 1, 100);
    const struct gm_lot_id plates = scene_stock(scene, 2, 500);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 3);
    scene_line(scene, request, 0, bowls, 20);
    scene_line(scene, request, 1, plates, 100);
    scene_line(scene, request, 2, bowls, 30);
    const Catalog__ReservationReply *reply =
        scene_accepts(scene, scene->order_service, RESERVE, &request->base);
    assert_int_equal(reply->state, CATALOG__RESERVATION_STATE__HELD);
    assert_stock(scene, bowls, 100, 50);
    assert_stock(scene, plates, 500, 100);
    const Catalog__ReservationView *view = scene_get_reservation(scene, scene_id(ORDER));
    assert_int_equal(view->state, CATALOG__RESERVATION_STATE__HELD);
    assert_int_equal(view->n_lines, 2); /* summed per lot */
    gm_kit_audit(scene->kit);
}

static void reserving_the_last_is_allowed_and_more_is_refused(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_reserve_one(scene, scene_id(ORDER), lot, 40);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER + 1), 1);
    scene_line(scene, request, 0, lot, 65);
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_TOO_FEW_AVAILABLE,
                  "lines[0].quantity");
    assert_refused_line(scene, 0, 0, GM_REASON_TOO_FEW_AVAILABLE, 60, 0);
    scene_line(scene, request, 0, lot, 60);
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);
    assert_stock(scene, lot, 100, 100);
    gm_kit_audit(scene->kit);
}

static void demand_is_summed_per_lot_before_the_check(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    const struct gm_lot_id other = scene_stock(scene, 2, 100);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 3);
    scene_line(scene, request, 0, lot, 60);
    scene_line(scene, request, 1, other, 60);
    scene_line(scene, request, 2, lot, 45);
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_TOO_FEW_AVAILABLE,
                  "lines[0].quantity");
    assert_int_equal(scene->reply.refusal.line_count, 2);
    assert_refused_line(scene, 0, 0, GM_REASON_TOO_FEW_AVAILABLE, 100, 0);
    assert_refused_line(scene, 1, 2, GM_REASON_TOO_FEW_AVAILABLE, 100, 0);
    scene_line(scene, request, 2, lot, 40);
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);
    assert_stock(scene, lot, 100, 100);
    assert_stock(scene, other, 100, 60);
}

static void every_failing_line_is_named_with_its_reason(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 1000);
    const struct gm_lot_id withdrawn = scene_stock(scene, 2, 1000);
    const struct gm_lot_id elsewhere = scene_lot(
        scene, scene->other_seller, scene_product(scene, scene->other_seller, "BOWL"), "", 1000);
    scene_withdraw_lot(scene, scene->seller, withdrawn);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 9);
    scene_line(scene, request, 0, lot, 10);
    scene_line(scene, request, 1, (struct gm_lot_id){scene_id(99)}, 10);
    scene_line(scene, request, 2, elsewhere, 10);
    scene_line(scene, request, 3, withdrawn, 10);
    scene_line(scene, request, 4, lot, 12);
    scene_line(scene, request, 5, lot, 5);
    scene_line(scene, request, 6, lot, 100);
    request->lines[6]->unit_price_minor = 50000;
    scene_line(scene, request, 7, lot, 2000);
    scene_line(scene, request, 8, lot, 10);
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_TOO_FEW_AVAILABLE,
                  "lines[0].quantity");
    assert_int_equal(scene->reply.refusal.line_count, 9);
    assert_refused_line(scene, 0, 0, GM_REASON_TOO_FEW_AVAILABLE, 1000, 0);
    assert_refused_line(scene, 1, 1, GM_REASON_LOT_UNKNOWN, 0, 0);
    assert_refused_line(scene, 2, 2, GM_REASON_LOT_ELSEWHERE, 0, 0);
    assert_refused_line(scene, 3, 3, GM_REASON_WITHDRAWN, 0, 0);
    assert_refused_line(scene, 4, 4, GM_REASON_NOT_A_MULTIPLE, 5, 0);
    assert_refused_line(scene, 5, 5, GM_REASON_BELOW_MINIMUM, 10, 0);
    assert_refused_line(scene, 6, 6, GM_REASON_PRICE_CHANGED, 0, 45000);
    assert_refused_line(scene, 7, 7, GM_REASON_TOO_FEW_AVAILABLE, 1000, 0);
    assert_refused_line(scene, 8, 8, GM_REASON_TOO_FEW_AVAILABLE, 1000, 0);
}

static void at_most_twenty_failing_lines_are_named(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 50);
    for (size_t i = 0; i < 50; i++) {
        scene_line(scene, request, i, lot, 1000000000);
        request->lines[i]->unit_price_minor = i % 2 == 0 ? 45000 : 1000000000000;
    }
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_TOO_FEW_AVAILABLE,
                  "lines[0].quantity");
    assert_int_equal(scene->reply.refusal.line_count, GM_REFUSED_LINES_MAX);
    assert_refused_line(scene, 19, 19, GM_REASON_PRICE_CHANGED, 0, 45000);
}

static void a_lot_is_of_the_seller_the_place_and_the_currency_that_the_order_names(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 1);
    scene_line(scene, request, 0, lot, 10);
    request->seller = scene_bytes(scene, scene->other_seller);
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_LOT_ELSEWHERE,
                  "lines[0].lot_id");
    request->seller = scene_bytes(scene, scene->seller);
    request->ship_from = "VN-KIM-LAN";
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_LOT_ELSEWHERE,
                  "lines[0].lot_id");
    request->ship_from = "vn-bat-trang";
    request->currency = "EUR";
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_CURRENCY_MIXED,
                  "lines[0].lot_id");
    request->currency = "VND";
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);
}

static void a_lot_of_a_withdrawn_product_is_withdrawn(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    const struct gm_lot_id lot = scene_lot(scene, scene->seller, product, "", 100);
    scene_withdraw_product(scene, scene->seller, product);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 1);
    scene_line(scene, request, 0, lot, 10);
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_WITHDRAWN,
                  "lines[0].lot_id");
}

static void an_order_reserves_once(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 1000);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 1);
    scene_line(scene, request, 0, lot, 10);
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_STATE_FORBIDS,
                  "order_id");
    release(scene, scene_id(ORDER));
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_RESERVATION_GONE,
                  "order_id");
    request->order_id = scene_bytes(scene, scene_id(ORDER + 1));
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);
    scene_accepts(scene, scene->order_service, CONSUME,
                  &consume(scene, scene_id(ORDER + 1), 0)->base);
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_RESERVATION_GONE,
                  "order_id");
}

static void an_order_that_was_refused_may_reserve_again(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 10);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 1);
    scene_line(scene, request, 0, lot, 15);
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_TOO_FEW_AVAILABLE,
                  "lines[0].quantity");
    scene_line(scene, request, 0, lot, 10);
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);
}

static void members_neither_reserve_nor_release_nor_consume(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 1);
    scene_line(scene, request, 0, lot, 10);
    scene_refuses(scene, scene->seller, RESERVE, &request->base, GM_REASON_ROLE_FORBIDS, "");
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);
    Catalog__ReleaseRequest released = CATALOG__RELEASE_REQUEST__INIT;
    released.order_id = scene_bytes(scene, scene_id(ORDER));
    scene_refuses(scene, scene->buyer, RELEASE, &released.base, GM_REASON_ROLE_FORBIDS, "");
    scene_refuses(scene, scene->buyer, CONSUME, &consume(scene, scene_id(ORDER), 0)->base,
                  GM_REASON_ROLE_FORBIDS, "");
}

/* ---- release ---- */

static void releasing_gives_everything_back(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_reserve_one(scene, scene_id(ORDER), lot, 30);
    const Catalog__ReservationReply *reply = release(scene, scene_id(ORDER));
    assert_int_equal(reply->state, CATALOG__RESERVATION_STATE__RELEASED);
    assert_stock(scene, lot, 100, 0);
    const Catalog__ReservationView *view = scene_get_reservation(scene, scene_id(ORDER));
    assert_int_equal(view->state, CATALOG__RESERVATION_STATE__RELEASED);
    assert_int_equal(view->n_lines, 0);
    gm_kit_audit(scene->kit);
}

static void releasing_what_is_gone_is_allowed_and_changes_nothing(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    Catalog__ReleaseRequest request = CATALOG__RELEASE_REQUEST__INIT;
    request.order_id = scene_bytes(scene, scene_id(ORDER));
    scene_reserve_one(scene, scene_id(ORDER), lot, 30);
    release(scene, scene_id(ORDER));
    const Catalog__ReservationReply *reply =
        scene_keeps(scene, scene->order_service, RELEASE, &request.base);
    assert_int_equal(reply->state, CATALOG__RESERVATION_STATE__RELEASED);

    request.order_id = scene_bytes(scene, scene_id(ORDER + 1));
    scene_reserve_one(scene, scene_id(ORDER + 1), lot, 30);
    scene_accepts(scene, scene->order_service, CONSUME,
                  &consume(scene, scene_id(ORDER + 1), 0)->base);
    reply = scene_keeps(scene, scene->order_service, RELEASE, &request.base);
    assert_int_equal(reply->state, CATALOG__RESERVATION_STATE__CONSUMED);
}

static void a_release_before_its_reserve_keeps_it_out_for_ever(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    const Catalog__ReservationReply *reply = release(scene, scene_id(ORDER));
    assert_int_equal(reply->state, CATALOG__RESERVATION_STATE__RELEASED);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 1);
    scene_line(scene, request, 0, lot, 10);
    scene_refuses(scene, scene->order_service, RESERVE, &request->base, GM_REASON_RESERVATION_GONE,
                  "order_id");
    gm_kit_audit(scene->kit);
}

/* ---- consume ---- */

static void consuming_takes_from_on_hand_and_reserved_together(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id bowls = scene_stock(scene, 1, 100);
    const struct gm_lot_id plates = scene_stock(scene, 2, 100);
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), 2);
    scene_line(scene, request, 0, bowls, 30);
    scene_line(scene, request, 1, plates, 40);
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);

    Catalog__ConsumeRequest *part = consume(scene, scene_id(ORDER), 3);
    consume_line(scene, part, 0, bowls, 10);
    consume_line(scene, part, 1, plates, 40);
    consume_line(scene, part, 2, bowls, 15);
    const Catalog__ReservationReply *reply =
        scene_accepts(scene, scene->order_service, CONSUME, &part->base);
    assert_int_equal(reply->state, CATALOG__RESERVATION_STATE__HELD);
    assert_stock(scene, bowls, 75, 5);
    assert_stock(scene, plates, 60, 0);
    const Catalog__ReservationView *view = scene_get_reservation(scene, scene_id(ORDER));
    assert_int_equal(view->n_lines, 1);
    assert_int_equal(view->lines[0]->quantity, 5);
    gm_kit_audit(scene->kit);

    reply = scene_accepts(scene, scene->order_service, CONSUME,
                          &consume(scene, scene_id(ORDER), 0)->base);
    assert_int_equal(reply->state, CATALOG__RESERVATION_STATE__CONSUMED);
    assert_stock(scene, bowls, 70, 0);
    gm_kit_audit(scene->kit);
}

static void the_rest_of_what_was_consumed_in_part_is_released(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_reserve_one(scene, scene_id(ORDER), lot, 30);
    Catalog__ConsumeRequest *part = consume(scene, scene_id(ORDER), 1);
    consume_line(scene, part, 0, lot, 10);
    scene_accepts(scene, scene->order_service, CONSUME, &part->base);
    release(scene, scene_id(ORDER));
    assert_stock(scene, lot, 90, 0);
    gm_kit_audit(scene->kit);
}

static void more_than_is_held_is_not_consumed(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id bowls = scene_stock(scene, 1, 100);
    const struct gm_lot_id plates = scene_stock(scene, 2, 100);
    scene_reserve_one(scene, scene_id(ORDER), bowls, 30);
    Catalog__ConsumeRequest *request = consume(scene, scene_id(ORDER), 4);
    consume_line(scene, request, 0, bowls, 16);
    consume_line(scene, request, 1, plates, 1);
    consume_line(scene, request, 2, (struct gm_lot_id){scene_id(99)}, 1);
    consume_line(scene, request, 3, bowls, 15);
    scene_refuses(scene, scene->order_service, CONSUME, &request->base, GM_REASON_TOO_FEW_AVAILABLE,
                  "lines[0].quantity");
    assert_int_equal(scene->reply.refusal.line_count, 4);
    assert_refused_line(scene, 0, 0, GM_REASON_TOO_FEW_AVAILABLE, 30, 0);
    assert_refused_line(scene, 1, 1, GM_REASON_TOO_FEW_AVAILABLE, 0, 0);
    assert_refused_line(scene, 2, 2, GM_REASON_LOT_UNKNOWN, 0, 0);
    assert_refused_line(scene, 3, 3, GM_REASON_TOO_FEW_AVAILABLE, 30, 0);
    request->n_lines = 1;
    scene_accepts(scene, scene->order_service, CONSUME, &request->base);
}

static void what_is_gone_or_never_was_is_not_consumed(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_refuses(scene, scene->order_service, CONSUME, &consume(scene, scene_id(ORDER), 0)->base,
                  GM_REASON_RESERVATION_UNKNOWN, "order_id");
    scene_reserve_one(scene, scene_id(ORDER), lot, 30);
    release(scene, scene_id(ORDER));
    scene_refuses(scene, scene->order_service, CONSUME, &consume(scene, scene_id(ORDER), 0)->base,
                  GM_REASON_RESERVATION_GONE, "order_id");
    scene_reserve_one(scene, scene_id(ORDER + 1), lot, 30);
    scene_accepts(scene, scene->order_service, CONSUME,
                  &consume(scene, scene_id(ORDER + 1), 0)->base);
    scene_refuses(scene, scene->order_service, CONSUME,
                  &consume(scene, scene_id(ORDER + 1), 0)->base, GM_REASON_RESERVATION_GONE,
                  "order_id");
}

/* ---- limits and sight ---- */

static void a_reservation_of_a_thousand_lots_fits_every_limit(void **state)
{
    struct scene *scene = *state;
    static struct gm_lot_id lots[CATALOG_LINES_MAX];
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL");
    for (unsigned i = 0; i < CATALOG_LINES_MAX; i++) {
        char code[8];
        (void)snprintf(code, sizeof code, "L%u", i);
        lots[i] = scene_lot(scene, scene->seller, product, code, 1000000000);
    }
    Catalog__ReserveRequest *request = scene_reserve(scene, scene_id(ORDER), CATALOG_LINES_MAX);
    for (size_t i = 0; i < CATALOG_LINES_MAX; i++)
        scene_line(scene, request, i, lots[CATALOG_LINES_MAX - 1 - i], 1000000000);
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);
    const Catalog__ReservationView *view = scene_get_reservation(scene, scene_id(ORDER));
    assert_int_equal(view->n_lines, CATALOG_LINES_MAX);
    assert_int_equal(view->lines[CATALOG_LINES_MAX - 1]->quantity, 1000000000);
    gm_kit_audit(scene->kit);
    release(scene, scene_id(ORDER));
    assert_stock(scene, lots[0], 1000000000, 0);

    request->order_id = scene_bytes(scene, scene_id(ORDER + 1));
    scene_accepts(scene, scene->order_service, RESERVE, &request->base);
    scene_accepts(scene, scene->order_service, CONSUME,
                  &consume(scene, scene_id(ORDER + 1), 0)->base);
    assert_stock(scene, lots[CATALOG_LINES_MAX - 1], 0, 0);
    gm_kit_audit(scene->kit);
}

static void a_reservation_is_seen_by_its_two_sides_and_the_services(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_reserve_one(scene, scene_id(ORDER), lot, 30);
    Catalog__GetReservationRequest request = CATALOG__GET_RESERVATION_REQUEST__INIT;
    request.order_id = scene_bytes(scene, scene_id(ORDER));
    scene_accepts(scene, scene->buyer, GET, &request.base);
    scene_accepts(scene, scene->seller, GET, &request.base);
    scene_accepts(scene, gm_service_member(GM_SERVICE_MATCHING), GET, &request.base);
    scene_refuses(scene, scene->other_seller, GET, &request.base, GM_REASON_RESERVATION_UNKNOWN,
                  "order_id");
    request.order_id = scene_bytes(scene, scene_id(ORDER + 1));
    scene_refuses(scene, scene->order_service, GET, &request.base, GM_REASON_RESERVATION_UNKNOWN,
                  "order_id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_reservation_holds_all_its_lines),
        SCENE_TEST(reserving_the_last_is_allowed_and_more_is_refused),
        SCENE_TEST(demand_is_summed_per_lot_before_the_check),
        SCENE_TEST(every_failing_line_is_named_with_its_reason),
        SCENE_TEST(at_most_twenty_failing_lines_are_named),
        SCENE_TEST(a_lot_is_of_the_seller_the_place_and_the_currency_that_the_order_names),
        SCENE_TEST(a_lot_of_a_withdrawn_product_is_withdrawn),
        SCENE_TEST(an_order_reserves_once),
        SCENE_TEST(an_order_that_was_refused_may_reserve_again),
        SCENE_TEST(members_neither_reserve_nor_release_nor_consume),
        SCENE_TEST(releasing_gives_everything_back),
        SCENE_TEST(releasing_what_is_gone_is_allowed_and_changes_nothing),
        SCENE_TEST(a_release_before_its_reserve_keeps_it_out_for_ever),
        SCENE_TEST(consuming_takes_from_on_hand_and_reserved_together),
        SCENE_TEST(the_rest_of_what_was_consumed_in_part_is_released),
        SCENE_TEST(more_than_is_held_is_not_consumed),
        SCENE_TEST(what_is_gone_or_never_was_is_not_consumed),
        SCENE_TEST(a_reservation_of_a_thousand_lots_fits_every_limit),
        SCENE_TEST(a_reservation_is_seen_by_its_two_sides_and_the_services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
