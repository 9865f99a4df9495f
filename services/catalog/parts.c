#include "catalog/parts.h"

#include "wire/check.h"

static struct gm_bytes pack(const ProtobufCMessage *message, struct gm_arena *arena)
{
    const struct gm_bytes packed = gm_message_pack(message, arena);
    GM_ASSERT(packed.at != NULL);
    return packed;
}

struct catalog_product_documents catalog_encode_product(const Catalog__Product *product,
                                                        struct gm_arena *arena)
{
    Catalog__ProductTerms terms = *product->terms;
    Catalog__Product bare = *product;
    Catalog__ProductTerms descriptions = CATALOG__PRODUCT_TERMS__INIT;
    descriptions.n_descriptions = terms.n_descriptions;
    descriptions.descriptions = terms.descriptions;
    terms.n_descriptions = 0;
    terms.descriptions = NULL;
    bare.terms = &terms;
    const size_t terms_bytes = protobuf_c_message_get_packed_size(&terms.base);
    GM_ASSERT(terms_bytes <= UINT16_MAX);
    struct catalog_product_documents documents = {
        .document = pack(&bare.base, arena),
        .terms_bytes = (uint16_t)terms_bytes,
    };
    if (descriptions.n_descriptions > 0) documents.descriptions = pack(&descriptions.base, arena);
    return documents;
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
