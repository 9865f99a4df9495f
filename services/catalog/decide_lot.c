#include "catalog/decide.h"

#include "catalog/parts.h"
#include "catalog/rule.h"
#include "wire/check.h"

static void reply(const struct gm_call *call, struct gm_decision *decision, ProtobufCBinaryData lot,
                  uint64_t revision)
{
    Catalog__LotReply *message = catalog_message(call->arena, &catalog__lot_reply__descriptor);
    message->lot_id = lot;
    message->revision = revision;
    decision->reply = &message->base;
}

enum gm_reason catalog_decide_publish_lot(const struct gm_rows *rows, const struct gm_call *call,
                                          struct gm_decision *decision)
{
    const Catalog__PublishLotRequest *request = (const Catalog__PublishLotRequest *)call->message;
    const struct gm_product_id product = {gm_message_id(request->product_id)};
    const char *lot_code = catalog_lot_code(request->lot_code);
    struct catalog_product_row row;
    struct gm_lot_id taken;

    if (!catalog_get_product(rows, product, &row))
        return gm_decision_refuse(decision, GM_REASON_PRODUCT_UNKNOWN, "product_id");
    if (!gm_id_equal(row.seller.id, call->member))
        return gm_decision_refuse(decision, GM_REASON_NOT_YOURS, "product_id");
    if (catalog_find_lot(rows, row.seller, row.sku.text, lot_code, &taken))
        return gm_decision_refuse(decision, GM_REASON_LOT_CODE_TAKEN, "lot_code");
    if (!catalog_listing_permits(row.state, CATALOG_PUBLISH_LOT))
        return gm_decision_refuse(decision, GM_REASON_WITHDRAWN, "product_id");
    const enum gm_reason reason = catalog_check_lot_terms(request->terms, decision);
    if (reason != GM_REASON_NONE) return reason;
    if (catalog_listed_lots(rows, row.seller) >= CATALOG_LISTED_LOTS_MAX)
        return gm_decision_refuse(decision, GM_REASON_OPEN_LIMIT, "product_id");

    Catalog__Lot *lot = catalog_message(call->arena, &catalog__lot__descriptor);
    lot->lot_id = catalog_bytes(call->arena, gm_id_derive(call->entry_id, 1));
    lot->product_id = request->product_id;
    lot->seller = catalog_bytes(call->arena, call->member);
    lot->sku = catalog_copy(call->arena, &row.sku, sizeof row.sku);
    lot->lot_code = lot_code;
    lot->terms = request->terms;
    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_LOT_PUBLISHED);
    event->lot_published = catalog_message(call->arena, &catalog__lot_changed__descriptor);
    event->lot_published->lot = lot;
    event->lot_published->revision = 1;
    event->lot_published->on_hand = request->on_hand;
    gm_decision_event(decision, &event->base);
    reply(call, decision, lot->lot_id, 1);
    return GM_REASON_NONE;
}

/* What revise and withdraw have in common: existence, ownership, revision. */
static enum gm_reason look_up(const struct gm_rows *rows, const struct gm_call *call,
                              ProtobufCBinaryData lot, uint64_t revision,
                              struct gm_decision *decision, struct catalog_lot_row *ret_row)
{
    const struct gm_lot_id id = {gm_message_id(lot)};
    if (!catalog_get_lot(rows, id, ret_row))
        return gm_decision_refuse(decision, GM_REASON_LOT_UNKNOWN, "lot_id");
    if (!gm_id_equal(ret_row->seller.id, call->member))
        return gm_decision_refuse(decision, GM_REASON_NOT_YOURS, "lot_id");
    if (revision != 0 && revision != ret_row->revision)
        return gm_decision_refuse(decision, GM_REASON_REVISION_MOVED, "revision");
    return GM_REASON_NONE;
}

enum gm_reason catalog_decide_revise_lot(const struct gm_rows *rows, const struct gm_call *call,
                                         struct gm_decision *decision)
{
    const Catalog__ReviseLotRequest *request = (const Catalog__ReviseLotRequest *)call->message;
    const struct gm_lot_id id = {gm_message_id(request->lot_id)};
    struct catalog_lot_row row;

    enum gm_reason reason = look_up(rows, call, request->lot_id, request->revision, decision, &row);
    if (reason != GM_REASON_NONE) return reason;
    if (!catalog_listing_permits(catalog_lot_listing(rows, &row), CATALOG_REVISE))
        return gm_decision_refuse(decision, GM_REASON_WITHDRAWN, "lot_id");
    reason = catalog_check_lot_terms(request->terms, decision);
    if (reason != GM_REASON_NONE) return reason;

    const struct gm_bytes stored = catalog_lot_document(rows, id, call->arena);
    Catalog__Lot *lot = catalog_decode_lot(stored, call->arena);
    lot->terms = request->terms;
    if (gm_bytes_equal(stored, catalog_encode_lot(lot, call->arena))) {
        reply(call, decision, request->lot_id, row.revision);
        return GM_REASON_NONE;
    }
    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_LOT_REVISED);
    event->lot_revised = catalog_message(call->arena, &catalog__lot_changed__descriptor);
    event->lot_revised->lot = lot;
    event->lot_revised->revision = row.revision + 1;
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->lot_id, row.revision + 1);
    return GM_REASON_NONE;
}

enum gm_reason catalog_decide_withdraw_lot(const struct gm_rows *rows, const struct gm_call *call,
                                           struct gm_decision *decision)
{
    const Catalog__WithdrawLotRequest *request = (const Catalog__WithdrawLotRequest *)call->message;
    struct catalog_lot_row row;

    const enum gm_reason reason =
        look_up(rows, call, request->lot_id, request->revision, decision, &row);
    if (reason != GM_REASON_NONE) return reason;
    if (!catalog_listing_permits(row.state, CATALOG_WITHDRAW)) { /* it is withdrawn already */
        reply(call, decision, request->lot_id, row.revision);
        return GM_REASON_NONE;
    }

    Catalog__Event *event = catalog_event(call->arena, CATALOG__EVENT__EVENT_LOT_WITHDRAWN);
    event->lot_withdrawn = catalog_message(call->arena, &catalog__listing_changed__descriptor);
    event->lot_withdrawn->id = request->lot_id;
    event->lot_withdrawn->revision = row.revision + 1;
    gm_decision_event(decision, &event->base);
    reply(call, decision, request->lot_id, row.revision + 1);
    return GM_REASON_NONE;
}
