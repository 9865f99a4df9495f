/* client/kit.h - both ends of a conversation, for the tests of this folder: what a service says,
 * and what a subscriber asks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/reason.h"
#include "client/subscription.h"
#include "wire/envelope.h"
#include "wire/frames.h"

struct gm_said {
    uint8_t header[GM_REPLY_HEADER_BYTES_MAX];
    uint8_t body[GM_REPLY_BODY_BYTES_MAX];
    struct gm_frames frames; /* of both */
};

/* "yes", from position {7, 42}; or a refusal. */
void gm_say(struct gm_said *said, uint64_t request_id, enum gm_reason reason,
            uint32_t retry_after_ms, bool recorded);
/* Any status, with the first body_bytes of said->body. */
void gm_say_bytes(struct gm_said *said, uint64_t request_id, enum gm_code status, bool more,
                  size_t body_bytes);

/* A chunk of entries from to through, each with one event; what is set beside makes it wrong. */
struct gm_chunk_shape {
    uint64_t journal, from, through;
    size_t event_bytes;
    bool no_through, short_hash, no_hash, repeated_entry, entry_behind;
};
void gm_say_chunk(struct gm_said *said, uint64_t request_id, const struct gm_chunk_shape *shape);
/* Of the batch that ends with entry seq, as if each entry were a batch of its own. */
struct gm_hash gm_said_hash(uint64_t journal, uint64_t seq);

/* A Subscribe or a Credit, read as a service does. */
struct gm_asked {
    struct gm_request_header header;
    bool is_credit, from_head, has_after, end;
    uint64_t journal, seq, subscription;
    struct gm_hash hash;
    uint32_t bytes;
};
/* The next message of a subscription, which the door takes (asserted); false: there is none. */
bool gm_next_asked(struct gm_subscription *subscription, struct gm_calls *calls,
                   int64_t monotonic_ms, struct gm_asked *ret_asked);
