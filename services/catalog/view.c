#include "catalog/view.h"

#include "base/assert.h"
#include "catalog/splice.h"

/* Numbers of catalog.proto; a ProductView has the first three of a LotView's. */
enum {
    VIEW_DOCUMENT = 1,
    VIEW_STATE = 2,
    VIEW_REVISION = 3,
    VIEW_ON_HAND = 4,
    VIEW_RESERVED = 5,
    PRODUCT_TERMS = 4,
};

void catalog_view_product(const struct gm_rows *rows, struct gm_product_id product, bool whole,
                          struct gm_arena *arena, struct catalog_view *ret_view)
{
    struct catalog_product_row row;
    const bool found = catalog_get_product(rows, product, &row);
    GM_ASSERT(found);
    *ret_view = (struct catalog_view){
        .document = catalog_product_document(rows, product, arena),
        .listing = row.state,
        .revision = row.revision,
    };
    if (whole) ret_view->description = catalog_product_description(rows, product, arena);
}

void catalog_view_lot(const struct gm_rows *rows, struct gm_lot_id lot, struct gm_arena *arena,
                      struct catalog_view *ret_view)
{
    struct catalog_lot_row row;
    const bool found = catalog_get_lot(rows, lot, &row);
    GM_ASSERT(found);
    *ret_view = (struct catalog_view){
        .document = catalog_lot_document(rows, lot, arena),
        .listing = catalog_lot_listing(rows, &row),
        .revision = row.revision,
        .on_hand = (uint64_t)row.on_hand,
        .reserved = (uint64_t)row.reserved,
    };
}

/* The document and, as a second occurrence of its field `terms`, the descriptions: who decodes a
 * message field that occurs twice merges the two, as protobuf has it. */
static size_t document_bytes(const struct catalog_view *view)
{
    return view->document.size + (view->description.size == 0
                                      ? 0
                                      : catalog_bytes_bytes(PRODUCT_TERMS, view->description.size));
}

struct gm_bytes catalog_view_encode(const struct catalog_view *view, struct gm_arena *arena)
{
    struct catalog_splice splice = {
        .capacity = catalog_bytes_bytes(VIEW_DOCUMENT, document_bytes(view)) +
                    catalog_number_bytes(VIEW_STATE, view->listing) +
                    catalog_number_bytes(VIEW_REVISION, view->revision) +
                    catalog_number_bytes(VIEW_ON_HAND, view->on_hand) +
                    catalog_number_bytes(VIEW_RESERVED, view->reserved),
    };
    splice.at = gm_arena_alloc(arena, splice.capacity);
    GM_ASSERT(splice.at != NULL);
    catalog_splice_open(&splice, VIEW_DOCUMENT, document_bytes(view));
    catalog_splice_raw(&splice, view->document);
    if (view->description.size > 0) catalog_splice_bytes(&splice, PRODUCT_TERMS, view->description);
    catalog_splice_number(&splice, VIEW_STATE, view->listing);
    catalog_splice_number(&splice, VIEW_REVISION, view->revision);
    catalog_splice_number(&splice, VIEW_ON_HAND, view->on_hand);
    catalog_splice_number(&splice, VIEW_RESERVED, view->reserved);
    GM_ASSERT(splice.used == splice.capacity);
    return gm_bytes(splice.at, splice.used);
}
