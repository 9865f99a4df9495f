/* client/call.h - calls to one service, without sockets, clocks or threads: the caller hands in
 * time and frames and takes out frames and outcomes, so that the simulator drives the very code
 * that speaks to real services (client/client.h). Same seed and same calls, same bytes.
 *
 *   submit -> [ queue ] -> output -> the service -> hear -> outcome
 *                 ^                     |
 *                 +---- pause <---- no answer in time, or "later"
 *
 * A call keeps its command id in every attempt; each attempt has a request id of its own, so that
 * what is still unanswered is known. It is repeated when nobody answers within GM_ATTEMPT_MS (twice
 * that after each attempt), when the connection was made anew, and when the door says "later": a
 * refusal that is not recorded, transient and the host's. A recorded refusal is final, and so is
 * every other answer. Pauses grow from GM_PAUSE_MS to GM_PAUSE_MAX_MS, with jitter; repeats are
 * paid from a budget (10 % of the calls, and 10 a second), so that a service in trouble does not
 * get more to do than one in health. With the budget used up a call waits for it, at most until its
 * own deadline. Repeats after a new connection are free: there are no more of them than calls under
 * way. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/reason.h"
#include "base/status.h"
#include "wire/envelope.h"
#include "wire/frames.h"
#include "wire/method.h"

enum {
    GM_CALLS_MAX = 16384,      /* submitted and not ended */
    GM_CALL_TIMEOUT_MS = 5000, /* of a call with all its attempts, where none is given */
    GM_CALL_TIMEOUT_MAX_MS = 600 * 1000,
    GM_ATTEMPT_MS = 2000, /* the first, without an answer; then the same again */
    GM_PAUSE_MS = 50,     /* before the second attempt; doubles with each further one */
    GM_PAUSE_MAX_MS = 2000,
    GM_RETRY_PPM = 100000, /* repeats that a call pays for */
    GM_RETRIES_PER_S = 10, /* beside these */
    GM_RETRIES_SAVED_MAX = 100,
};

/* All may be zero. */
struct gm_call_options {
    void *context;           /* comes back in the outcome */
    struct gm_id member;     /* acting */
    struct gm_id command_id; /* commands; zero: one is made */
    struct gm_id trace_id;
    uint32_t
        timeout_ms; /* of the whole call; 0: GM_CALL_TIMEOUT_MS, more than the maximum is that */
    enum gm_language language; /* of sentences */
    bool dry_run;
    bool until_settled;
    uint8_t position_count; /* answer from a state that includes them */
    struct gm_position positions[GM_POSITIONS_MAX];
};

/* How a call ended. */
struct gm_outcome {
    void *context;
    uint64_t ticket;
    const struct gm_method *method;
    struct gm_id command_id; /* commands */
    unsigned attempts;       /* messages sent */
    bool answered;           /* by the service; else the rest is what can be said without it */
    bool recorded;           /* journalled: any repeat gets this very answer */
    bool unknown; /* a command that may have happened, or may still: an attempt has no answer */
    enum gm_code status;         /* nobody answered: UNAVAILABLE if nothing could be sent, else
                                  * DEADLINE_EXCEEDED */
    struct gm_position position; /* the state that the answer was made from */
    struct gm_refusal
        refusal; /* status is not OK; its reason is GM_REASON_NONE where nobody answered */
    struct gm_bytes sentence; /* of the refusal, in the asked language; borrowed from the frames */
    struct gm_bytes reply;    /* status is OK: the encoded reply; borrowed from the frames */
};

/* The reply as a message, in the arena; NULL: it is damaged or the arena is full. */
ProtobufCMessage *gm_outcome_message(const struct gm_outcome *outcome, struct gm_arena *arena);

struct gm_calls;

/* seed is of command ids and jitter. in_flight_max: attempts without an answer, at once. NULL:
 * memory is short. */
struct gm_calls *gm_calls_new(uint64_t seed, unsigned in_flight_max);
void gm_calls_free(struct gm_calls *calls); /* forgets what is under way; accepts NULL */

/* The body is copied. GM_BUSY: GM_CALLS_MAX are under way;
 * GM_TOO_LARGE: over GM_MESSAGE_BYTES_MAX; GM_NO_SPACE. Streams are not calls (asserted). */
GM_CHECKED enum gm_status gm_calls_submit(struct gm_calls *calls, const struct gm_method *method,
                                          struct gm_bytes body,
                                          const struct gm_call_options *options,
                                          struct gm_clock_reading now, uint64_t *ret_ticket);

/* The next message to send, borrowed until the next call of any function here; false: none now. */
bool gm_calls_output(struct gm_calls *calls, int64_t monotonic_ms, struct gm_bytes *ret_header,
                     struct gm_bytes *ret_body);
/* The last output could not be sent: it is the next one again. */
void gm_calls_unsent(struct gm_calls *calls);

enum gm_heard {
    GM_HEARD_NOTHING, /* no answer to a call of ours: late, or somebody else's */
    GM_HEARD_LATER,   /* the call goes on */
    GM_HEARD_OUTCOME, /* it has ended */
};
enum gm_heard gm_calls_hear(struct gm_calls *calls, int64_t monotonic_ms,
                            const struct gm_frames *frames, struct gm_outcome *ret_outcome);

/* The connection ended: what was sent on it goes again, first, once there is another. */
void gm_calls_disconnected(struct gm_calls *calls);

/* A call whose time is over has ended; false: there is none (more). Also ends pauses and attempts,
 * so it is called with every turn until it says false. */
bool gm_calls_expired(struct gm_calls *calls, int64_t monotonic_ms, struct gm_outcome *ret_outcome);
/* When it has something to do, as monotonic ms; INT64_MAX: not before a message. */
int64_t gm_calls_wake_ms(const struct gm_calls *calls);

unsigned gm_calls_open(const struct gm_calls *calls); /* submitted and not ended */

/* A request id for a message that is no call (a subscription's), unique among ours. */
uint64_t gm_calls_request_id(struct gm_calls *calls);
