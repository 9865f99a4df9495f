#include <catalog.pb-c.h>

#include "base/hash.h"
#include "catalog/parts.h"
#include "catalog/query.h"
#include "catalog/splice.h"
#include "catalog/view.h"
#include "wire/check.h"

/* Of every list's reply. */
enum {
    LIST_ROWS = 1,
    LIST_NEXT_TOKEN = 2,
};

enum { TOKEN_HASH_BYTES = 8 };

/* A lot's key is the longest: seller, SKU, lot code. */
_Static_assert(TOKEN_HASH_BYTES + GM_ID_BYTES + 2 * (CATALOG_CODE_BYTES_MAX + 2) <=
                   CATALOG_PAGE_TOKEN_BYTES_MAX,
               "a token holds the last key");

/* A page of a table: the rows whose keys begin with prefix, from a key on. */
struct page {
    const struct gm_table *table;
    struct gm_key prefix;
    struct gm_key from;
    uint64_t filter; /* hash of what the list asks for */
    size_t rows_max;
};

static uint64_t filter_of(const struct gm_call *call, const struct gm_key *prefix)
{
    uint8_t bytes[2 + GM_KEY_BYTES_MAX];
    gm_put_u16(bytes, call->method->number);
    memcpy(bytes + 2, prefix->v, prefix->size);
    return gm_siphash(bytes, 2 + (size_t)prefix->size);
}

static bool begins_with(struct gm_bytes key, const struct gm_key *prefix)
{
    return key.size >= prefix->size && memcmp(key.at, prefix->v, prefix->size) == 0;
}

/* table and prefix are set; fills in the rest. PAGE_TOKEN where the token is not one of this list.
 */
static enum gm_reason begin(struct page *page, const struct gm_call *call,
                            const Common__Page *asked, struct gm_answer *answer)
{
    page->filter = filter_of(call, &page->prefix);
    page->from = page->prefix;
    page->rows_max = CATALOG_PAGE_ROWS_DEFAULT;
    if (asked == NULL) return GM_REASON_NONE;
    if (asked->size > 0) page->rows_max = asked->size;
    if (asked->token.len == 0) return GM_REASON_NONE;

    const struct gm_bytes token = gm_bytes(asked->token.data, asked->token.len);
    const struct gm_bytes last =
        gm_bytes(token.at + TOKEN_HASH_BYTES,
                 token.size < TOKEN_HASH_BYTES ? 0 : token.size - TOKEN_HASH_BYTES);
    if (token.size < TOKEN_HASH_BYTES || gm_get_u64(token.at) != page->filter ||
        !begins_with(last, &page->prefix))
        return catalog_refuse_query(answer, GM_REASON_PAGE_TOKEN, "page.token");
    /* The first key above the last one shown. */
    gm_key_begin(&page->from);
    memcpy(page->from.v, last.at, last.size);
    page->from.v[last.size] = 0;
    page->from.size = (uint16_t)(last.size + 1);
    return GM_REASON_NONE;
}

/* Makes one row of the answer, in the arena. */
typedef struct gm_bytes row_fn(const struct gm_rows *rows, struct gm_bytes key,
                               struct gm_bytes value, struct gm_arena *arena);

static void put_token(struct catalog_splice *splice, const struct page *page,
                      const struct gm_key *last)
{
    uint8_t token[CATALOG_PAGE_TOKEN_BYTES_MAX];
    GM_ASSERT(TOKEN_HASH_BYTES + (size_t)last->size <= sizeof token);
    gm_put_u64(token, page->filter);
    memcpy(token + TOKEN_HASH_BYTES, last->v, last->size);
    catalog_splice_bytes(splice, LIST_NEXT_TOKEN,
                         gm_bytes(token, TOKEN_HASH_BYTES + (size_t)last->size));
}

static enum gm_reason list(struct gm_snapshot *snapshot, const struct gm_call *call,
                           const struct page *page, row_fn *row, struct gm_answer *answer)
{
    const size_t token_bytes = catalog_bytes_bytes(LIST_NEXT_TOKEN, CATALOG_PAGE_TOKEN_BYTES_MAX);
    struct catalog_splice splice = {
        .at = catalog_array(call->arena, 1, GM_REPLY_BODY_BYTES_MAX),
        .capacity = GM_REPLY_BODY_BYTES_MAX,
    };
    struct gm_key last;
    gm_key_begin(&last);
    struct gm_cursor cursor;
    gm_cursor_init(&cursor, snapshot, page->table, page->from.size > 0 ? &page->from : NULL);
    for (size_t count = 0;; count++) {
        const size_t mark = gm_arena_mark(call->arena);
        struct gm_bytes key;
        struct gm_bytes value;
        const enum gm_status status = gm_cursor_next(&cursor, call->arena, &key, &value);
        GM_ASSERT(status == GM_OK || status == GM_END);
        if (status == GM_END || !begins_with(key, &page->prefix)) break;
        const bool is_full = count == page->rows_max;
        struct gm_bytes shown = {0};
        if (!is_full) shown = row(gm_snapshot_rows(snapshot), key, value, call->arena);
        if (is_full || splice.used + catalog_bytes_bytes(LIST_ROWS, shown.size) + token_bytes >
                           splice.capacity) {
            GM_ASSERT(count > 0); /* one row always fits */
            put_token(&splice, page, &last);
            break;
        }
        catalog_splice_bytes(&splice, LIST_ROWS, shown);
        memcpy(last.v, key.at, key.size);
        last.size = (uint16_t)key.size;
        gm_arena_rewind(call->arena, mark);
    }
    gm_cursor_release(&cursor);
    answer->body = gm_bytes(splice.at, splice.used);
    return GM_REASON_NONE;
}

static struct gm_id id_of(struct gm_bytes value)
{
    struct gm_id id;
    GM_ASSERT(value.size == sizeof id);
    memcpy(&id, value.at, sizeof id);
    return id;
}

/* ---- products ---- */

static struct gm_bytes product_row(const struct gm_rows *rows, struct gm_bytes key,
                                   struct gm_bytes value, struct gm_arena *arena)
{
    (void)key;
    struct catalog_view view;
    catalog_view_product(rows, (struct gm_product_id){id_of(value)}, false, arena, &view);
    return catalog_view_encode(&view, arena);
}

enum gm_reason catalog_search_products(struct gm_snapshot *snapshot, const struct gm_call *call,
                                       struct gm_answer *answer)
{
    const Catalog__ListProductsRequest *request =
        (const Catalog__ListProductsRequest *)call->message;
    struct page page = {.table = &catalog_product_skus};
    if (request->seller.len > 0) gm_key_id(&page.prefix, gm_message_id(request->seller));
    const enum gm_reason reason = begin(&page, call, request->page, answer);
    return reason != GM_REASON_NONE ? reason : list(snapshot, call, &page, product_row, answer);
}

/* ---- lots ---- */

static struct gm_bytes lot_row(const struct gm_rows *rows, struct gm_bytes key,
                               struct gm_bytes value, struct gm_arena *arena)
{
    (void)key;
    struct catalog_view view;
    catalog_view_lot(rows, (struct gm_lot_id){id_of(value)}, arena, &view);
    return catalog_view_encode(&view, arena);
}

enum gm_reason catalog_search_lots(struct gm_snapshot *snapshot, const struct gm_call *call,
                                   struct gm_answer *answer)
{
    const Catalog__ListLotsRequest *request = (const Catalog__ListLotsRequest *)call->message;
    const struct gm_member_id seller = {gm_message_id(request->seller)};
    struct page page = {.table = &catalog_lot_codes};
    if (request->product_id.len > 0) {
        const struct gm_product_id product = {gm_message_id(request->product_id)};
        struct catalog_product_row row;
        if (!catalog_get_product(gm_snapshot_rows(snapshot), product, &row) ||
            (request->seller.len > 0 && !gm_id_equal(row.seller.id, seller.id)))
            return catalog_refuse_query(answer, GM_REASON_PRODUCT_UNKNOWN, "product_id");
        catalog_key_of_sku(&page.prefix, row.seller, row.sku.text);
    } else if (request->seller.len > 0) {
        gm_key_id(&page.prefix, seller.id);
    }
    const enum gm_reason reason = begin(&page, call, request->page, answer);
    return reason != GM_REASON_NONE ? reason : list(snapshot, call, &page, lot_row, answer);
}

/* ---- reservations of a lot ---- */

static struct gm_bytes hold_row(const struct gm_rows *rows, struct gm_bytes key,
                                struct gm_bytes value, struct gm_arena *arena)
{
    (void)rows;
    struct catalog_hold_row hold;
    struct gm_key_reader reader = {.rest = key};
    struct gm_id lot;
    struct gm_id order;
    const bool is_key =
        gm_key_read_id(&reader, &lot) == GM_OK && gm_key_read_id(&reader, &order) == GM_OK;
    GM_ASSERT(is_key);
    GM_ASSERT(value.size == sizeof hold);
    memcpy(&hold, value.at, sizeof hold);

    Catalog__LotReservation message = CATALOG__LOT_RESERVATION__INIT;
    message.order_id = gm_message_bytes(&order);
    message.quantity = hold.quantity;
    const struct gm_bytes packed = gm_message_pack(&message.base, arena);
    GM_ASSERT(packed.at != NULL);
    return packed;
}

enum gm_reason catalog_search_reservations(struct gm_snapshot *snapshot, const struct gm_call *call,
                                           struct gm_answer *answer)
{
    const Catalog__ListReservationsRequest *request =
        (const Catalog__ListReservationsRequest *)call->message;
    const struct gm_lot_id lot = {gm_message_id(request->lot_id)};
    struct catalog_lot_row row;
    if (!catalog_get_lot(gm_snapshot_rows(snapshot), lot, &row))
        return catalog_refuse_query(answer, GM_REASON_LOT_UNKNOWN, "lot_id");
    if (!gm_id_equal(row.seller.id, call->member) &&
        gm_service_of_member(call->member) == GM_SERVICE_NONE)
        return catalog_refuse_query(answer, GM_REASON_NOT_YOURS, "lot_id");
    struct page page = {.table = &catalog_holds};
    gm_key_id(&page.prefix, lot.id);
    const enum gm_reason reason = begin(&page, call, request->page, answer);
    return reason != GM_REASON_NONE ? reason : list(snapshot, call, &page, hold_row, answer);
}
