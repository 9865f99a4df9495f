#include "matching/apply.h"

#include <matching.pb-c.h>

#include "matching/parts.h"
#include "matching/state.h"

static void put(struct gm_fold *fold, const struct gm_table *table, const struct gm_key *key,
                const void *row, size_t size)
{
    gm_store_put(fold->store, table, key, gm_bytes(row, size));
}

static void put_request(struct gm_fold *fold, struct gm_request_id request,
                        const struct matching_request_row *row)
{
    struct gm_key key;
    matching_key_of(&key, request.id);
    put(fold, &matching_requests, &key, row, sizeof *row);
}

static void add_open_requests(struct gm_fold *fold, struct gm_member_id buyer, int64_t count)
{
    const struct matching_buyer_row row = {
        .open_requests = matching_open_requests(fold->rows, buyer) + (uint64_t)count,
    };
    GM_ASSERT(row.open_requests <= MATCHING_OPEN_REQUESTS_MAX);
    struct gm_key key;
    matching_key_of(&key, buyer.id);
    if (row.open_requests > 0)
        put(fold, &matching_buyers, &key, &row, sizeof row);
    else
        gm_store_delete(fold->store, &matching_buyers, &key);
}

static void list(struct gm_fold *fold, const struct matching_request_row *row,
                 enum matching_state state, struct gm_request_id request)
{
    struct gm_key key;
    matching_key_of_listing(&key, row->buyer, state,
                            (struct matching_listing){row->submitted_ms, request});
    put(fold, &matching_buyer_requests, &key, NULL, 0);
}

static void unlist(struct gm_fold *fold, const struct matching_request_row *row,
                   enum matching_state state, struct gm_request_id request)
{
    struct gm_key key;
    matching_key_of_listing(&key, row->buyer, state,
                            (struct matching_listing){row->submitted_ms, request});
    gm_store_delete(fold->store, &matching_buyer_requests, &key);
}

/* What never changes of a view; the answer adds state and revision. */
static void put_document(struct gm_fold *fold, struct gm_request_id request,
                         const Matching__SourcingSubmitted *submitted)
{
    Matching__SourcingView view = MATCHING__SOURCING_VIEW__INIT;
    view.request_id = submitted->request_id;
    view.buyer = submitted->buyer;
    view.request = submitted->request;
    view.submitted_ms = fold->time_ms;
    view.reference_version = submitted->reference_version;
    view.n_references = submitted->n_references;
    view.references = submitted->references;
    struct gm_key key;
    matching_key_of(&key, request.id);
    gm_store_put(fold->store, &matching_request_documents, &key,
                 matching_pack(&view.base, fold->arena));
}

static void request_submitted(struct gm_fold *fold, const Matching__SourcingSubmitted *submitted)
{
    const struct gm_request_id request = {gm_message_id(submitted->request_id)};
    const struct matching_request_row row = {
        .buyer = {gm_message_id(submitted->buyer)},
        .revision = 1,
        .submitted_ms = fold->time_ms,
        .close_day = submitted->close_day,
        .line_count = (uint32_t)submitted->request->n_lines,
        .state = MATCHING_OPEN,
        .buyer_reference = matching_text_of(submitted->request->buyer_reference),
    };
    GM_ASSERT(submitted->n_references == submitted->request->n_lines);
    put_request(fold, request, &row);
    put_document(fold, request, submitted);
    list(fold, &row, MATCHING_STATE_NONE, request);
    list(fold, &row, MATCHING_OPEN, request);
    add_open_requests(fold, row.buyer, 1);
}

static void request_ended(struct gm_fold *fold, const Matching__SourcingEnded *ended,
                          enum matching_action action)
{
    const struct gm_request_id request = {gm_message_id(ended->request_id)};
    struct matching_request_row row;
    const bool found = matching_get_request(fold->rows, request, &row);
    GM_ASSERT(found);
    const enum matching_state before = (enum matching_state)row.state;
    const enum matching_state after = matching_permits(before, action);
    GM_ASSERT(after != MATCHING_STATE_NONE);
    GM_ASSERT(ended->revision == row.revision + 1);

    row.revision = ended->revision;
    row.state = (uint8_t)after;
    put_request(fold, request, &row);
    unlist(fold, &row, before, request);
    list(fold, &row, after, request);
    add_open_requests(fold, row.buyer, -1);
}

void matching_apply(struct gm_fold *fold, const ProtobufCMessage *message)
{
    const Matching__Event *event = (const Matching__Event *)message;
    switch ((int)event->event_case) {
    case MATCHING__EVENT__EVENT_SUBMITTED:
        request_submitted(fold, event->submitted);
        return;
    case MATCHING__EVENT__EVENT_CLOSED:
        request_ended(fold, event->closed, MATCHING_CLOSE);
        return;
    case MATCHING__EVENT__EVENT_EXPIRED:
        request_ended(fold, event->expired, MATCHING_EXPIRE);
        return;
    default:
        GM_UNREACHABLE(); /* an event that this program does not write */
    }
}
