/* The list of a buyer's requests, newest first, page by page. */
#include <matching.pb-c.h>

#include "base/hash.h"
#include "matching/parts.h"
#include "matching/query.h"

enum {
    PAGE_ROWS_DEFAULT = 50,
    PAGE_ROWS_MAX = 500,
    SUMMARY_BYTES_MAX = 128, /* encoded, at the fields' limits */
    TOKEN_BYTES = 40,
};
_Static_assert(PAGE_ROWS_MAX *SUMMARY_BYTES_MAX + 2 * TOKEN_BYTES <= GM_REPLY_BODY_BYTES_MAX,
               "the largest page fits a reply");

/* A page token, opaque to who holds it:
 *
 *   offset  size
 *   0       16    hash of member and filter: only the list that it is from takes it back
 *   16      8     submitted_ms of the last request shown
 *   24      16    its id
 */
static struct gm_id filter_of(const struct gm_call *call, enum matching_state state)
{
    uint8_t asked[GM_ID_BYTES + 1];
    memcpy(asked, call->member.v, GM_ID_BYTES);
    asked[GM_ID_BYTES] = (uint8_t)state;
    return gm_content_hash(call->method->number, gm_bytes(asked, sizeof asked));
}

static ProtobufCBinaryData token_of(struct gm_arena *arena, struct gm_id filter,
                                    struct matching_listing last)
{
    uint8_t *token = matching_array(arena, 1, TOKEN_BYTES);
    memcpy(token, filter.v, GM_ID_BYTES);
    gm_put_u64(token + 16, (uint64_t)last.submitted_ms);
    memcpy(token + 24, last.request.id.v, GM_ID_BYTES);
    return (ProtobufCBinaryData){.len = TOKEN_BYTES, .data = token};
}

/* False where it is of another list. */
static bool token_read(ProtobufCBinaryData token, struct gm_id filter,
                       struct matching_listing *ret_last)
{
    if (token.len != TOKEN_BYTES || memcmp(token.data, filter.v, GM_ID_BYTES) != 0) return false;
    ret_last->submitted_ms = (int64_t)gm_get_u64(token.data + 16);
    memcpy(ret_last->request.id.v, token.data + 24, GM_ID_BYTES);
    return true;
}

static Matching__SourcingSummary *summary_of(const struct gm_rows *rows,
                                             struct gm_request_id request, struct gm_arena *arena)
{
    struct matching_request_row row;
    const bool found = matching_get_request(rows, request, &row);
    GM_ASSERT(found);
    Matching__SourcingSummary *summary =
        matching_message(arena, &matching__sourcing_summary__descriptor);
    const struct matching_text *reference =
        matching_copy(arena, &row.buyer_reference, sizeof row.buyer_reference);
    summary->request_id = matching_bytes(arena, request.id);
    summary->state = (Matching__SourcingState)row.state;
    summary->revision = row.revision;
    summary->submitted_ms = row.submitted_ms;
    summary->line_count = row.line_count;
    summary->close_day = row.close_day;
    summary->buyer_reference = reference->text;
    return summary;
}

/* Fills the reply from the key on; the last one shown gives the token, where another follows. */
static void read_page(struct gm_snapshot *snapshot, const struct gm_call *call,
                      const struct gm_key *from, const struct gm_key *prefix, size_t rows_max,
                      struct gm_id filter, Matching__ListSourcingRequestsReply *reply)
{
    struct matching_listing last = {0};
    struct gm_cursor cursor;
    reply->requests = matching_pointers(call->arena, rows_max);
    gm_cursor_init(&cursor, snapshot, &matching_buyer_requests, from);
    for (;;) {
        struct gm_bytes key;
        struct gm_bytes nothing;
        const enum gm_status status = gm_cursor_next(&cursor, NULL, &key, &nothing);
        GM_ASSERT(status == GM_OK || status == GM_END);
        if (status == GM_END || key.size < prefix->size ||
            memcmp(key.at, prefix->v, prefix->size) != 0)
            break;
        if (reply->n_requests == rows_max) {
            reply->next_token = token_of(call->arena, filter, last);
            break;
        }
        last = matching_listing_of(key);
        reply->requests[reply->n_requests++] =
            summary_of(gm_snapshot_rows(snapshot), last.request, call->arena);
    }
    gm_cursor_release(&cursor);
}

enum gm_reason matching_search_requests(struct gm_snapshot *snapshot, const struct gm_call *call,
                                        struct gm_answer *answer)
{
    const Matching__ListSourcingRequestsRequest *message =
        (const Matching__ListSourcingRequestsRequest *)call->message;
    const struct gm_member_id buyer = {call->member};
    const enum matching_state state = (enum matching_state)message->state; /* the same numbers */
    const struct gm_id filter = filter_of(call, state);
    size_t rows_max = PAGE_ROWS_DEFAULT;
    struct matching_listing last;
    struct gm_key prefix;
    struct gm_key from;

    GM_ASSERT(state < MATCHING_STATE_COUNT); /* the door knows the numbers */
    matching_key_of_list(&prefix, buyer, state);
    from = prefix;
    if (message->page != NULL && message->page->token.len > 0) {
        if (!token_read(message->page->token, filter, &last))
            return matching_refuse_query(answer, GM_REASON_PAGE_TOKEN, "page.token");
        matching_key_of_listing(&from, buyer, state, last);
        gm_key_u8(&from, 0); /* the smallest key above it */
    }
    if (message->page != NULL && message->page->size > 0) rows_max = message->page->size;
    GM_ASSERT(rows_max <= PAGE_ROWS_MAX);

    Matching__ListSourcingRequestsReply reply = MATCHING__LIST_SOURCING_REQUESTS_REPLY__INIT;
    read_page(snapshot, call, &from, &prefix, rows_max, filter, &reply);
    return gm_answer_message(answer, call, &reply.base);
}
