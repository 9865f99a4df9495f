/* matching/offers.h - the followed lots of a snapshot, as the engine walks them. */
#pragma once

#include "matching/ask.h"
#include "matching/state.h"

/* On the stack. Borrows the ask, whose words the lots are told in. */
struct matching_offers {
    struct engine_lots lots; /* first: the engine's handle */
    const struct gm_rows *rows;
    const struct matching_ask *ask;
    struct gm_cursor cursor;
    uint32_t generation;
    bool has_product; /* lots of one product mostly follow each other */
    struct gm_product_id product;
    struct matching_product_row product_row;
};

void matching_offers_init(struct matching_offers *offers, struct gm_snapshot *snapshot,
                          uint32_t generation, const struct matching_ask *ask);
void matching_offers_release(struct matching_offers *offers); /* before its snapshot */

/* One lot, told in the ask's words. It counts as withdrawn where its product is, and where its
 * terms name a unit, grade or Incoterm that this program does not know. */
struct engine_lot matching_offer_of(struct gm_lot_id lot, const struct matching_lot_row *row,
                                    const struct matching_product_row *product,
                                    const struct matching_ask *ask);
