#include "client/client.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/random.h"
#include "client/link.h"

struct gm_client {
    struct gm_context *context;
    struct gm_call_options defaults;
    size_t link_count;
    struct link links[GM_CLIENT_SERVICES_MAX];
    struct gm_random random;
    struct gm_arena arena; /* one chunk */
    unsigned calls;
    bool called_back; /* since the last gm_client_run began */
    uint8_t *packed;  /* one message; grows */
    size_t packed_room;
    uint8_t *reply; /* of the last gm_client_call: reply or sentence */
};

enum { RECEIVES_PER_ROUND = 256 };

/* ---- open and close ---- */

void gm_client_close(struct gm_client *client)
{
    if (client == NULL) return;
    for (size_t i = 0; i < client->link_count; i++) {
        link_close(&client->links[i]);
    }
    gm_context_close(client->context);
    gm_arena_release(&client->arena);
    free(client->packed);
    free(client->reply);
    free(client);
}

static enum gm_status open_links(struct gm_client *client, const struct gm_client_config *config)
{
    const unsigned in_flight_max =
        config->in_flight_max == 0 ? GM_IN_FLIGHT_MEMBER : config->in_flight_max;
    for (size_t i = 0; i < config->service_count; i++) {
        const uint64_t seed = gm_random_u64(&client->random);
        const enum gm_status status = link_open(client->context, &config->services[i],
                                                in_flight_max, seed, &client->links[i]);
        if (status != GM_OK) return status;
        client->link_count++;
    }
    return GM_OK;
}

enum gm_status gm_client_open(const struct gm_client_config *config, struct gm_client **ret_client)
{
    GM_ASSERT(config->service_count <= GM_CLIENT_SERVICES_MAX);
    struct gm_client *client = calloc(1, sizeof *client);
    if (client == NULL) return GM_NO_SPACE;
    client->defaults = config->defaults;
    uint64_t seed = config->seed;
    if (seed == 0) gm_random_system(&seed, sizeof seed);
    gm_random_seed(&client->random, seed);

    client->reply = malloc(GM_REPLY_BODY_BYTES_MAX);
    enum gm_status status = client->reply == NULL ? GM_NO_SPACE : GM_OK;
    if (status == GM_OK) status = gm_arena_init(&client->arena, GM_CHUNK_ARENA_BYTES);
    if (status == GM_OK) status = gm_context_open(&client->context);
    if (status == GM_OK) status = open_links(client, config);
    if (status != GM_OK) {
        gm_client_close(client);
        return status;
    }
    *ret_client = client;
    return GM_OK;
}

static struct link *link_named(struct gm_client *client, const char *name)
{
    for (size_t i = 0; i < client->link_count; i++) {
        if (strcmp(client->links[i].service->name, name) == 0) return &client->links[i];
    }
    return NULL;
}

/* ---- positions: a client sees its own writes ---- */

/* What was written, newest per service; a service that was restored has another history. */
static void remember(struct link *link, const struct gm_outcome *outcome)
{
    const bool written = outcome->method->kind == GM_METHOD_COMMAND && outcome->recorded &&
                         outcome->status == GM_CODE_OK;
    if (!written) return;
    const bool newer = outcome->position.journal_id != link->written.journal_id ||
                       outcome->position.seq > link->written.seq;
    if (newer) link->written = outcome->position;
}

static void name_position(struct gm_call_options *options, struct gm_position position)
{
    if (position.journal_id == 0) return;
    for (unsigned i = 0; i < options->position_count; i++) {
        struct gm_position *named = &options->positions[i];
        if (named->journal_id != position.journal_id) continue;
        if (named->seq < position.seq) named->seq = position.seq;
        return;
    }
    if (options->position_count == GM_POSITIONS_MAX) return;
    options->positions[options->position_count++] = position;
}

static void name_positions(struct gm_client *client, const struct link *link,
                           struct gm_call_options *options)
{
    name_position(options, link->written);
    for (size_t i = 0; i < GM_POSITIONS_MAX - 1 && link->service->follows[i] != NULL; i++) {
        const struct link *followed = link_named(client, link->service->follows[i]);
        if (followed != NULL) name_position(options, followed->written);
    }
}

/* One of them is of no history that the service knows: the writes are gone, or it is. The outcome
 * says so, once. */
static void forget_positions(struct gm_client *client, struct link *link)
{
    link->written = (struct gm_position){0};
    for (size_t i = 0; i < GM_POSITIONS_MAX - 1 && link->service->follows[i] != NULL; i++) {
        struct link *followed = link_named(client, link->service->follows[i]);
        if (followed != NULL) followed->written = (struct gm_position){0};
    }
}

/* ---- submit ---- */

/* What stands behind a call's context. */
struct pending {
    gm_client_done *done;
    void *context;
};

enum gm_status gm_client_submit_bytes(struct gm_client *client, const char *service,
                                      const struct gm_method *method, struct gm_bytes body,
                                      const struct gm_call_options *options, gm_client_done *done)
{
    struct link *link = link_named(client, service == NULL ? method->service : service);
    if (link == NULL) return GM_NOT_FOUND;
    struct gm_call_options own = options == NULL ? client->defaults : *options;
    if (gm_id_is_zero(own.member)) own.member = client->defaults.member;
    if (method->kind != GM_METHOD_COMMAND && method->number > GM_METHOD_HOST_MAX) {
        name_positions(client, link, &own);
    }
    struct pending *pending = malloc(sizeof *pending);
    if (pending == NULL) return GM_NO_SPACE;
    *pending = (struct pending){.done = done, .context = own.context};
    own.context = pending;

    uint64_t ticket;
    const enum gm_status status =
        gm_calls_submit(link->calls, method, body, &own, gm_clock_read_system(), &ticket);
    if (status != GM_OK) {
        free(pending);
        return status;
    }
    client->calls++;
    return GM_OK;
}

enum gm_status gm_client_submit(struct gm_client *client, const char *service,
                                const struct gm_method *method, const ProtobufCMessage *message,
                                const struct gm_call_options *options, gm_client_done *done)
{
    GM_ASSERT(message->descriptor == method->request->descriptor);
    const size_t size = protobuf_c_message_get_packed_size(message);
    if (size > GM_MESSAGE_BYTES_MAX) return GM_TOO_LARGE;
    if (size > client->packed_room) {
        uint8_t *packed = realloc(client->packed, size);
        if (packed == NULL) return GM_NO_SPACE;
        client->packed = packed;
        client->packed_room = size;
    }
    const struct gm_bytes body = gm_bytes(client->packed, size);
    (void)protobuf_c_message_pack(message, client->packed);
    return gm_client_submit_bytes(client, service, method, body, options, done);
}

unsigned gm_client_calls(const struct gm_client *client)
{
    return client->calls;
}

/* ---- run ---- */

static void finish(struct gm_client *client, struct link *link, struct gm_outcome *outcome)
{
    struct pending *pending = outcome->context;
    outcome->context = pending->context;
    client->calls--;
    client->called_back = true;
    remember(link, outcome);
    if (outcome->refusal.reason == GM_REASON_POSITION_UNKNOWN) forget_positions(client, link);
    pending->done(pending->context, outcome);
    free(pending);
}

static void hear_stream(struct gm_client *client, struct link *link, const struct gm_frames *frames,
                        int64_t now_ms)
{
    for (struct watcher *watcher = link->watchers; watcher != NULL; watcher = watcher->next) {
        const Wire__StreamChunk *chunk = NULL;
        gm_arena_reset(&client->arena);
        const enum gm_stream_heard heard =
            gm_subscription_hear(&watcher->subscription, now_ms, frames, &client->arena, &chunk);
        if (heard == GM_STREAM_NOTHING) continue;
        if (heard == GM_STREAM_KEPT) return;
        client->called_back = true;
        watcher->heard(watcher->subscription.config.context, &watcher->subscription, chunk);
        if (heard == GM_STREAM_OVER) link_unwatch(link, watcher);
        return;
    }
}

static void receive(struct gm_client *client, struct link *link, int64_t now_ms)
{
    struct gm_inbound inbound;
    for (unsigned i = 0; i < RECEIVES_PER_ROUND; i++) {
        if (gm_socket_receive(&link->socket, &inbound) != GM_OK) return;
        struct gm_outcome outcome;
        const enum gm_heard heard = gm_calls_hear(link->calls, now_ms, &inbound.frames, &outcome);
        if (heard == GM_HEARD_OUTCOME) finish(client, link, &outcome);
        if (heard == GM_HEARD_NOTHING) hear_stream(client, link, &inbound.frames, now_ms);
        gm_inbound_release(&inbound);
    }
}

/* All that can be done now. */
static void work(struct gm_client *client)
{
    const int64_t now_ms = gm_clock_read_system().monotonic_ms;
    for (size_t i = 0; i < client->link_count; i++) {
        struct link *link = &client->links[i];
        struct gm_outcome outcome;
        link_look(link, now_ms);
        receive(client, link, now_ms);
        while (gm_calls_expired(link->calls, now_ms, &outcome))
            finish(client, link, &outcome);
        link_send(link, now_ms);
    }
}

static long wait_ms(const struct gm_client *client, int64_t now_ms, int64_t until_ms)
{
    int64_t wake_ms = until_ms;
    for (size_t i = 0; i < client->link_count; i++) {
        const int64_t link_ms = link_wake_ms(&client->links[i]);
        if (link_ms < wake_ms) wake_ms = link_ms;
    }
    if (wake_ms == INT64_MAX) return -1;
    return wake_ms <= now_ms ? 0 : (long)(wake_ms - now_ms);
}

static bool is_idle(const struct gm_client *client)
{
    for (size_t i = 0; i < client->link_count; i++) {
        if (client->links[i].watchers != NULL) return false;
    }
    return client->calls == 0;
}

enum gm_status gm_client_run(struct gm_client *client, int timeout_ms)
{
    int64_t now_ms = gm_clock_read_system().monotonic_ms;
    const int64_t until_ms = timeout_ms < 0 ? INT64_MAX : now_ms + timeout_ms;
    client->called_back = false;
    for (;;) {
        work(client);
        if (client->called_back) return GM_OK;
        if (is_idle(client)) return GM_END;
        now_ms = gm_clock_read_system().monotonic_ms;
        if (now_ms >= until_ms) return GM_TIMEOUT;

        struct gm_wait waits[GM_CLIENT_SERVICES_MAX];
        for (size_t i = 0; i < client->link_count; i++) {
            waits[i] = (struct gm_wait){.socket = &client->links[i].socket,
                                        .want_send = client->links[i].is_full};
        }
        gm_ignore(gm_wait(waits, client->link_count, wait_ms(client, now_ms, until_ms)),
                  "work() finds out what there is");
    }
}

/* ---- one call at a time ---- */

struct kept {
    struct gm_client *client;
    struct gm_outcome outcome;
    bool is_done;
};

static struct gm_bytes keep(struct gm_client *client, struct gm_bytes bytes)
{
    const size_t size = bytes.size < GM_REPLY_BODY_BYTES_MAX ? bytes.size : GM_REPLY_BODY_BYTES_MAX;
    if (size > 0) memcpy(client->reply, bytes.at, size);
    return gm_bytes(client->reply, size);
}

static void keep_outcome(void *context, const struct gm_outcome *outcome)
{
    struct kept *kept = context;
    kept->outcome = *outcome;
    kept->is_done = true;
    if (outcome->status == GM_CODE_OK) {
        kept->outcome.reply = keep(kept->client, outcome->reply);
    } else {
        kept->outcome.sentence = keep(kept->client, outcome->sentence);
    }
}

enum gm_status gm_client_call(struct gm_client *client, const char *service,
                              const struct gm_method *method, const ProtobufCMessage *message,
                              const struct gm_call_options *options, struct gm_outcome *ret_outcome)
{
    struct kept kept = {.client = client};
    struct gm_call_options own = options == NULL ? client->defaults : *options;
    void *context = own.context;
    own.context = &kept;
    const enum gm_status status =
        gm_client_submit(client, service, method, message, &own, keep_outcome);
    if (status != GM_OK) return status;
    while (!kept.is_done) {
        gm_ignore(gm_client_run(client, -1), "the call has a deadline of its own");
    }
    *ret_outcome = kept.outcome;
    ret_outcome->context = context;
    return GM_OK;
}

/* ---- subscriptions ---- */

enum gm_status gm_client_subscribe(struct gm_client *client, const char *service,
                                   const struct gm_subscription_config *config,
                                   gm_client_heard *heard,
                                   const struct gm_subscription **ret_subscription)
{
    struct link *link = link_named(client, service);
    if (link == NULL) return GM_NOT_FOUND;
    struct gm_subscription_config own = *config;
    if (gm_id_is_zero(own.member)) own.member = client->defaults.member;
    return link_watch(link, &own, heard, gm_random_u64(&client->random), ret_subscription);
}

void gm_client_unsubscribe(struct gm_client *client, const struct gm_subscription *subscription)
{
    for (size_t i = 0; i < client->link_count; i++) {
        struct link *link = &client->links[i];
        for (struct watcher *watcher = link->watchers; watcher != NULL; watcher = watcher->next) {
            if (&watcher->subscription != subscription) continue;
            gm_subscription_end(&watcher->subscription);
            link_send(link, gm_clock_read_system().monotonic_ms);
            link_unwatch(link, watcher);
            return;
        }
    }
}
