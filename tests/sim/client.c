#include "sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "client/call.h"
#include "hostile.h"
#include "work.h"

/* A member: the caller of the client library for each node, under virtual time. */

enum {
    OPEN_MAX = 4,        /* calls of a member under way */
    PATIENCE_MS = 20000, /* then it gives up */
    TURN_US = 20000,     /* between two turns, about */
    ARENA_BYTES = 256 * 1024,
};

struct open_call {
    bool open;
    struct work_call call;
    struct gm_id command_id;
};

struct client {
    uint8_t index;
    struct gm_calls *calls[SIM_NODES];
    struct open_call open[OPEN_MAX];
    struct gm_position seen; /* of the catalog */
    struct gm_random random; /* of command ids */
    struct gm_arena arena;
};

/* The member's own clock, which the jumps of the services' machine do not touch. */
static struct gm_clock_reading client_reading(const struct sim *sim)
{
    return (struct gm_clock_reading){SIM_START_MS + (int64_t)(sim->now_us / 1000),
                                     sim_monotonic_ms(sim)};
}

struct client *client_new(struct sim *sim, uint8_t index)
{
    struct client *client = calloc(1, sizeof *client);
    GM_ASSERT(client != NULL);
    const enum gm_status arena = gm_arena_init(&client->arena, ARENA_BYTES);
    GM_ASSERT(arena == GM_OK);
    client->index = index;
    gm_random_seed(&client->random, gm_random_u64(&sim->random));
    for (unsigned i = 0; i < SIM_NODES; i++) {
        client->calls[i] = gm_calls_new(gm_random_u64(&sim->random), OPEN_MAX);
        GM_ASSERT(client->calls[i] != NULL);
    }
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL) return;
    for (unsigned i = 0; i < SIM_NODES; i++)
        gm_calls_free(client->calls[i]);
    gm_arena_release(&client->arena);
    free(client);
}

bool client_idle(const struct client *client)
{
    for (unsigned i = 0; i < OPEN_MAX; i++)
        if (client->open[i].open) return false;
    return true;
}

static void send_all(struct sim *sim, struct client *client)
{
    for (unsigned node = 0; node < SIM_NODES; node++) {
        struct gm_bytes header;
        struct gm_bytes body;
        while (gm_calls_output(client->calls[node], sim_monotonic_ms(sim), &header, &body))
            net_send(sim, (struct end){END_CLIENT, client->index},
                     (struct end){END_NODE, (uint8_t)node}, false, GM_FRAMES_MAX, header, body);
    }
}

static void begin_call(struct sim *sim, struct client *client, struct open_call *call)
{
    gm_arena_reset(&client->arena);
    work_next(sim, client->index, &client->arena, &call->call);
    call->open = true;
    call->command_id = (struct gm_id){{0}};
    const struct gm_clock_reading now = client_reading(sim);
    if (call->call.method->kind == GM_METHOD_COMMAND) {
        uint8_t random[10];
        gm_random_bytes(&client->random, random, sizeof random);
        call->command_id = gm_id_v7(now.wall_ms, random);
    }
    struct gm_call_options options = {
        .context = call,
        .member = work_member(client->index),
        .command_id = call->command_id,
        .timeout_ms = PATIENCE_MS,
        .language = client->index % 2 == 0 ? GM_LANGUAGE_VI : GM_LANGUAGE_EN,
        .dry_run = call->call.dry_run,
        .until_settled = call->call.until_settled,
    };
    if (call->call.at_position && client->seen.seq > 0) {
        options.position_count = 1;
        options.positions[0] = client->seen;
    }
    uint64_t ticket;
    const enum gm_status status =
        gm_calls_submit(client->calls[work_node(call->call.method)], call->call.method,
                        call->call.body, &options, now, &ticket);
    GM_ASSERT(status == GM_OK);
}

static void end_call(struct sim *sim, struct client *client, const struct gm_outcome *outcome,
                     struct gm_bytes body)
{
    struct open_call *call = outcome->context;
    const uint8_t node = work_node(call->call.method);
    call->open = false;
    if (!outcome->answered) {
        sim->faults[FAULT_client_gave_up]++;
        return;
    }
    if (node == 0 && (outcome->position.seq > client->seen.seq ||
                      outcome->position.journal_id != client->seen.journal_id))
        client->seen = outcome->position;
    if (outcome->recorded && node == 0) sim->used_ids[client->index] = call->command_id;
    const struct gm_reply_header header = {
        .status = (uint16_t)outcome->status,
        .position = outcome->position,
        .recorded = outcome->recorded,
    };
    if (!call->call.dry_run)
        judge_reply(sim, node, call->call.method, call->command_id, work_member(client->index),
                    call->call.until_settled, &header, body);
    work_done(sim, client->index, &call->call, outcome->status, body);
}

void client_turn(struct sim *sim, uint8_t index)
{
    struct client *client = sim->clients[index];
    for (unsigned node = 0; node < SIM_NODES; node++) {
        struct gm_outcome outcome;
        while (gm_calls_expired(client->calls[node], sim_monotonic_ms(sim), &outcome))
            end_call(sim, client, &outcome, outcome.reply);
    }
    for (unsigned i = 0; i < OPEN_MAX; i++)
        if (!client->open[i].open && !sim->calm && gm_random_chance(&sim->random, 500000))
            begin_call(sim, client, &client->open[i]);
    send_all(sim, client);
    if (!sim->calm && gm_random_chance(&sim->random, sim->weather.hostile_ppm / 10))
        hostile_send(sim, index);
    if (sim->calm && client_idle(client)) return; /* nothing to do any more */
    sim_plan(sim, 1 + gm_random_below(&sim->random, 2 * TURN_US), EVENT_CLIENT, index, 0, NULL);
}

/* Nobody knows what became of what is under way: it is asked again. */
void client_broken(struct sim *sim, uint8_t index, uint8_t node)
{
    struct client *client = sim->clients[index];
    /* Half of the members do not notice, and wait. */
    if (client == NULL || gm_random_chance(&sim->random, 500000)) return;
    gm_calls_disconnected(client->calls[node]);
}

void client_receive(struct sim *sim, uint8_t index, uint8_t node, const struct message *message)
{
    struct client *client = sim->clients[index];
    const struct gm_frames frames = {
        .header = gm_bytes(message->bytes, message->header_bytes),
        .body = gm_bytes(message->bytes + message->header_bytes, message->body_bytes),
        .count = message->frame_count,
    };
    struct gm_reply_header header;
    if (gm_reply_header_decode(frames.header, &header) != GM_OK) {
        sim_fail(sim, "a reply's header does not decode");
        return;
    }
    if ((header.request_id & HOSTILE_BIT) != 0) {
        hostile_reply(sim, &header, frames.body);
        return;
    }
    struct gm_outcome outcome;
    if (gm_calls_hear(client->calls[node], sim_monotonic_ms(sim), &frames, &outcome) ==
        GM_HEARD_OUTCOME)
        end_call(sim, client, &outcome, frames.body);
    send_all(sim, client);
}
