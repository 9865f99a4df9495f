/* catalog/view.h - how products and lots are shown: the message of one view, spliced around the
 * stored document. */
#pragma once

#include "base/arena.h"
#include "catalog/state.h"

/* What one view is made of. Borrows its documents as gm_rows_get says. */
struct catalog_view {
    struct gm_bytes document;    /* Product, Lot or empty */
    size_t terms_bytes;          /* of a product: the end of its document that is its terms */
    struct gm_bytes description; /* ProductTerms with descriptions alone, or empty */
    enum catalog_listing listing;
    uint64_t revision;
    uint64_t on_hand; /* of a lot, like reserved */
    uint64_t reserved;
};

/* Of a product or lot that is there (asserted). whole: with descriptions, which lists leave out. */
void catalog_view_product(const struct gm_rows *rows, struct gm_product_id product, bool whole,
                          struct gm_arena *arena, struct catalog_view *ret_view);
void catalog_view_lot(const struct gm_rows *rows, struct gm_lot_id lot, struct gm_arena *arena,
                      struct catalog_view *ret_view);

/* The encoded ProductView or LotView, in the arena. */
struct gm_bytes catalog_view_encode(const struct catalog_view *view, struct gm_arena *arena);
