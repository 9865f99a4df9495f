#include "catalog/query.h"

#include <stdio.h>

#include <catalog.pb-c.h>

#include "catalog/parts.h"
#include "catalog/view.h"
#include "wire/check.h"

enum gm_reason catalog_refuse_query(struct gm_answer *answer, enum gm_reason reason,
                                    const char *field)
{
    (void)snprintf(answer->refusal.field, sizeof answer->refusal.field, "%s", field);
    return reason;
}

enum gm_reason catalog_query_product(const struct gm_rows *rows, const struct gm_call *call,
                                     struct gm_answer *answer)
{
    const Catalog__GetProductRequest *request = (const Catalog__GetProductRequest *)call->message;
    struct gm_product_id product = {gm_message_id(request->product_id)};
    struct catalog_product_row row;

    if (request->product_id.len == 0) {
        if (request->seller.len == 0)
            return catalog_refuse_query(answer, GM_REASON_FIELD_MISSING, "product_id");
        if (request->sku[0] == '\0')
            return catalog_refuse_query(answer, GM_REASON_FIELD_MISSING, "sku");
        if (!catalog_find_product(rows, (struct gm_member_id){gm_message_id(request->seller)},
                                  request->sku, &product))
            return catalog_refuse_query(answer, GM_REASON_PRODUCT_UNKNOWN, "sku");
    } else if (!catalog_get_product(rows, product, &row)) {
        return catalog_refuse_query(answer, GM_REASON_PRODUCT_UNKNOWN, "product_id");
    }
    struct catalog_view view;
    catalog_view_product(rows, product, true, call->arena, &view);
    answer->body = catalog_view_encode(&view, call->arena);
    GM_ASSERT(answer->body.size <= GM_REPLY_BODY_BYTES_MAX);
    return GM_REASON_NONE;
}

enum gm_reason catalog_query_lot(const struct gm_rows *rows, const struct gm_call *call,
                                 struct gm_answer *answer)
{
    const Catalog__GetLotRequest *request = (const Catalog__GetLotRequest *)call->message;
    struct gm_lot_id lot = {gm_message_id(request->lot_id)};
    struct catalog_lot_row row;

    if (request->lot_id.len == 0) {
        if (request->seller.len == 0)
            return catalog_refuse_query(answer, GM_REASON_FIELD_MISSING, "lot_id");
        if (request->sku[0] == '\0')
            return catalog_refuse_query(answer, GM_REASON_FIELD_MISSING, "sku");
        if (!catalog_find_lot(rows, (struct gm_member_id){gm_message_id(request->seller)},
                              request->sku, catalog_lot_code(request->lot_code), &lot))
            return catalog_refuse_query(answer, GM_REASON_LOT_UNKNOWN, "lot_code");
    } else if (!catalog_get_lot(rows, lot, &row)) {
        return catalog_refuse_query(answer, GM_REASON_LOT_UNKNOWN, "lot_id");
    }
    struct catalog_view view;
    catalog_view_lot(rows, lot, call->arena, &view);
    answer->body = catalog_view_encode(&view, call->arena);
    GM_ASSERT(answer->body.size <= GM_REPLY_BODY_BYTES_MAX);
    return GM_REASON_NONE;
}

/* A reservation is a matter of its two sides; the network's services carry it out. */
static bool may_see(const struct catalog_reservation_row *row, struct gm_id member)
{
    return gm_service_of_member(member) != GM_SERVICE_NONE || gm_id_equal(row->buyer.id, member) ||
           gm_id_equal(row->seller.id, member);
}

enum gm_reason catalog_query_reservation(const struct gm_rows *rows, const struct gm_call *call,
                                         struct gm_answer *answer)
{
    const Catalog__GetReservationRequest *request =
        (const Catalog__GetReservationRequest *)call->message;
    const struct gm_order_id order = {gm_message_id(request->order_id)};
    struct catalog_reservation_row row;

    if (!catalog_get_reservation(rows, order, &row) || !may_see(&row, call->member))
        return catalog_refuse_query(answer, GM_REASON_RESERVATION_UNKNOWN, "order_id");

    Catalog__ReservationView view = CATALOG__RESERVATION_VIEW__INIT;
    view.order_id = request->order_id;
    view.state = (Catalog__ReservationState)row.state;
    if (row.state == CATALOG_HELD) {
        size_t count;
        const struct gm_lot_id *lots = catalog_reserved_lots(rows, order, call->arena, &count);
        view.lines = catalog_pointers(call->arena, count);
        for (size_t i = 0; i < count; i++) {
            const int64_t held = catalog_held(rows, lots[i], order);
            if (held == 0) continue;
            Catalog__LotQuantity *line =
                catalog_message(call->arena, &catalog__lot_quantity__descriptor);
            line->lot_id = gm_message_bytes(&lots[i].id);
            line->quantity = held;
            view.lines[view.n_lines++] = line;
        }
    }
    return gm_answer_message(answer, call, &view.base);
}
