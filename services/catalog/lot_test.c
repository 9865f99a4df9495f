#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/scene.h"
#include "wire/check.h"

enum {
    PUBLISH = GM_METHOD_CATALOG_PUBLISH_LOT,
    REVISE = GM_METHOD_CATALOG_REVISE_LOT,
    WITHDRAW = GM_METHOD_CATALOG_WITHDRAW_LOT,
    GET = GM_METHOD_CATALOG_GET_LOT,
};

static Catalog__PublishLotRequest *publish(struct scene *scene, struct gm_product_id product,
                                           const char *lot_code)
{
    static Catalog__PublishLotRequest request;
    request = (Catalog__PublishLotRequest)CATALOG__PUBLISH_LOT_REQUEST__INIT;
    request.product_id = scene_bytes(scene, product.id);
    request.lot_code = lot_code;
    request.terms = scene_lot_terms(scene);
    return &request;
}

static Catalog__ReviseLotRequest *revise(struct scene *scene, struct gm_lot_id lot)
{
    static Catalog__ReviseLotRequest request;
    request = (Catalog__ReviseLotRequest)CATALOG__REVISE_LOT_REQUEST__INIT;
    request.lot_id = scene_bytes(scene, lot.id);
    request.terms = scene_lot_terms(scene);
    return &request;
}

static void a_published_lot_is_found_by_id_and_by_code(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    const struct gm_lot_id main_lot = scene_lot(scene, scene->seller, product, "", 100);
    const struct gm_lot_id second = scene_lot(scene, scene->seller, product, "kiln-2", 0);
    const Catalog__LotView *view = scene_get_lot(scene, main_lot);
    assert_int_equal(view->state, CATALOG__LISTING_STATE__LISTED);
    assert_int_equal(view->revision, 1);
    assert_int_equal(view->on_hand, 100);
    assert_int_equal(view->reserved, 0);
    assert_string_equal(view->lot->sku, "BOWL-1");
    assert_string_equal(view->lot->lot_code, "MAIN");
    assert_true(gm_id_equal(gm_message_id(view->lot->product_id), product.id));
    assert_int_equal(view->lot->terms->n_tiers, 2);
    assert_int_equal(view->lot->terms->tiers[1]->unit_price_minor, 45000);

    Catalog__GetLotRequest by_code = CATALOG__GET_LOT_REQUEST__INIT;
    by_code.seller = scene_bytes(scene, scene->seller);
    by_code.sku = "BOWL-1";
    view = scene_accepts(scene, scene->buyer, GET, &by_code.base);
    assert_true(gm_id_equal(gm_message_id(view->lot->lot_id), main_lot.id));
    by_code.lot_code = "KILN-2";
    view = scene_accepts(scene, scene->buyer, GET, &by_code.base);
    assert_true(gm_id_equal(gm_message_id(view->lot->lot_id), second.id));
    gm_kit_audit(scene->kit);
}

static void a_lot_that_is_not_there_is_not_found(void **state)
{
    struct scene *scene = *state;
    scene_product(scene, scene->seller, "BOWL-1");
    Catalog__GetLotRequest request = CATALOG__GET_LOT_REQUEST__INIT;
    scene_refuses(scene, scene->buyer, GET, &request.base, GM_REASON_FIELD_MISSING, "lot_id");
    request.seller = scene_bytes(scene, scene->seller);
    scene_refuses(scene, scene->buyer, GET, &request.base, GM_REASON_FIELD_MISSING, "sku");
    request.sku = "BOWL-1";
    scene_refuses(scene, scene->buyer, GET, &request.base, GM_REASON_LOT_UNKNOWN, "lot_code");
    request.lot_id = scene_bytes(scene, scene_id(99));
    scene_refuses(scene, scene->buyer, GET, &request.base, GM_REASON_LOT_UNKNOWN, "lot_id");
}

/* Everything is wrong; what stands first is told, and mended, until nothing is wrong. */
static void refusals_of_a_publication_stand_in_their_order(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    const struct gm_product_id withdrawn = scene_product(scene, scene->seller, "BOWL-2");
    scene_lot(scene, scene->seller, withdrawn, "", 0);
    scene_withdraw_product(scene, scene->seller, withdrawn);
    /* One lot below the limit, and at it: published by nobody, so that the test is quick. */
    struct gm_key key;
    catalog_key_of(&key, scene->seller);
    struct catalog_seller_row row = {.listed_lots = CATALOG_LISTED_LOTS_MAX};
    gm_store_put(gm_kit_store(scene->kit), &catalog_sellers, &key, gm_bytes(&row, sizeof row));

    Catalog__PublishLotRequest *request =
        publish(scene, (struct gm_product_id){scene_id(99)}, "main");
    request->terms->ship_from = "NOWHERE";
    scene_refuses(scene, scene->other_seller, PUBLISH, &request->base, GM_REASON_PRODUCT_UNKNOWN,
                  "product_id");
    request->product_id = scene_bytes(scene, withdrawn.id);
    scene_refuses(scene, scene->other_seller, PUBLISH, &request->base, GM_REASON_NOT_YOURS,
                  "product_id");
    scene_refuses(scene, scene->seller, PUBLISH, &request->base, GM_REASON_LOT_CODE_TAKEN,
                  "lot_code");
    request->lot_code = "KILN-2";
    scene_refuses(scene, scene->seller, PUBLISH, &request->base, GM_REASON_WITHDRAWN, "product_id");
    request->product_id = scene_bytes(scene, product.id);
    scene_refuses(scene, scene->seller, PUBLISH, &request->base, GM_REASON_PLACE_UNKNOWN,
                  "terms.ship_from");
    request->terms->ship_from = "VN-KIM-LAN";
    scene_refuses(scene, scene->seller, PUBLISH, &request->base, GM_REASON_OPEN_LIMIT,
                  "product_id");
    row.listed_lots--;
    gm_store_put(gm_kit_store(scene->kit), &catalog_sellers, &key, gm_bytes(&row, sizeof row));
    scene_accepts(scene, scene->seller, PUBLISH, &request->base);
    request->lot_code = "KILN-3";
    scene_refuses(scene, scene->seller, PUBLISH, &request->base, GM_REASON_OPEN_LIMIT,
                  "product_id");
}

static uint64_t listed_lots(struct scene *scene)
{
    return catalog_listed_lots(gm_store_rows(gm_kit_store(scene->kit)),
                               (struct gm_member_id){scene->seller});
}

static void only_what_is_offered_counts_against_the_limit(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    const struct gm_lot_id first = scene_lot(scene, scene->seller, product, "A", 1);
    const struct gm_lot_id second = scene_lot(scene, scene->seller, product, "B", 1);
    scene_stock(scene, 1, 1);
    assert_int_equal(listed_lots(scene), 3);
    scene_withdraw_lot(scene, scene->seller, first);
    assert_int_equal(listed_lots(scene), 2);
    scene_withdraw_product(scene, scene->seller, product);
    assert_int_equal(listed_lots(scene), 1);
    scene_withdraw_lot(scene, scene->seller, second);
    assert_int_equal(listed_lots(scene), 1);
    gm_kit_audit(scene->kit);
}

static void revising_replaces_all_terms_and_leaves_the_stock(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_reserve_one(scene, scene_id(50), lot, 20);
    Catalog__ReviseLotRequest *request = revise(scene, lot);
    request->revision = 1;
    request->terms->n_tiers = 1;
    request->terms->tiers[0]->unit_price_minor = 60000;
    request->terms->currency = "EUR";
    request->terms->ship_from = "VN-KIM-LAN";
    request->terms->note = "men ngọc";
    const Catalog__LotReply *reply = scene_accepts(scene, scene->seller, REVISE, &request->base);
    assert_int_equal(reply->revision, 2);
    const Catalog__LotView *view = scene_get_lot(scene, lot);
    assert_int_equal(view->revision, 2);
    assert_int_equal(view->on_hand, 100);
    assert_int_equal(view->reserved, 20);
    assert_string_equal(view->lot->sku, "LOT-1");
    assert_string_equal(view->lot->terms->currency, "EUR");
    assert_string_equal(view->lot->terms->note, "men ngọc");
    assert_int_equal(view->lot->terms->n_tiers, 1);
    /* The next reservation goes by the new terms. */
    Catalog__ReserveRequest *reserve = scene_reserve(scene, scene_id(51), 1);
    reserve->currency = "EUR";
    reserve->ship_from = "VN-KIM-LAN";
    scene_line(scene, reserve, 0, lot, 10);
    scene_refuses(scene, scene->order_service, GM_METHOD_CATALOG_RESERVE, &reserve->base,
                  GM_REASON_PRICE_CHANGED, "lines[0].unit_price_minor");
    reserve->lines[0]->unit_price_minor = 60000;
    scene_accepts(scene, scene->order_service, GM_METHOD_CATALOG_RESERVE, &reserve->base);
    gm_kit_audit(scene->kit);
}

static void revising_to_what_it_is_changes_nothing(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    const Catalog__LotReply *reply =
        scene_keeps(scene, scene->seller, REVISE, &revise(scene, lot)->base);
    assert_int_equal(reply->revision, 1);
}

/* Everything is wrong; what stands first is told, and mended, until nothing is wrong. */
static void refusals_of_a_revision_stand_in_their_order(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    const struct gm_lot_id withdrawn = scene_stock(scene, 2, 100);
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    const struct gm_lot_id of_withdrawn = scene_lot(scene, scene->seller, product, "", 100);
    scene_withdraw_lot(scene, scene->seller, withdrawn);
    scene_withdraw_product(scene, scene->seller, product);
    Catalog__ReviseLotRequest *request = revise(scene, (struct gm_lot_id){scene_id(99)});
    request->revision = 9;
    request->terms->min_order = 12;

    scene_refuses(scene, scene->other_seller, REVISE, &request->base, GM_REASON_LOT_UNKNOWN,
                  "lot_id");
    request->lot_id = scene_bytes(scene, withdrawn.id);
    scene_refuses(scene, scene->other_seller, REVISE, &request->base, GM_REASON_NOT_YOURS,
                  "lot_id");
    scene_refuses(scene, scene->seller, REVISE, &request->base, GM_REASON_REVISION_MOVED,
                  "revision");
    request->revision = 2;
    scene_refuses(scene, scene->seller, REVISE, &request->base, GM_REASON_WITHDRAWN, "lot_id");
    request->revision = 1;
    request->lot_id = scene_bytes(scene, of_withdrawn.id);
    scene_refuses(scene, scene->seller, REVISE, &request->base, GM_REASON_WITHDRAWN, "lot_id");
    request->lot_id = scene_bytes(scene, lot.id);
    scene_refuses(scene, scene->seller, REVISE, &request->base, GM_REASON_NOT_A_MULTIPLE,
                  "terms.min_order");
    request->terms->min_order = 10;
    scene_keeps(scene, scene->seller, REVISE, &request->base);
}

static void withdrawing_ends_new_reservations_alone(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_reserve_one(scene, scene_id(50), lot, 20);
    scene_withdraw_lot(scene, scene->seller, lot);
    Catalog__ReserveRequest *reserve = scene_reserve(scene, scene_id(51), 1);
    scene_line(scene, reserve, 0, lot, 10);
    scene_refuses(scene, scene->order_service, GM_METHOD_CATALOG_RESERVE, &reserve->base,
                  GM_REASON_WITHDRAWN, "lines[0].lot_id");
    Catalog__ConsumeRequest consume = CATALOG__CONSUME_REQUEST__INIT;
    consume.order_id = scene_bytes(scene, scene_id(50));
    scene_accepts(scene, scene->order_service, GM_METHOD_CATALOG_CONSUME, &consume.base);
    assert_int_equal(scene_get_lot(scene, lot)->on_hand, 80);
    gm_kit_audit(scene->kit);
}

static void withdrawing_twice_is_as_withdrawing_once(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    scene_withdraw_lot(scene, scene->seller, lot);
    Catalog__WithdrawLotRequest request = CATALOG__WITHDRAW_LOT_REQUEST__INIT;
    request.lot_id = scene_bytes(scene, lot.id);
    const Catalog__LotReply *reply = scene_keeps(scene, scene->seller, WITHDRAW, &request.base);
    assert_int_equal(reply->revision, 2);
    request.revision = 1;
    scene_refuses(scene, scene->seller, WITHDRAW, &request.base, GM_REASON_REVISION_MOVED,
                  "revision");
    scene_refuses(scene, scene->other_seller, WITHDRAW, &request.base, GM_REASON_NOT_YOURS,
                  "lot_id");
    request.lot_id = scene_bytes(scene, scene_id(99));
    scene_refuses(scene, scene->other_seller, WITHDRAW, &request.base, GM_REASON_LOT_UNKNOWN,
                  "lot_id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_published_lot_is_found_by_id_and_by_code),
        SCENE_TEST(a_lot_that_is_not_there_is_not_found),
        SCENE_TEST(refusals_of_a_publication_stand_in_their_order),
        SCENE_TEST(only_what_is_offered_counts_against_the_limit),
        SCENE_TEST(revising_replaces_all_terms_and_leaves_the_stock),
        SCENE_TEST(revising_to_what_it_is_changes_nothing),
        SCENE_TEST(refusals_of_a_revision_stand_in_their_order),
        SCENE_TEST(withdrawing_ends_new_reservations_alone),
        SCENE_TEST(withdrawing_twice_is_as_withdrawing_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
