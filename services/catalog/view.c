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
        .terms_bytes = row.terms_bytes,
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

/* The field `terms` that ends the document is opened anew for terms and descriptions together.
 * Never a second occurrence of it: protobuf-c 1.4 loses numbers where it merges two. */
static size_t terms_field_bytes(const struct catalog_view *view, size_t extra)
{
    return catalog_bytes_bytes(PRODUCT_TERMS, view->terms_bytes + extra);
}

static size_t document_bytes(const struct catalog_view *view)
{
    if (view->description.size == 0) return view->document.size;
    return view->document.size - terms_field_bytes(view, 0) +
           terms_field_bytes(view, view->description.size);
}

static void splice_document(const struct catalog_view *view, struct catalog_splice *splice)
{
    const struct gm_bytes document = view->document;
    if (view->description.size == 0) {
        catalog_splice_raw(splice, document);
        return;
    }
    GM_ASSERT(document.size >= terms_field_bytes(view, 0));
    catalog_splice_raw(splice, gm_bytes(document.at, document.size - terms_field_bytes(view, 0)));
    catalog_splice_open(splice, PRODUCT_TERMS, view->terms_bytes + view->description.size);
    catalog_splice_raw(
        splice, gm_bytes(document.at + document.size - view->terms_bytes, view->terms_bytes));
    catalog_splice_raw(splice, view->description);
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
    splice_document(view, &splice);
    catalog_splice_number(&splice, VIEW_STATE, view->listing);
    catalog_splice_number(&splice, VIEW_REVISION, view->revision);
    catalog_splice_number(&splice, VIEW_ON_HAND, view->on_hand);
    catalog_splice_number(&splice, VIEW_RESERVED, view->reserved);
    GM_ASSERT(splice.used == splice.capacity);
    return gm_bytes(splice.at, splice.used);
}
