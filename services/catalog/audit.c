#include "catalog/audit.h"

#include <stdarg.h>
#include <stdio.h>

#include "catalog/parts.h"
#include "catalog/state.h"
#include "wire/check.h"

enum { SENTENCE_BYTES_MAX = 160 };

struct audit {
    struct gm_snapshot *snapshot;
    const struct gm_rows *rows;
    struct gm_arena *arena;
    char *why;
    size_t why_size;
};

__attribute__((format(printf, 4, 5))) static enum gm_status
corrupt(const struct audit *audit, enum gm_id_kind kind, struct gm_id id, const char *format, ...)
{
    char sentence[SENTENCE_BYTES_MAX];
    char text[GM_ID_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    (void)snprintf(audit->why, audit->why_size, "%s: %s", gm_id_text(kind, id, text), sentence);
    return GM_CORRUPT;
}

/* Looks at one row of a table; key and value are borrowed. */
typedef enum gm_status look_fn(const struct audit *audit, struct gm_bytes key,
                               struct gm_bytes value, void *context);

/* Each row whose key begins with prefix (NULL: each row), until look says other than GM_OK. */
static enum gm_status each(const struct audit *audit, const struct gm_table *table,
                           const struct gm_key *prefix, look_fn *look, void *context)
{
    struct gm_cursor cursor;
    enum gm_status status;
    gm_cursor_init(&cursor, audit->snapshot, table, prefix);
    for (;;) {
        const size_t mark = gm_arena_mark(audit->arena);
        struct gm_bytes key;
        struct gm_bytes value;
        status = gm_cursor_next(&cursor, audit->arena, &key, &value);
        if (status == GM_END ||
            (status == GM_OK && prefix != NULL &&
             (key.size < prefix->size || memcmp(key.at, prefix->v, prefix->size) != 0))) {
            status = GM_OK;
            break;
        }
        if (status == GM_OK) status = look(audit, key, value, context);
        gm_arena_rewind(audit->arena, mark);
        if (status != GM_OK) break;
    }
    gm_cursor_release(&cursor);
    return status;
}

static enum gm_status count_row(const struct audit *audit, struct gm_bytes key,
                                struct gm_bytes value, void *context)
{
    (void)audit;
    (void)key;
    (void)value;
    ++*(uint64_t *)context;
    return GM_OK;
}

static enum gm_status count_is(const struct audit *audit, const struct gm_table *table,
                               uint64_t expected)
{
    uint64_t count = 0;
    const enum gm_status status = each(audit, table, NULL, count_row, &count);
    if (status != GM_OK || count == expected) return status;
    (void)snprintf(audit->why, audit->why_size, "%s has %llu rows and not %llu", table->name,
                   (unsigned long long)count, (unsigned long long)expected);
    return GM_CORRUPT;
}

static struct gm_id first_id(struct gm_bytes bytes)
{
    struct gm_id id = {{0}};
    if (bytes.size >= sizeof id) memcpy(&id, bytes.at, sizeof id);
    return id;
}

static bool is_row(const struct audit *audit, const struct gm_table *table,
                   const struct gm_key *key, struct gm_id expected)
{
    struct gm_bytes value;
    return gm_rows_get(audit->rows, table, key, audit->arena, &value) == GM_OK &&
           gm_bytes_equal(value, gm_bytes(&expected, sizeof expected));
}

/* The getters of documents and terms assert that they are there. */
static bool has_row(const struct audit *audit, const struct gm_table *table, struct gm_id id)
{
    struct gm_bytes value;
    struct gm_key key;
    catalog_key_of(&key, id);
    return gm_rows_get(audit->rows, table, &key, audit->arena, &value) == GM_OK;
}

/* ---- lots ---- */

struct held {
    int64_t quantity;
    uint64_t count;
    bool is_sound; /* each above 0, for a reservation that is HELD and names the lot */
};

static enum gm_status look_at_hold(const struct audit *audit, struct gm_bytes key,
                                   struct gm_bytes value, void *context)
{
    struct held *held = context;
    struct catalog_hold_row row = {0};
    struct catalog_reservation_row reservation;
    const struct gm_lot_id lot = {first_id(key)};
    const struct gm_order_id order = {first_id(gm_bytes(key.at + GM_ID_BYTES, GM_ID_BYTES))};
    if (value.size == sizeof row) memcpy(&row, value.at, sizeof row);
    held->quantity += row.quantity;
    held->count++;
    if (row.quantity <= 0 || !catalog_get_reservation(audit->rows, order, &reservation) ||
        reservation.state != CATALOG_HELD || !has_row(audit, &catalog_reservation_lots, order.id)) {
        held->is_sound = false;
        return GM_OK;
    }
    size_t count;
    const struct gm_lot_id *lots = catalog_reserved_lots(audit->rows, order, audit->arena, &count);
    size_t i = 0;
    while (i < count && !gm_id_equal(lots[i].id, lot.id))
        i++;
    if (i == count) held->is_sound = false;
    return GM_OK;
}

struct totals {
    uint64_t products;
    uint64_t lots;
    uint64_t holds;
    uint64_t held_reservations;
    uint64_t listed_lots; /* of LISTED products */
    uint64_t seller_lots; /* as the sellers' rows say */
};

static enum gm_status look_at_lot(const struct audit *audit, struct gm_bytes key,
                                  struct gm_bytes value, void *context)
{
    struct totals *totals = context;
    const struct gm_lot_id id = {first_id(key)};
    struct catalog_lot_row row;
    struct catalog_product_row product;
    struct held held = {.is_sound = true};
    struct gm_key prefix;
    if (value.size != sizeof row) return corrupt(audit, GM_ID_lot, id.id, "no row of a lot");
    memcpy(&row, value.at, sizeof row);
    totals->lots++;

    if (row.on_hand != row.received - row.consumed - row.written_off)
        return corrupt(audit, GM_ID_lot, id.id, "%lld on hand, and not %lld - %lld - %lld",
                       (long long)row.on_hand, (long long)row.received, (long long)row.consumed,
                       (long long)row.written_off);
    if (row.reserved < 0 || row.reserved > row.on_hand || row.on_hand > GM_QUANTITY_MAX)
        return corrupt(audit, GM_ID_lot, id.id, "%lld of %lld reserved", (long long)row.reserved,
                       (long long)row.on_hand);
    catalog_key_of(&prefix, id.id);
    const enum gm_status status = each(audit, &catalog_holds, &prefix, look_at_hold, &held);
    if (status != GM_OK) return status;
    totals->holds += held.count;
    if (!held.is_sound) return corrupt(audit, GM_ID_lot, id.id, "held for no reservation");
    if (held.quantity != row.reserved)
        return corrupt(audit, GM_ID_lot, id.id, "%lld reserved, %lld held", (long long)row.reserved,
                       (long long)held.quantity);

    if (!catalog_get_product(audit->rows, row.product, &product) ||
        !gm_id_equal(product.seller.id, row.seller.id))
        return corrupt(audit, GM_ID_lot, id.id, "of no product of its seller");
    if (!has_row(audit, &catalog_lot_documents, id.id) ||
        !has_row(audit, &catalog_lot_terms, id.id))
        return corrupt(audit, GM_ID_lot, id.id, "without document or terms");
    const Catalog__Lot *lot =
        catalog_decode_lot(catalog_lot_document(audit->rows, id, audit->arena), audit->arena);
    const struct catalog_terms_row terms = catalog_terms(audit->rows, id);
    struct gm_key code;
    catalog_key_of_lot_code(&code, row.seller, product.sku.text, lot->lot_code);
    if (!gm_id_equal(gm_message_id(lot->lot_id), id.id) ||
        !gm_id_equal(gm_message_id(lot->product_id), row.product.id) ||
        !gm_id_equal(gm_message_id(lot->seller), row.seller.id) ||
        strcmp(lot->sku, product.sku.text) != 0 || lot->terms->n_tiers != terms.tier_count ||
        lot->terms->min_order != terms.min_order ||
        strcmp(lot->terms->ship_from, terms.ship_from.text) != 0)
        return corrupt(audit, GM_ID_lot, id.id, "document and rows differ");
    if (!is_row(audit, &catalog_lot_codes, &code, id.id))
        return corrupt(audit, GM_ID_lot, id.id, "not found by its code");
    return GM_OK;
}

/* ---- products ---- */

struct lots_of_product {
    struct gm_product_id product;
    uint32_t lots;
    uint32_t listed;
    bool is_sound;
};

static enum gm_status look_at_lot_code(const struct audit *audit, struct gm_bytes key,
                                       struct gm_bytes value, void *context)
{
    (void)key;
    struct lots_of_product *found = context;
    struct catalog_lot_row row;
    if (!catalog_get_lot(audit->rows, (struct gm_lot_id){first_id(value)}, &row) ||
        !gm_id_equal(row.product.id, found->product.id)) {
        found->is_sound = false;
        return GM_OK;
    }
    found->lots++;
    found->listed += row.state == CATALOG_LISTED;
    return GM_OK;
}

static enum gm_status look_at_product(const struct audit *audit, struct gm_bytes key,
                                      struct gm_bytes value, void *context)
{
    struct totals *totals = context;
    const struct gm_product_id id = {first_id(key)};
    struct catalog_product_row row;
    struct gm_key sku;
    if (value.size != sizeof row)
        return corrupt(audit, GM_ID_product, id.id, "no row of a product");
    memcpy(&row, value.at, sizeof row);
    totals->products++;
    if (row.state == CATALOG_LISTED) totals->listed_lots += row.listed_lots;

    catalog_key_of_sku(&sku, row.seller, row.sku.text);
    if (!is_row(audit, &catalog_product_skus, &sku, id.id))
        return corrupt(audit, GM_ID_product, id.id, "not found by its SKU");
    struct lots_of_product found = {.product = id, .is_sound = true};
    const enum gm_status status = each(audit, &catalog_lot_codes, &sku, look_at_lot_code, &found);
    if (status != GM_OK) return status;
    if (!found.is_sound || found.lots != row.lots || found.listed != row.listed_lots)
        return corrupt(audit, GM_ID_product, id.id, "counts %u lots, %u listed; there are %u, %u",
                       row.lots, row.listed_lots, found.lots, found.listed);

    if (!has_row(audit, &catalog_product_documents, id.id))
        return corrupt(audit, GM_ID_product, id.id, "without document");
    const Catalog__Product *product = (const Catalog__Product *)gm_message_unpack(
        catalog_product_document(audit->rows, id, audit->arena), &catalog__product__descriptor,
        audit->arena);
    if (product == NULL || !gm_id_equal(gm_message_id(product->product_id), id.id) ||
        !gm_id_equal(gm_message_id(product->seller), row.seller.id) ||
        strcmp(product->sku, row.sku.text) != 0 || product->terms->n_descriptions != 0 ||
        (int)product->terms->base_unit != row.base_unit ||
        protobuf_c_message_get_packed_size(&product->terms->base) != row.terms_bytes)
        return corrupt(audit, GM_ID_product, id.id, "document and row differ");
    return GM_OK;
}

static enum gm_status look_at_description(const struct audit *audit, struct gm_bytes key,
                                          struct gm_bytes value, void *context)
{
    (void)value;
    (void)context;
    const struct gm_product_id id = {first_id(key)};
    struct catalog_product_row row;
    return catalog_get_product(audit->rows, id, &row)
               ? GM_OK
               : corrupt(audit, GM_ID_product, id.id, "described, and not there");
}

/* ---- sellers ---- */

static enum gm_status look_at_sku(const struct audit *audit, struct gm_bytes key,
                                  struct gm_bytes value, void *context)
{
    (void)key;
    uint64_t *listed = context;
    struct catalog_product_row row;
    if (catalog_get_product(audit->rows, (struct gm_product_id){first_id(value)}, &row) &&
        row.state == CATALOG_LISTED)
        *listed += row.listed_lots;
    return GM_OK;
}

static enum gm_status look_at_seller(const struct audit *audit, struct gm_bytes key,
                                     struct gm_bytes value, void *context)
{
    struct totals *totals = context;
    const struct gm_member_id id = {first_id(key)};
    uint64_t listed = 0;
    struct gm_key prefix;
    (void)value;
    catalog_key_of(&prefix, id.id);
    const enum gm_status status = each(audit, &catalog_product_skus, &prefix, look_at_sku, &listed);
    if (status != GM_OK) return status;
    if (listed != catalog_listed_lots(audit->rows, id))
        return corrupt(audit, GM_ID_member, id.id, "counts %llu listed lots; there are %llu",
                       (unsigned long long)catalog_listed_lots(audit->rows, id),
                       (unsigned long long)listed);
    totals->seller_lots += listed;
    return GM_OK;
}

/* ---- reservations ---- */

static enum gm_status look_at_reservation(const struct audit *audit, struct gm_bytes key,
                                          struct gm_bytes value, void *context)
{
    struct totals *totals = context;
    const struct gm_order_id id = {first_id(key)};
    struct catalog_reservation_row row;
    if (value.size != sizeof row)
        return corrupt(audit, GM_ID_order, id.id, "no row of a reservation");
    memcpy(&row, value.at, sizeof row);
    if (row.state == CATALOG_RESERVATION_NONE || row.state >= CATALOG_RESERVATION_COUNT)
        return corrupt(audit, GM_ID_order, id.id, "a reservation in state %u", row.state);
    if (row.state != CATALOG_HELD)
        return row.lots == 0 ? GM_OK : corrupt(audit, GM_ID_order, id.id, "gone, and holds lots");

    totals->held_reservations++;
    if (!has_row(audit, &catalog_reservation_lots, id.id))
        return corrupt(audit, GM_ID_order, id.id, "HELD, and names no lots");
    size_t count;
    const struct gm_lot_id *lots = catalog_reserved_lots(audit->rows, id, audit->arena, &count);
    uint32_t holding = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && gm_id_compare(lots[i - 1].id, lots[i].id) >= 0)
            return corrupt(audit, GM_ID_order, id.id, "its lots do not ascend");
        holding += catalog_held(audit->rows, lots[i], id) > 0;
    }
    if (holding == 0 || holding != row.lots)
        return corrupt(audit, GM_ID_order, id.id, "counts %u lots; %u hold something", row.lots,
                       holding);
    return GM_OK;
}

enum gm_status catalog_audit(struct gm_snapshot *snapshot, struct gm_arena *arena, char *ret_why,
                             size_t why_size)
{
    const struct audit audit = {
        .snapshot = snapshot,
        .rows = gm_snapshot_rows(snapshot),
        .arena = arena,
        .why = ret_why,
        .why_size = why_size,
    };
    struct totals totals = {0};
    const struct {
        const struct gm_table *table;
        look_fn *look;
    } walks[] = {
        {&catalog_reservations, look_at_reservation},
        {&catalog_lots, look_at_lot},
        {&catalog_products, look_at_product},
        {&catalog_product_descriptions, look_at_description},
        {&catalog_sellers, look_at_seller},
    };
    for (size_t i = 0; i < sizeof walks / sizeof *walks; i++) {
        const enum gm_status status = each(&audit, walks[i].table, NULL, walks[i].look, &totals);
        if (status != GM_OK) return status;
    }
    const struct {
        const struct gm_table *table;
        uint64_t rows;
    } counts[] = {
        {&catalog_product_documents, totals.products},
        {&catalog_product_skus, totals.products},
        {&catalog_lot_terms, totals.lots},
        {&catalog_lot_documents, totals.lots},
        {&catalog_lot_codes, totals.lots},
        {&catalog_holds, totals.holds},
        {&catalog_reservation_lots, totals.held_reservations},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const enum gm_status status = count_is(&audit, counts[i].table, counts[i].rows);
        if (status != GM_OK) return status;
    }
    if (totals.listed_lots == totals.seller_lots) return GM_OK;
    (void)snprintf(ret_why, why_size, "sellers count %llu listed lots; there are %llu",
                   (unsigned long long)totals.seller_lots, (unsigned long long)totals.listed_lots);
    return GM_CORRUPT;
}
