#include "matching/state.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"

/* ---- states ---- */

static const enum matching_state permits[MATCHING_STATE_COUNT][MATCHING_ACTION_COUNT] = {
    [MATCHING_OPEN] =
        {
            [MATCHING_CLOSE] = MATCHING_CLOSED,
            [MATCHING_EXPIRE] = MATCHING_EXPIRED,
        },
};

enum matching_state matching_permits(enum matching_state state, enum matching_action action)
{
    GM_ASSERT(state < MATCHING_STATE_COUNT);
    GM_ASSERT(action < MATCHING_ACTION_COUNT);
    return permits[state][action];
}

int64_t matching_expires_ms(int32_t close_day)
{
    return gm_day_begins_ms(close_day + 1);
}

/* ---- tables ---- */

_Static_assert(sizeof(struct matching_text) == 48, "no padding");
_Static_assert(sizeof(struct matching_product_row) == 16 + 2 * 8 + 3 * 48 + 2 + 6, "no padding");
_Static_assert(sizeof(struct matching_energy_use) == 8 + 4 + 4, "no padding");
_Static_assert(sizeof(struct matching_lot_row) ==
                   2 * 16 + 8 * 8 + 8 * 16 + 4 * 16 + 48 + 2 * 4 + 5 + 3,
               "no padding");
_Static_assert(sizeof(struct matching_request_row) == 16 + 2 * 8 + 2 * 4 + 1 + 7 + 48,
               "no padding");
_Static_assert(sizeof(struct matching_buyer_row) == 8, "no padding");
_Static_assert(sizeof(struct matching_lot_row) <= GM_PART_BYTES, "a walk needs no arena");

const struct gm_table matching_products = {.number = 1, .name = "products"};
const struct gm_table matching_product_documents = {.number = 2, .name = "product_documents"};
const struct gm_table matching_lots = {.number = 3, .name = "lots"};
const struct gm_table matching_lot_documents = {.number = 4, .name = "lot_documents"};
const struct gm_table matching_requests = {.number = 5, .name = "requests"};
const struct gm_table matching_request_documents = {.number = 6, .name = "request_documents"};
const struct gm_table matching_buyer_requests = {.number = 7, .name = "buyer_requests"};
const struct gm_table matching_buyers = {.number = 8, .name = "buyers"};

const struct gm_table *const matching_tables[] = {
    &matching_products,
    &matching_product_documents,
    &matching_lots,
    &matching_lot_documents,
    &matching_requests,
    &matching_request_documents,
    &matching_buyer_requests,
    &matching_buyers,
    NULL,
};

const struct gm_table *const matching_followed_tables[] = {
    &matching_products, &matching_product_documents, &matching_lots, &matching_lot_documents, NULL,
};

struct matching_text matching_text_of(const char *text)
{
    struct matching_text stored = {{0}};
    const size_t size = strlen(text);
    GM_ASSERT(size <= MATCHING_TEXT_BYTES_MAX);
    memcpy(stored.text, text, size);
    return stored;
}

void matching_key_of(struct gm_key *key, struct gm_id id)
{
    gm_key_begin(key);
    gm_key_id(key, id);
}

void matching_key_followed(struct gm_key *key, uint32_t generation, struct gm_id id)
{
    gm_key_begin(key);
    gm_key_u32(key, generation);
    gm_key_id(key, id);
}

void matching_key_of_list(struct gm_key *key, struct gm_member_id buyer, enum matching_state state)
{
    matching_key_of(key, buyer.id);
    gm_key_u8(key, (uint8_t)state);
}

void matching_key_of_listing(struct gm_key *key, struct gm_member_id buyer,
                             enum matching_state state, struct matching_listing at)
{
    matching_key_of_list(key, buyer, state);
    gm_key_u64(key, ~(uint64_t)at.submitted_ms);
    gm_key_id(key, at.request.id);
}

struct matching_listing matching_listing_of(struct gm_bytes key)
{
    struct gm_key_reader reader = {key};
    struct gm_id buyer;
    uint8_t state;
    uint64_t newest_first;
    struct matching_listing at;
    const bool whole = gm_key_read_id(&reader, &buyer) == GM_OK &&
                       gm_key_read_u8(&reader, &state) == GM_OK &&
                       gm_key_read_u64(&reader, &newest_first) == GM_OK &&
                       gm_key_read_id(&reader, &at.request.id) == GM_OK;
    GM_ASSERT(whole);
    at.submitted_ms = (int64_t)~newest_first;
    return at;
}

/* ---- getters ---- */

static bool get_fixed(const struct gm_rows *rows, const struct gm_table *table,
                      const struct gm_key *key, void *ret_row, size_t size)
{
    const enum gm_status status = gm_rows_get_fixed(rows, table, key, ret_row, size);
    GM_ASSERT(status == GM_OK || status == GM_NOT_FOUND);
    return status == GM_OK;
}

bool matching_get_product(const struct gm_rows *rows, uint32_t generation,
                          struct gm_product_id product, struct matching_product_row *ret_row)
{
    struct gm_key key;
    matching_key_followed(&key, generation, product.id);
    return get_fixed(rows, &matching_products, &key, ret_row, sizeof *ret_row);
}

bool matching_get_lot(const struct gm_rows *rows, uint32_t generation, struct gm_lot_id lot,
                      struct matching_lot_row *ret_row)
{
    struct gm_key key;
    matching_key_followed(&key, generation, lot.id);
    return get_fixed(rows, &matching_lots, &key, ret_row, sizeof *ret_row);
}

bool matching_get_request(const struct gm_rows *rows, struct gm_request_id request,
                          struct matching_request_row *ret_row)
{
    struct gm_key key;
    matching_key_of(&key, request.id);
    return get_fixed(rows, &matching_requests, &key, ret_row, sizeof *ret_row);
}

bool matching_get_own_request(const struct gm_rows *rows, struct gm_request_id request,
                              struct gm_member_id buyer, struct matching_request_row *ret_row)
{
    struct matching_request_row row;
    if (!matching_get_request(rows, request, &row) || !gm_id_equal(row.buyer.id, buyer.id))
        return false;
    *ret_row = row;
    return true;
}

uint64_t matching_open_requests(const struct gm_rows *rows, struct gm_member_id buyer)
{
    struct matching_buyer_row row;
    struct gm_key key;
    matching_key_of(&key, buyer.id);
    return get_fixed(rows, &matching_buyers, &key, &row, sizeof row) ? row.open_requests : 0;
}

struct gm_bytes matching_product_document(const struct gm_rows *rows, uint32_t generation,
                                          struct gm_product_id product, struct gm_arena *arena)
{
    struct gm_bytes document;
    struct gm_key key;
    matching_key_followed(&key, generation, product.id);
    const enum gm_status status =
        gm_rows_get(rows, &matching_product_documents, &key, arena, &document);
    GM_ASSERT(status == GM_OK);
    return document;
}

struct gm_bytes matching_lot_document(const struct gm_rows *rows, uint32_t generation,
                                      struct gm_lot_id lot, struct gm_arena *arena)
{
    struct gm_bytes document = {0};
    struct gm_key key;
    matching_key_followed(&key, generation, lot.id);
    const enum gm_status status =
        gm_rows_get(rows, &matching_lot_documents, &key, arena, &document);
    GM_ASSERT(status == GM_OK || status == GM_NOT_FOUND);
    return document;
}

struct gm_bytes matching_request_document(const struct gm_rows *rows, struct gm_request_id request,
                                          struct gm_arena *arena)
{
    struct gm_bytes document;
    struct gm_key key;
    matching_key_of(&key, request.id);
    const enum gm_status status =
        gm_rows_get(rows, &matching_request_documents, &key, arena, &document);
    GM_ASSERT(status == GM_OK);
    return document;
}
