#include "catalog/state.h"

#include <string.h>

#include "base/assert.h"

/* ---- states ---- */

static const bool listing_permits[CATALOG_LISTING_COUNT][CATALOG_LISTING_ACTION_COUNT] = {
    [CATALOG_LISTED] =
        {
            [CATALOG_REVISE] = true,
            [CATALOG_WITHDRAW] = true,
            [CATALOG_PUBLISH_LOT] = true,
            [CATALOG_OFFER] = true,
        },
};

bool catalog_listing_permits(enum catalog_listing state, enum catalog_listing_action action)
{
    GM_ASSERT(state < CATALOG_LISTING_COUNT);
    GM_ASSERT(action < CATALOG_LISTING_ACTION_COUNT);
    return listing_permits[state][action];
}

static const bool reservation_permits[CATALOG_RESERVATION_COUNT][CATALOG_RESERVATION_ACTION_COUNT] =
    {
        [CATALOG_RESERVATION_NONE] =
            {
                [CATALOG_RESERVE] = true,
                [CATALOG_RELEASE] = true,
            },
        [CATALOG_HELD] =
            {
                [CATALOG_CONSUME] = true,
                [CATALOG_RELEASE] = true,
            },
};

bool catalog_reservation_permits(enum catalog_reservation state,
                                 enum catalog_reservation_action action)
{
    GM_ASSERT(state < CATALOG_RESERVATION_COUNT);
    GM_ASSERT(action < CATALOG_RESERVATION_ACTION_COUNT);
    return reservation_permits[state][action];
}

/* ---- tables ---- */

_Static_assert(sizeof(struct catalog_code) == 48, "no padding");
_Static_assert(sizeof(struct catalog_product_row) == 16 + 8 + 4 + 4 + 48 + 2 + 1 + 1 + 4,
               "no padding");
_Static_assert(sizeof(struct catalog_lot_row) == 2 * 16 + 6 * 8 + 1 + 7, "no padding");
_Static_assert(sizeof(struct catalog_terms_row) == 8 * 16 + 2 * 8 + 48 + 2 * 4, "no padding");
_Static_assert(sizeof(struct catalog_seller_row) == 8, "no padding");
_Static_assert(sizeof(struct catalog_reservation_row) == 2 * 16 + 4 + 1 + 3, "no padding");
_Static_assert(sizeof(struct catalog_hold_row) == 8, "no padding");

/* A reserve puts three rows a line (lot, hold, and the part of reservation_lots), a release two and
 * deletes one. */
_Static_assert(3 * CATALOG_LINES_MAX + 2 < GM_OVERLAY_COMMAND_ROWS, "the largest command fits");
_Static_assert(CATALOG_LINES_MAX *GM_ID_BYTES <= GM_VALUE_BYTES_MAX, "reservation_lots fits");

const struct gm_table catalog_products = {.number = 1, .name = "products"};
const struct gm_table catalog_product_documents = {.number = 2, .name = "product_documents"};
const struct gm_table catalog_product_descriptions = {.number = 3, .name = "product_descriptions"};
const struct gm_table catalog_product_skus = {.number = 4, .name = "product_skus"};
const struct gm_table catalog_lots = {.number = 5, .name = "lots"};
const struct gm_table catalog_lot_terms = {.number = 6, .name = "lot_terms"};
const struct gm_table catalog_lot_documents = {.number = 7, .name = "lot_documents"};
const struct gm_table catalog_lot_codes = {.number = 8, .name = "lot_codes"};
const struct gm_table catalog_sellers = {.number = 9, .name = "sellers"};
const struct gm_table catalog_reservations = {.number = 10, .name = "reservations"};
const struct gm_table catalog_reservation_lots = {.number = 11, .name = "reservation_lots"};
const struct gm_table catalog_holds = {.number = 12, .name = "holds"};

const struct gm_table *const catalog_tables[] = {
    &catalog_products,
    &catalog_product_documents,
    &catalog_product_descriptions,
    &catalog_product_skus,
    &catalog_lots,
    &catalog_lot_terms,
    &catalog_lot_documents,
    &catalog_lot_codes,
    &catalog_sellers,
    &catalog_reservations,
    &catalog_reservation_lots,
    &catalog_holds,
    NULL,
};

struct catalog_code catalog_code_of(const char *text)
{
    struct catalog_code code = {{0}};
    const size_t size = strlen(text);
    GM_ASSERT(size <= CATALOG_CODE_BYTES_MAX);
    memcpy(code.text, text, size);
    return code;
}

const char *catalog_lot_code(const char *text)
{
    return text[0] == '\0' ? "MAIN" : text;
}

void catalog_key_of(struct gm_key *key, struct gm_id id)
{
    gm_key_begin(key);
    gm_key_id(key, id);
}

void catalog_key_of_sku(struct gm_key *key, struct gm_member_id seller, const char *sku)
{
    catalog_key_of(key, seller.id);
    gm_key_text(key, gm_bytes_of_text(sku));
}

void catalog_key_of_lot_code(struct gm_key *key, struct gm_member_id seller, const char *sku,
                             const char *lot_code)
{
    catalog_key_of_sku(key, seller, sku);
    gm_key_text(key, gm_bytes_of_text(lot_code));
}

void catalog_key_of_hold(struct gm_key *key, struct gm_lot_id lot, struct gm_order_id order)
{
    catalog_key_of(key, lot.id);
    gm_key_id(key, order.id);
}

/* ---- getters ---- */

static bool get_fixed(const struct gm_rows *rows, const struct gm_table *table,
                      const struct gm_key *key, void *ret_row, size_t size)
{
    const enum gm_status status = gm_rows_get_fixed(rows, table, key, ret_row, size);
    GM_ASSERT(status == GM_OK || status == GM_NOT_FOUND);
    return status == GM_OK;
}

bool catalog_get_product(const struct gm_rows *rows, struct gm_product_id product,
                         struct catalog_product_row *ret_row)
{
    struct gm_key key;
    catalog_key_of(&key, product.id);
    return get_fixed(rows, &catalog_products, &key, ret_row, sizeof *ret_row);
}

bool catalog_get_lot(const struct gm_rows *rows, struct gm_lot_id lot,
                     struct catalog_lot_row *ret_row)
{
    struct gm_key key;
    catalog_key_of(&key, lot.id);
    return get_fixed(rows, &catalog_lots, &key, ret_row, sizeof *ret_row);
}

bool catalog_get_reservation(const struct gm_rows *rows, struct gm_order_id order,
                             struct catalog_reservation_row *ret_row)
{
    struct gm_key key;
    catalog_key_of(&key, order.id);
    return get_fixed(rows, &catalog_reservations, &key, ret_row, sizeof *ret_row);
}

struct catalog_terms_row catalog_terms(const struct gm_rows *rows, struct gm_lot_id lot)
{
    struct catalog_terms_row row;
    struct gm_key key;
    catalog_key_of(&key, lot.id);
    const bool found = get_fixed(rows, &catalog_lot_terms, &key, &row, sizeof row);
    GM_ASSERT(found);
    return row;
}

enum catalog_listing catalog_lot_listing(const struct gm_rows *rows,
                                         const struct catalog_lot_row *row)
{
    struct catalog_product_row product;
    const bool found = catalog_get_product(rows, row->product, &product);
    GM_ASSERT(found);
    return product.state == CATALOG_LISTED ? row->state : CATALOG_WITHDRAWN;
}

uint64_t catalog_listed_lots(const struct gm_rows *rows, struct gm_member_id seller)
{
    struct catalog_seller_row row;
    struct gm_key key;
    catalog_key_of(&key, seller.id);
    return get_fixed(rows, &catalog_sellers, &key, &row, sizeof row) ? row.listed_lots : 0;
}

int64_t catalog_held(const struct gm_rows *rows, struct gm_lot_id lot, struct gm_order_id order)
{
    struct catalog_hold_row row;
    struct gm_key key;
    catalog_key_of_hold(&key, lot, order);
    return get_fixed(rows, &catalog_holds, &key, &row, sizeof row) ? row.quantity : 0;
}

bool catalog_find_product(const struct gm_rows *rows, struct gm_member_id seller, const char *sku,
                          struct gm_product_id *ret_product)
{
    struct gm_key key;
    catalog_key_of_sku(&key, seller, sku);
    return get_fixed(rows, &catalog_product_skus, &key, ret_product, sizeof *ret_product);
}

bool catalog_find_lot(const struct gm_rows *rows, struct gm_member_id seller, const char *sku,
                      const char *lot_code, struct gm_lot_id *ret_lot)
{
    struct gm_key key;
    catalog_key_of_lot_code(&key, seller, sku, lot_code);
    return get_fixed(rows, &catalog_lot_codes, &key, ret_lot, sizeof *ret_lot);
}

struct gm_bytes catalog_product_document(const struct gm_rows *rows, struct gm_product_id product,
                                         struct gm_arena *arena)
{
    struct gm_bytes document;
    struct gm_key key;
    catalog_key_of(&key, product.id);
    const enum gm_status status =
        gm_rows_get(rows, &catalog_product_documents, &key, arena, &document);
    GM_ASSERT(status == GM_OK);
    return document;
}

struct gm_bytes catalog_product_description(const struct gm_rows *rows,
                                            struct gm_product_id product, struct gm_arena *arena)
{
    struct gm_bytes document = {0};
    struct gm_key key;
    catalog_key_of(&key, product.id);
    const enum gm_status status =
        gm_rows_get(rows, &catalog_product_descriptions, &key, arena, &document);
    GM_ASSERT(status == GM_OK || status == GM_NOT_FOUND);
    return document;
}

struct gm_bytes catalog_lot_document(const struct gm_rows *rows, struct gm_lot_id lot,
                                     struct gm_arena *arena)
{
    struct gm_bytes document;
    struct gm_key key;
    catalog_key_of(&key, lot.id);
    const enum gm_status status = gm_rows_get(rows, &catalog_lot_documents, &key, arena, &document);
    GM_ASSERT(status == GM_OK);
    return document;
}

const struct gm_lot_id *catalog_reserved_lots(const struct gm_rows *rows, struct gm_order_id order,
                                              struct gm_arena *arena, size_t *ret_count)
{
    struct gm_bytes value;
    struct gm_key key;
    catalog_key_of(&key, order.id);
    const enum gm_status status = gm_rows_get(rows, &catalog_reservation_lots, &key, arena, &value);
    GM_ASSERT(status == GM_OK);
    GM_ASSERT(value.size % sizeof(struct gm_lot_id) == 0);
    const struct gm_lot_id *lots = gm_arena_copy(arena, value.at, value.size);
    GM_ASSERT(lots != NULL);
    *ret_count = value.size / sizeof *lots;
    return lots;
}
