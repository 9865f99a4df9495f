/* FindMatches: the engine over the followed lots of a snapshot, answered by whole lines. */
#include <stdio.h>

#include <matching.pb-c.h>

#include "base/hash.h"
#include "matching/ask.h"
#include "matching/offers.h"
#include "matching/parts.h"
#include "matching/query.h"
#include "matching/view.h"

enum {
    LINES_AT_ONCE = 16, /* of a walk over the lots: more than a page mostly holds */
    HEAD_BYTES = 64,    /* of a reply without its lines: token and three numbers */
    LINE_HEAD_BYTES = 4,
    LINE_BYTES_MAX = GM_REPLY_BODY_BYTES_MAX - HEAD_BYTES - LINE_HEAD_BYTES,
    TOKEN_BYTES = 24,
};

/* Encoded, at the fields' limits: 8 names of 200 bytes in languages of 20, 16 words of 40 that are
 * assumed of a product and as many of a lot, and figures. */
enum {
    NAMES_BYTES_MAX = 8 * (200 + 20 + 8),
    ASSUMED_BYTES_MAX = 16 * (40 + 2),
    MATCH_BYTES_MAX = NAMES_BYTES_MAX + 2 * ASSUMED_BYTES_MAX + 512,
    NEAR_MISS_BYTES_MAX = NAMES_BYTES_MAX + 256,
    GAIN_BYTES_MAX = 64,
};
_Static_assert(MATCHING_VIEW_MATCHES_KEPT *MATCH_BYTES_MAX +
                       ENGINE_NEAR_MISSES_MAX * NEAR_MISS_BYTES_MAX +
                       ENGINE_GAINS_MAX * GAIN_BYTES_MAX + 32 <=
                   LINE_BYTES_MAX,
               "a line of so many matches fits a page of its own");

/* ---- what is asked ---- */

struct question {
    const Matching__SourcingRequest *request;
    const Matching__SourcingView *stored; /* where it was asked by id, else NULL */
    int32_t today;                        /* the first page's */
    uint32_t line;                        /* the first of this page */
};

static enum gm_reason question_of(const struct gm_rows *rows, const struct gm_call *call,
                                  struct question *question, struct gm_answer *answer)
{
    const Matching__FindMatchesRequest *message =
        (const Matching__FindMatchesRequest *)call->message;
    struct matching_request_row row;

    *question = (struct question){.request = message->request, .today = call->today};
    if (message->request != NULL) return GM_REASON_NONE;
    if (message->request_id.len == 0)
        return matching_refuse_query(answer, GM_REASON_FIELD_MISSING, "request");
    const struct gm_request_id request = {gm_message_id(message->request_id)};
    if (!matching_get_own_request(rows, request, (struct gm_member_id){call->member}, &row))
        return matching_refuse_query(answer, GM_REASON_REQUEST_UNKNOWN, "request_id");
    question->stored = matching_unpack(matching_request_document(rows, request, call->arena),
                                       &matching__sourcing_view__descriptor, call->arena);
    question->request = question->stored->request;
    return GM_REASON_NONE;
}

/* A page token, opaque to who holds it:
 *
 *   offset  size
 *   0       16    hash of member, question and the next two
 *   16      4     the next line
 *   20      4     the first page's today
 */
static struct gm_id token_hash(const struct gm_call *call, const uint8_t position[8])
{
    Matching__FindMatchesRequest asked = *(const Matching__FindMatchesRequest *)call->message;
    asked.token = (ProtobufCBinaryData){0};
    const struct gm_bytes packed = matching_pack(&asked.base, call->arena);
    uint8_t *content = matching_array(call->arena, 1, GM_ID_BYTES + 8 + packed.size);
    memcpy(content, call->member.v, GM_ID_BYTES);
    memcpy(content + GM_ID_BYTES, position, 8);
    memcpy(content + GM_ID_BYTES + 8, packed.at, packed.size);
    return gm_content_hash(call->method->number, gm_bytes(content, GM_ID_BYTES + 8 + packed.size));
}

static ProtobufCBinaryData token_of(const struct gm_call *call, uint32_t line, int32_t today)
{
    uint8_t *token = matching_array(call->arena, 1, TOKEN_BYTES);
    gm_put_u32(token + 16, line);
    gm_put_u32(token + 20, (uint32_t)today);
    const struct gm_id hash = token_hash(call, token + 16);
    memcpy(token, hash.v, GM_ID_BYTES);
    return (ProtobufCBinaryData){.len = TOKEN_BYTES, .data = token};
}

/* Goes on where the token says; false where it is not one of this question, or of a day before
 * yesterday: whoever pages past midnight sees one day's answer to the end. */
static bool go_on(const struct gm_call *call, ProtobufCBinaryData token, struct question *question)
{
    if (token.len == 0) return true;
    if (token.len != TOKEN_BYTES) return false;
    const struct gm_id hash = token_hash(call, token.data + 16);
    if (memcmp(token.data, hash.v, GM_ID_BYTES) != 0) return false;
    question->line = gm_get_u32(token.data + 16);
    question->today = (int32_t)gm_get_u32(token.data + 20);
    return question->line < question->request->n_lines && question->today <= call->today &&
           question->today >= call->today - 1;
}

static enum gm_reason ask(const struct gm_call *call, const struct question *question,
                          struct matching_ask *ret_ask, struct gm_answer *answer)
{
    const Matching__FindMatchesRequest *message =
        (const Matching__FindMatchesRequest *)call->message;
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    const enum gm_reason reason =
        matching_ask(question->request, (struct gm_member_id){call->member}, question->today,
                     call->arena, ret_ask, field);
    if (reason != GM_REASON_NONE) {
        (void)snprintf(answer->refusal.field, sizeof answer->refusal.field, "%s%.30s",
                       question->stored == NULL ? "request." : "", field);
        return reason;
    }
    if (message->matches_max > 0) ret_ask->request.matches_max = message->matches_max;
    if (question->stored != NULL)
        matching_ask_by(ret_ask, question->stored->reference_version, question->stored->references,
                        question->stored->n_references);
    return GM_REASON_NONE;
}

/* ---- what is answered ---- */

struct page {
    struct gm_snapshot *snapshot;
    const struct question *question;
    const struct matching_ask *ask;
    struct matching_view view;
    Matching__FindMatchesReply reply;
    size_t bytes; /* of the reply, encoded */
};

/* Some lines from one on. GM_TOO_LARGE where the arena does not hold them and a page. */
static enum gm_status find(const struct page *page, size_t first, size_t count,
                           struct engine_answer *ret_answer)
{
    struct gm_arena *arena = page->view.arena;
    struct engine_request slice = page->ask->request;
    struct matching_offers offers;
    slice.lines += first;
    slice.line_count = count;
    matching_offers_init(&offers, page->snapshot, page->view.generation, page->ask);
    const enum gm_status status = engine_find(&offers.lots, &page->ask->reference, &slice,
                                              page->question->today, arena, ret_answer);
    matching_offers_release(&offers);
    if (status != GM_OK) return status;
    return arena->capacity - arena->used < MATCHING_VIEW_BYTES_MAX ? GM_TOO_LARGE : GM_OK;
}

/* False where the page is full without it. */
static bool add_line(struct page *page, const struct engine_line_answer *found)
{
    const uint32_t number = page->question->line + (uint32_t)page->reply.n_lines;
    Matching__LineAnswer *line = matching_view_line(&page->view, number, found);
    if (page->reply.n_lines == 0) matching_view_cut(line, LINE_BYTES_MAX);
    const size_t bytes = LINE_HEAD_BYTES + protobuf_c_message_get_packed_size(&line->base);
    if (page->bytes + bytes > GM_REPLY_BODY_BYTES_MAX) return false;
    page->reply.lines[page->reply.n_lines++] = line;
    page->bytes += bytes;
    return true;
}

/* Lines until the page is full. Where the answers to many lines at once pass the arena, fewer at
 * once do not; what is answered by then is a page. */
static enum gm_reason fill(struct page *page)
{
    struct gm_arena *arena = page->view.arena;
    const size_t line_count = page->ask->request.line_count;
    size_t at_once = LINES_AT_ONCE;
    for (;;) {
        const size_t first = page->question->line + page->reply.n_lines;
        const size_t mark = gm_arena_mark(arena);
        struct engine_answer answer;
        if (first == line_count) return GM_REASON_NONE;
        if (at_once > line_count - first) at_once = line_count - first;
        const enum gm_status status = find(page, first, at_once, &answer);
        GM_ASSERT(status == GM_OK || status == GM_TOO_LARGE);
        if (status == GM_TOO_LARGE) {
            gm_arena_rewind(arena, mark);
            at_once /= 2;
            if (at_once > 0) continue;
            return page->reply.n_lines > 0 ? GM_REASON_NONE : GM_REASON_REPLY_TOO_LARGE;
        }
        page->reply.lots_seen = (uint32_t)answer.lots_seen;
        for (size_t i = 0; i < at_once; i++) {
            if (!add_line(page, &answer.lines[i])) return GM_REASON_NONE;
        }
    }
}

enum gm_reason matching_search_matches(struct gm_snapshot *snapshot, const struct gm_call *call,
                                       struct gm_answer *answer)
{
    const Matching__FindMatchesRequest *message =
        (const Matching__FindMatchesRequest *)call->message;
    const struct gm_rows *rows = gm_snapshot_rows(snapshot);
    struct question question;
    struct matching_ask asked;

    enum gm_reason reason = question_of(rows, call, &question, answer);
    if (reason != GM_REASON_NONE) return reason;
    if (!go_on(call, message->token, &question))
        return matching_refuse_query(answer, GM_REASON_PAGE_TOKEN, "token");
    reason = ask(call, &question, &asked, answer);
    if (reason != GM_REASON_NONE) return reason;

    struct page page = {
        .snapshot = snapshot,
        .question = &question,
        .ask = &asked,
        .view = {rows, gm_follow_generation(rows, GM_SERVICE_CATALOG), call->arena},
        .reply = MATCHING__FIND_MATCHES_REPLY__INIT,
        .bytes = HEAD_BYTES,
    };
    page.reply.lines = matching_pointers(call->arena, asked.request.line_count);
    page.reply.today = question.today;
    page.reply.reference_version = asked.reference.version;
    reason = fill(&page);
    if (reason != GM_REASON_NONE) return reason;
    const uint32_t next = question.line + (uint32_t)page.reply.n_lines;
    if (next < asked.request.line_count)
        page.reply.next_token = token_of(call, next, question.today);
    return gm_answer_message(answer, call, &page.reply.base);
}
