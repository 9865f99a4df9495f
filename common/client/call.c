#include "client/call.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/random.h"
#include "wire/check.h"

enum { BUCKETS = 4096, PPM = 1000000 };
_Static_assert((BUCKETS & (BUCKETS - 1)) == 0, "a mask finds the bucket");

enum call_state {
    CALL_QUEUED, /* to be sent */
    CALL_SENT,   /* waits for an answer until due_ms */
    CALL_PAUSED, /* waits until due_ms, then goes to the queue */
};

struct call {
    struct call *same_bucket;
    struct call *previous, *next;              /* of all, in the order of their submission */
    struct call *queued_before, *queued_after; /* of those in the queue */
    uint64_t ticket;
    const struct gm_method *method;
    struct gm_call_options options;
    enum call_state state;
    int64_t deadline_ms;
    int64_t due_ms;
    unsigned attempts;   /* the last one's number, from 1 */
    uint64_t unanswered; /* a bit for each of the last 64 attempts, by number modulo 64 */
    bool lost_track;     /* one before them had no answer either */
    enum gm_code status; /* of the last answer, where it was "later"; GM_CODE_OK: there was none */
    enum gm_reason reason;
    size_t body_bytes;
    uint8_t body[];
};

struct gm_calls {
    struct gm_random random;
    unsigned in_flight_max;
    unsigned in_flight; /* in state SENT */
    unsigned open;
    uint64_t next_ticket;
    struct call *buckets[BUCKETS];
    struct call *first, *last;
    struct call *queue_first, *queue_last;
    struct call *offered; /* the last output */
    struct call *look;    /* the next one that gm_calls_expired looks at */
    int64_t wake_ms;      /* nothing falls due before */
    int64_t budget_ppm;   /* of one repeat */
    int64_t budget_at_ms;
    uint8_t header[GM_REQUEST_HEADER_BYTES_MAX];
};

struct gm_calls *gm_calls_new(uint64_t seed, unsigned in_flight_max)
{
    GM_ASSERT(in_flight_max > 0);
    struct gm_calls *calls = calloc(1, sizeof *calls);
    if (calls == NULL) return NULL;
    gm_random_seed(&calls->random, seed);
    calls->in_flight_max = in_flight_max;
    calls->next_ticket = 1; /* 0 means none */
    calls->wake_ms = INT64_MAX;
    calls->budget_ppm = (int64_t)GM_RETRIES_PER_S * PPM;
    return calls;
}

void gm_calls_free(struct gm_calls *calls)
{
    if (calls == NULL) return;
    for (struct call *call = calls->first, *next; call != NULL; call = next) {
        next = call->next;
        free(call);
    }
    free(calls);
}

unsigned gm_calls_open(const struct gm_calls *calls)
{
    return calls->open;
}

/* A request id is the ticket, then the number of the attempt in 16 bits. */
enum { ATTEMPT_BITS = 16, ATTEMPTS_MAX = (1 << ATTEMPT_BITS) - 1 };
_Static_assert(GM_CALL_TIMEOUT_MAX_MS / GM_PAUSE_MS < ATTEMPTS_MAX, "no call has so many");

uint64_t gm_calls_request_id(struct gm_calls *calls)
{
    return calls->next_ticket++ << ATTEMPT_BITS;
}

static uint64_t attempt_bit(unsigned attempt)
{
    return UINT64_C(1) << attempt % 64;
}

static bool has_unanswered(const struct call *call)
{
    return call->unanswered != 0 || call->lost_track;
}

ProtobufCMessage *gm_outcome_message(const struct gm_outcome *outcome, struct gm_arena *arena)
{
    return gm_message_unpack(outcome->reply, outcome->method->reply, arena);
}

/* ---- the three lists ---- */

static struct call **bucket_of(struct gm_calls *calls, uint64_t ticket)
{
    return &calls->buckets[ticket & (BUCKETS - 1)];
}

static struct call *find(struct gm_calls *calls, uint64_t ticket)
{
    struct call *call = *bucket_of(calls, ticket);
    while (call != NULL && call->ticket != ticket)
        call = call->same_bucket;
    return call;
}

static void add(struct gm_calls *calls, struct call *call)
{
    struct call **bucket = bucket_of(calls, call->ticket);
    call->same_bucket = *bucket;
    *bucket = call;
    call->previous = calls->last;
    *(calls->last == NULL ? &calls->first : &calls->last->next) = call;
    calls->last = call;
    calls->open++;
}

static void leave_queue(struct gm_calls *calls, struct call *call)
{
    struct call *before = call->queued_before, *after = call->queued_after;
    *(before == NULL ? &calls->queue_first : &before->queued_after) = after;
    *(after == NULL ? &calls->queue_last : &after->queued_before) = before;
    call->queued_before = call->queued_after = NULL;
}

static void enter_queue(struct gm_calls *calls, struct call *call)
{
    call->state = CALL_QUEUED;
    call->queued_before = calls->queue_last;
    *(calls->queue_last == NULL ? &calls->queue_first : &calls->queue_last->queued_after) = call;
    calls->queue_last = call;
}

/* Before all that is there. */
static void enter_queue_first(struct gm_calls *calls, struct call *call)
{
    call->state = CALL_QUEUED;
    call->queued_after = calls->queue_first;
    *(calls->queue_first == NULL ? &calls->queue_last : &calls->queue_first->queued_before) = call;
    calls->queue_first = call;
}

/* Out of every list, but still there for the outcome. */
static void take(struct gm_calls *calls, struct call *call)
{
    struct call **at = bucket_of(calls, call->ticket);
    while (*at != call)
        at = &(*at)->same_bucket;
    *at = call->same_bucket;
    *(call->previous == NULL ? &calls->first : &call->previous->next) = call->next;
    *(call->next == NULL ? &calls->last : &call->next->previous) = call->previous;
    if (call->state == CALL_QUEUED) leave_queue(calls, call);
    if (call->state == CALL_SENT) calls->in_flight--;
    if (calls->offered == call) calls->offered = NULL;
    if (calls->look == call) calls->look = call->next;
    calls->open--;
}

static void wake_at(struct gm_calls *calls, int64_t monotonic_ms)
{
    if (monotonic_ms < calls->wake_ms) calls->wake_ms = monotonic_ms;
}

/* ---- submit and output ---- */

static struct gm_id make_command_id(struct gm_calls *calls, int64_t wall_ms)
{
    uint8_t random[10];
    gm_random_bytes(&calls->random, random, sizeof random);
    return gm_id_v7(wall_ms, random);
}

enum gm_status gm_calls_submit(struct gm_calls *calls, const struct gm_method *method,
                               struct gm_bytes body, const struct gm_call_options *options,
                               struct gm_clock_reading now, uint64_t *ret_ticket)
{
    GM_ASSERT(method->kind != GM_METHOD_STREAM);
    GM_ASSERT(options->position_count <= GM_POSITIONS_MAX);
    if (calls->open == GM_CALLS_MAX) return GM_BUSY;
    if (body.size > GM_MESSAGE_BYTES_MAX) return GM_TOO_LARGE;
    struct call *call = malloc(sizeof *call + body.size);
    if (call == NULL) return GM_NO_SPACE;

    *call = (struct call){
        .ticket = calls->next_ticket++,
        .method = method,
        .options = *options,
        .body_bytes = body.size,
    };
    if (body.size > 0) memcpy(call->body, body.at, body.size);
    struct gm_call_options *own = &call->options;
    if (own->timeout_ms == 0) own->timeout_ms = GM_CALL_TIMEOUT_MS;
    if (own->timeout_ms > GM_CALL_TIMEOUT_MAX_MS) own->timeout_ms = GM_CALL_TIMEOUT_MAX_MS;
    if (method->kind != GM_METHOD_COMMAND) {
        own->command_id = (struct gm_id){{0}};
    } else if (gm_id_is_zero(own->command_id)) {
        own->command_id = make_command_id(calls, now.wall_ms);
    }
    call->deadline_ms = now.monotonic_ms + own->timeout_ms;
    add(calls, call);
    enter_queue(calls, call);
    wake_at(calls, call->deadline_ms);
    *ret_ticket = call->ticket;
    return GM_OK;
}

/* The service is told how long the call may still take, not how long this attempt may. */
static size_t encode_header(struct gm_calls *calls, const struct call *call, int64_t left_ms)
{
    const struct gm_call_options *options = &call->options;
    struct gm_request_header header = {
        .protocol = GM_PROTOCOL,
        .method = call->method->number,
        .request_id = call->ticket << ATTEMPT_BITS | call->attempts,
        .command_id = options->command_id,
        .timeout_ms = left_ms > GM_TIMEOUT_MS_MAX ? GM_TIMEOUT_MS_MAX : (uint32_t)left_ms,
        .member = options->member,
        .trace_id = options->trace_id,
        .language = options->language,
        .dry_run = options->dry_run,
        .until_settled = options->until_settled,
        .position_count = options->position_count,
    };
    memcpy(header.positions, options->positions, sizeof header.positions);
    return gm_request_header_encode(&header, calls->header);
}

/* A call pays for a tenth of a repeat, once. */
static void pay_in(struct gm_calls *calls, int64_t ppm)
{
    const int64_t most = (int64_t)GM_RETRIES_SAVED_MAX * PPM;
    calls->budget_ppm += ppm;
    if (calls->budget_ppm > most) calls->budget_ppm = most;
}

/* Each attempt waits twice as long as the one before: an answer that takes its time is not asked
 * for again and again. */
static int64_t attempt_ms(unsigned attempts_before)
{
    const unsigned doublings = attempts_before < 10 ? attempts_before : 10;
    return (int64_t)GM_ATTEMPT_MS << doublings;
}

bool gm_calls_output(struct gm_calls *calls, int64_t monotonic_ms, struct gm_bytes *ret_header,
                     struct gm_bytes *ret_body)
{
    struct call *call = calls->queue_first;
    calls->offered = NULL;
    while (call != NULL && call->deadline_ms <= monotonic_ms)
        call = call->queued_after; /* gm_calls_expired ends it */
    if (call == NULL || calls->in_flight >= calls->in_flight_max) return false;

    leave_queue(calls, call);
    call->state = CALL_SENT;
    call->due_ms = monotonic_ms + attempt_ms(call->attempts);
    if (call->attempts == 0) pay_in(calls, GM_RETRY_PPM);
    call->attempts++;
    if (call->unanswered & attempt_bit(call->attempts)) call->lost_track = true;
    call->unanswered |= attempt_bit(call->attempts);
    calls->in_flight++;
    calls->offered = call;
    wake_at(calls, call->due_ms);
    *ret_header =
        gm_bytes(calls->header, encode_header(calls, call, call->deadline_ms - monotonic_ms));
    *ret_body = gm_bytes(call->body, call->body_bytes);
    return true;
}

void gm_calls_unsent(struct gm_calls *calls)
{
    struct call *call = calls->offered;
    GM_ASSERT(call != NULL && call->state == CALL_SENT);
    call->unanswered &= ~attempt_bit(call->attempts);
    call->attempts--;
    if (call->attempts == 0) pay_in(calls, -GM_RETRY_PPM);
    calls->in_flight--;
    calls->offered = NULL;
    enter_queue_first(calls, call);
}

/* ---- repeats ---- */

static void pause_call(struct gm_calls *calls, struct call *call, int64_t monotonic_ms,
                       int64_t least_ms)
{
    int64_t pause_ms = GM_PAUSE_MS;
    for (unsigned i = 1; i < call->attempts && pause_ms < GM_PAUSE_MAX_MS; i++)
        pause_ms *= 2;
    if (pause_ms > GM_PAUSE_MAX_MS) pause_ms = GM_PAUSE_MAX_MS;
    if (pause_ms < least_ms) pause_ms = least_ms;
    GM_ASSERT(call->state == CALL_SENT);
    calls->in_flight--;
    call->state = CALL_PAUSED;
    /* From half of it on: who was turned away together does not come back together. */
    call->due_ms = monotonic_ms + gm_random_between(&calls->random, pause_ms / 2 + least_ms / 2,
                                                    pause_ms + least_ms / 2);
    wake_at(calls, call->due_ms);
}

static void fill_budget(struct gm_calls *calls, int64_t monotonic_ms)
{
    const int64_t passed_ms = monotonic_ms - calls->budget_at_ms;
    calls->budget_at_ms = monotonic_ms;
    if (passed_ms <= 0) return;
    const int64_t full_ms = (int64_t)GM_RETRIES_SAVED_MAX * 1000 / GM_RETRIES_PER_S;
    pay_in(calls, (passed_ms < full_ms ? passed_ms : full_ms) * GM_RETRIES_PER_S * PPM / 1000);
}

static void end_pause(struct gm_calls *calls, struct call *call, int64_t monotonic_ms)
{
    if (calls->budget_ppm >= PPM) {
        calls->budget_ppm -= PPM;
        enter_queue(calls, call);
    } else {
        call->due_ms = monotonic_ms + gm_random_between(&calls->random, 1, 1000 / GM_RETRIES_PER_S);
    }
}

/* ---- ends ---- */

/* What can be said without an answer that ends it. */
static struct gm_outcome outcome_of(const struct call *call)
{
    const bool answered = call->status != GM_CODE_OK && !has_unanswered(call);
    const bool command = call->method->kind == GM_METHOD_COMMAND && !call->options.dry_run;
    struct gm_outcome outcome = {
        .context = call->options.context,
        .ticket = call->ticket,
        .method = call->method,
        .command_id = call->options.command_id,
        .attempts = call->attempts,
        .answered = answered,
        .unknown = command && has_unanswered(call),
        .status = call->attempts > 0 ? GM_CODE_DEADLINE_EXCEEDED : GM_CODE_UNAVAILABLE,
    };
    if (answered) {
        outcome.status = call->status;
        outcome.refusal.reason = call->reason;
    }
    return outcome;
}

/* Moves a call on whose time has come; what is due next counts for the next wake. */
static void advance(struct gm_calls *calls, struct call *call, int64_t monotonic_ms)
{
    if (call->state == CALL_SENT && call->due_ms <= monotonic_ms) {
        pause_call(calls, call, monotonic_ms, 0);
    } else if (call->state == CALL_PAUSED && call->due_ms <= monotonic_ms) {
        end_pause(calls, call, monotonic_ms);
    }
    wake_at(calls, call->deadline_ms);
    if (call->state != CALL_QUEUED) wake_at(calls, call->due_ms);
}

bool gm_calls_expired(struct gm_calls *calls, int64_t monotonic_ms, struct gm_outcome *ret_outcome)
{
    if (calls->look == NULL) {
        if (monotonic_ms < calls->wake_ms) return false;
        fill_budget(calls, monotonic_ms);
        calls->wake_ms = INT64_MAX;
        calls->look = calls->first;
    }
    while (calls->look != NULL) {
        struct call *call = calls->look;
        calls->look = call->next;
        if (call->deadline_ms <= monotonic_ms) {
            *ret_outcome = outcome_of(call);
            take(calls, call);
            free(call);
            return true;
        }
        advance(calls, call, monotonic_ms);
    }
    return false;
}

int64_t gm_calls_wake_ms(const struct gm_calls *calls)
{
    return calls->wake_ms;
}

/* Not recorded, transient, and the host's: the door has changed nothing and asks to come back.
 * Another service's or the service's own transient refusal is an answer. */
static bool says_later(const struct gm_reply_header *header, const struct gm_refusal *refusal)
{
    if (header->recorded || header->status == GM_CODE_OK) return false;
    if (refusal->reason == GM_REASON_NONE) return header->status == GM_CODE_UNAVAILABLE;
    const struct gm_reason_row *row = gm_reason_row(refusal->reason);
    const bool of_host = strcmp(row->giver, "host") == 0 || strcmp(row->giver, "shell") == 0;
    return row->transient && of_host;
}

enum gm_heard gm_calls_hear(struct gm_calls *calls, int64_t monotonic_ms,
                            const struct gm_frames *frames, struct gm_outcome *ret_outcome)
{
    struct gm_reply_header header;
    if (frames->count != GM_FRAMES_MAX) return GM_HEARD_NOTHING;
    if (gm_reply_header_decode(frames->header, &header) != GM_OK) return GM_HEARD_NOTHING;
    struct call *call = find(calls, header.request_id >> ATTEMPT_BITS);
    const unsigned attempt = header.request_id & ATTEMPTS_MAX;
    if (call == NULL || attempt == 0 || attempt > call->attempts) return GM_HEARD_NOTHING;

    struct gm_refusal refusal = {0};
    struct gm_bytes sentence = {0};
    if (header.status != GM_CODE_OK) {
        gm_ignore(gm_refusal_decode(frames->body, &refusal, &sentence),
                  "a refusal that cannot be read still has its status");
    }
    if (call->attempts - attempt < 64) call->unanswered &= ~attempt_bit(attempt);
    if (says_later(&header, &refusal)) {
        call->status = (enum gm_code)header.status;
        call->reason = refusal.reason;
        if (call->state == CALL_SENT && attempt == call->attempts) {
            pause_call(calls, call, monotonic_ms, refusal.retry_after_ms);
        }
        return GM_HEARD_LATER;
    }
    struct gm_outcome outcome = outcome_of(call);
    outcome.answered = true;
    outcome.recorded = header.recorded;
    outcome.unknown = false;
    outcome.status = (enum gm_code)header.status;
    outcome.position = header.position;
    outcome.refusal = refusal;
    outcome.sentence = sentence;
    if (header.status == GM_CODE_OK) outcome.reply = frames->body;
    take(calls, call);
    free(call);
    *ret_outcome = outcome;
    return GM_HEARD_OUTCOME;
}

void gm_calls_disconnected(struct gm_calls *calls)
{
    /* From the last to the first, so that the first is the first again. */
    for (struct call *call = calls->last; call != NULL; call = call->previous) {
        if (call->state != CALL_SENT) continue;
        calls->in_flight--;
        enter_queue_first(calls, call);
    }
    calls->offered = NULL;
}
