/* The list of a member's orders on one side, newest first, page by page. */
#include <string.h>

#include "base/assert.h"
#include "order/query.h"
#include "order/state.h"
#include "wire/check.h"

enum {
    PAGE_ROWS = 50,
    PAGE_ROWS_MAX = 500,
    SUMMARY_BYTES_MAX = 128, /* encoded, at the fields' limits */
    TOKEN_BYTES = 40,
    PAGE_BYTES_MAX = PAGE_ROWS_MAX * SUMMARY_BYTES_MAX + 2 * TOKEN_BYTES,
};
_Static_assert((int)PAGE_BYTES_MAX <= (int)GM_REPLY_BODY_BYTES_MAX,
               "the largest page fits a reply");

/* A page token, opaque to who holds it:
 *
 *   offset  size
 *   0       16    hash of member and filter: it is taken back only by the list that it is from
 *   16      8     placed_ms of the last order shown
 *   24      16    its id
 */
static struct gm_id filter_hash(const struct gm_call *call, const Order__ListOrdersRequest *request)
{
    uint8_t at[GM_ID_BYTES + 24];
    memcpy(at, call->member.v, GM_ID_BYTES);
    gm_put_u32(at + GM_ID_BYTES, (uint32_t)request->side);
    gm_put_u32(at + GM_ID_BYTES + 4, (uint32_t)request->state);
    gm_put_u64(at + GM_ID_BYTES + 8, (uint64_t)request->from_ms);
    gm_put_u64(at + GM_ID_BYTES + 16, (uint64_t)request->until_ms);
    return gm_content_hash(call->method->number, gm_bytes(at, sizeof at));
}

/* NULL where the arena is full. */
static uint8_t *token_new(struct gm_arena *arena, struct gm_id filter, struct order_listing last)
{
    uint8_t *token = gm_arena_alloc(arena, TOKEN_BYTES);
    if (token == NULL) return NULL;
    memcpy(token, filter.v, GM_ID_BYTES);
    gm_put_u64(token + 16, (uint64_t)last.placed_ms);
    memcpy(token + 24, last.order.id.v, GM_ID_BYTES);
    return token;
}

/* False where it is not from this list. */
static bool token_read(ProtobufCBinaryData token, struct gm_id filter,
                       struct order_listing *ret_last)
{
    if (token.len != TOKEN_BYTES || memcmp(token.data, filter.v, GM_ID_BYTES) != 0) return false;
    ret_last->placed_ms = (int64_t)gm_get_u64(token.data + 16);
    memcpy(ret_last->order.id.v, token.data + 24, GM_ID_BYTES);
    return true;
}

/* The first key of the page: the list's first, the first before until_ms, or the one after the
 * token's. */
static enum gm_reason begin_at(const Order__ListOrdersRequest *request, const struct gm_call *call,
                               struct gm_id filter, struct gm_key *ret_key)
{
    const struct gm_member_id member = {call->member};
    const enum order_side side = request->side == ORDER__SIDE__BUYER ? ORDER_BUYER : ORDER_SELLER;
    const enum order_state state = order_state_of_wire(request->state);
    struct order_listing last;

    if (request->page != NULL && request->page->token.len > 0) {
        if (!token_read(request->page->token, filter, &last)) return GM_REASON_PAGE_TOKEN;
        order_party_key(ret_key, member, side, state, last);
        gm_key_u8(ret_key, 0); /* the smallest key above it */
        return GM_REASON_NONE;
    }
    if (request->until_ms > 0) {
        order_party_key(ret_key, member, side, state,
                        (struct order_listing){.placed_ms = request->until_ms - 1});
    } else {
        order_party_prefix(ret_key, member, side, state);
    }
    return GM_REASON_NONE;
}

static Order__OrderSummary *summary_new(const struct gm_rows *rows, struct gm_arena *arena,
                                        struct gm_order_id order)
{
    struct {
        Order__OrderSummary summary;
        Common__Money total;
        struct gm_order_id order;
        struct order_row row;
        char currency[4];
        char reference[ORDER_REFERENCE_BYTES_MAX + 1];
    } *at = gm_arena_zalloc(arena, sizeof *at);
    if (at == NULL) return NULL;
    at->order = order;
    const bool found = order_find(rows, order, &at->row);
    GM_ASSERT(found);
    order__order_summary__init(&at->summary);
    common__money__init(&at->total);
    at->total.currency = gm_currency_text(at->row.currency, at->currency);
    at->total.minor = at->row.total_minor;
    memcpy(at->reference, at->row.reference, at->row.reference_bytes);
    at->summary.order_id = gm_message_bytes(&at->order.id);
    at->summary.buyer = gm_message_bytes(&at->row.buyer.id);
    at->summary.seller = gm_message_bytes(&at->row.seller.id);
    at->summary.state = order_state_to_wire((enum order_state)at->row.state);
    at->summary.revision = at->row.revision;
    at->summary.total = &at->total;
    at->summary.line_count = at->row.line_count;
    at->summary.placed_ms = at->row.placed_ms;
    at->summary.buyer_reference = at->reference;
    return &at->summary;
}

/* What a page is read with. */
struct page {
    struct gm_snapshot *snapshot;
    struct gm_arena *arena;
    struct gm_bytes prefix; /* of the list's keys */
    int64_t from_ms;
    size_t rows_max;
};

/* Fills the page; *ret_last is the last order in it, *ret_more whether another follows. False where
 * the arena is full. */
static bool read_page(const struct page *page, const struct gm_key *first,
                      Order__ListOrdersReply *reply, struct order_listing *ret_last, bool *ret_more)
{
    struct gm_cursor cursor;
    struct gm_bytes key, value;
    bool room = true;
    *ret_more = false;
    gm_cursor_init(&cursor, page->snapshot, &order_party_table, first);
    while (gm_cursor_next(&cursor, page->arena, &key, &value) == GM_OK) {
        if (key.size < page->prefix.size ||
            memcmp(key.at, page->prefix.at, page->prefix.size) != 0) {
            break;
        }
        const struct order_listing listing = order_party_listing(key);
        if (listing.placed_ms < page->from_ms) break;
        if (reply->n_orders == page->rows_max) {
            *ret_more = true;
            break;
        }
        Order__OrderSummary *summary =
            summary_new(gm_snapshot_rows(page->snapshot), page->arena, listing.order);
        if (summary == NULL) {
            room = false;
            break;
        }
        reply->orders[reply->n_orders++] = summary;
        *ret_last = listing;
    }
    gm_cursor_release(&cursor);
    return room;
}

enum gm_reason order_query_list(struct gm_snapshot *snapshot, const struct gm_call *call,
                                struct gm_answer *answer)
{
    const Order__ListOrdersRequest *request = (const Order__ListOrdersRequest *)call->message;
    const size_t asked = request->page == NULL ? 0 : request->page->size;
    const struct gm_id filter = filter_hash(call, request);
    struct gm_key first, prefix;
    struct order_listing last;
    bool more;

    const enum gm_reason refused = begin_at(request, call, filter, &first);
    if (refused != GM_REASON_NONE) return order_query_refuse(answer, refused, "page.token");
    order_party_prefix(&prefix, (struct gm_member_id){call->member},
                       request->side == ORDER__SIDE__BUYER ? ORDER_BUYER : ORDER_SELLER,
                       order_state_of_wire(request->state));

    const struct page page = {
        .snapshot = snapshot,
        .arena = call->arena,
        .prefix = gm_key_bytes(&prefix),
        .from_ms = request->from_ms,
        .rows_max = asked == 0              ? PAGE_ROWS
                    : asked < PAGE_ROWS_MAX ? asked
                                            : PAGE_ROWS_MAX,
    };
    Order__ListOrdersReply reply = ORDER__LIST_ORDERS_REPLY__INIT;
    reply.orders = GM_ARENA_ARRAY(call->arena, Order__OrderSummary *, page.rows_max);
    if (reply.orders == NULL || !read_page(&page, &first, &reply, &last, &more)) {
        return GM_REASON_REPLY_TOO_LARGE;
    }
    if (more) {
        reply.next_token.data = token_new(call->arena, filter, last);
        if (reply.next_token.data == NULL) return GM_REASON_REPLY_TOO_LARGE;
        reply.next_token.len = TOKEN_BYTES;
    }
    return gm_answer_message(answer, call, &reply.base);
}
