#include "matching/follow.h"

#include <catalog.pb-c.h>

#include "matching/parts.h"
#include "matching/state.h"

/* What an event changes: rows of one history of the catalog. */
struct shelf {
    struct gm_fold *fold;
    uint32_t generation;
};

/* ---- rows ---- */

static struct matching_product_row product_row(const struct shelf *shelf,
                                               struct gm_product_id product)
{
    struct matching_product_row row;
    const bool found = matching_get_product(shelf->fold->rows, shelf->generation, product, &row);
    GM_ASSERT(found);
    return row;
}

static struct matching_lot_row lot_row(const struct shelf *shelf, struct gm_lot_id lot)
{
    struct matching_lot_row row;
    const bool found = matching_get_lot(shelf->fold->rows, shelf->generation, lot, &row);
    GM_ASSERT(found);
    return row;
}

static void put(const struct shelf *shelf, const struct gm_table *table, struct gm_id id,
                struct gm_bytes value)
{
    struct gm_key key;
    matching_key_followed(&key, shelf->generation, id);
    gm_store_put(shelf->fold->store, table, &key, value);
}

static void put_product(const struct shelf *shelf, struct gm_product_id product,
                        const struct matching_product_row *row)
{
    put(shelf, &matching_products, product.id, gm_bytes(row, sizeof *row));
}

static void put_lot(const struct shelf *shelf, struct gm_lot_id lot,
                    const struct matching_lot_row *row)
{
    GM_ASSERT(row->reserved >= 0);
    GM_ASSERT(row->reserved <= row->on_hand);
    GM_ASSERT(row->on_hand <= GM_QUANTITY_MAX);
    put(shelf, &matching_lots, lot.id, gm_bytes(row, sizeof *row));
}

/* ---- products ---- */

static void product_changed(const struct shelf *shelf, const Catalog__ProductChanged *change)
{
    const struct gm_product_id product = {gm_message_id(change->product->product_id)};
    const Catalog__ProductTerms *terms = change->product->terms;
    const struct matching_product_row row = {
        .seller = {gm_message_id(change->product->seller)},
        .revision = change->revision,
        .mass_g = terms->mass_g,
        .category = matching_text_of(terms->category),
        .body = matching_text_of(terms->body),
        .glaze = matching_text_of(terms->glaze),
        .base_unit = (uint8_t)terms->base_unit,
    };
    put_product(shelf, product, &row);

    Catalog__Product shown = CATALOG__PRODUCT__INIT;
    Catalog__ProductTerms shown_terms = CATALOG__PRODUCT_TERMS__INIT;
    shown.sku = change->product->sku;
    shown.terms = &shown_terms;
    shown_terms.n_names = terms->n_names;
    shown_terms.names = terms->names;
    shown_terms.n_assumed = terms->n_assumed;
    shown_terms.assumed = terms->assumed;
    put(shelf, &matching_product_documents, product.id,
        matching_pack(&shown.base, shelf->fold->arena));
}

static void product_revised(const struct shelf *shelf, const Catalog__ProductChanged *change)
{
    const struct gm_product_id product = {gm_message_id(change->product->product_id)};
    const struct matching_product_row row = product_row(shelf, product);
    GM_ASSERT(!row.is_withdrawn);
    GM_ASSERT(change->revision == row.revision + 1);
    product_changed(shelf, change);
}

static void product_withdrawn(const struct shelf *shelf, const Catalog__ListingChanged *change)
{
    const struct gm_product_id product = {gm_message_id(change->id)};
    struct matching_product_row row = product_row(shelf, product);
    GM_ASSERT(change->revision == row.revision + 1);
    row.revision = change->revision;
    row.is_withdrawn = true;
    put_product(shelf, product, &row);
}

/* ---- lots ---- */

/* Terms are revised as a whole: all of them are written, stock and listing are not. */
static void set_terms(struct matching_lot_row *row, const Catalog__LotTerms *terms)
{
    GM_ASSERT(terms->n_tiers >= 1);
    GM_ASSERT(terms->n_tiers <= ENGINE_TIERS_MAX);
    memset(row->tiers, 0, sizeof row->tiers);
    memset(row->firing, 0, sizeof row->firing);
    for (size_t i = 0; i < terms->n_tiers; i++)
        row->tiers[i] = (struct matching_tier){terms->tiers[i]->from_quantity,
                                               terms->tiers[i]->unit_price_minor};
    row->tier_count = (uint8_t)terms->n_tiers;
    row->firing_count = 0;
    row->firing_output_g = 0;
    if (terms->firing != NULL) {
        GM_ASSERT(terms->firing->n_sources <= ENGINE_FIRING_SOURCES_MAX);
        for (size_t i = 0; i < terms->firing->n_sources; i++)
            row->firing[i] = (struct matching_energy_use){
                .quantity = terms->firing->sources[i]->quantity,
                .energy = (uint32_t)terms->firing->sources[i]->energy,
            };
        row->firing_count = (uint8_t)terms->firing->n_sources;
        row->firing_output_g = terms->firing->output_g;
    }
    const enum gm_status parsed = gm_currency_parse(terms->currency, &row->currency);
    GM_ASSERT(parsed == GM_OK);
    row->min_order = terms->min_order;
    row->order_multiple = terms->order_multiple;
    row->pack_units = terms->pack == NULL ? 0 : terms->pack->units;
    row->pack_gross_g = terms->pack == NULL ? 0 : terms->pack->gross_g;
    row->ship_from = matching_text_of(terms->ship_from);
    row->lead_time_days = terms->lead_time_days;
    row->grade = (uint8_t)terms->grade;
    row->incoterm = (uint8_t)terms->incoterm;
}

static void put_lot_document(const struct shelf *shelf, struct gm_lot_id lot,
                             const Catalog__LotTerms *terms)
{
    Catalog__LotTerms shown = CATALOG__LOT_TERMS__INIT;
    struct gm_key key;
    if (terms->n_assumed == 0) {
        matching_key_followed(&key, shelf->generation, lot.id);
        gm_store_delete(shelf->fold->store, &matching_lot_documents, &key);
        return;
    }
    shown.n_assumed = terms->n_assumed;
    shown.assumed = terms->assumed;
    put(shelf, &matching_lot_documents, lot.id, matching_pack(&shown.base, shelf->fold->arena));
}

static void lot_published(const struct shelf *shelf, const Catalog__LotChanged *change)
{
    const struct gm_lot_id lot = {gm_message_id(change->lot->lot_id)};
    struct matching_lot_row row = {
        .product = {gm_message_id(change->lot->product_id)},
        .seller = {gm_message_id(change->lot->seller)},
        .revision = change->revision,
        .on_hand = change->on_hand,
    };
    const struct matching_product_row product = product_row(shelf, row.product);
    GM_ASSERT(gm_id_equal(product.seller.id, row.seller.id));
    set_terms(&row, change->lot->terms);
    put_lot(shelf, lot, &row);
    put_lot_document(shelf, lot, change->lot->terms);
}

static void lot_revised(const struct shelf *shelf, const Catalog__LotChanged *change)
{
    const struct gm_lot_id lot = {gm_message_id(change->lot->lot_id)};
    struct matching_lot_row row = lot_row(shelf, lot);
    GM_ASSERT(!row.is_withdrawn);
    GM_ASSERT(change->revision == row.revision + 1);
    row.revision = change->revision;
    set_terms(&row, change->lot->terms);
    put_lot(shelf, lot, &row);
    put_lot_document(shelf, lot, change->lot->terms);
}

static void lot_withdrawn(const struct shelf *shelf, const Catalog__ListingChanged *change)
{
    const struct gm_lot_id lot = {gm_message_id(change->id)};
    struct matching_lot_row row = lot_row(shelf, lot);
    GM_ASSERT(change->revision == row.revision + 1);
    row.revision = change->revision;
    row.is_withdrawn = true;
    put_lot(shelf, lot, &row);
}

/* ---- stock ---- */

static void stock_changed(const struct shelf *shelf, const Catalog__StockChanged *change)
{
    const struct gm_lot_id lot = {gm_message_id(change->lot_id)};
    struct matching_lot_row row = lot_row(shelf, lot);
    row.on_hand += change->delta;
    GM_ASSERT(row.on_hand == change->on_hand);
    put_lot(shelf, lot, &row);
}

/* What one unit of a line does to a lot's figures. */
struct movement {
    int on_hand;
    int reserved;
};
static const struct movement reserved = {.reserved = 1};
static const struct movement released = {.reserved = -1};
static const struct movement consumed = {.on_hand = -1, .reserved = -1};

static void reservation_changed(const struct shelf *shelf, const struct movement *movement,
                                const Catalog__ReservationChanged *change)
{
    for (size_t i = 0; i < change->n_lines; i++) {
        const struct gm_lot_id lot = {gm_message_id(change->lines[i]->lot_id)};
        struct matching_lot_row row = lot_row(shelf, lot);
        row.on_hand += movement->on_hand * change->lines[i]->quantity;
        row.reserved += movement->reserved * change->lines[i]->quantity;
        put_lot(shelf, lot, &row);
    }
}

/* ---- dispatch ---- */

void matching_follow(struct gm_fold *fold, uint32_t generation,
                     const struct gm_foreign_event *foreign, const ProtobufCMessage *message)
{
    const Catalog__Event *event = (const Catalog__Event *)message;
    const struct shelf shelf = {fold, generation};
    (void)foreign;
    switch ((int)event->event_case) {
    case CATALOG__EVENT__EVENT_PRODUCT_PUBLISHED:
        product_changed(&shelf, event->product_published);
        return;
    case CATALOG__EVENT__EVENT_PRODUCT_REVISED:
        product_revised(&shelf, event->product_revised);
        return;
    case CATALOG__EVENT__EVENT_PRODUCT_WITHDRAWN:
        product_withdrawn(&shelf, event->product_withdrawn);
        return;
    case CATALOG__EVENT__EVENT_LOT_PUBLISHED:
        lot_published(&shelf, event->lot_published);
        return;
    case CATALOG__EVENT__EVENT_LOT_REVISED:
        lot_revised(&shelf, event->lot_revised);
        return;
    case CATALOG__EVENT__EVENT_LOT_WITHDRAWN:
        lot_withdrawn(&shelf, event->lot_withdrawn);
        return;
    case CATALOG__EVENT__EVENT_RESTOCKED:
        stock_changed(&shelf, event->restocked);
        return;
    case CATALOG__EVENT__EVENT_ADJUSTED:
        stock_changed(&shelf, event->adjusted);
        return;
    case CATALOG__EVENT__EVENT_RESERVED:
        reservation_changed(&shelf, &reserved, event->reserved);
        return;
    case CATALOG__EVENT__EVENT_RELEASED:
        reservation_changed(&shelf, &released, event->released);
        return;
    case CATALOG__EVENT__EVENT_CONSUMED:
        reservation_changed(&shelf, &consumed, event->consumed);
        return;
    default:
        return; /* of a newer catalog */
    }
}
