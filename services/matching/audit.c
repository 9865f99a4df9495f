#include "matching/audit.h"

#include <stdarg.h>
#include <stdio.h>

#include <catalog.pb-c.h>
#include <matching.pb-c.h>

#include "base/assert.h"
#include "matching/state.h"
#include "wire/check.h"

enum { SENTENCE_BYTES_MAX = 128 };

struct audit {
    struct gm_snapshot *snapshot;
    const struct gm_rows *rows;
    struct gm_arena *arena;
    uint32_t generation;
    char *why;
    size_t why_size;
    uint64_t products; /* of the generation */
    uint64_t requests;
    uint64_t open_requests;
    uint64_t counted_requests; /* as the buyers' rows say */
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
typedef enum gm_status look_fn(struct audit *audit, struct gm_bytes key, struct gm_bytes value);

/* Each row whose key begins with prefix, until look says other than GM_OK; ret_count may be NULL.
 */
static enum gm_status each(struct audit *audit, const struct gm_table *table,
                           const struct gm_key *prefix, look_fn *look, uint64_t *ret_count)
{
    struct gm_cursor cursor;
    enum gm_status status = GM_OK;
    uint64_t count = 0;
    gm_cursor_init(&cursor, audit->snapshot, table, prefix->size > 0 ? prefix : NULL);
    while (status == GM_OK) {
        const size_t mark = gm_arena_mark(audit->arena);
        struct gm_bytes key;
        struct gm_bytes value;
        status = gm_cursor_next(&cursor, audit->arena, &key, &value);
        if (status != GM_OK || key.size < prefix->size ||
            memcmp(key.at, prefix->v, prefix->size) != 0)
            break;
        if (look != NULL) status = look(audit, key, value);
        count++;
        gm_arena_rewind(audit->arena, mark);
    }
    gm_cursor_release(&cursor);
    if (ret_count != NULL) *ret_count = count;
    return status == GM_END ? GM_OK : status;
}

static enum gm_status count_is(struct audit *audit, const struct gm_table *table,
                               const struct gm_key *prefix, uint64_t expected)
{
    uint64_t count;
    const enum gm_status status = each(audit, table, prefix, NULL, &count);
    if (status != GM_OK || count == expected) return status;
    (void)snprintf(audit->why, audit->why_size, "%s has %llu rows and not %llu", table->name,
                   (unsigned long long)count, (unsigned long long)expected);
    return GM_CORRUPT;
}

/* The id that a key holds from an offset on; zero where it does not reach. */
static struct gm_id id_at(struct gm_bytes key, size_t offset)
{
    struct gm_id id = {{0}};
    if (key.size >= offset + sizeof id) memcpy(&id, key.at + offset, sizeof id);
    return id;
}
enum { AFTER_GENERATION = sizeof(uint32_t) };

/* ---- the catalog's ---- */

static enum gm_status look_at_product(struct audit *audit, struct gm_bytes key,
                                      struct gm_bytes value)
{
    const struct gm_id id = id_at(key, AFTER_GENERATION);
    struct gm_key document_key;
    struct gm_bytes document;
    if (value.size != sizeof(struct matching_product_row))
        return corrupt(audit, GM_ID_product, id, "no row of a product");
    audit->products++;
    matching_key_followed(&document_key, audit->generation, id);
    if (gm_rows_get(audit->rows, &matching_product_documents, &document_key, audit->arena,
                    &document) != GM_OK)
        return corrupt(audit, GM_ID_product, id, "without a document");
    const Catalog__Product *shown = (const Catalog__Product *)gm_message_unpack(
        document, &catalog__product__descriptor, audit->arena);
    if (shown == NULL || shown->terms == NULL || shown->terms->n_names == 0)
        return corrupt(audit, GM_ID_product, id, "its document names nothing");
    return GM_OK;
}

static bool are_tiers_sound(const struct matching_lot_row *row)
{
    if (row->tier_count < 1 || row->tier_count > ENGINE_TIERS_MAX) return false;
    if (row->order_multiple < 1 || row->min_order < row->order_multiple ||
        row->min_order % row->order_multiple != 0)
        return false;
    if (row->tiers[0].from_quantity != row->min_order) return false;
    for (unsigned i = 1; i < row->tier_count; i++) {
        if (row->tiers[i].from_quantity <= row->tiers[i - 1].from_quantity ||
            row->tiers[i].unit_price_minor > row->tiers[i - 1].unit_price_minor)
            return false;
    }
    return true;
}

static enum gm_status look_at_lot(struct audit *audit, struct gm_bytes key, struct gm_bytes value)
{
    const struct gm_id id = id_at(key, AFTER_GENERATION);
    struct matching_lot_row row;
    struct matching_product_row product;
    if (value.size != sizeof row) return corrupt(audit, GM_ID_lot, id, "no row of a lot");
    memcpy(&row, value.at, sizeof row);
    if (row.reserved < 0 || row.reserved > row.on_hand || row.on_hand > GM_QUANTITY_MAX)
        return corrupt(audit, GM_ID_lot, id, "%lld of %lld reserved", (long long)row.reserved,
                       (long long)row.on_hand);
    if (!are_tiers_sound(&row)) return corrupt(audit, GM_ID_lot, id, "tiers that do not ascend");
    if (row.firing_count > ENGINE_FIRING_SOURCES_MAX ||
        (row.firing_count > 0) != (row.firing_output_g > 0))
        return corrupt(audit, GM_ID_lot, id, "a firing of %u sources", row.firing_count);
    if (!matching_get_product(audit->rows, audit->generation, row.product, &product) ||
        !gm_id_equal(product.seller.id, row.seller.id))
        return corrupt(audit, GM_ID_lot, id, "of no product of its seller");
    return GM_OK;
}

static enum gm_status look_at_lot_document(struct audit *audit, struct gm_bytes key,
                                           struct gm_bytes value)
{
    const struct gm_id id = id_at(key, AFTER_GENERATION);
    struct matching_lot_row row;
    const Catalog__LotTerms *terms = (const Catalog__LotTerms *)gm_message_unpack(
        value, &catalog__lot_terms__descriptor, audit->arena);
    if (!matching_get_lot(audit->rows, audit->generation, (struct gm_lot_id){id}, &row))
        return corrupt(audit, GM_ID_lot, id, "a document without its lot");
    if (terms == NULL || terms->n_assumed == 0)
        return corrupt(audit, GM_ID_lot, id, "its document assumes nothing");
    return GM_OK;
}

static enum gm_status audit_followed(struct audit *audit)
{
    struct gm_key prefix;
    gm_key_begin(&prefix);
    gm_key_u32(&prefix, audit->generation);
    enum gm_status status = each(audit, &matching_products, &prefix, look_at_product, NULL);
    if (status == GM_OK) status = each(audit, &matching_lots, &prefix, look_at_lot, NULL);
    if (status == GM_OK)
        status = each(audit, &matching_lot_documents, &prefix, look_at_lot_document, NULL);
    if (status == GM_OK)
        status = count_is(audit, &matching_product_documents, &prefix, audit->products);

    /* Older generations are on their way out; newer ones do not exist. */
    gm_key_begin(&prefix);
    gm_key_u32(&prefix, audit->generation + 1);
    for (unsigned i = 0; status == GM_OK && matching_followed_tables[i] != NULL; i++)
        status = count_is(audit, matching_followed_tables[i], &prefix, 0);
    return status;
}

/* ---- requests ---- */

static bool is_listed(const struct audit *audit, const struct matching_request_row *row,
                      enum matching_state state, struct gm_request_id request)
{
    struct gm_key key;
    struct gm_bytes nothing;
    matching_key_of_listing(&key, row->buyer, state,
                            (struct matching_listing){row->submitted_ms, request});
    return gm_rows_get(audit->rows, &matching_buyer_requests, &key, NULL, &nothing) == GM_OK;
}

/* The document says what the row was made from. */
static enum gm_status audit_document(const struct audit *audit, struct gm_id id,
                                     const struct matching_request_row *row)
{
    struct gm_key key;
    struct gm_bytes document;
    matching_key_of(&key, id);
    if (gm_rows_get(audit->rows, &matching_request_documents, &key, audit->arena, &document) !=
        GM_OK)
        return corrupt(audit, GM_ID_request, id, "without a document");
    const Matching__SourcingView *view = (const Matching__SourcingView *)gm_message_unpack(
        document, &matching__sourcing_view__descriptor, audit->arena);
    if (view == NULL || view->request == NULL || view->revision != 0 ||
        !gm_id_equal(gm_message_id(view->request_id), id) ||
        !gm_id_equal(gm_message_id(view->buyer), row->buyer.id) ||
        view->submitted_ms != row->submitted_ms || view->request->n_lines != row->line_count ||
        view->request->close_day != row->close_day || view->n_references != row->line_count ||
        strcmp(view->request->buyer_reference, row->buyer_reference.text) != 0)
        return corrupt(audit, GM_ID_request, id, "document and row differ");
    return GM_OK;
}

static enum gm_status look_at_request(struct audit *audit, struct gm_bytes key,
                                      struct gm_bytes value)
{
    const struct gm_request_id id = {id_at(key, 0)};
    struct matching_request_row row;
    if (value.size != sizeof row) return corrupt(audit, GM_ID_request, id.id, "no row of one");
    memcpy(&row, value.at, sizeof row);
    if (row.state == MATCHING_STATE_NONE || row.state >= MATCHING_STATE_COUNT)
        return corrupt(audit, GM_ID_request, id.id, "in state %u", row.state);
    const enum matching_state state = (enum matching_state)row.state;
    const bool is_open = state == MATCHING_OPEN;
    audit->requests++;
    audit->open_requests += is_open;
    if (row.revision != (is_open ? 1 : 2))
        return corrupt(audit, GM_ID_request, id.id, "revision %llu in state %u",
                       (unsigned long long)row.revision, row.state);

    const int64_t due_ms = gm_timer_due(audit->rows, MATCHING_TIMER_EXPIRE, id.id);
    if (due_ms != (is_open ? matching_expires_ms(row.close_day) : 0))
        return corrupt(audit, GM_ID_request, id.id, "in state %u with a timer at %lld", row.state,
                       (long long)due_ms);
    if (!is_listed(audit, &row, MATCHING_STATE_NONE, id) || !is_listed(audit, &row, state, id))
        return corrupt(audit, GM_ID_request, id.id, "not in its buyer's lists");
    return audit_document(audit, id.id, &row);
}

static enum gm_status look_at_buyer(struct audit *audit, struct gm_bytes key, struct gm_bytes value)
{
    const struct gm_member_id id = {id_at(key, 0)};
    struct matching_buyer_row row;
    struct gm_key open;
    if (value.size != sizeof row) return corrupt(audit, GM_ID_member, id.id, "no row of a buyer");
    memcpy(&row, value.at, sizeof row);
    if (row.open_requests == 0 || row.open_requests > MATCHING_OPEN_REQUESTS_MAX)
        return corrupt(audit, GM_ID_member, id.id, "%llu open requests",
                       (unsigned long long)row.open_requests);
    audit->counted_requests += row.open_requests;
    matching_key_of_list(&open, id, MATCHING_OPEN);
    return count_is(audit, &matching_buyer_requests, &open, row.open_requests);
}

/* Each request has its rows, as seen above: a table with more than that has some without one. */
static enum gm_status audit_requests(struct audit *audit)
{
    struct gm_key all;
    gm_key_begin(&all);
    enum gm_status status = each(audit, &matching_requests, &all, look_at_request, NULL);
    if (status == GM_OK) status = each(audit, &matching_buyers, &all, look_at_buyer, NULL);
    if (status == GM_OK)
        status = count_is(audit, &matching_request_documents, &all, audit->requests);
    if (status == GM_OK)
        status = count_is(audit, &matching_buyer_requests, &all, 2 * audit->requests);
    if (status != GM_OK || audit->counted_requests == audit->open_requests) return status;
    (void)snprintf(audit->why, audit->why_size, "buyers count %llu open requests; there are %llu",
                   (unsigned long long)audit->counted_requests,
                   (unsigned long long)audit->open_requests);
    return GM_CORRUPT;
}

enum gm_status matching_audit(struct gm_snapshot *snapshot, struct gm_arena *arena, char *ret_why,
                              size_t why_size)
{
    struct audit audit = {
        .snapshot = snapshot,
        .rows = gm_snapshot_rows(snapshot),
        .arena = arena,
        .generation = gm_follow_generation(gm_snapshot_rows(snapshot), GM_SERVICE_CATALOG),
        .why = ret_why,
        .why_size = why_size,
    };
    const enum gm_status status = audit_followed(&audit);
    return status == GM_OK ? audit_requests(&audit) : status;
}
