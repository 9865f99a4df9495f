#include "matching/decide.h"

#include <matching.pb-c.h>

#include "matching/ask.h"
#include "matching/parts.h"
#include "matching/state.h"

static void reply(const struct gm_call *call, struct gm_decision *decision,
                  struct gm_request_id request, uint64_t revision)
{
    Matching__SourcingReply *message =
        matching_message(call->arena, &matching__sourcing_reply__descriptor);
    message->request_id = matching_bytes(call->arena, request.id);
    message->revision = revision;
    decision->reply = &message->base;
}

/* ---- submit ---- */

/* The first day by which a line needs its goods: after it, the request could not be asked. */
static int32_t needed_first(const struct engine_request *request)
{
    int64_t first = INT32_MAX;
    for (size_t i = 0; i < request->line_count; i++) {
        const struct engine_optional needed_by = request->lines[i].needed_by;
        if (needed_by.is_set && needed_by.value < first) first = needed_by.value;
    }
    return (int32_t)first;
}

static Matching__LineReference **references_of(const struct matching_ask *ask,
                                               struct gm_arena *arena)
{
    const size_t count = ask->request.line_count;
    Matching__LineReference **references = matching_pointers(arena, count);
    for (size_t i = 0; i < count; i++) {
        references[i] = matching_message(arena, &matching__line_reference__descriptor);
        references[i]->co2e_g = ask->lines[i].reference_co2e_g;
        if (!ask->lines[i].reference_price.is_set) continue;
        references[i]->price_case = MATCHING__LINE_REFERENCE__PRICE_PRICE_MINOR;
        references[i]->price_minor = ask->lines[i].reference_price.value;
    }
    return references;
}

static const Matching__Event *submitted_of(const struct gm_call *call,
                                           const struct matching_ask *ask, int32_t close_day,
                                           struct gm_request_id request)
{
    Matching__SourcingRequest *stored = matching_copy(call->arena, call->message, sizeof *stored);
    stored->close_day = close_day;
    Matching__SourcingSubmitted *submitted =
        matching_message(call->arena, &matching__sourcing_submitted__descriptor);
    submitted->request_id = matching_bytes(call->arena, request.id);
    submitted->buyer = matching_bytes(call->arena, call->member);
    submitted->request = stored;
    submitted->close_day = close_day;
    submitted->reference_version = ask->reference.version;
    submitted->n_references = ask->request.line_count;
    submitted->references = references_of(ask, call->arena);
    Matching__Event *event = matching_message(call->arena, &matching__event__descriptor);
    event->event_case = MATCHING__EVENT__EVENT_SUBMITTED;
    event->submitted = submitted;
    return event;
}

enum gm_reason matching_decide_submit(const struct gm_rows *rows, const struct gm_call *call,
                                      struct gm_decision *decision)
{
    const Matching__SourcingRequest *message = (const Matching__SourcingRequest *)call->message;
    const struct gm_member_id buyer = {call->member};
    const struct gm_request_id request = {gm_id_derive(call->entry_id, 1)};
    struct matching_ask ask;

    const enum gm_reason reason =
        matching_ask(message, buyer, call->today, call->arena, &ask, decision->refusal.field);
    if (reason != GM_REASON_NONE) return reason;
    int32_t close_day =
        message->close_day == 0 ? call->today + MATCHING_CLOSE_DAYS_DEFAULT : message->close_day;
    if (close_day < call->today || close_day > call->today + MATCHING_CLOSE_DAYS_MAX)
        return gm_decision_refuse(decision, GM_REASON_OUT_OF_RANGE, "close_day");
    if (matching_open_requests(rows, buyer) >= MATCHING_OPEN_REQUESTS_MAX)
        return GM_REASON_OPEN_LIMIT;

    if (close_day > needed_first(&ask.request)) close_day = needed_first(&ask.request);
    gm_decision_event(decision, &submitted_of(call, &ask, close_day, request)->base);
    reply(call, decision, request, 1);
    return GM_REASON_NONE;
}

/* ---- close, expire ---- */

static Matching__SourcingEnded *ended_of(const struct gm_call *call, struct gm_request_id request,
                                         const struct matching_request_row *row)
{
    Matching__SourcingEnded *ended =
        matching_message(call->arena, &matching__sourcing_ended__descriptor);
    ended->request_id = matching_bytes(call->arena, request.id);
    ended->buyer = matching_bytes(call->arena, row->buyer.id);
    ended->revision = row->revision + 1;
    return ended;
}

enum gm_reason matching_decide_close(const struct gm_rows *rows, const struct gm_call *call,
                                     struct gm_decision *decision)
{
    const Matching__CloseSourcingRequestRequest *message =
        (const Matching__CloseSourcingRequestRequest *)call->message;
    const struct gm_request_id request = {gm_message_id(message->request_id)};
    struct matching_request_row row;

    if (!matching_get_own_request(rows, request, (struct gm_member_id){call->member}, &row))
        return gm_decision_refuse(decision, GM_REASON_REQUEST_UNKNOWN, "request_id");
    if (message->revision != 0 && message->revision != row.revision)
        return gm_decision_refuse(decision, GM_REASON_REVISION_MOVED, "revision");
    if (matching_permits((enum matching_state)row.state, MATCHING_CLOSE) == MATCHING_STATE_NONE)
        return gm_decision_refuse(decision, GM_REASON_STATE_FORBIDS, "request_id");

    Matching__Event *event = matching_message(call->arena, &matching__event__descriptor);
    event->event_case = MATCHING__EVENT__EVENT_CLOSED;
    event->closed = ended_of(call, request, &row);
    gm_decision_event(decision, &event->base);
    reply(call, decision, request, row.revision + 1);
    return GM_REASON_NONE;
}

void matching_decide_timer(const struct gm_rows *rows, const struct gm_call *call, uint8_t kind,
                           struct gm_id subject, struct gm_decision *decision)
{
    const struct gm_request_id request = {subject};
    struct matching_request_row row;
    if (kind != MATCHING_TIMER_EXPIRE || !matching_get_request(rows, request, &row)) return;
    if (matching_permits((enum matching_state)row.state, MATCHING_EXPIRE) == MATCHING_STATE_NONE)
        return; /* it came too late: the buyer has closed it */

    Matching__Event *event = matching_message(call->arena, &matching__event__descriptor);
    event->event_case = MATCHING__EVENT__EVENT_EXPIRED;
    event->expired = ended_of(call, request, &row);
    gm_decision_event(decision, &event->base);
}
