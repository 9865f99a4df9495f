#include "catalog/service.h"

#include <catalog.pb-c.h>

#include "catalog/apply.h"
#include "catalog/audit.h"
#include "catalog/decide.h"
#include "catalog/query.h"
#include "catalog/state.h"
#include "methods.h"
#include "wire/check.h"

enum { FOLD_VERSION = 1 };

static const struct gm_handler handlers[] = {
    {.method = GM_METHOD_CATALOG_PUBLISH_PRODUCT, .decide = catalog_decide_publish_product},
    {.method = GM_METHOD_CATALOG_REVISE_PRODUCT, .decide = catalog_decide_revise_product},
    {.method = GM_METHOD_CATALOG_WITHDRAW_PRODUCT, .decide = catalog_decide_withdraw_product},
    {.method = GM_METHOD_CATALOG_PUBLISH_LOT, .decide = catalog_decide_publish_lot},
    {.method = GM_METHOD_CATALOG_REVISE_LOT, .decide = catalog_decide_revise_lot},
    {.method = GM_METHOD_CATALOG_WITHDRAW_LOT, .decide = catalog_decide_withdraw_lot},
    {.method = GM_METHOD_CATALOG_RESTOCK, .decide = catalog_decide_restock},
    {.method = GM_METHOD_CATALOG_ADJUST, .decide = catalog_decide_adjust},
    {.method = GM_METHOD_CATALOG_RESERVE, .decide = catalog_decide_reserve},
    {.method = GM_METHOD_CATALOG_RELEASE, .decide = catalog_decide_release},
    {.method = GM_METHOD_CATALOG_CONSUME, .decide = catalog_decide_consume},
    {.method = GM_METHOD_CATALOG_GET_PRODUCT, .query = catalog_query_product},
    {.method = GM_METHOD_CATALOG_GET_LOT, .query = catalog_query_lot},
    {.method = GM_METHOD_CATALOG_GET_RESERVATION, .query = catalog_query_reservation},
    {.method = GM_METHOD_CATALOG_LIST_PRODUCTS, .search = catalog_search_products},
    {.method = GM_METHOD_CATALOG_LIST_LOTS, .search = catalog_search_lots},
    {.method = GM_METHOD_CATALOG_LIST_RESERVATIONS, .search = catalog_search_reservations},
    {.method = 0},
};

/* Everybody may see what is offered; who reserves what is a matter of the two sides, and of the
 * services that carry it out. */
static bool visible(const ProtobufCMessage *message, struct gm_id member)
{
    const Catalog__Event *event = (const Catalog__Event *)message;
    const Catalog__ReservationChanged *change = NULL;
    if (event->event_case == CATALOG__EVENT__EVENT_RESERVED) change = event->reserved;
    if (event->event_case == CATALOG__EVENT__EVENT_RELEASED) change = event->released;
    if (event->event_case == CATALOG__EVENT__EVENT_CONSUMED) change = event->consumed;
    return change == NULL || gm_service_of_member(member) != GM_SERVICE_NONE ||
           gm_id_equal(gm_message_id(change->buyer), member) ||
           gm_id_equal(gm_message_id(change->seller), member);
}

const struct gm_service catalog_service = {
    .name = GM_SERVICE_CATALOG,
    .fold_version = FOLD_VERSION,
    .event = &catalog__event__descriptor,
    .tables = catalog_tables,
    .handlers = handlers,
    .apply = catalog_apply,
    .visible = visible,
    .audit = catalog_audit,
};
