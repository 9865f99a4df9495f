#include "sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "hostile.h"
#include "work.h"

enum {
    OPEN_MAX = 4,           /* calls of a member under way */
    TRIES_MAX = 12,         /* then it gives up */
    TRY_AFTER_US = 1500000, /* without an answer */
    TURN_US = 20000,        /* between two turns, about */
    ARENA_BYTES = 256 * 1024,
};

struct open_call {
    bool open;
    struct work_call call;
    uint8_t *body; /* owned */
    uint8_t node;
    uint64_t request_id;
    struct gm_id command_id;
    unsigned tries;
    uint64_t try_at_us;
    struct gm_position position;
};

struct client {
    uint8_t index;
    struct open_call calls[OPEN_MAX];
    uint64_t next_request_id;
    struct gm_position seen; /* of the catalog */
    struct gm_arena arena;
};

struct client *client_new(struct sim *sim, uint8_t index)
{
    (void)sim;
    struct client *client = calloc(1, sizeof *client);
    GM_ASSERT(client != NULL);
    const enum gm_status arena = gm_arena_init(&client->arena, ARENA_BYTES);
    GM_ASSERT(arena == GM_OK);
    client->index = index;
    client->next_request_id = 1;
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL) return;
    for (unsigned i = 0; i < OPEN_MAX; i++)
        free(client->calls[i].body);
    gm_arena_release(&client->arena);
    free(client);
}

bool client_idle(const struct client *client)
{
    for (unsigned i = 0; i < OPEN_MAX; i++)
        if (client->calls[i].open) return false;
    return true;
}

static void send_try(struct sim *sim, struct client *client, struct open_call *call)
{
    struct gm_request_header header = {
        .protocol = GM_PROTOCOL,
        .method = call->call.method->number,
        .request_id = call->request_id = client->next_request_id++,
        .command_id = call->command_id,
        .timeout_ms = 3000,
        .member = work_member(client->index),
        .language = client->index % 2 == 0 ? GM_LANGUAGE_VI : GM_LANGUAGE_EN,
        .dry_run = call->call.dry_run,
        .until_settled = call->call.until_settled,
    };
    if (call->call.at_position && call->position.seq > 0) {
        header.position_count = 1;
        header.positions[0] = call->position;
    }
    uint8_t bytes[GM_REQUEST_HEADER_BYTES_MAX];
    const size_t size = gm_request_header_encode(&header, bytes);
    call->tries++;
    /* Later and later, so that a service that was down is not met by all at once. */
    call->try_at_us =
        sim->now_us + TRY_AFTER_US * call->tries + gm_random_below(&sim->random, TRY_AFTER_US);
    net_send(sim, (struct end){END_CLIENT, client->index}, (struct end){END_NODE, call->node},
             false, GM_FRAMES_MAX, gm_bytes(bytes, size),
             gm_bytes(call->body, call->call.body.size));
}

static void close_call(struct open_call *call)
{
    free(call->body);
    *call = (struct open_call){0};
}

static void begin_call(struct sim *sim, struct client *client, struct open_call *call)
{
    gm_arena_reset(&client->arena);
    work_next(sim, client->index, &client->arena, &call->call);
    call->open = true;
    call->node = work_node(call->call.method);
    call->body = malloc(call->call.body.size + 1);
    GM_ASSERT(call->body != NULL);
    if (call->call.body.size > 0) memcpy(call->body, call->call.body.at, call->call.body.size);
    call->position = client->seen;
    if (call->call.method->kind == GM_METHOD_COMMAND) {
        uint8_t random[10];
        gm_random_bytes(&sim->random, random, sizeof random);
        /* By the client's own clock, which the jumps of the services' machine do not touch. */
        call->command_id = gm_id_v7(SIM_START_MS + (int64_t)(sim->now_us / 1000), random);
    }
    send_try(sim, client, call);
}

void client_turn(struct sim *sim, uint8_t index)
{
    struct client *client = sim->clients[index];
    for (unsigned i = 0; i < OPEN_MAX; i++) {
        struct open_call *call = &client->calls[i];
        if (!call->open) {
            if (!sim->calm && gm_random_chance(&sim->random, 500000)) begin_call(sim, client, call);
        } else if (call->try_at_us <= sim->now_us) {
            if (call->tries < TRIES_MAX) {
                send_try(sim, client, call);
            } else {
                sim->faults[FAULT_client_gave_up]++;
                close_call(call);
            }
        }
    }
    if (sim_fault(sim, sim->weather.hostile_ppm / 10, FAULT_hostile_message)) {
        sim->faults[FAULT_hostile_message]--; /* counted by what is sent */
        hostile_send(sim, index);
    }
    if (sim->calm && client_idle(client)) return; /* nothing to do any more */
    sim_plan(sim, 1 + gm_random_below(&sim->random, 2 * TURN_US), EVENT_CLIENT, index, 0, NULL);
}

/* Nobody knows what became of what is under way: it is asked again soon. */
void client_broken(struct sim *sim, uint8_t index, uint8_t node)
{
    struct client *client = sim->clients[index];
    if (client == NULL) return;
    for (unsigned i = 0; i < OPEN_MAX; i++) {
        struct open_call *call = &client->calls[i];
        if (call->open && call->node == node && call->try_at_us > sim->now_us + 200000)
            call->try_at_us = sim->now_us + gm_random_below(&sim->random, 200000);
    }
}

/* Final: it was journalled, or nothing about it will change. */
static bool is_final(const struct gm_reply_header *header, struct gm_bytes body)
{
    if (header->recorded || header->status == GM_CODE_OK) return true;
    struct gm_refusal refusal;
    if (gm_refusal_decode(body, &refusal, NULL) != GM_OK || refusal.reason == GM_REASON_NONE)
        return false;
    return !gm_reason_row(refusal.reason)->transient;
}

void client_receive(struct sim *sim, uint8_t index, uint8_t node, const struct message *message)
{
    struct client *client = sim->clients[index];
    struct gm_reply_header header;
    const struct gm_bytes body =
        gm_bytes(message->bytes + message->header_bytes, message->body_bytes);
    if (gm_reply_header_decode(gm_bytes(message->bytes, message->header_bytes), &header) != GM_OK) {
        sim_fail(sim, "a reply's header does not decode");
        return;
    }
    if ((header.request_id & HOSTILE_BIT) != 0 || header.request_id >= client->next_request_id) {
        if ((header.request_id & HOSTILE_BIT) != 0) hostile_reply(sim, &header, body);
        return;
    }
    for (unsigned i = 0; i < OPEN_MAX; i++) {
        struct open_call *call = &client->calls[i];
        if (!call->open || call->request_id != header.request_id || call->node != node) continue;
        if (!is_final(&header, body)) return;
        if (node == 0 && (header.position.seq > client->seen.seq ||
                          header.position.journal_id != client->seen.journal_id))
            client->seen = header.position;
        if (header.recorded && node == 0) sim->used_ids[index] = call->command_id;
        if (!call->call.dry_run)
            judge_reply(sim, node, call->call.method, call->command_id, work_member(index),
                        call->call.until_settled, &header, body);
        work_done(sim, index, &call->call, (enum gm_code)header.status, body);
        close_call(call);
        return;
    }
}
