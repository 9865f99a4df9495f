#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/scene.h"
#include "wire/check.h"

enum { RESTOCK = GM_METHOD_CATALOG_RESTOCK, ADJUST = GM_METHOD_CATALOG_ADJUST };

static Catalog__RestockRequest *restock(struct scene *scene, struct gm_lot_id lot, int64_t quantity)
{
    static Catalog__RestockRequest request;
    request = (Catalog__RestockRequest)CATALOG__RESTOCK_REQUEST__INIT;
    request.lot_id = scene_bytes(scene, lot.id);
    request.quantity = quantity;
    request.reason = CATALOG__RESTOCK_REASON__PRODUCED;
    return &request;
}

static Catalog__AdjustRequest *adjust(struct scene *scene, struct gm_lot_id lot,
                                      Catalog__AdjustReason reason, int64_t quantity)
{
    static Catalog__AdjustRequest request;
    request = (Catalog__AdjustRequest)CATALOG__ADJUST_REQUEST__INIT;
    request.lot_id = scene_bytes(scene, lot.id);
    request.reason = reason;
    request.quantity = quantity;
    return &request;
}

static void restocking_adds_and_leaves_the_revision(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    const Catalog__StockReply *reply =
        scene_accepts(scene, scene->seller, RESTOCK, &restock(scene, lot, 50)->base);
    assert_int_equal(reply->on_hand, 150);
    assert_int_equal(reply->reserved, 0);
    assert_int_equal(reply->revision, 1);
    assert_int_equal(scene_get_lot(scene, lot)->on_hand, 150);
    gm_kit_audit(scene->kit);
}

static void a_lot_holds_so_many_at_most(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_refuses(scene, scene->seller, RESTOCK, &restock(scene, lot, GM_QUANTITY_MAX - 99)->base,
                  GM_REASON_STOCK_TOO_LARGE, "quantity");
    assert_int_equal(scene->reply.refusal.line_count, 1);
    assert_int_equal(scene->reply.refusal.lines[0].available, GM_QUANTITY_MAX - 100);
    scene_accepts(scene, scene->seller, RESTOCK, &restock(scene, lot, GM_QUANTITY_MAX - 100)->base);
    scene_refuses(scene, scene->seller, RESTOCK, &restock(scene, lot, 1)->base,
                  GM_REASON_STOCK_TOO_LARGE, "quantity");
    gm_kit_audit(scene->kit);
}

static void adjusting_sets_or_subtracts(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_reserve_one(scene, scene_id(50), lot, 20);
    static const struct {
        int reason;
        int64_t quantity, on_hand;
    } steps[] = {
        {CATALOG__ADJUST_REASON__BROKEN, 10, 90},  {CATALOG__ADJUST_REASON__LOST, 5, 85},
        {CATALOG__ADJUST_REASON__SAMPLE, 1, 84},   {CATALOG__ADJUST_REASON__COUNTED, 120, 120},
        {CATALOG__ADJUST_REASON__COUNTED, 20, 20}, {CATALOG__ADJUST_REASON__COUNTED, 21, 21},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const Catalog__StockReply *reply = scene_accepts(
            scene, scene->seller, ADJUST,
            &adjust(scene, lot, (Catalog__AdjustReason)steps[i].reason, steps[i].quantity)->base);
        assert_int_equal(reply->on_hand, steps[i].on_hand);
        assert_int_equal(reply->reserved, 20);
    }
    gm_kit_audit(scene->kit);
}

static void what_is_reserved_is_not_adjusted_away(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_reserve_one(scene, scene_id(50), lot, 20);
    scene_refuses(scene, scene->seller, ADJUST,
                  &adjust(scene, lot, CATALOG__ADJUST_REASON__COUNTED, 19)->base,
                  GM_REASON_BELOW_RESERVED, "quantity");
    assert_int_equal(scene->reply.refusal.lines[0].available, 20);
    scene_refuses(scene, scene->seller, ADJUST,
                  &adjust(scene, lot, CATALOG__ADJUST_REASON__BROKEN, 81)->base,
                  GM_REASON_BELOW_RESERVED, "quantity");
    scene_refuses(scene, scene->seller, ADJUST,
                  &adjust(scene, lot, CATALOG__ADJUST_REASON__BROKEN, 101)->base,
                  GM_REASON_TOO_FEW_AVAILABLE, "quantity");
    assert_int_equal(scene->reply.refusal.lines[0].available, 100);
}

static void a_count_that_is_right_changes_nothing(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    const Catalog__StockReply *reply =
        scene_keeps(scene, scene->seller, ADJUST,
                    &adjust(scene, lot, CATALOG__ADJUST_REASON__COUNTED, 100)->base);
    assert_int_equal(reply->on_hand, 100);
}

static void only_the_seller_moves_stock(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    const struct gm_lot_id none = {scene_id(99)};
    scene_refuses(scene, scene->other_seller, RESTOCK, &restock(scene, none, GM_QUANTITY_MAX)->base,
                  GM_REASON_LOT_UNKNOWN, "lot_id");
    scene_refuses(scene, scene->other_seller, RESTOCK, &restock(scene, lot, GM_QUANTITY_MAX)->base,
                  GM_REASON_NOT_YOURS, "lot_id");
    scene_refuses(scene, scene->other_seller, ADJUST,
                  &adjust(scene, none, CATALOG__ADJUST_REASON__LOST, 101)->base,
                  GM_REASON_LOT_UNKNOWN, "lot_id");
    scene_refuses(scene, scene->other_seller, ADJUST,
                  &adjust(scene, lot, CATALOG__ADJUST_REASON__LOST, 101)->base, GM_REASON_NOT_YOURS,
                  "lot_id");
}

static void stock_of_what_is_withdrawn_is_still_counted(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_withdraw_lot(scene, scene->seller, lot);
    scene_accepts(scene, scene->seller, RESTOCK, &restock(scene, lot, 1)->base);
    scene_accepts(scene, scene->seller, ADJUST,
                  &adjust(scene, lot, CATALOG__ADJUST_REASON__LOST, 2)->base);
    assert_int_equal(scene_get_lot(scene, lot)->on_hand, 99);
    gm_kit_audit(scene->kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(restocking_adds_and_leaves_the_revision),
        SCENE_TEST(a_lot_holds_so_many_at_most),
        SCENE_TEST(adjusting_sets_or_subtracts),
        SCENE_TEST(what_is_reserved_is_not_adjusted_away),
        SCENE_TEST(a_count_that_is_right_changes_nothing),
        SCENE_TEST(only_the_seller_moves_stock),
        SCENE_TEST(stock_of_what_is_withdrawn_is_still_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
