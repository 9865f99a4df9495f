/* client/subscription.h - follows the stream of one service, without sockets, clocks or threads, as
 * client/call.h does for calls.
 *
 * Every chunk goes on where the last one ended, in the same history; one that does not is not
 * shown, and the subscription asks again from what it has. So it does when the connection was made
 * anew, or nothing was heard for GM_STREAM_PATIENCE_MS (a service with nothing to show says so
 * every second). What it cannot do is decide for its user: where the service no longer knows the
 * position, because it was restored from an older copy, the subscription is over and says so. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/random.h"
#include "client/call.h"
#include "wire.pb-c.h"
#include "wire/envelope.h"

enum {
    GM_STREAM_PATIENCE_MS = 5000,
    GM_STREAM_CREDIT_DEFAULT = 1024 * 1024, /* bytes that may be under way */
    GM_STREAM_CREDIT_MIN = 64 * 1024,
    GM_STREAM_CREDIT_MAX = 16 * 1024 * 1024,
    GM_STREAM_PAUSE_MS = 100, /* before asking again after a refusal; doubles */
    GM_STREAM_PAUSE_MAX_MS = 5000,
    GM_CHUNK_ARENA_BYTES = 1024 * 1024, /* an arena of this capacity holds every chunk */
};

/* Where in a stream: after entry seq of that history, and the hash of the batch that holds the
 * entry, by which the service knows that it is the same history. All zero: before the first entry.
 */
struct gm_stream_place {
    struct gm_position position;
    struct gm_hash batch_hash;
};

struct gm_subscription_config {
    struct gm_stream_place after;
    bool from_head;        /* instead: only what happens from now on */
    uint32_t credit_bytes; /* 0: GM_STREAM_CREDIT_DEFAULT */
    struct gm_id member;   /* acting */
    void *context;         /* for the user */
};

enum gm_subscription_state {
    GM_SUBSCRIPTION_PAUSED, /* asks at due_ms */
    GM_SUBSCRIPTION_ASKED,
    GM_SUBSCRIPTION_OVER, /* position unknown, or refused for good; see reason */
};

/* Embedded by its user, who reads place, gaps, head_seq, state and reason; the rest is its own. */
struct gm_subscription {
    struct gm_subscription_config config;
    struct gm_stream_place place; /* of all that was shown */
    uint64_t head_seq;            /* the service's durable head, as last heard */
    unsigned gaps; /* times that events may have been missed: from_head alone, where the
                    * stream broke before its first chunk */
    enum gm_subscription_state state;
    enum gm_reason reason; /* OVER: why; POSITION_UNKNOWN is for the user to act on */

    struct gm_random random;
    uint64_t request_id;        /* of the Subscribe that holds now, 0: none */
    uint64_t credit_request_id; /* of the last Credit, 0: none under way */
    uint64_t left_request_id;   /* of a Subscribe to be ended at the service, 0: none */
    uint32_t owed_bytes;        /* received, not yet given back as credit */
    unsigned refusals;          /* in a row */
    bool place_known;           /* false: from_head, nothing heard yet */
    bool resumable;             /* false: from_head, and the hash at place not heard yet */
    int64_t due_ms;             /* PAUSED: when to ask; ASKED: when patience ends */
};

void gm_subscription_init(struct gm_subscription *subscription,
                          const struct gm_subscription_config *config, uint64_t seed,
                          int64_t monotonic_ms);

struct gm_subscription_message {
    size_t header_bytes, body_bytes;
    uint8_t header[GM_REQUEST_HEADER_BYTES_MAX];
    uint8_t body[128];
};
/* The next message to send, with request ids of these calls; false: none now. Where it could not be
 * sent, gm_subscription_disconnected. */
bool gm_subscription_output(struct gm_subscription *subscription, struct gm_calls *calls,
                            int64_t monotonic_ms, struct gm_subscription_message *ret_message);

enum gm_stream_heard {
    GM_STREAM_NOTHING, /* not for this subscription */
    GM_STREAM_KEPT,    /* for it, and nothing to show */
    GM_STREAM_CHUNK,   /* *ret_chunk, in the arena: entries after the place, which has moved behind
                          them */
    GM_STREAM_OVER,    /* state is OVER now */
};
enum gm_stream_heard gm_subscription_hear(struct gm_subscription *subscription,
                                          int64_t monotonic_ms, const struct gm_frames *frames,
                                          struct gm_arena *arena,
                                          const Wire__StreamChunk **ret_chunk);

/* The connection ended; asks again at once, over the next one. */
void gm_subscription_disconnected(struct gm_subscription *subscription, int64_t monotonic_ms);
/* The user has had enough: the next output tells the service. */
void gm_subscription_end(struct gm_subscription *subscription);

/* When output has something by time alone, as monotonic ms; INT64_MAX: not before a message. */
int64_t gm_subscription_wake_ms(const struct gm_subscription *subscription);
