#include "matching/service.h"

#include <catalog.pb-c.h>
#include <matching.pb-c.h>

#include "matching/apply.h"
#include "matching/audit.h"
#include "matching/decide.h"
#include "matching/follow.h"
#include "matching/query.h"
#include "matching/react.h"
#include "matching/state.h"
#include "methods.h"
#include "wire/check.h"

enum { FOLD_VERSION = 1 };

static const struct gm_handler handlers[] = {
    {.method = GM_METHOD_MATCHING_SUBMIT_SOURCING_REQUEST, .decide = matching_decide_submit},
    {.method = GM_METHOD_MATCHING_CLOSE_SOURCING_REQUEST, .decide = matching_decide_close},
    {.method = GM_METHOD_MATCHING_GET_SOURCING_REQUEST, .query = matching_query_request},
    {.method = GM_METHOD_MATCHING_FIND_MATCHES, .search = matching_search_matches},
    {.method = GM_METHOD_MATCHING_LIST_SOURCING_REQUESTS, .search = matching_search_requests},
    {.method = 0},
};

static const struct gm_follow follows[] = {
    {
        .source = GM_SERVICE_CATALOG,
        .event = &catalog__event__descriptor,
        .apply = matching_follow,
        .tables = matching_followed_tables,
    },
    {.source = GM_SERVICE_NONE},
};

/* What a buyer looks for is between the buyer and the network's services. */
static bool visible(const ProtobufCMessage *message, struct gm_id member)
{
    const Matching__Event *event = (const Matching__Event *)message;
    ProtobufCBinaryData buyer = {0};
    if (event->event_case == MATCHING__EVENT__EVENT_SUBMITTED) buyer = event->submitted->buyer;
    if (event->event_case == MATCHING__EVENT__EVENT_CLOSED) buyer = event->closed->buyer;
    if (event->event_case == MATCHING__EVENT__EVENT_EXPIRED) buyer = event->expired->buyer;
    return gm_service_of_member(member) != GM_SERVICE_NONE ||
           gm_id_equal(gm_message_id(buyer), member);
}

const struct gm_service matching_service = {
    .name = GM_SERVICE_MATCHING,
    .fold_version = FOLD_VERSION,
    .event = &matching__event__descriptor,
    .tables = matching_tables,
    .handlers = handlers,
    .apply = matching_apply,
    .react = matching_react,
    .decide_timer = matching_decide_timer,
    .follows = follows,
    .visible = visible,
    .audit = matching_audit,
};
