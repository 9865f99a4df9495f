#include "base/assert.h"
#include "runtime/parts.h"
#include "wire.pb-c.h"
#include "wire/check.h"

static void fill_follows(const struct gm_host *host, Wire__FollowStatus *rows,
                         Wire__Position *positions, Wire__FollowStatus **ret_follows)
{
    for (unsigned i = 0; i < host->follower_count; i++) {
        const struct follower *follower = &host->followers[i];
        wire__position__init(&positions[i]);
        positions[i].journal_id = follower->row.journal_id;
        positions[i].seq = follower->row.through;
        wire__follow_status__init(&rows[i]);
        rows[i].service = gm_service_text(follower->follow->source);
        rows[i].through = &positions[i];
        rows[i].head_seq = follower->head_seq;
        rows[i].generation = follower->row.generation;
        rows[i].silent_ms = (uint64_t)(host->monotonic_ms - follower->heard_ms);
        ret_follows[i] = &rows[i];
    }
}

static uint32_t in_flight(const struct gm_host *host)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < host->peers.capacity; i++) {
        const struct peer_state *peer = host->peers.slots[i].value;
        if (peer != NULL) total += peer->in_flight;
    }
    return total;
}

void control_status(struct gm_host *host, const struct request *request)
{
    Wire__Position head = WIRE__POSITION__INIT;
    head.journal_id = host->journal_id;
    head.seq = host->head;
    Wire__FollowStatus rows[GM_SERVICE_FOLLOWS_MAX];
    Wire__Position positions[GM_SERVICE_FOLLOWS_MAX];
    Wire__FollowStatus *follows[GM_SERVICE_FOLLOWS_MAX];
    fill_follows(host, rows, positions, follows);
    const int64_t oldest_ms = saga_oldest_ms(host);

    Wire__StatusReply reply = WIRE__STATUS_REPLY__INIT;
    reply.service = gm_service_text(host->service->name);
    reply.version = host->version;
    reply.head = &head;
    reply.durable_seq = host->acked;
    reply.checkpoint_seq = gm_store_applied(host->store);
    reply.epoch = host->epoch;
    reply.now_ms = host->now_ms;
    reply.uptime_ms = (uint64_t)(host->monotonic_ms - host->started_ms);
    reply.queue = in_flight(host) - 1; /* without this request */
    reply.queue_age_ms = (uint32_t)(host->monotonic_ms - request->arrived_ms);
    reply.effects_open = host->effects.count;
    reply.oldest_effect_ms = oldest_ms == 0 ? 0 : (uint64_t)(host->now_ms - oldest_ms);
    reply.n_follows = host->follower_count;
    reply.follows = follows;
    reply.journal_bytes = host->space.journal_bytes;
    reply.tables_bytes = host->space.tables_bytes;
    reply.disk_free_bytes = host->space.disk_free_bytes;
    reply.commands = host->counts.commands;
    reply.refusals = host->counts.refusals;
    reply.queries = host->counts.queries;
    reply.repeats = host->counts.repeats;
    reply.replies_dropped = host->counts.dropped;
    reply.subscribers = host->subscription_count;
    reply.state_hash = gm_store_hash(host->store);
    reply.clock_jumped = host->clock.jumped;
    reply.fold_version = host->service->fold_version;
    reply.rss_anon_bytes = host->space.rss_anon_bytes;
    const struct gm_bytes body = gm_message_pack(&reply.base, &host->arena);
    GM_ASSERT(body.at != NULL);
    /* It speaks of the newest state, so it waits like every other answer. */
    outbox_reply(host, request, GM_CODE_OK, (struct gm_position){host->journal_id, host->head},
                 false, host->head, body);
}

void control_confirm_clock(struct gm_host *host, const struct request *request)
{
    gm_clock_confirm(&host->clock);
    if (host->clock.now_ms > host->now_ms) host->now_ms = host->clock.now_ms;
    outbox_reply(host, request, GM_CODE_OK, (struct gm_position){host->journal_id, host->acked},
                 false, host->acked, gm_bytes(NULL, 0));
}
