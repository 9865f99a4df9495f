#include "runtime/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/random.h"
#include "methods.h"
#include "runtime/fifo.h"
#include "runtime/tables.h"
#include "runtime/verify.h"
#include "wire.pb-c.h"
#include "wire/check.h"

enum { WHY_BYTES = 256, JOURNAL_ID = 0x6b6974 };

/* A message kept: sizes, then header and body. */
struct kept {
    enum gm_service_name to;
    uint32_t header_bytes;
    uint32_t body_bytes;
};

struct gm_kit {
    const struct gm_service *service;
    const struct gm_table **tables;
    char *folder;
    struct gm_journal_medium *medium;
    struct gm_journal *journal;
    struct gm_store *store;
    struct gm_host *host;
    struct gm_poison poison;
    struct gm_random random;
    struct gm_clock_reading reading;
    struct gm_arena arena;
    struct gm_fifo replies;
    struct gm_fifo requests;
    bool lent_reply;
    bool lent_request;
    uint64_t next_request_id;
    struct gm_id command_id;
    uint64_t subscription; /* of the host's first follow, as it asked last */
    char why[WHY_BYTES];
};

static const struct gm_peer peer = {.size = 5, .id = {0, 'k', 'i', 't', 0}};

static void open_all(struct gm_kit *kit)
{
    kit->journal = gm_journal_memory_open(kit->medium);
    const struct gm_store_config config = {
        .path = kit->folder,
        .tables = kit->tables,
        .service = gm_service_text(kit->service->name),
        .journal_id = JOURNAL_ID,
        .schema = kit->service->fold_version,
        .small = true,
    };
    if (gm_store_open(&config, kit->why, WHY_BYTES, &kit->store) != GM_OK) fail_msg("%s", kit->why);
    const struct gm_host_config host = {
        .service = kit->service,
        .store = kit->store,
        .journal = kit->journal,
        .poison = &kit->poison,
        .seed = gm_random_u64(&kit->random),
        .apply_decoded = true,
        .version = "test",
    };
    kit->host = gm_host_new(&host);
    assert_non_null(kit->host);
    if (gm_host_start(kit->host, kit->reading, kit->why, WHY_BYTES) != GM_OK)
        fail_msg("%s", kit->why);
}

static void close_all(struct gm_kit *kit)
{
    gm_host_free(kit->host);
    gm_store_close(kit->store);
    gm_journal_close(kit->journal);
}

struct gm_kit *gm_kit_new(const struct gm_service *service, uint64_t seed)
{
    struct gm_kit *kit = calloc(1, sizeof *kit);
    assert_non_null(kit);
    kit->service = service;
    kit->tables = gm_host_tables_new(service);
    kit->folder = gm_temp_dir_new();
    kit->medium = gm_journal_medium_new(JOURNAL_ID);
    kit->reading = (struct gm_clock_reading){GM_KIT_START_MS, 1000000};
    kit->next_request_id = 1;
    gm_random_seed(&kit->random, seed);
    assert_int_equal(gm_arena_init(&kit->arena, 4 * 1024 * 1024), GM_OK);
    open_all(kit);
    gm_kit_run(kit);
    return kit;
}

void gm_kit_free(struct gm_kit *kit)
{
    if (kit == NULL) return;
    close_all(kit);
    gm_journal_medium_free(kit->medium);
    gm_temp_dir_free(kit->folder);
    gm_fifo_release(&kit->replies);
    gm_fifo_release(&kit->requests);
    gm_arena_release(&kit->arena);
    free(kit->tables);
    free(kit);
}

struct gm_host *gm_kit_host(struct gm_kit *kit)
{
    return kit->host;
}

struct gm_store *gm_kit_store(struct gm_kit *kit)
{
    return kit->store;
}

struct gm_journal_medium *gm_kit_medium(struct gm_kit *kit)
{
    return kit->medium;
}

int64_t gm_kit_now(const struct gm_kit *kit)
{
    return gm_host_now(kit->host);
}

struct gm_id gm_kit_command_id(const struct gm_kit *kit)
{
    return kit->command_id;
}

/* ---- running ---- */

static void keep(struct gm_fifo *fifo, const struct gm_output *output)
{
    struct kept *kept = gm_fifo_push(fifo, sizeof *kept + output->header.size + output->body.size);
    *kept = (struct kept){output->to, (uint32_t)output->header.size, (uint32_t)output->body.size};
    uint8_t *at = (uint8_t *)(kept + 1);
    memcpy(at, output->header.at, output->header.size);
    if (output->body.size > 0) memcpy(at + output->header.size, output->body.at, output->body.size);
}

static bool run_jobs(struct gm_kit *kit)
{
    bool ran = false;
    for (enum gm_job_lane lane = GM_LANE_CHECKPOINT; lane <= GM_LANE_WORKER; lane++) {
        struct gm_job *job;
        while ((job = gm_host_job(kit->host, lane)) != NULL) {
            assert_int_equal(gm_job_run(job), GM_OK);
            gm_host_job_done(kit->host, job);
            ran = true;
        }
    }
    return ran;
}

static bool run_once(struct gm_kit *kit)
{
    bool ran = false;
    gm_host_turn(kit->host);
    struct gm_batch *batch;
    while (gm_host_batch(kit->host, &batch)) {
        gm_host_appended(kit->host, gm_journal_append(kit->journal, batch));
        ran = true;
    }
    if (run_jobs(kit)) ran = true;
    struct gm_output output;
    while (gm_host_output(kit->host, &output)) {
        keep(output.kind == GM_OUTPUT_REPLY ? &kit->replies : &kit->requests, &output);
        ran = true;
    }
    return ran;
}

void gm_kit_run(struct gm_kit *kit)
{
    while (run_once(kit))
        continue;
}

void gm_kit_advance(struct gm_kit *kit, int64_t ms)
{
    /* In steps: a clock that leaps has jumped. */
    while (ms > 0) {
        const int64_t step = ms < GM_CLOCK_STEP_MAX_MS / 2 ? ms : GM_CLOCK_STEP_MAX_MS / 2;
        kit->reading.wall_ms += step;
        kit->reading.monotonic_ms += step;
        gm_host_time(kit->host, kit->reading);
        ms -= step;
        if (ms == 0 || gm_host_wake_ms(kit->host) <= kit->reading.monotonic_ms) gm_kit_run(kit);
    }
}

void gm_kit_restart(struct gm_kit *kit)
{
    close_all(kit);
    gm_fifo_release(&kit->replies);
    gm_fifo_release(&kit->requests);
    kit->lent_reply = kit->lent_request = false;
    open_all(kit);
    gm_kit_run(kit);
}

/* ---- replies ---- */

bool gm_kit_take(struct gm_kit *kit, struct gm_kit_reply *ret_reply)
{
    gm_kit_run(kit);
    if (kit->lent_reply) gm_fifo_pop(&kit->replies);
    kit->lent_reply = false;
    const struct kept *kept = gm_fifo_front(&kit->replies);
    if (kept == NULL) return false;
    kit->lent_reply = true;
    const uint8_t *at = (const uint8_t *)(kept + 1);
    *ret_reply = (struct gm_kit_reply){
        .body = gm_bytes(at + kept->header_bytes, kept->body_bytes),
    };
    assert_int_equal(gm_reply_header_decode(gm_bytes(at, kept->header_bytes), &ret_reply->header),
                     GM_OK);
    if (ret_reply->header.status != GM_CODE_OK)
        assert_int_equal(gm_refusal_decode(ret_reply->body, &ret_reply->refusal, NULL), GM_OK);
    return true;
}

bool gm_kit_send(struct gm_kit *kit, const struct gm_frames *frames, struct gm_kit_reply *ret_reply)
{
    gm_kit_run(kit);
    assert_true(gm_host_ready(kit->host));
    gm_host_receive(kit->host, &peer, frames, kit->reading.monotonic_ms);
    return gm_kit_take(kit, ret_reply);
}

bool gm_kit_call(struct gm_kit *kit, struct gm_id member, uint16_t method,
                 const ProtobufCMessage *message, const struct gm_kit_options *options,
                 struct gm_kit_reply *ret_reply)
{
    static const struct gm_kit_options none;
    if (options == NULL) options = &none;
    struct gm_request_header header = {
        .protocol = GM_PROTOCOL,
        .method = method,
        .request_id = kit->next_request_id++,
        .command_id = options->command_id,
        .timeout_ms = options->timeout_ms,
        .member = member,
        .language = options->language,
        .dry_run = options->dry_run,
        .until_settled = options->until_settled,
        .position_count = (uint8_t)options->position_count,
    };
    memcpy(header.positions, options->positions, sizeof header.positions);
    const struct gm_method *described = gm_method_find(method);
    if (described != NULL && described->kind == GM_METHOD_COMMAND &&
        gm_id_is_zero(header.command_id)) {
        uint8_t random[10];
        gm_random_bytes(&kit->random, random, sizeof random);
        header.command_id = gm_id_v7(gm_kit_now(kit), random);
    }
    kit->command_id = header.command_id;
    uint8_t header_bytes[GM_REQUEST_HEADER_BYTES_MAX];
    const size_t header_size = gm_request_header_encode(&header, header_bytes);
    gm_arena_reset(&kit->arena);
    const struct gm_bytes body = gm_message_pack(message, &kit->arena);
    const struct gm_frames frames = {gm_bytes(header_bytes, header_size), body, GM_FRAMES_MAX};
    return gm_kit_send(kit, &frames, ret_reply);
}

/* ---- other services ---- */

bool gm_kit_request(struct gm_kit *kit, struct gm_kit_request *ret_request)
{
    gm_kit_run(kit);
    if (kit->lent_request) gm_fifo_pop(&kit->requests);
    kit->lent_request = false;
    const struct kept *kept = gm_fifo_front(&kit->requests);
    if (kept == NULL) return false;
    kit->lent_request = true;
    const uint8_t *at = (const uint8_t *)(kept + 1);
    ret_request->to = kept->to;
    ret_request->body = gm_bytes(at + kept->header_bytes, kept->body_bytes);
    assert_int_equal(
        gm_request_header_decode(gm_bytes(at, kept->header_bytes), &ret_request->header),
        GM_REASON_NONE);
    if (ret_request->header.method == GM_METHOD_HOST_SUBSCRIBE)
        kit->subscription = ret_request->header.request_id;
    return true;
}

static void hear(struct gm_kit *kit, enum gm_service_name from,
                 const struct gm_reply_header *header, struct gm_bytes body)
{
    uint8_t bytes[GM_REPLY_HEADER_BYTES_MAX];
    const size_t size = gm_reply_header_encode(header, bytes);
    const struct gm_frames frames = {gm_bytes(bytes, size), body, GM_FRAMES_MAX};
    gm_kit_run(kit);
    gm_host_hear(kit->host, from, &frames);
    gm_kit_run(kit);
}

void gm_kit_answer(struct gm_kit *kit, const struct gm_kit_request *request, enum gm_code status,
                   bool recorded, struct gm_bytes body)
{
    const struct gm_reply_header header = {
        .request_id = request->header.request_id,
        .status = (uint16_t)status,
        .recorded = recorded,
        .position = {1, 1},
    };
    hear(kit, request->to, &header, body);
}

void gm_kit_answer_message(struct gm_kit *kit, const struct gm_kit_request *request,
                           const ProtobufCMessage *message)
{
    gm_arena_reset(&kit->arena);
    gm_kit_answer(kit, request, GM_CODE_OK, true, gm_message_pack(message, &kit->arena));
}

void gm_kit_answer_refusal(struct gm_kit *kit, const struct gm_kit_request *request,
                           const struct gm_refusal *refusal)
{
    uint8_t body[GM_REPLY_BYTES_MAX];
    const size_t size = gm_refusal_encode(refusal, GM_LANGUAGE_EN, body);
    gm_kit_answer(kit, request, gm_reason_row(refusal->reason)->status, true, gm_bytes(body, size));
}

void gm_kit_feed(struct gm_kit *kit, uint64_t source_journal, uint64_t seq, int64_t time_ms,
                 const ProtobufCMessage *event)
{
    struct gm_kit_request request;
    while (gm_kit_request(kit, &request))
        continue; /* learns the subscription */
    assert_int_not_equal(kit->subscription, 0);
    gm_arena_reset(&kit->arena);
    const struct gm_bytes packed = gm_message_pack(event, &kit->arena);
    ProtobufCBinaryData data = {packed.size, (uint8_t *)(uintptr_t)packed.at};
    Wire__StreamEntry entry = WIRE__STREAM_ENTRY__INIT;
    entry.seq = seq;
    entry.time_ms = time_ms;
    entry.n_events = 1;
    entry.events = &data;
    Wire__StreamEntry *entries[] = {&entry};
    Wire__Position through = WIRE__POSITION__INIT;
    through.journal_id = source_journal;
    through.seq = seq;
    uint8_t hash[GM_HASH_BYTES] = {0};
    gm_put_u64(hash, seq);
    Wire__StreamChunk chunk = WIRE__STREAM_CHUNK__INIT;
    chunk.through = &through;
    chunk.from = seq;
    chunk.head_seq = seq;
    chunk.batch_hash = (ProtobufCBinaryData){GM_HASH_BYTES, hash};
    chunk.n_entries = 1;
    chunk.entries = entries;
    const struct gm_reply_header header = {
        .request_id = kit->subscription, .more = true, .position = {source_journal, seq}};
    hear(kit, kit->service->follows->source, &header, gm_message_pack(&chunk.base, &kit->arena));
}

/* ---- the audit ---- */

void gm_kit_audit(struct gm_kit *kit)
{
    gm_kit_run(kit);
    gm_host_checkpoint_now(kit->host);
    gm_kit_run(kit);
    char *scratch = gm_temp_dir_new();
    struct gm_verify_report report;
    const enum gm_status status =
        gm_verify(kit->service, kit->journal, kit->store, scratch, &report, kit->why, WHY_BYTES);
    gm_temp_dir_free(scratch);
    if (status != GM_OK) fail_msg("%s", kit->why);
    assert_int_equal(report.applied, gm_host_head(kit->host));
}
