#include "catalog/parts.h"

#include "wire/check.h"

static struct gm_bytes pack(const ProtobufCMessage *message, struct gm_arena *arena)
{
    const struct gm_bytes packed = gm_message_pack(message, arena);
    GM_ASSERT(packed.at != NULL);
    return packed;
}

void catalog_encode_product(const Catalog__Product *product, struct gm_arena *arena,
                            struct gm_bytes *ret_document, struct gm_bytes *ret_descriptions)
{
    Catalog__ProductTerms terms = *product->terms;
    Catalog__Product bare = *product;
    Catalog__ProductTerms descriptions = CATALOG__PRODUCT_TERMS__INIT;
    descriptions.n_descriptions = terms.n_descriptions;
    descriptions.descriptions = terms.descriptions;
    terms.n_descriptions = 0;
    terms.descriptions = NULL;
    bare.terms = &terms;
    *ret_document = pack(&bare.base, arena);
    *ret_descriptions = (struct gm_bytes){0};
    if (descriptions.n_descriptions > 0) *ret_descriptions = pack(&descriptions.base, arena);
}

struct gm_bytes catalog_encode_lot(const Catalog__Lot *lot, struct gm_arena *arena)
{
    return pack(&lot->base, arena);
}

Catalog__Lot *catalog_decode_lot(struct gm_bytes document, struct gm_arena *arena)
{
    ProtobufCMessage *message = gm_message_unpack(document, &catalog__lot__descriptor, arena);
    GM_ASSERT(message != NULL);
    return (Catalog__Lot *)message;
}
