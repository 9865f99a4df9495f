#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "catalog.pb-c.h"
#include "methods.h"
#include "order.pb-c.h"
#include "runtime/verify.h"
#include "wire.pb-c.h"
#include "wire/check.h"

enum { STEP_MS = 30000 };

/* Before header and body of a kept message. */
struct kept {
    struct gm_peer peer;
    enum gm_service_name to;
    uint32_t header_bytes;
    uint32_t body_bytes;
};

/* ---- life ---- */

struct stand *stand_new_stopped(const struct gm_service *service)
{
    struct stand *stand = calloc(1, sizeof *stand);
    assert_non_null(stand);
    stand->service = service;
    stand->peer = 1;
    stand->reading = (struct gm_clock_reading){STAND_START_MS, 5000000};
    stand->medium = gm_journal_medium_new(STAND_JOURNAL_ID);
    stand->folder = gm_temp_dir_new();
    stand->next_request_id = 1;
    gm_random_seed(&stand->random, 1);
    assert_int_equal(gm_arena_init(&stand->arena, 8 * 1024 * 1024), GM_OK);
    return stand;
}

struct stand *stand_new(const struct gm_service *service)
{
    struct stand *stand = stand_new_stopped(service);
    stand_start(stand);
    stand_run(stand);
    return stand;
}

static enum gm_status open_parts(struct stand *stand)
{
    free(stand->tables);
    stand->tables = gm_host_tables_new(stand->service);
    const struct gm_store_config config = {
        .path = stand->folder,
        .tables = stand->tables,
        .service = gm_service_text(stand->service->name),
        .journal_id = STAND_JOURNAL_ID,
        .schema = stand->service->fold_version,
        .small = true,
    };
    const enum gm_status status =
        gm_store_open(&config, stand->why, sizeof stand->why, &stand->store);
    if (status != GM_OK) return status;
    stand->journal = gm_journal_memory_open(stand->medium);
    const struct gm_host_config host = {
        .service = stand->service,
        .store = stand->store,
        .journal = stand->journal,
        .poison = &stand->poison,
        .seed = gm_random_u64(&stand->random),
        .history_bytes = stand->history_bytes,
        .dedup_rows_max = stand->dedup_rows_max,
        .apply_decoded = stand->apply_decoded,
        .search_arena_bytes = 4 * 1024 * 1024,
        .version = "test",
    };
    stand->host = gm_host_new(&host);
    assert_non_null(stand->host);
    return gm_host_start(stand->host, stand->reading, stand->why, sizeof stand->why);
}

enum gm_status stand_try_start(struct stand *stand)
{
    const enum gm_status status = open_parts(stand);
    if (status != GM_OK) stand_crash(stand);
    return status;
}

void stand_start(struct stand *stand)
{
    if (stand_try_start(stand) != GM_OK) fail_msg("%s", stand->why);
}

void stand_crash(struct stand *stand)
{
    gm_host_free(stand->host);
    gm_store_close(stand->store);
    gm_journal_close(stand->journal);
    stand->host = NULL;
    stand->store = NULL;
    stand->journal = NULL;
    stand->batch = NULL;
    gm_fifo_release(&stand->replies);
    gm_fifo_release(&stand->requests);
    stand->lent_reply = stand->lent_request = false;
}

void stand_restart(struct stand *stand)
{
    stand_crash(stand);
    stand_start(stand);
    stand_run(stand);
}

void stand_sleep(struct stand *stand, int64_t ms)
{
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    stand_crash(stand);
    stand->reading.wall_ms += ms;
    stand->reading.monotonic_ms += ms;
    stand_start(stand);
    stand_run(stand);
}

void stand_free(struct stand *stand)
{
    stand_crash(stand);
    gm_journal_medium_free(stand->medium);
    gm_temp_dir_free(stand->folder);
    gm_arena_release(&stand->arena);
    free(stand->tables);
    free(stand);
}

/* ---- steps ---- */

void stand_turn(struct stand *stand)
{
    gm_host_turn(stand->host);
}

bool stand_take_batch(struct stand *stand)
{
    return gm_host_batch(stand->host, &stand->batch);
}

void stand_ack(struct stand *stand)
{
    assert_non_null(stand->batch);
    const enum gm_append outcome = gm_journal_append(stand->journal, stand->batch);
    assert_int_equal(outcome, GM_APPEND_ACKED);
    stand->batch = NULL;
    gm_host_appended(stand->host, outcome);
}

bool stand_append(struct stand *stand)
{
    if (stand->batch == NULL && !stand_take_batch(stand)) return false;
    stand_ack(stand);
    return true;
}

struct gm_job *stand_run_job(struct stand *stand, enum gm_job_lane lane)
{
    struct gm_job *job = gm_host_job(stand->host, lane);
    if (job == NULL) return NULL;
    /* Tables never run ahead of the journal. */
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(stand->journal, &tail), GM_OK);
    assert_true(gm_job_commits(job) <= tail.seq);
    assert_int_equal(gm_job_run(job), GM_OK);
    return job;
}

static bool run_job(struct stand *stand, enum gm_job_lane lane)
{
    struct gm_job *job = stand_run_job(stand, lane);
    if (job != NULL) gm_host_job_done(stand->host, job);
    return job != NULL;
}

bool stand_checkpoint(struct stand *stand)
{
    return run_job(stand, GM_LANE_CHECKPOINT);
}

bool stand_work(struct stand *stand)
{
    return run_job(stand, GM_LANE_WORKER);
}

static void keep(struct gm_fifo *fifo, const struct gm_output *output)
{
    struct kept *kept = gm_fifo_push(fifo, sizeof *kept + output->header.size + output->body.size);
    kept->peer = output->peer;
    kept->to = output->to;
    kept->header_bytes = (uint32_t)output->header.size;
    kept->body_bytes = (uint32_t)output->body.size;
    uint8_t *at = (uint8_t *)(kept + 1);
    memcpy(at, output->header.at, output->header.size);
    if (output->body.size > 0) memcpy(at + output->header.size, output->body.at, output->body.size);
}

void stand_send_out(struct stand *stand)
{
    struct gm_output output;
    while (gm_host_output(stand->host, &output))
        keep(output.kind == GM_OUTPUT_REPLY ? &stand->replies : &stand->requests, &output);
}

void stand_run(struct stand *stand)
{
    bool ran;
    do {
        const uint64_t sent = stand->replies.count + stand->requests.count;
        stand_turn(stand);
        ran = stand_append(stand);
        while (stand_checkpoint(stand) || stand_work(stand))
            ran = true;
        stand_send_out(stand);
        if (stand->replies.count + stand->requests.count != sent) ran = true;
    } while (ran);
    /* Nothing is left to do now, so nothing wakes the caller now. */
    assert_true(gm_host_wake_ms(stand->host) > stand->reading.monotonic_ms);
}

void stand_pass(struct stand *stand, int64_t ms)
{
    stand->reading.wall_ms += ms;
    stand->reading.monotonic_ms += ms;
    gm_host_time(stand->host, stand->reading);
}

void stand_shift_wall(struct stand *stand, int64_t ms)
{
    stand->reading.wall_ms += ms;
    gm_host_time(stand->host, stand->reading);
}

void stand_live(struct stand *stand, int64_t ms)
{
    for (; ms > STEP_MS; ms -= STEP_MS) {
        stand_pass(stand, STEP_MS);
        if (gm_host_wake_ms(stand->host) <= stand->reading.monotonic_ms) stand_run(stand);
    }
    stand_pass(stand, ms);
    stand_run(stand);
}

/* ---- requests to the host ---- */

struct gm_id stand_id(struct stand *stand)
{
    uint8_t random[10];
    gm_random_bytes(&stand->random, random, sizeof random);
    return gm_id_v7(stand->reading.wall_ms, random);
}

/* The last bytes of an id are all random's. */
struct gm_id stand_member(uint8_t number)
{
    return gm_id_v7(STAND_START_MS, (const uint8_t[10]){[5] = 'm', [9] = number});
}

struct gm_id stand_lot(unsigned number)
{
    uint8_t random[10] = {[5] = 'l'};
    gm_put_u32(random + 6, number);
    return gm_id_v7(STAND_START_MS, random);
}

struct gm_request_header stand_header(struct stand *stand, uint16_t method)
{
    struct gm_request_header header = {
        .protocol = GM_PROTOCOL,
        .method = method,
        .request_id = stand->next_request_id++,
        .member = stand_member(1),
    };
    const struct gm_method *described = gm_method_find(method);
    if (described != NULL && described->kind == GM_METHOD_COMMAND)
        header.command_id = stand_id(stand);
    return header;
}

void stand_send_frames(struct stand *stand, const struct gm_frames *frames)
{
    const struct gm_peer peer = {.size = 5, .id = {0, 's', 't', 'd', stand->peer}};
    assert_true(gm_host_ready(stand->host));
    gm_host_receive(stand->host, &peer, frames, stand->reading.monotonic_ms - stand->waited_ms);
}

void stand_send(struct stand *stand, const struct gm_request_header *header,
                const ProtobufCMessage *message)
{
    uint8_t head[GM_REQUEST_HEADER_BYTES_MAX];
    const size_t size = gm_request_header_encode(header, head);
    gm_arena_reset(&stand->arena);
    const struct gm_bytes body = gm_message_pack(message, &stand->arena);
    stand_send_frames(stand, &(struct gm_frames){gm_bytes(head, size), body, GM_FRAMES_MAX});
}

void stand_restock(struct stand *stand, const struct gm_request_header *header, unsigned lot,
                   int64_t quantity)
{
    const struct gm_id id = stand_lot(lot);
    Catalog__RestockRequest request = CATALOG__RESTOCK_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&id);
    request.quantity = quantity;
    request.reason = CATALOG__RESTOCK_REASON__PRODUCED;
    stand_send(stand, header, &request.base);
}

void stand_adjust(struct stand *stand, const struct gm_request_header *header, unsigned lot,
                  int reason, int64_t quantity, const char *note)
{
    const struct gm_id id = stand_lot(lot);
    Catalog__AdjustRequest request = CATALOG__ADJUST_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&id);
    request.reason = (Catalog__AdjustReason)reason;
    request.quantity = quantity;
    request.note = note;
    stand_send(stand, header, &request.base);
}

void stand_get_lot(struct stand *stand, const struct gm_request_header *header, unsigned lot)
{
    const struct gm_id id = stand_lot(lot);
    Catalog__GetLotRequest request = CATALOG__GET_LOT_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&id);
    stand_send(stand, header, &request.base);
}

void stand_list_lots(struct stand *stand, const struct gm_request_header *header)
{
    const Catalog__ListLotsRequest request = CATALOG__LIST_LOTS_REQUEST__INIT;
    stand_send(stand, header, &request.base);
}

struct toy_row stand_row(const struct stand *stand, unsigned lot)
{
    struct toy_row row;
    (void)toy_find(gm_store_rows(stand->store), stand_lot(lot), &row);
    return row;
}

/* ---- what left ---- */

bool stand_reply(struct stand *stand, struct stand_reply *ret_reply)
{
    stand_send_out(stand);
    if (stand->lent_reply) gm_fifo_pop(&stand->replies);
    const struct kept *kept = gm_fifo_front(&stand->replies);
    stand->lent_reply = kept != NULL;
    if (kept == NULL) return false;
    const uint8_t *at = (const uint8_t *)(kept + 1);
    *ret_reply = (struct stand_reply){
        .peer = kept->peer,
        .head = gm_bytes(at, kept->header_bytes),
        .body = gm_bytes(at + kept->header_bytes, kept->body_bytes),
    };
    assert_int_equal(gm_reply_header_decode(ret_reply->head, &ret_reply->header), GM_OK);
    if (ret_reply->header.status == GM_CODE_OK) return true;
    assert_int_equal(gm_refusal_decode(ret_reply->body, &ret_reply->refusal, NULL), GM_OK);
    assert_int_equal(gm_reason_row(ret_reply->refusal.reason)->status, ret_reply->header.status);
    return true;
}

struct stand_reply stand_expect(struct stand *stand, enum gm_reason reason)
{
    struct stand_reply reply = {0};
    if (!stand_reply(stand, &reply)) fail_msg("there is no reply");
    if (reply.refusal.reason != reason)
        fail_msg("refused %s, expected %s",
                 reply.refusal.reason == GM_REASON_NONE ? "not at all"
                                                        : gm_reason_row(reply.refusal.reason)->word,
                 reason == GM_REASON_NONE ? "none" : gm_reason_row(reason)->word);
    return reply;
}

void stand_expect_none(struct stand *stand)
{
    struct stand_reply reply;
    if (stand_reply(stand, &reply))
        fail_msg("a reply to %llu", (unsigned long long)reply.header.request_id);
}

bool stand_request(struct stand *stand, struct stand_request *ret_request)
{
    stand_send_out(stand);
    if (stand->lent_request) gm_fifo_pop(&stand->requests);
    const struct kept *kept = gm_fifo_front(&stand->requests);
    stand->lent_request = kept != NULL;
    if (kept == NULL) return false;
    const uint8_t *at = (const uint8_t *)(kept + 1);
    ret_request->to = kept->to;
    ret_request->body = gm_bytes(at + kept->header_bytes, kept->body_bytes);
    assert_int_equal(
        gm_request_header_decode(gm_bytes(at, kept->header_bytes), &ret_request->header),
        GM_REASON_NONE);
    if (ret_request->header.method == GM_METHOD_HOST_SUBSCRIBE)
        stand->subscriptions[kept->to] = ret_request->header.request_id;
    return true;
}

void stand_answer(struct stand *stand, const struct stand_request *request, enum gm_code status,
                  bool recorded, struct gm_bytes body)
{
    const struct gm_reply_header header = {
        .request_id = request->header.request_id,
        .status = (uint16_t)status,
        .position = {1, 1},
        .recorded = recorded,
    };
    uint8_t head[GM_REPLY_HEADER_BYTES_MAX];
    const size_t size = gm_reply_header_encode(&header, head);
    const struct gm_frames frames = {gm_bytes(head, size), body, GM_FRAMES_MAX};
    assert_true(gm_host_ready(stand->host));
    gm_host_hear(stand->host, request->to, &frames);
}

/* ---- streams that the host follows ---- */

uint64_t stand_subscription(struct stand *stand, enum gm_service_name source)
{
    struct stand_request request;
    while (stand_request(stand, &request))
        continue;
    return stand->subscriptions[source];
}

void stand_feed_bytes(struct stand *stand, enum gm_service_name source, struct gm_bytes body)
{
    const struct gm_reply_header header = {
        .request_id = stand_subscription(stand, source),
        .position = {1, 1},
        .more = true,
    };
    assert_true(header.request_id != 0);
    uint8_t head[GM_REPLY_HEADER_BYTES_MAX];
    const size_t size = gm_reply_header_encode(&header, head);
    assert_true(gm_host_ready(stand->host));
    gm_host_hear(stand->host, source,
                 &(struct gm_frames){gm_bytes(head, size), body, GM_FRAMES_MAX});
}

void stand_feed(struct stand *stand, enum gm_service_name source, uint64_t journal_id,
                uint64_t from, uint64_t through, uint8_t order)
{
    const struct gm_id id = stand_lot(order);
    Order__OrderMoved moved = ORDER__ORDER_MOVED__INIT;
    moved.order_id = gm_message_bytes(&id);
    Order__Event event = ORDER__EVENT__INIT;
    event.event_case = ORDER__EVENT__EVENT_RESERVED;
    event.reserved = &moved;
    gm_arena_reset(&stand->arena);
    const struct gm_bytes packed = gm_message_pack(&event.base, &stand->arena);
    ProtobufCBinaryData data = {packed.size, (uint8_t *)(uintptr_t)packed.at};
    const size_t count = through + 1 - from;
    Wire__StreamEntry *entries = GM_ARENA_ARRAY(&stand->arena, Wire__StreamEntry, count);
    Wire__StreamEntry **at = GM_ARENA_ARRAY(&stand->arena, Wire__StreamEntry *, count);
    for (size_t i = 0; i < count; i++) {
        wire__stream_entry__init(&entries[i]);
        entries[i].seq = from + i;
        entries[i].time_ms = STAND_START_MS;
        entries[i].n_events = 1;
        entries[i].events = &data;
        at[i] = &entries[i];
    }
    Wire__Position position = WIRE__POSITION__INIT;
    position.journal_id = journal_id;
    position.seq = through;
    uint8_t hash[GM_HASH_BYTES] = {(uint8_t)through};
    Wire__StreamChunk chunk = WIRE__STREAM_CHUNK__INIT;
    chunk.through = &position;
    chunk.from = from;
    chunk.head_seq = through;
    chunk.batch_hash = (ProtobufCBinaryData){GM_HASH_BYTES, hash};
    chunk.n_entries = count;
    chunk.entries = at;
    stand_feed_bytes(stand, source, gm_message_pack(&chunk.base, &stand->arena));
}

void stand_refuse_stream(struct stand *stand, enum gm_service_name source, enum gm_reason reason)
{
    const struct stand_request request = {
        .to = source, .header = {.request_id = stand_subscription(stand, source)}};
    uint8_t body[GM_REPLY_BYTES_MAX];
    const struct gm_refusal refusal = {.reason = reason};
    const size_t size = gm_refusal_encode(&refusal, GM_LANGUAGE_EN, body);
    stand_answer(stand, &request, gm_reason_row(reason)->status, false, gm_bytes(body, size));
}

struct toy_order stand_order(const struct stand *stand, uint32_t generation, uint8_t order)
{
    struct toy_order row;
    (void)toy_find_order(gm_store_rows(stand->store), generation, stand_lot(order), &row);
    return row;
}

/* ---- proof ---- */

void stand_audit(struct stand *stand)
{
    stand_run(stand);
    gm_host_checkpoint_now(stand->host);
    stand_run(stand);
    char *scratch = gm_temp_dir_new();
    struct gm_verify_report report;
    const enum gm_status status = gm_verify(stand->service, stand->journal, stand->store, scratch,
                                            &report, stand->why, sizeof stand->why);
    gm_temp_dir_free(scratch);
    if (status != GM_OK) fail_msg("%s", stand->why);
    assert_true(report.applied == gm_host_head(stand->host));
    assert_true(report.state_hash == gm_store_hash(stand->store));
}
