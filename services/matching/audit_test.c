#include "matching/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "matching/scene.h"
#include "wire/check.h"

enum { WHY_BYTES = 256, ARENA_BYTES = 4 * 1024 * 1024, PRODUCT = 501, LOT = 601, GENERATION = 1 };

/* A product with a lot that assumes something, an open request and a closed one. */
struct stand {
    struct scene *scene;
    struct gm_request_id open;
    struct gm_request_id closed;
};

static struct stand stand(void **state)
{
    struct stand stand = {.scene = *state};
    const char *assumed[] = {"tiers"};
    Catalog__LotTerms *terms = scene_lot_terms(stand.scene);
    terms->n_assumed = 1;
    terms->assumed = assumed;
    scene_product(stand.scene, true, scene_id(PRODUCT), stand.scene->seller, 1,
                  scene_product_terms(stand.scene));
    scene_publish_lot(stand.scene, scene_id(LOT), scene_id(PRODUCT), stand.scene->seller, terms,
                      100);
    stand.open = scene_submit(stand.scene, scene_request(stand.scene, 1));
    stand.closed = scene_submit(stand.scene, scene_request(stand.scene, 2));
    Matching__CloseSourcingRequestRequest close = MATCHING__CLOSE_SOURCING_REQUEST_REQUEST__INIT;
    close.request_id = gm_message_bytes(&stand.closed.id);
    scene_accepts(stand.scene, stand.scene->buyer, GM_METHOD_MATCHING_CLOSE_SOURCING_REQUEST,
                  &close.base);
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
static enum gm_status audit(const struct stand *stand, char *ret_why)
{
    struct gm_store *store = gm_kit_store(stand->scene->kit);
    struct gm_checkpoint *checkpoint =
        gm_store_freeze(store, gm_host_head(gm_kit_host(stand->scene->kit)));
    struct gm_snapshot *snapshot;
    struct gm_arena arena;
    assert_non_null(checkpoint);
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    gm_store_thaw(store, checkpoint);
    assert_int_equal(gm_arena_init(&arena, ARENA_BYTES), GM_OK);
    assert_int_equal(gm_snapshot_open(store, &snapshot), GM_OK);
    const enum gm_status status = matching_audit(snapshot, &arena, ret_why, WHY_BYTES);
    gm_snapshot_release(snapshot);
    gm_arena_release(&arena);
    return status;
}

static void assert_found(const struct stand *stand, const char *words)
{
    char why[WHY_BYTES] = "";
    assert_int_equal(audit(stand, why), GM_CORRUPT);
    if (strstr(why, words) == NULL) fail_msg("'%s' does not say '%s'", why, words);
}

static void assert_sound(const struct stand *stand)
{
    char why[WHY_BYTES] = "";
    if (audit(stand, why) != GM_OK) fail_msg("%s", why);
}

/* ---- the catalog's ---- */

static void a_lot_that_cannot_be_is_found(void **state)
{
    const struct stand at = stand(state);
    struct matching_lot_row right;
    struct matching_lot_row row;
    struct gm_key key;
    assert_sound(&at);
    assert_true(
        matching_get_lot(rows_of(&at), GENERATION, (struct gm_lot_id){scene_id(LOT)}, &right));
    matching_key_followed(&key, GENERATION, scene_id(LOT));
    const struct {
        const char *words;
        int64_t *figure;
        int64_t wrong;
    } cases[] = {
        {"101 of 100 reserved", &row.reserved, 101},
        {"-1 of 100 reserved", &row.reserved, -1},
        {"reserved", &row.on_hand, GM_QUANTITY_MAX + 1},
        {"tiers that do not ascend", &row.min_order, 15},
        {"tiers that do not ascend", &row.order_multiple, 0},
        {"tiers that do not ascend", &row.order_multiple, 4},
        {"tiers that do not ascend", &row.tiers[1].from_quantity, 10},
        {"tiers that do not ascend", &row.tiers[1].unit_price_minor, 50001},
        {"a firing of 0 sources", &row.firing_output_g, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        row = right;
        *cases[i].figure = cases[i].wrong;
        put(&at, &matching_lots, &key, &row, sizeof row);
        assert_found(&at, cases[i].words);
    }
    row = right;
    row.tier_count = 0;
    put(&at, &matching_lots, &key, &row, sizeof row);
    assert_found(&at, "tiers that do not ascend");
    row = right;
    row.seller.id = at.scene->other_seller;
    put(&at, &matching_lots, &key, &row, sizeof row);
    assert_found(&at, "of no product of its seller");
    put(&at, &matching_lots, &key, &right, sizeof right - 1);
    assert_found(&at, "no row of a lot");
    put(&at, &matching_lots, &key, &right, sizeof right);
    assert_sound(&at);
}

static void a_followed_row_that_is_missing_is_found(void **state)
{
    const struct stand at = stand(state);
    const struct {
        const struct gm_table *table;
        struct gm_id id;
        const char *words;
    } cases[] = {
        {&matching_products, scene_id(PRODUCT), "of no product of its seller"},
        {&matching_product_documents, scene_id(PRODUCT), "without a document"},
        {&matching_lots, scene_id(LOT), "a document without its lot"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct gm_key key;
        struct gm_bytes value;
        matching_key_followed(&key, GENERATION, cases[i].id);
        assert_int_equal(gm_rows_get(rows_of(&at), cases[i].table, &key, &at.scene->arena, &value),
                         GM_OK);
        const void *row = gm_arena_copy(&at.scene->arena, value.at, value.size);
        erase(&at, cases[i].table, &key);
        assert_found(&at, cases[i].words);
        put(&at, cases[i].table, &key, row, value.size);
        assert_sound(&at);
    }
}

static void a_followed_row_too_many_is_found(void **state)
{
    const struct stand at = stand(state);
    struct gm_key key;
    matching_key_followed(&key, GENERATION, scene_id(77));
    put(&at, &matching_product_documents, &key, "", 0);
    assert_found(&at, "product_documents has 2 rows and not 1");
    erase(&at, &matching_product_documents, &key);
    put(&at, &matching_lot_documents, &key, "", 0);
    assert_found(&at, "a document without its lot");
    erase(&at, &matching_lot_documents, &key);

    /* Of an older history it is on its way out; of a newer one it cannot be. */
    matching_key_followed(&key, GENERATION - 1, scene_id(77));
    put(&at, &matching_lots, &key, "", 0);
    assert_sound(&at);
    matching_key_followed(&key, GENERATION + 1, scene_id(77));
    put(&at, &matching_lots, &key, "", 0);
    assert_found(&at, "lots has 1 rows and not 0");
}

/* ---- requests ---- */

static void a_request_that_cannot_be_is_found(void **state)
{
    const struct stand at = stand(state);
    struct matching_request_row right;
    struct matching_request_row row;
    struct gm_key key;
    assert_true(matching_get_request(rows_of(&at), at.open, &right));
    matching_key_of(&key, at.open.id);

    row = right;
    row.state = MATCHING_STATE_COUNT;
    put(&at, &matching_requests, &key, &row, sizeof row);
    assert_found(&at, "in state 4");
    row = right;
    row.revision = 2;
    put(&at, &matching_requests, &key, &row, sizeof row);
    assert_found(&at, "revision 2 in state 1");
    row.state = MATCHING_EXPIRED;
    put(&at, &matching_requests, &key, &row, sizeof row);
    assert_found(&at, "with a timer at");
    row = right;
    row.close_day++;
    put(&at, &matching_requests, &key, &row, sizeof row);
    assert_found(&at, "with a timer at");
    row = right;
    row.buyer.id = at.scene->other_buyer;
    put(&at, &matching_requests, &key, &row, sizeof row);
    assert_found(&at, "not in its buyer's lists");
    row = right;
    row.line_count++;
    put(&at, &matching_requests, &key, &row, sizeof row);
    assert_found(&at, "document and row differ");
    row = right;
    row.buyer_reference.text[0] = 'X';
    put(&at, &matching_requests, &key, &row, sizeof row);
    assert_found(&at, "document and row differ");
    put(&at, &matching_requests, &key, &right, sizeof right);
    assert_sound(&at);
}

static void a_list_that_is_wrong_is_found(void **state)
{
    const struct stand at = stand(state);
    const struct gm_member_id buyer = {at.scene->buyer};
    struct matching_request_row row;
    struct gm_key key;
    assert_true(matching_get_request(rows_of(&at), at.closed, &row));
    const struct matching_listing listing = {row.submitted_ms, at.closed};

    static const enum matching_state states[] = {MATCHING_STATE_NONE, MATCHING_CLOSED};
    for (unsigned i = 0; i < 2; i++) {
        matching_key_of_listing(&key, buyer, states[i], listing);
        erase(&at, &matching_buyer_requests, &key);
        assert_found(&at, "not in its buyer's lists");
        put(&at, &matching_buyer_requests, &key, "", 0);
        assert_sound(&at);
    }
    matching_key_of_listing(&key, buyer, MATCHING_EXPIRED, listing);
    put(&at, &matching_buyer_requests, &key, "", 0);
    assert_found(&at, "buyer_requests has 5 rows and not 4");
    erase(&at, &matching_buyer_requests, &key);
    matching_key_of_listing(&key, buyer, MATCHING_OPEN, listing);
    put(&at, &matching_buyer_requests, &key, "", 0);
    assert_found(&at, "buyer_requests has 2 rows and not 1");
}

static void a_count_that_is_wrong_is_found(void **state)
{
    const struct stand at = stand(state);
    struct matching_buyer_row row = {.open_requests = 2};
    struct gm_key key;
    matching_key_of(&key, at.scene->buyer);
    put(&at, &matching_buyers, &key, &row, sizeof row);
    assert_found(&at, "buyer_requests has 1 rows and not 2");
    row.open_requests = 0;
    put(&at, &matching_buyers, &key, &row, sizeof row);
    assert_found(&at, "0 open requests");
    erase(&at, &matching_buyers, &key);
    assert_found(&at, "buyers count 0 open requests; there are 1");
}

static void a_document_too_many_or_too_few_is_found(void **state)
{
    const struct stand at = stand(state);
    struct gm_key key;
    matching_key_of(&key, scene_id(77));
    put(&at, &matching_request_documents, &key, "", 0);
    assert_found(&at, "request_documents has 3 rows and not 2");
    erase(&at, &matching_request_documents, &key);
    assert_sound(&at);
    matching_key_of(&key, at.open.id);
    erase(&at, &matching_request_documents, &key);
    assert_found(&at, "without a document");
    put(&at, &matching_request_documents, &key, "", 0);
    assert_found(&at, "document and row differ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_lot_that_cannot_be_is_found),
        SCENE_TEST(a_followed_row_that_is_missing_is_found),
        SCENE_TEST(a_followed_row_too_many_is_found),
        SCENE_TEST(a_request_that_cannot_be_is_found),
        SCENE_TEST(a_list_that_is_wrong_is_found),
        SCENE_TEST(a_count_that_is_wrong_is_found),
        SCENE_TEST(a_document_too_many_or_too_few_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
