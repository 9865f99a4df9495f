#include "catalog/decide.h"

#include "catalog/parts.h"
#include "catalog/rule.h"
#include "wire/check.h"

static void reply(const struct gm_call *call, struct gm_decision *decision,
                  ProtobufCBinaryData product, uint64_t revision)
{
    Catalog__ProductReply *message =
        catalog_message(call->arena, &catalog__product_reply__descriptor);
    message->product_id = product;
    message->revision = revision;
    decision->reply = &message->base;
}

static Catalog__ProductChanged *changed(const struct gm_call *call, ProtobufCBinaryData product,
                                        const char *sku, Catalog__ProductTerms *terms,
                                        uint64_t revision)
{
    Catalog__ProductChanged *change =
        catalog_message(call->arena, &catalog__product_changed__descriptor);
    change->product = catalog_message(call->arena, &catalog__product__descriptor);
    change->product->product_id = product;
    change->product->seller = catalog_bytes(call->arena, call->member);
    change->product->sku = sku;
    change->product->terms = terms;
    change->revision = revision;
    return change;
}

enum gm_reason catalog_decide_publish_product(const struct gm_rows *rows,
                                              const struct gm_call *call,
                                              struct gm_decision *decision)
{
    const Catalog__PublishProductRequest *request =
        (const Catalog__PublishProductRequest *)call->message;
    struct gm_product_id taken;

    if (catalog_find_product(rows, (struct gm_member_id){call->member}, request->sku, &taken))
        return gm_decision_refuse(decision, GM_REASON_SKU_TAKEN, "sku");
    const enum gm_reason reason = catalog_check_product_terms(request->terms, decision);
    if (reason != GM_REASON_NONE) return reason;

    const ProtobufCBinaryData product = catalog_bytes(call->arena, gm_id_derive(call->entry_id, 1));
    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_PRODUCT_PUBLISHED);
    event->product_published = changed(call, product, request->sku, request->terms, 1);
    gm_decision_event(decision, &event->base);
    reply(call, decision, product, 1);
    return GM_REASON_NONE;
}

/* What revise and withdraw have in common: existence, ownership, revision. */
static enum gm_reason look_up(const struct gm_rows *rows, const struct gm_call *call,
                              ProtobufCBinaryData product, uint64_t revision,
                              struct gm_decision *decision, struct catalog_product_row *ret_row)
{
    const struct gm_product_id id = {gm_message_id(product)};
    if (!catalog_get_product(rows, id, ret_row))
        return gm_decision_refuse(decision, GM_REASON_PRODUCT_UNKNOWN, "product_id");
    if (!gm_id_equal(ret_row->seller.id, call->member))
        return gm_decision_refuse(decision, GM_REASON_NOT_YOURS, "product_id");
    if (revision != 0 && revision != ret_row->revision)
        return gm_decision_refuse(decision, GM_REASON_REVISION_MOVED, "revision");
    return GM_REASON_NONE;
}

static bool is_as_stored(const struct gm_rows *rows, const struct gm_call *call,
                         const Catalog__Product *product)
{
    const struct gm_product_id id = {gm_message_id(product->product_id)};
    const struct catalog_product_documents documents = catalog_encode_product(product, call->arena);
    return gm_bytes_equal(documents.document, catalog_product_document(rows, id, call->arena)) &&
           gm_bytes_equal(documents.descriptions,
                          catalog_product_description(rows, id, call->arena));
}

enum gm_reason catalog_decide_revise_product(const struct gm_rows *rows, const struct gm_call *call,
                                             struct gm_decision *decision)
{
    const Catalog__ReviseProductRequest *request =
        (const Catalog__ReviseProductRequest *)call->message;
    struct catalog_product_row row;

    enum gm_reason reason =
        look_up(rows, call, request->product_id, request->revision, decision, &row);
    if (reason != GM_REASON_NONE) return reason;
    if (!catalog_listing_permits(row.state, CATALOG_REVISE))
        return gm_decision_refuse(decision, GM_REASON_WITHDRAWN, "product_id");
    /* Stock, tiers and reservations count in it. */
    if (row.lots > 0 && row.base_unit != (int)request->terms->base_unit)
        return gm_decision_refuse(decision, GM_REASON_STATE_FORBIDS, "terms.base_unit");
    reason = catalog_check_product_terms(request->terms, decision);
    if (reason != GM_REASON_NONE) return reason;

    Catalog__ProductChanged *change =
        changed(call, request->product_id, catalog_copy(call->arena, &row.sku, sizeof row.sku),
                request->terms, row.revision + 1);
    if (is_as_stored(rows, call, change->product)) {
        reply(call, decision, request->product_id, row.revision);
        return GM_REASON_NONE;
    }
    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_PRODUCT_REVISED);
    event->product_revised = change;
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->product_id, change->revision);
    return GM_REASON_NONE;
}

enum gm_reason catalog_decide_withdraw_product(const struct gm_rows *rows,
                                               const struct gm_call *call,
                                               struct gm_decision *decision)
{
    const Catalog__WithdrawProductRequest *request =
        (const Catalog__WithdrawProductRequest *)call->message;
    struct catalog_product_row row;

    const enum gm_reason reason =
        look_up(rows, call, request->product_id, request->revision, decision, &row);
    if (reason != GM_REASON_NONE) return reason;
    if (!catalog_listing_permits(row.state, CATALOG_WITHDRAW)) { /* it is withdrawn already */
        reply(call, decision, request->product_id, row.revision);
        return GM_REASON_NONE;
    }

    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_PRODUCT_WITHDRAWN);
    event->product_withdrawn = catalog_message(call->arena, &catalog__listing_changed__descriptor);
    event->product_withdrawn->id = request->product_id;
    event->product_withdrawn->revision = row.revision + 1;
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->product_id, row.revision + 1);
    return GM_REASON_NONE;
}
