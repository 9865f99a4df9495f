#include "catalog/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/scene.h"
#include "wire/check.h"

enum { WHY_BYTES = 256, ORDER = 50 };

/* A product with two lots, one of them withdrawn, 20 of the other held for an order. */
struct stand {
    struct scene *scene;
    struct gm_product_id product;
    struct gm_lot_id lot;
    struct gm_lot_id withdrawn;
    struct gm_order_id order;
};

static struct stand stand(void **state)
{
    struct stand stand = {.scene = *state, .order = {scene_id(ORDER)}};
    stand.product = scene_product(stand.scene, stand.scene->seller, "BOWL");
    stand.lot = scene_lot(stand.scene, stand.scene->seller, stand.product, "", 100);
    stand.withdrawn = scene_lot(stand.scene, stand.scene->seller, stand.product, "OLD", 5);
    scene_withdraw_lot(stand.scene, stand.scene->seller, stand.withdrawn);
    scene_reserve_one(stand.scene, stand.order.id, stand.lot, 20);
    return stand;
}

static void put(const struct stand *stand, const struct gm_table *table, const struct gm_key *key,
                const void *row, size_t size)
{
    gm_store_put(gm_kit_store(stand->scene->kit), table, key, gm_bytes(row, size));
}

static void erase(const struct stand *stand, const struct gm_table *table, const struct gm_key *key)
{
    gm_store_delete(gm_kit_store(stand->scene->kit), table, key);
}

static const struct gm_rows *rows_of(const struct stand *stand)
{
    return gm_store_rows(gm_kit_store(stand->scene->kit));
}

/* Brings what was put past the host, which has nothing to checkpoint, to where the audit reads. */
static void settle(const struct stand *stand)
{
    struct gm_store *store = gm_kit_store(stand->scene->kit);
    struct gm_checkpoint *checkpoint =
        gm_store_freeze(store, gm_host_head(gm_kit_host(stand->scene->kit)));
    assert_non_null(checkpoint);
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    gm_store_thaw(store, checkpoint);
}

static void assert_found(const struct stand *stand, const char *word)
{
    char why[WHY_BYTES] = "";
    settle(stand);
    assert_int_equal(scene_audit(stand->scene, why, sizeof why), GM_CORRUPT);
    if (strstr(why, word) == NULL) fail_msg("'%s' does not say '%s'", why, word);
}

static void assert_sound(const struct stand *stand)
{
    char why[WHY_BYTES] = "";
    settle(stand);
    if (scene_audit(stand->scene, why, sizeof why) != GM_OK) fail_msg("%s", why);
}

static void stock_that_came_from_nowhere_is_found(void **state)
{
    const struct stand at = stand(state);
    assert_sound(&at);
    struct catalog_lot_row right;
    struct gm_key key;
    assert_true(catalog_get_lot(rows_of(&at), at.lot, &right));
    catalog_key_of(&key, at.lot.id);

    struct catalog_lot_row row = right;
    row.on_hand++;
    put(&at, &catalog_lots, &key, &row, sizeof row);
    assert_found(&at, "on hand");
    row = right;
    row.reserved = row.on_hand + 1;
    put(&at, &catalog_lots, &key, &row, sizeof row);
    assert_found(&at, "101 of 100 reserved");
    row = right;
    row.reserved--;
    put(&at, &catalog_lots, &key, &row, sizeof row);
    assert_found(&at, "19 reserved, 20 held");
    put(&at, &catalog_lots, &key, &right, sizeof right);
    assert_sound(&at);
}

static void a_hold_without_its_reservation_is_found(void **state)
{
    const struct stand at = stand(state);
    struct catalog_reservation_row right;
    struct gm_key key;
    assert_true(catalog_get_reservation(rows_of(&at), at.order, &right));
    catalog_key_of(&key, at.order.id);

    struct catalog_reservation_row row = right;
    row.lots = 2;
    put(&at, &catalog_reservations, &key, &row, sizeof row);
    assert_found(&at, "counts 2 lots; 1 hold something");
    row.lots = 0;
    row.state = CATALOG_RELEASED;
    put(&at, &catalog_reservations, &key, &row, sizeof row);
    assert_found(&at, "held for no reservation");
    erase(&at, &catalog_reservations, &key);
    assert_found(&at, "held for no reservation");
    put(&at, &catalog_reservations, &key, &right, sizeof right);
    assert_sound(&at);

    const struct catalog_hold_row stray = {.quantity = 1};
    struct gm_key hold;
    catalog_key_of_hold(&hold, (struct gm_lot_id){scene_id(99)}, at.order);
    put(&at, &catalog_holds, &hold, &stray, sizeof stray);
    assert_found(&at, "holds has 2 rows and not 1");
}

static void an_index_row_without_its_document_is_found(void **state)
{
    const struct stand at = stand(state);
    const struct gm_member_id seller = {at.scene->seller};
    struct gm_key key;
    catalog_key_of_sku(&key, seller, "BOWL");
    erase(&at, &catalog_product_skus, &key);
    assert_found(&at, "not found by its SKU");
    put(&at, &catalog_product_skus, &key, &at.product, sizeof at.product);
    assert_sound(&at);

    catalog_key_of_lot_code(&key, seller, "BOWL", "MAIN");
    erase(&at, &catalog_lot_codes, &key);
    assert_found(&at, "not found by its code");
    put(&at, &catalog_lot_codes, &key, &at.withdrawn, sizeof at.withdrawn);
    assert_found(&at, "not found by its code");
    put(&at, &catalog_lot_codes, &key, &at.lot, sizeof at.lot);
    assert_sound(&at);

    catalog_key_of_sku(&key, seller, "NONE");
    put(&at, &catalog_product_skus, &key, &at.product, sizeof at.product);
    assert_found(&at, "counts 1 listed lots; there are 2");
    erase(&at, &catalog_product_skus, &key);
    catalog_key_of(&key, scene_id(99));
    put(&at, &catalog_product_descriptions, &key, "", 0);
    assert_found(&at, "described, and not there");
}

static void a_row_that_is_missing_is_found(void **state)
{
    const struct stand at = stand(state);
    const struct {
        const struct gm_table *table;
        struct gm_id id;
        const char *word;
    } cases[] = {
        {&catalog_product_documents, at.product.id, "without document"},
        {&catalog_products, at.product.id, "of no product of its seller"},
        {&catalog_lot_documents, at.lot.id, "without document or terms"},
        {&catalog_lot_terms, at.lot.id, "without document or terms"},
        {&catalog_reservation_lots, at.order.id, "names no lots"},
        {&catalog_lots, at.lot.id, "counts 2 lots"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gm_key key;
        struct gm_bytes value;
        catalog_key_of(&key, cases[i].id);
        struct gm_arena *arena = &at.scene->arena;
        assert_int_equal(gm_rows_get(rows_of(&at), cases[i].table, &key, arena, &value), GM_OK);
        const void *row = gm_arena_copy(arena, value.at, value.size);
        erase(&at, cases[i].table, &key);
        assert_found(&at, cases[i].word);
        put(&at, cases[i].table, &key, row, value.size);
        assert_sound(&at);
    }
}

static void a_count_that_is_wrong_is_found(void **state)
{
    const struct stand at = stand(state);
    struct catalog_product_row right;
    struct gm_key key;
    assert_true(catalog_get_product(rows_of(&at), at.product, &right));
    catalog_key_of(&key, at.product.id);
    struct catalog_product_row row = right;
    row.lots++;
    put(&at, &catalog_products, &key, &row, sizeof row);
    assert_found(&at, "counts 3 lots");
    row = right;
    row.listed_lots++;
    put(&at, &catalog_products, &key, &row, sizeof row);
    assert_found(&at, "2 lots, 2 listed; there are 2, 1");
    row = right;
    row.base_unit = COMMON__UNIT__PR;
    put(&at, &catalog_products, &key, &row, sizeof row);
    assert_found(&at, "document and row differ");
    put(&at, &catalog_products, &key, &right, sizeof right);

    const struct catalog_seller_row seller = {.listed_lots = 2};
    catalog_key_of(&key, at.scene->seller);
    put(&at, &catalog_sellers, &key, &seller, sizeof seller);
    assert_found(&at, "counts 2 listed lots; there are 1");
    erase(&at, &catalog_sellers, &key);
    assert_found(&at, "sellers count 0 listed lots; there are 1");
}

static void terms_that_are_not_the_documents_are_found(void **state)
{
    const struct stand at = stand(state);
    struct catalog_terms_row row = catalog_terms(rows_of(&at), at.lot);
    struct gm_key key;
    row.min_order = 5;
    catalog_key_of(&key, at.lot.id);
    put(&at, &catalog_lot_terms, &key, &row, sizeof row);
    assert_found(&at, "document and rows differ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(stock_that_came_from_nowhere_is_found),
        SCENE_TEST(a_hold_without_its_reservation_is_found),
        SCENE_TEST(an_index_row_without_its_document_is_found),
        SCENE_TEST(a_row_that_is_missing_is_found),
        SCENE_TEST(a_count_that_is_wrong_is_found),
        SCENE_TEST(terms_that_are_not_the_documents_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
