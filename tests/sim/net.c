#include "sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

/* A peer's routing id: 0, kind, index, node, generation of the connection (u32). */
enum { PEER_BYTES = 8 };

static struct link *link_of(struct sim *sim, struct end a, struct end b)
{
    if (a.kind == END_CLIENT) return &sim->client_links[a.index][b.index];
    if (b.kind == END_CLIENT) return &sim->client_links[b.index][a.index];
    /* Who asks owns the connection; the caller orders the ends. */
    return &sim->node_links[a.index][b.index];
}

static struct link *link_of_message(struct sim *sim, const struct message *message)
{
    return message->is_reply ? link_of(sim, message->to, message->from)
                             : link_of(sim, message->from, message->to);
}

struct gm_peer net_peer(const struct message *message)
{
    struct gm_peer peer = {.size = PEER_BYTES};
    peer.id[1] = (uint8_t)message->from.kind;
    peer.id[2] = message->from.index;
    peer.id[3] = message->to.index;
    gm_put_u32(peer.id + 4, message->connection);
    return peer;
}

bool net_end_of_peer(const struct sim *sim, const struct gm_peer *peer, uint8_t node,
                     struct end *ret_end)
{
    GM_ASSERT(peer->size == PEER_BYTES && peer->id[3] == node);
    *ret_end = (struct end){(enum end_kind)peer->id[1], peer->id[2]};
    const struct link *link = ret_end->kind == END_CLIENT ? &sim->client_links[ret_end->index][node]
                                                          : &sim->node_links[ret_end->index][node];
    return link->connection == gm_get_u32(peer->id + 4);
}

static uint64_t latency(struct sim *sim, const struct link *link)
{
    uint64_t us = 1 + gm_random_below(&sim->random, 2 * sim->weather.latency_us);
    if (link->slow_until_us > sim->now_us) us *= 200;
    if (sim_fault(sim, sim->weather.late_ppm, FAULT_message_late))
        us += gm_random_below(&sim->random, 8 * 1000 * 1000);
    return us;
}

void net_send(struct sim *sim, struct end from, struct end to, bool is_reply, unsigned frame_count,
              struct gm_bytes header, struct gm_bytes body)
{
    const struct message head = {
        .from = from,
        .to = to,
        .is_reply = is_reply,
        .frame_count = frame_count,
        .header_bytes = (uint32_t)header.size,
        .body_bytes = (uint32_t)body.size,
    };
    struct link *link = link_of_message(sim, &head);
    if (link->cut_until_us > sim->now_us) return;
    unsigned copies = 1;
    if (sim_fault(sim, sim->weather.lose_ppm, FAULT_message_lost)) copies = 0;
    if (copies > 0 && sim_fault(sim, sim->weather.double_ppm, FAULT_message_doubled)) copies = 2;
    const uint8_t node = to.kind == END_NODE ? to.index : from.index;
    for (; copies > 0; copies--) {
        struct message *message = malloc(sizeof *message + header.size + body.size);
        GM_ASSERT(message != NULL);
        *message = head;
        message->connection = link->connection;
        message->incarnation = sim->nodes[node].incarnation;
        if (header.size > 0) memcpy(message->bytes, header.at, header.size);
        if (body.size > 0) memcpy(message->bytes + header.size, body.at, body.size);
        sim_plan(sim, latency(sim, link), EVENT_DELIVER, 0, 0, message);
    }
}

void net_deliver(struct sim *sim, struct message *message)
{
    const struct link *link = link_of_message(sim, message);
    /* Half of what was under way when a connection broke arrives all the same: buffers of the
     * kernel, a proxy, a client's second try. */
    const bool broken = link->connection != message->connection;
    const bool passes = !broken || (!sim->calm && gm_random_chance(&sim->random, 500000));
    if (passes && broken) sim->faults[FAULT_message_after_restart]++;
    if (passes && message->to.kind == END_CLIENT) {
        client_receive(sim, message->to.index, message->from.index, message);
    } else if (passes && sim->nodes[message->to.index].host != NULL) {
        node_receive(sim, message->to.index, message);
        return; /* the node owns it now */
    }
    free(message);
}

void net_break(struct sim *sim, uint8_t node)
{
    for (unsigned i = 0; i < SIM_CLIENTS; i++) {
        sim->client_links[i][node].connection++;
        client_broken(sim, (uint8_t)i, node);
    }
    for (unsigned i = 0; i < SIM_NODES; i++) {
        sim->node_links[i][node].connection++;
        sim->node_links[node][i].connection++;
    }
}
