#include "base/assert.h"
#include "base/time.h"
#include "methods.h"
#include "runtime/parts.h"
#include "wire/check.h"

const struct gm_handler *handler_of(const struct gm_service *service, uint16_t method)
{
    for (const struct gm_handler *handler = service->handlers; handler->method != 0; handler++)
        if (handler->method == method) return handler;
    return NULL;
}

static enum gm_reason name_field(struct gm_refusal *refusal, enum gm_reason reason,
                                 const char *field)
{
    const size_t size = strlen(field);
    GM_ASSERT(size <= GM_FIELD_PATH_BYTES_MAX);
    memcpy(refusal->field, field, size + 1);
    return reason;
}

/* Frames and header: whom to answer, and which method is meant. */
static enum gm_reason admit_frames(struct gm_host *host, struct request *request,
                                   const struct gm_frames *frames, struct gm_refusal *refusal)
{
    const enum gm_reason decoded = gm_request_header_decode(frames->header, &request->header);
    const struct gm_request_header *header = &request->header;
    if (decoded != GM_REASON_NONE) return decoded;
    if (frames->count != GM_FRAMES_MAX) return GM_REASON_BAD_FRAME;
    if (header->protocol != GM_PROTOCOL) return GM_REASON_PROTOCOL_VERSION;
    if (header->timeout_ms > GM_TIMEOUT_MS_MAX)
        return name_field(refusal, GM_REASON_OUT_OF_RANGE, "timeout_ms");
    const uint32_t timeout_ms =
        header->timeout_ms == 0 ? GM_TIMEOUT_MS_DEFAULT : header->timeout_ms;
    request->deadline_ms = request->arrived_ms + timeout_ms;

    request->method = header->method > UINT16_MAX ? NULL : gm_method_find((uint16_t)header->method);
    if (request->method == NULL) return GM_REASON_METHOD_UNKNOWN;
    /* Of this service, and of this version of it. */
    if (request->method->number > GM_METHOD_HOST_MAX &&
        handler_of(host->service, request->method->number) == NULL)
        return GM_REASON_METHOD_UNKNOWN;
    return GM_REASON_NONE;
}

/* Fields and identity. */
static enum gm_reason admit_message(struct request *request, const struct gm_frames *frames,
                                    struct gm_arena *arena, ProtobufCMessage **ret_message,
                                    struct gm_refusal *refusal)
{
    const struct gm_request_header *header = &request->header;
    const struct gm_method *method = request->method;
    if (method->kind == GM_METHOD_COMMAND) {
        if (gm_id_is_zero(header->command_id))
            return name_field(refusal, GM_REASON_FIELD_MISSING, "command_id");
        if (!gm_id_is_v7(header->command_id))
            return name_field(refusal, GM_REASON_BAD_ID, "command_id");
        if (gm_id_is_zero(header->member))
            return name_field(refusal, GM_REASON_FIELD_MISSING, "member");
        request->content_hash = gm_content_hash(method->number, frames->body);
    }
    const enum gm_reason checked =
        gm_message_check(frames->body, method->request, arena, ret_message, refusal->field);
    if (checked != GM_REASON_NONE) return checked;
    if (method->caller == GM_CALLER_SERVICE &&
        gm_service_of_member(header->member) == GM_SERVICE_NONE)
        return GM_REASON_ROLE_FORBIDS;
    return GM_REASON_NONE;
}

static enum gm_reason admit_load(const struct gm_host *host, const struct request *request,
                                 uint32_t in_flight, struct gm_refusal *refusal)
{
    const int64_t waited_ms = host->monotonic_ms - request->arrived_ms;
    if (host->monotonic_ms >= request->deadline_ms) return GM_REASON_TIMED_OUT;
    if (waited_ms > GM_QUEUE_AGE_MAX_MS) {
        refusal->retry_after_ms = GM_RETRY_AFTER_MS;
        return GM_REASON_QUEUE_TOO_OLD;
    }
    const bool of_service = gm_service_of_member(request->header.member) != GM_SERVICE_NONE;
    if (in_flight > (of_service ? GM_IN_FLIGHT_SERVICE : GM_IN_FLIGHT_MEMBER))
        return GM_REASON_IN_FLIGHT;
    if (host->draining) return GM_REASON_DRAINING;
    return GM_REASON_NONE;
}

/* What stops commands alone. Commands of other services end sagas, which frees space: the quota
 * leaves room for them. */
static enum gm_reason admit_command(const struct gm_host *host, const struct request *request)
{
    const struct gm_request_header *header = &request->header;
    if (host->clock.jumped) return GM_REASON_CLOCK_JUMPED;
    if (gm_service_of_member(header->member) == GM_SERVICE_NONE) {
        if (host->space.tables_percent >= GM_MAP_QUOTA_PERCENT ||
            host->space.journal_percent >= GM_MAP_QUOTA_PERCENT)
            return GM_REASON_STORE_FULL;
        if (host->space.disk_free_bytes < host->disk_floor_bytes) return GM_REASON_DISK_LOW;
    }
    if (gm_poison_holds(host->poison, header->command_id, request->content_hash, host->now_ms))
        return GM_REASON_QUARANTINED;
    return GM_REASON_NONE;
}

/* A command that was journalled before is answered as it was then. True where it is done with. */
static bool answer_repeat(struct gm_host *host, const struct request *request,
                          struct gm_refusal *refusal)
{
    const struct gm_request_header *header = &request->header;
    struct gm_key key;
    struct gm_bytes value;
    gm_dedup_key(&key, header->command_id, header->member);
    if (gm_rows_get(host->rows, gm_dedup_table(header->member), &key, &host->arena, &value) !=
        GM_OK)
        return false;
    const struct gm_dedup_row row = gm_dedup_decode(value);
    if (!gm_id_equal(row.content_hash, request->content_hash)) {
        refusal->reason = GM_REASON_COMMAND_ID_REUSED;
        outbox_refuse(host, request, refusal);
        return true;
    }
    host->counts.repeats++;
    const struct gm_bytes reply =
        gm_bytes(value.at + GM_DEDUP_HEAD_BYTES, value.size - GM_DEDUP_HEAD_BYTES);
    if (header->until_settled && row.status == GM_CODE_OK && host->service->settled != NULL) {
        struct parked *parked = parked_new(host, PARKED_SETTLED, request, reply);
        if (parked != NULL) {
            parked_wait_saga(host, parked, (struct gm_id){{0}});
            return true;
        }
    }
    outbox_reply(host, request, (enum gm_code)row.status,
                 (struct gm_position){host->journal_id, row.seq}, true, row.seq, reply);
    return true;
}

/* Too old to be known as a repeat, or too far ahead to be remembered long enough. */
static bool command_id_expired(const struct gm_host *host, const struct gm_request_header *header)
{
    if (gm_id_time_ms(header->command_id) > host->now_ms + GM_COMMAND_AHEAD_MS) return true;
    const bool of_service = gm_service_of_member(header->member) != GM_SERVICE_NONE;
    return gm_id_compare(header->command_id, gm_pruned_get(host->rows, of_service)) <= 0;
}

static struct gm_call call_of(const struct gm_host *host, const struct request *request,
                              const ProtobufCMessage *message, struct gm_arena *arena)
{
    return (struct gm_call){
        .method = request->method,
        .message = message,
        .member = request->header.member,
        .now_ms = host->now_ms,
        .today = gm_day_of(host->now_ms),
        .arena = arena,
    };
}

static void run_query(struct gm_host *host, const struct request *request,
                      const ProtobufCMessage *message)
{
    const struct gm_handler *handler = handler_of(host->service, request->method->number);
    GM_ASSERT(handler != NULL && handler->query != NULL);
    const struct gm_call call = call_of(host, request, message, &host->arena);
    struct gm_answer answer = {0};
    host->counts.queries++;
    answer.refusal.reason = handler->query(host->rows, &call, &answer);
    if (answer.body.size > GM_REPLY_BODY_BYTES_MAX)
        answer.refusal.reason = GM_REASON_REPLY_TOO_LARGE;
    const struct gm_position position = {host->journal_id, host->head};
    if (answer.refusal.reason == GM_REASON_NONE) {
        outbox_reply(host, request, GM_CODE_OK, position, false, host->head, answer.body);
        return;
    }
    host->counts.reasons[answer.refusal.reason]++;
    uint8_t body[GM_REPLY_BYTES_MAX];
    const size_t size = gm_refusal_encode(&answer.refusal, request->header.language, body);
    outbox_reply(host, request, gm_reason_row(answer.refusal.reason)->status, position, false,
                 host->head, gm_bytes(body, size));
}

static void run_host_method(struct gm_host *host, const struct request *request,
                            const ProtobufCMessage *message)
{
    host->counts.queries++;
    switch (request->method->number) {
    case GM_METHOD_HOST_STATUS:
        control_status(host, request);
        return;
    case GM_METHOD_HOST_SUBSCRIBE:
        stream_subscribe(host, request, message);
        return;
    case GM_METHOD_HOST_CREDIT:
        stream_credit(host, request, message);
        return;
    case GM_METHOD_HOST_CONFIRM_CLOCK:
        control_confirm_clock(host, request);
        return;
    default:
        GM_UNREACHABLE();
    }
}

/* Queries and searches, which may have to wait for their positions or for a worker. */
static void run_reading(struct gm_host *host, const struct request *request,
                        const ProtobufCMessage *message, struct gm_bytes body)
{
    const bool is_search = request->method->kind == GM_METHOD_SEARCH;
    const enum gm_reason reason = parked_positions(host, request);
    if (reason == GM_REASON_NONE && !is_search) {
        run_query(host, request, message);
        return;
    }
    struct gm_refusal refusal = {.reason = reason};
    if (reason == GM_REASON_NONE || reason == GM_REASON_NOT_CAUGHT_UP) {
        /* Behind those who wait already. */
        if (reason == GM_REASON_NONE && request->header.position_count == 0 &&
            host->waiting == NULL && job_search(host, request, body))
            return;
        struct parked *parked =
            parked_new(host, is_search ? PARKED_SEARCH : PARKED_QUERY, request, body);
        if (parked != NULL) {
            parked_wait(host, parked);
            return;
        }
        refusal = (struct gm_refusal){.reason = GM_REASON_QUEUE_TOO_OLD,
                                      .retry_after_ms = GM_RETRY_AFTER_MS};
    }
    outbox_refuse(host, request, &refusal);
}

void door_resume(struct gm_host *host, struct parked *parked)
{
    ProtobufCMessage *message = NULL;
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    gm_arena_reset(&host->arena);
    /* It passed this very check when it came. */
    const enum gm_reason reason =
        gm_message_check(gm_bytes(parked->body, parked->bytes), parked->request.method->request,
                         &host->arena, &message, field);
    GM_ASSERT(reason == GM_REASON_NONE);
    run_query(host, &parked->request, message);
}

static void run_command(struct gm_host *host, const struct request *request,
                        const ProtobufCMessage *message, struct gm_refusal *refusal)
{
    refusal->reason = admit_command(host, request);
    if (refusal->reason != GM_REASON_NONE) {
        outbox_refuse(host, request, refusal);
        return;
    }
    const struct gm_handler *handler = handler_of(host->service, request->method->number);
    GM_ASSERT(handler != NULL && handler->decide != NULL);
    struct gm_call call = call_of(host, request, message, &host->arena);
    execute_command(host, request, handler, &call);
}

void gm_host_receive(struct gm_host *host, const struct gm_peer *peer,
                     const struct gm_frames *frames, int64_t arrived_ms)
{
    GM_ASSERT(host->started && gm_host_ready(host));
    host->arrived_ms = host->monotonic_ms;
    gm_arena_reset(&host->arena);
    gm_store_end_loans(host->store);
    struct request request = {.peer = *peer, .arrived_ms = arrived_ms};
    struct gm_refusal refusal = {0};
    const uint32_t in_flight = ++outbox_peer(host, peer)->in_flight;

    ProtobufCMessage *message = NULL;
    refusal.reason = admit_frames(host, &request, frames, &refusal);
    if (refusal.reason == GM_REASON_NONE)
        refusal.reason = admit_message(&request, frames, &host->arena, &message, &refusal);
    const bool is_command =
        refusal.reason == GM_REASON_NONE && request.method->kind == GM_METHOD_COMMAND;
    if (is_command && !request.header.dry_run) {
        if (answer_repeat(host, &request, &refusal)) return;
        if (command_id_expired(host, &request.header))
            refusal.reason = GM_REASON_COMMAND_ID_EXPIRED;
    }
    if (refusal.reason == GM_REASON_NONE)
        refusal.reason = admit_load(host, &request, in_flight, &refusal);
    if (refusal.reason != GM_REASON_NONE) {
        outbox_refuse(host, &request, &refusal);
        return;
    }
    if (is_command)
        run_command(host, &request, message, &refusal);
    else if (request.method->number <= GM_METHOD_HOST_MAX)
        run_host_method(host, &request, message);
    else
        run_reading(host, &request, message, frames->body);
}
