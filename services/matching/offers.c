#include "matching/offers.h"

#include "base/assert.h"
#include "matching/figures.h"

static void put_tiers(const struct matching_lot_row *row, struct engine_lot *offer)
{
    GM_ASSERT(row->tier_count <= ENGINE_TIERS_MAX);
    for (unsigned i = 0; i < row->tier_count; i++)
        offer->tiers[i] =
            (struct engine_tier){row->tiers[i].from_quantity, row->tiers[i].unit_price_minor};
    offer->tier_count = row->tier_count;
}

static void put_firing(const struct matching_lot_row *row, struct engine_lot *offer)
{
    GM_ASSERT(row->firing_count <= ENGINE_FIRING_SOURCES_MAX);
    for (unsigned i = 0; i < row->firing_count; i++)
        offer->firing_sources[i] = (struct engine_energy_use){
            matching_energy_row(row->firing[i].energy), row->firing[i].quantity};
    offer->firing_source_count = row->firing_count;
    offer->firing_output_g = row->firing_output_g;
}

struct engine_lot matching_offer_of(struct gm_lot_id lot, const struct matching_lot_row *row,
                                    const struct matching_product_row *product,
                                    const struct matching_ask *ask)
{
    struct engine_lot offer = {
        .id = lot,
        .seller = row->seller,
        .is_listed = !row->is_withdrawn && !product->is_withdrawn,
        .currency = row->currency,
        .category = matching_category_row(product->category.text),
        .ship_from = matching_place_row(row->ship_from.text),
        .body = matching_word(&ask->bodies, product->body.text),
        .glaze = matching_word(&ask->glazes, product->glaze.text),
        .on_hand = row->on_hand,
        .reserved = row->reserved,
        .min_order = row->min_order,
        .order_multiple = row->order_multiple,
        .lead_time_days = row->lead_time_days,
        .mass_g = product->mass_g,
        .pack_units = row->pack_units,
        .pack_gross_g = row->pack_gross_g,
    };
    if (!matching_grade_of_wire(row->grade, &offer.grade) ||
        !matching_unit_of_wire(product->base_unit, &offer.base_unit) ||
        !matching_incoterm_of_wire(row->incoterm, &offer.incoterm))
        offer.is_listed = false;
    put_tiers(row, &offer);
    put_firing(row, &offer);
    return offer;
}

static const struct matching_product_row *product_of(struct matching_offers *offers,
                                                     struct gm_product_id product)
{
    if (!offers->has_product || !gm_id_equal(offers->product.id, product.id)) {
        offers->product = product;
        offers->has_product =
            matching_get_product(offers->rows, offers->generation, product, &offers->product_row);
        GM_ASSERT(offers->has_product); /* published before its lots */
    }
    return &offers->product_row;
}

static enum gm_status next(struct engine_lots *handle, struct engine_lot *ret_lot)
{
    struct matching_offers *offers = (struct matching_offers *)handle;
    struct gm_bytes key;
    struct gm_bytes value;
    struct matching_lot_row row;
    struct gm_lot_id lot;
    uint32_t generation;
    const enum gm_status status = gm_cursor_next(&offers->cursor, NULL, &key, &value);
    if (status != GM_OK) return status;
    struct gm_key_reader reader = {key};
    const bool is_key =
        gm_key_read_u32(&reader, &generation) == GM_OK && gm_key_read_id(&reader, &lot.id) == GM_OK;
    GM_ASSERT(is_key);
    if (generation != offers->generation) return GM_END;
    GM_ASSERT(value.size == sizeof row);
    memcpy(&row, value.at, sizeof row);
    *ret_lot = matching_offer_of(lot, &row, product_of(offers, row.product), offers->ask);
    return GM_OK;
}

void matching_offers_init(struct matching_offers *offers, struct gm_snapshot *snapshot,
                          uint32_t generation, const struct matching_ask *ask)
{
    struct gm_key from;
    *offers = (struct matching_offers){
        .lots = {.next = next},
        .rows = gm_snapshot_rows(snapshot),
        .ask = ask,
        .generation = generation,
    };
    gm_key_begin(&from);
    gm_key_u32(&from, generation);
    gm_cursor_init(&offers->cursor, snapshot, &matching_lots, &from);
}

void matching_offers_release(struct matching_offers *offers)
{
    gm_cursor_release(&offers->cursor);
}
