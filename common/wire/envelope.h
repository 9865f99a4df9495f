/* wire/envelope.h - the two header frames as structs, and refusals. The frames are drawn in
 * proto/README.md. Pure; encodes into the caller's buffers, decodes without the heap. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/reason.h"
#include "base/status.h"

enum {
    GM_PROTOCOL = 1,
    GM_FRAMES_MAX = 2, /* header, body; behind ROUTER a routing id stands before them */
    GM_MESSAGE_BYTES_MAX = 1024 * 1024, /* each frame of a request */
    GM_REQUEST_HEADER_BYTES_MAX = 512,
    GM_REPLY_HEADER_BYTES_MAX = 33, /* lies inside zmq_msg_t without an allocation */
    GM_REPLY_BODY_BYTES_MAX = 64 * 1024,
    GM_POSITIONS_MAX = 4,
    GM_TRACEPARENT_BYTES = 55,
    GM_TIMEOUT_MS_DEFAULT = 5000,
    GM_TIMEOUT_MS_MAX = 60000,
    GM_REFUSAL_BYTES_MAX =
        512, /* a command's reply, which is kept for its repeats, has that room */
    GM_REFUSED_LINES_MAX = 20,
    GM_FIELD_PATH_BYTES_MAX = 40, /* longer paths are cut */
};

struct gm_position {
    uint64_t journal_id;
    uint64_t seq;
};

struct gm_request_header {
    uint32_t protocol;
    uint32_t method;
    uint64_t request_id;
    struct gm_id command_id; /* zero where absent */
    uint32_t timeout_ms;     /* 0 where absent */
    struct gm_id member;     /* zero where absent */
    struct gm_id trace_id;   /* of the traceparent, zero where absent or malformed (then ignored) */
    enum gm_language language;
    bool dry_run;
    bool until_settled;
    uint8_t position_count;
    struct gm_position positions[GM_POSITIONS_MAX];
};

/* GM_REASON_NONE, BAD_FRAME (not decodable, too long, no request id), BAD_ID (an id of another
 * length than 16), TOO_MANY (positions). The request id is set whenever it could be read, so that a
 * refusal can be addressed. Unknown fields are passed over. */
GM_CHECKED enum gm_reason gm_request_header_decode(struct gm_bytes frame,
                                                   struct gm_request_header *ret_header);
/* Returns the bytes written; at has room for GM_REQUEST_HEADER_BYTES_MAX. trace_id becomes a
 * traceparent whose parent id is its last 8 bytes. */
size_t gm_request_header_encode(const struct gm_request_header *header, uint8_t *at);

struct gm_reply_header {
    uint64_t request_id; /* 0: that of a request whose own could not be read */
    uint16_t status;     /* enum gm_code; one that this program does not know is read as UNKNOWN */
    struct gm_position position;
    bool recorded;
    bool more;
};
GM_CHECKED enum gm_status gm_reply_header_decode(struct gm_bytes frame,
                                                 struct gm_reply_header *ret_header);
/* Returns the bytes written, at most GM_REPLY_HEADER_BYTES_MAX. */
size_t gm_reply_header_encode(const struct gm_reply_header *header, uint8_t *at);

struct gm_refused_line {
    uint16_t line;
    uint16_t reason; /* enum gm_reason */
    int64_t available;
    int64_t unit_price_minor;
};

struct gm_refusal {
    enum gm_reason reason;
    char field[GM_FIELD_PATH_BYTES_MAX + 1]; /* "lines[3].quantity", "" where none */
    uint32_t retry_after_ms;
    uint8_t line_count;
    struct gm_refused_line lines[GM_REFUSED_LINES_MAX];
};

/* The Refusal message with the sentence in that language; reason is not GM_REASON_NONE (asserted).
 * Lines that would pass GM_REFUSAL_BYTES_MAX are left out, from the last; 20 lines fit where each
 * states what is available or a price, as each reason does. Returns the bytes written. */
size_t gm_refusal_encode(const struct gm_refusal *refusal, enum gm_language language,
                         uint8_t at[GM_REFUSAL_BYTES_MAX]);
/* Reads one back; a reason word that this program does not know is GM_REASON_NONE, lines past
 * GM_REFUSED_LINES_MAX are passed over, a longer path is cut. GM_MALFORMED. ret_sentence (may be
 * NULL) borrows from body. */
GM_CHECKED enum gm_status gm_refusal_decode(struct gm_bytes body, struct gm_refusal *ret_refusal,
                                            struct gm_bytes *ret_sentence);
