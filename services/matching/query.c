#include "matching/query.h"

#include <stdio.h>

#include <matching.pb-c.h>

#include "matching/parts.h"

enum gm_reason matching_refuse_query(struct gm_answer *answer, enum gm_reason reason,
                                     const char *field)
{
    (void)snprintf(answer->refusal.field, sizeof answer->refusal.field, "%s", field);
    return reason;
}

/* Encoded fields end to end are one message: the stored document, then what changes. */
enum gm_reason matching_query_request(const struct gm_rows *rows, const struct gm_call *call,
                                      struct gm_answer *answer)
{
    const Matching__GetSourcingRequestRequest *message =
        (const Matching__GetSourcingRequestRequest *)call->message;
    const struct gm_request_id request = {gm_message_id(message->request_id)};
    struct matching_request_row row;

    if (!matching_get_own_request(rows, request, (struct gm_member_id){call->member}, &row))
        return matching_refuse_query(answer, GM_REASON_REQUEST_UNKNOWN, "request_id");

    Matching__SourcingView changing = MATCHING__SOURCING_VIEW__INIT;
    changing.state = (Matching__SourcingState)row.state;
    changing.revision = row.revision;
    const struct gm_bytes tail = matching_pack(&changing.base, call->arena);
    const struct gm_bytes document = matching_request_document(rows, request, call->arena);
    uint8_t *body = matching_array(call->arena, 1, document.size + tail.size);
    memcpy(body, document.at, document.size);
    memcpy(body + document.size, tail.at, tail.size);
    answer->body = gm_bytes(body, document.size + tail.size);
    GM_ASSERT(answer->body.size <= GM_REPLY_BODY_BYTES_MAX);
    return GM_REASON_NONE;
}
