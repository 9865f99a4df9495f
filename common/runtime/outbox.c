#include <stdlib.h>

#include "base/assert.h"
#include "runtime/parts.h"

static void push(struct gm_host *host, const struct outgoing *outgoing, struct gm_bytes header,
                 struct gm_bytes body)
{
    struct gm_fifo *fifo = outgoing->gate <= host->acked ? &host->now : &host->gated;
    struct outgoing *record = gm_fifo_push(fifo, sizeof *record + header.size + body.size);
    *record = *outgoing;
    record->header_bytes = (uint32_t)header.size;
    record->body_bytes = (uint32_t)body.size;
    uint8_t *at = (uint8_t *)(record + 1);
    memcpy(at, header.at, header.size);
    if (body.size > 0) memcpy(at + header.size, body.at, body.size);
}

static void push_reply(struct gm_host *host, const struct gm_peer *peer, bool ends_request,
                       const struct gm_reply_header *header, uint64_t gate, struct gm_bytes body)
{
    uint8_t bytes[GM_REPLY_HEADER_BYTES_MAX];
    const size_t size = gm_reply_header_encode(header, bytes);
    const struct outgoing outgoing = {
        .gate = gate,
        .kind = GM_OUTPUT_REPLY,
        .peer = *peer,
        .ends_request = ends_request,
    };
    push(host, &outgoing, gm_bytes(bytes, size), body);
}

void outbox_reply(struct gm_host *host, const struct request *request, enum gm_code status,
                  struct gm_position position, bool recorded, uint64_t gate, struct gm_bytes body)
{
    GM_ASSERT(body.size <= GM_REPLY_BODY_BYTES_MAX);
    const struct gm_reply_header header = {
        .request_id = request->header.request_id,
        .status = (uint16_t)status,
        .position = position,
        .recorded = recorded,
    };
    push_reply(host, &request->peer, true, &header, gate, body);
}

void outbox_refuse(struct gm_host *host, const struct request *request,
                   const struct gm_refusal *refusal)
{
    uint8_t body[GM_REPLY_BYTES_MAX];
    const size_t size = gm_refusal_encode(refusal, request->header.language, body);
    host->counts.reasons[refusal->reason]++;
    /* Made from no state, so from the durable one: it leaves at once. */
    outbox_reply(host, request, gm_reason_row(refusal->reason)->status,
                 (struct gm_position){host->journal_id, host->acked}, false, host->acked,
                 gm_bytes(body, size));
}

void outbox_chunk(struct gm_host *host, const struct subscription *subscription,
                  struct gm_bytes body)
{
    GM_ASSERT(body.size <= GM_REPLY_BODY_BYTES_MAX);
    const struct gm_reply_header header = {
        .request_id = subscription->request_id,
        .position = {host->journal_id, host->acked},
        .more = true,
    };
    push_reply(host, &subscription->peer, false, &header, host->acked, body);
}

void outbox_request(struct gm_host *host, enum gm_service_name to,
                    const struct gm_request_header *header, struct gm_bytes body)
{
    uint8_t bytes[GM_REQUEST_HEADER_BYTES_MAX];
    const size_t size = gm_request_header_encode(header, bytes);
    const struct outgoing outgoing = {.gate = 0, .kind = GM_OUTPUT_REQUEST, .to = to};
    push(host, &outgoing, gm_bytes(bytes, size), body);
}

struct peer_state *outbox_peer(struct gm_host *host, const struct gm_peer *peer)
{
    struct peer_state *state = gm_idmap_get(&host->peers, id_of_peer(peer));
    if (state != NULL) return state;
    state = calloc(1, sizeof *state);
    GM_ASSERT(state != NULL);
    state->peer = *peer;
    gm_idmap_put(&host->peers, id_of_peer(peer), state);
    return state;
}

void outbox_peer_settle(struct gm_host *host, const struct gm_peer *peer)
{
    struct peer_state *state = gm_idmap_get(&host->peers, id_of_peer(peer));
    if (state == NULL || state->in_flight > 0 || state->subscriptions > 0) return;
    gm_idmap_take(&host->peers, id_of_peer(peer));
    free(state);
}

static void lend(const struct outgoing *record, struct gm_output *ret_output)
{
    const uint8_t *at = (const uint8_t *)(record + 1);
    *ret_output = (struct gm_output){
        .kind = record->kind,
        .peer = record->peer,
        .to = record->to,
        .header = gm_bytes(at, record->header_bytes),
        .body = gm_bytes(at + record->header_bytes, record->body_bytes),
    };
}

static void give_back(struct gm_host *host)
{
    if (host->popped_now) gm_fifo_pop(&host->now);
    if (host->popped_gated) gm_fifo_pop(&host->gated);
    host->popped_now = host->popped_gated = false;
}

bool gm_host_output(struct gm_host *host, struct gm_output *ret_output)
{
    give_back(host);
    struct outgoing *record = gm_fifo_front(&host->gated);
    if (record != NULL && record->gate <= host->acked) {
        host->popped_gated = true;
    } else {
        record = gm_fifo_front(&host->now);
        if (record == NULL) return false;
        host->popped_now = true;
    }
    if (record->ends_request) {
        struct peer_state *state = gm_idmap_get(&host->peers, id_of_peer(&record->peer));
        if (state != NULL && state->in_flight > 0) state->in_flight--;
        outbox_peer_settle(host, &record->peer);
    }
    lend(record, ret_output);
    return true;
}

void gm_host_peer_gone(struct gm_host *host, const struct gm_peer *peer)
{
    host->counts.dropped++;
    stream_peer_gone(host, peer);
}

void outbox_release(struct gm_host *host)
{
    gm_fifo_release(&host->gated);
    gm_fifo_release(&host->now);
    for (uint32_t i = 0; i < host->peers.capacity; i++)
        free(host->peers.slots[i].value);
    gm_idmap_release(&host->peers);
}
