#include "catalog/apply.h"

#include <catalog.pb-c.h>

#include "catalog/parts.h"
#include "catalog/state.h"
#include "wire/check.h"

/* ---- rows ---- */

static void put(struct gm_fold *fold, const struct gm_table *table, const struct gm_key *key,
                const void *row, size_t size)
{
    gm_store_put(fold->store, table, key, gm_bytes(row, size));
}

static void put_product(struct gm_fold *fold, struct gm_product_id product,
                        const struct catalog_product_row *row)
{
    struct gm_key key;
    catalog_key_of(&key, product.id);
    put(fold, &catalog_products, &key, row, sizeof *row);
}

static void put_lot(struct gm_fold *fold, struct gm_lot_id lot, const struct catalog_lot_row *row)
{
    GM_ASSERT(row->reserved >= 0);
    GM_ASSERT(row->reserved <= row->on_hand);
    GM_ASSERT(row->on_hand <= GM_QUANTITY_MAX);
    GM_ASSERT(row->on_hand == row->received - row->consumed - row->written_off);

    struct gm_key key;
    catalog_key_of(&key, lot.id);
    put(fold, &catalog_lots, &key, row, sizeof *row);
}

static void put_reservation(struct gm_fold *fold, struct gm_order_id order,
                            const struct catalog_reservation_row *row)
{
    GM_ASSERT((row->lots > 0) == (row->state == CATALOG_HELD));

    struct gm_key key;
    catalog_key_of(&key, order.id);
    put(fold, &catalog_reservations, &key, row, sizeof *row);
    if (row->state != CATALOG_HELD) gm_store_delete(fold->store, &catalog_reservation_lots, &key);
}

static void put_hold(struct gm_fold *fold, struct gm_lot_id lot, struct gm_order_id order,
                     int64_t quantity)
{
    GM_ASSERT(quantity >= 0);

    struct gm_key key;
    catalog_key_of_hold(&key, lot, order);
    const struct catalog_hold_row row = {.quantity = quantity};
    if (quantity > 0)
        put(fold, &catalog_holds, &key, &row, sizeof row);
    else
        gm_store_delete(fold->store, &catalog_holds, &key);
}

static void add_listed_lots(struct gm_fold *fold, struct gm_member_id seller, int64_t change)
{
    struct gm_key key;
    catalog_key_of(&key, seller.id);
    const int64_t listed = (int64_t)catalog_listed_lots(fold->rows, seller) + change;
    GM_ASSERT(listed >= 0);
    const struct catalog_seller_row row = {.listed_lots = (uint64_t)listed};
    put(fold, &catalog_sellers, &key, &row, sizeof row);
}

static struct catalog_product_row product_row(const struct gm_fold *fold,
                                              struct gm_product_id product)
{
    struct catalog_product_row row;
    const bool found = catalog_get_product(fold->rows, product, &row);
    GM_ASSERT(found);
    return row;
}

static struct catalog_lot_row lot_row(const struct gm_fold *fold, struct gm_lot_id lot)
{
    struct catalog_lot_row row;
    const bool found = catalog_get_lot(fold->rows, lot, &row);
    GM_ASSERT(found);
    return row;
}

/* ---- products ---- */

/* The row and what it says of its document. */
static void put_product_documents(struct gm_fold *fold, struct gm_product_id product,
                                  struct catalog_product_row *row, const Catalog__Product *message)
{
    struct gm_key key;
    catalog_key_of(&key, product.id);
    const struct catalog_product_documents documents = catalog_encode_product(message, fold->arena);
    row->terms_bytes = documents.terms_bytes;
    row->base_unit = (uint8_t)message->terms->base_unit;
    put_product(fold, product, row);
    gm_store_put(fold->store, &catalog_product_documents, &key, documents.document);
    if (documents.descriptions.size > 0)
        gm_store_put(fold->store, &catalog_product_descriptions, &key, documents.descriptions);
    else
        gm_store_delete(fold->store, &catalog_product_descriptions, &key);
}

static void product_published(struct gm_fold *fold, const Catalog__ProductChanged *change)
{
    const struct gm_product_id product = {gm_message_id(change->product->product_id)};
    struct catalog_product_row row = {
        .seller = {gm_message_id(change->product->seller)},
        .revision = change->revision,
        .sku = catalog_code_of(change->product->sku),
        .state = CATALOG_LISTED,
    };
    struct gm_key key;
    put_product_documents(fold, product, &row, change->product);
    catalog_key_of_sku(&key, row.seller, row.sku.text);
    put(fold, &catalog_product_skus, &key, &product, sizeof product);
}

static void product_revised(struct gm_fold *fold, const Catalog__ProductChanged *change)
{
    const struct gm_product_id product = {gm_message_id(change->product->product_id)};
    struct catalog_product_row row = product_row(fold, product);
    GM_ASSERT(catalog_listing_permits(row.state, CATALOG_REVISE));
    GM_ASSERT(change->revision == row.revision + 1);

    row.revision = change->revision;
    put_product_documents(fold, product, &row, change->product);
}

static void product_withdrawn(struct gm_fold *fold, const Catalog__ListingChanged *change)
{
    const struct gm_product_id product = {gm_message_id(change->id)};
    struct catalog_product_row row = product_row(fold, product);
    GM_ASSERT(catalog_listing_permits(row.state, CATALOG_WITHDRAW));
    GM_ASSERT(change->revision == row.revision + 1);

    row.revision = change->revision;
    row.state = CATALOG_WITHDRAWN;
    put_product(fold, product, &row);
    if (row.listed_lots > 0) add_listed_lots(fold, row.seller, -(int64_t)row.listed_lots);
}

/* ---- lots ---- */

static void put_terms(struct gm_fold *fold, struct gm_lot_id lot, const Catalog__Lot *message)
{
    const Catalog__LotTerms *terms = message->terms;
    GM_ASSERT(terms->n_tiers >= 1 && terms->n_tiers <= CATALOG_TIERS_MAX);
    struct catalog_terms_row row = {
        .min_order = terms->min_order,
        .order_multiple = terms->order_multiple,
        .ship_from = catalog_code_of(terms->ship_from),
        .tier_count = (uint32_t)terms->n_tiers,
    };
    const enum gm_status parsed = gm_currency_parse(terms->currency, &row.currency);
    GM_ASSERT(parsed == GM_OK);
    for (size_t i = 0; i < terms->n_tiers; i++)
        row.tiers[i] = (struct catalog_tier){terms->tiers[i]->from_quantity,
                                             terms->tiers[i]->unit_price_minor};
    struct gm_key key;
    catalog_key_of(&key, lot.id);
    put(fold, &catalog_lot_terms, &key, &row, sizeof row);
    gm_store_put(fold->store, &catalog_lot_documents, &key,
                 catalog_encode_lot(message, fold->arena));
}

static void lot_published(struct gm_fold *fold, const Catalog__LotChanged *change)
{
    const struct gm_lot_id lot = {gm_message_id(change->lot->lot_id)};
    const struct gm_product_id product = {gm_message_id(change->lot->product_id)};
    struct catalog_product_row product_now = product_row(fold, product);
    GM_ASSERT(catalog_listing_permits(product_now.state, CATALOG_PUBLISH_LOT));
    const struct catalog_lot_row row = {
        .product = product,
        .seller = product_now.seller,
        .revision = change->revision,
        .on_hand = change->on_hand,
        .received = change->on_hand,
        .state = CATALOG_LISTED,
    };
    struct gm_key key;
    put_lot(fold, lot, &row);
    put_terms(fold, lot, change->lot);
    catalog_key_of_lot_code(&key, row.seller, change->lot->sku, change->lot->lot_code);
    put(fold, &catalog_lot_codes, &key, &lot, sizeof lot);
    product_now.lots++;
    product_now.listed_lots++;
    put_product(fold, product, &product_now);
    add_listed_lots(fold, row.seller, 1);
}

static void lot_revised(struct gm_fold *fold, const Catalog__LotChanged *change)
{
    const struct gm_lot_id lot = {gm_message_id(change->lot->lot_id)};
    struct catalog_lot_row row = lot_row(fold, lot);
    GM_ASSERT(catalog_listing_permits(catalog_lot_listing(fold->rows, &row), CATALOG_REVISE));
    GM_ASSERT(change->revision == row.revision + 1);

    row.revision = change->revision;
    put_lot(fold, lot, &row);
    put_terms(fold, lot, change->lot);
}

static void lot_withdrawn(struct gm_fold *fold, const Catalog__ListingChanged *change)
{
    const struct gm_lot_id lot = {gm_message_id(change->id)};
    struct catalog_lot_row row = lot_row(fold, lot);
    GM_ASSERT(catalog_listing_permits(row.state, CATALOG_WITHDRAW));
    GM_ASSERT(change->revision == row.revision + 1);

    row.revision = change->revision;
    row.state = CATALOG_WITHDRAWN;
    put_lot(fold, lot, &row);
    struct catalog_product_row product = product_row(fold, row.product);
    GM_ASSERT(product.listed_lots > 0);
    product.listed_lots--;
    put_product(fold, row.product, &product);
    if (product.state == CATALOG_LISTED) add_listed_lots(fold, row.seller, -1);
}

static void stock_changed(struct gm_fold *fold, const Catalog__StockChanged *change)
{
    const struct gm_lot_id lot = {gm_message_id(change->lot_id)};
    struct catalog_lot_row row = lot_row(fold, lot);
    row.on_hand += change->delta;
    GM_ASSERT(row.on_hand == change->on_hand);
    if (change->delta > 0)
        row.received += change->delta;
    else
        row.written_off -= change->delta;
    put_lot(fold, lot, &row);
}

/* ---- reservations ---- */

static struct catalog_reservation_row reservation_row(const struct gm_fold *fold,
                                                      struct gm_order_id order)
{
    struct catalog_reservation_row row;
    const bool found = catalog_get_reservation(fold->rows, order, &row);
    return found ? row : (struct catalog_reservation_row){.state = CATALOG_RESERVATION_NONE};
}

static void reserved(struct gm_fold *fold, const Catalog__ReservationChanged *change)
{
    const struct gm_order_id order = {gm_message_id(change->order_id)};
    GM_ASSERT(catalog_reservation_permits(reservation_row(fold, order).state, CATALOG_RESERVE));
    GM_ASSERT(change->n_lines >= 1 && change->n_lines <= CATALOG_LINES_MAX);

    struct gm_lot_id *lots = catalog_array(fold->arena, change->n_lines, sizeof *lots);
    for (size_t i = 0; i < change->n_lines; i++) {
        const int64_t quantity = change->lines[i]->quantity;
        lots[i] = (struct gm_lot_id){gm_message_id(change->lines[i]->lot_id)};
        GM_ASSERT(quantity > 0);
        GM_ASSERT(i == 0 || gm_id_compare(lots[i - 1].id, lots[i].id) < 0);
        struct catalog_lot_row row = lot_row(fold, lots[i]);
        row.reserved += quantity;
        put_lot(fold, lots[i], &row);
        put_hold(fold, lots[i], order, quantity);
    }
    const struct catalog_reservation_row row = {
        .buyer = {gm_message_id(change->buyer)},
        .seller = {gm_message_id(change->seller)},
        .lots = (uint32_t)change->n_lines,
        .state = CATALOG_HELD,
    };
    struct gm_key key;
    put_reservation(fold, order, &row);
    catalog_key_of(&key, order.id);
    put(fold, &catalog_reservation_lots, &key, lots, change->n_lines * sizeof *lots);
}

/* Takes the lines off what the order holds; returns how many lots hold nothing more for it. */
static uint32_t unhold(struct gm_fold *fold, struct gm_order_id order,
                       const Catalog__ReservationChanged *change, bool consumed)
{
    uint32_t emptied = 0;
    for (size_t i = 0; i < change->n_lines; i++) {
        const struct gm_lot_id lot = {gm_message_id(change->lines[i]->lot_id)};
        const int64_t quantity = change->lines[i]->quantity;
        const int64_t left = catalog_held(fold->rows, lot, order) - quantity;
        GM_ASSERT(quantity > 0);
        put_hold(fold, lot, order, left);
        emptied += left == 0;
        struct catalog_lot_row row = lot_row(fold, lot);
        row.reserved -= quantity;
        if (consumed) {
            row.on_hand -= quantity;
            row.consumed += quantity;
        }
        put_lot(fold, lot, &row);
    }
    return emptied;
}

static void released(struct gm_fold *fold, const Catalog__ReservationChanged *change)
{
    const struct gm_order_id order = {gm_message_id(change->order_id)};
    struct catalog_reservation_row row = reservation_row(fold, order);
    GM_ASSERT(catalog_reservation_permits(row.state, CATALOG_RELEASE));
    const uint32_t emptied = unhold(fold, order, change, false);
    GM_ASSERT(emptied == row.lots); /* all that was left */

    row.lots = 0;
    row.state = CATALOG_RELEASED;
    put_reservation(fold, order, &row);
}

static void consumed(struct gm_fold *fold, const Catalog__ReservationChanged *change)
{
    const struct gm_order_id order = {gm_message_id(change->order_id)};
    struct catalog_reservation_row row = reservation_row(fold, order);
    GM_ASSERT(catalog_reservation_permits(row.state, CATALOG_CONSUME));
    const uint32_t emptied = unhold(fold, order, change, true);
    GM_ASSERT(emptied <= row.lots);

    row.lots -= emptied;
    row.state = row.lots == 0 ? CATALOG_CONSUMED : CATALOG_HELD;
    put_reservation(fold, order, &row);
}

/* ---- dispatch ---- */

void catalog_apply(struct gm_fold *fold, const ProtobufCMessage *message)
{
    const Catalog__Event *event = (const Catalog__Event *)message;
    switch ((int)event->event_case) {
    case CATALOG__EVENT__EVENT_PRODUCT_PUBLISHED:
        product_published(fold, event->product_published);
        return;
    case CATALOG__EVENT__EVENT_PRODUCT_REVISED:
        product_revised(fold, event->product_revised);
        return;
    case CATALOG__EVENT__EVENT_PRODUCT_WITHDRAWN:
        product_withdrawn(fold, event->product_withdrawn);
        return;
    case CATALOG__EVENT__EVENT_LOT_PUBLISHED:
        lot_published(fold, event->lot_published);
        return;
    case CATALOG__EVENT__EVENT_LOT_REVISED:
        lot_revised(fold, event->lot_revised);
        return;
    case CATALOG__EVENT__EVENT_LOT_WITHDRAWN:
        lot_withdrawn(fold, event->lot_withdrawn);
        return;
    case CATALOG__EVENT__EVENT_RESTOCKED:
        stock_changed(fold, event->restocked);
        return;
    case CATALOG__EVENT__EVENT_ADJUSTED:
        stock_changed(fold, event->adjusted);
        return;
    case CATALOG__EVENT__EVENT_RESERVED:
        reserved(fold, event->reserved);
        return;
    case CATALOG__EVENT__EVENT_RELEASED:
        released(fold, event->released);
        return;
    case CATALOG__EVENT__EVENT_CONSUMED:
        consumed(fold, event->consumed);
        return;
    default:
        GM_UNREACHABLE(); /* an event that this program does not write */
    }
}
