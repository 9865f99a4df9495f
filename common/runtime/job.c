#include <stdlib.h>

#include "base/assert.h"
#include "base/time.h"
#include "runtime/parts.h"
#include "wire/check.h"

enum {
    STREAM_ARENA_BYTES = 4 * 1024 * 1024, /* a batch, its entries decoded, a chunk */
    PRUNE_ARENA_BYTES = 1024 * 1024,
    SEARCH_ARENA_BYTES = 16 * 1024 * 1024, /* of address space; touched as it is used */
    STREAM_BATCHES_MAX = 64,               /* read for one chunk: the budget of a worker */
    CHECKPOINT_GAP_MS = 20,                /* between checkpoints that a search waits for */
};

/* ---- the pool of worker jobs ---- */

static size_t arena_bytes(const struct gm_host *host, enum job_kind kind)
{
    if (kind == JOB_STREAM) return STREAM_ARENA_BYTES;
    if (kind == JOB_PRUNE) return PRUNE_ARENA_BYTES;
    return host->search_arena_bytes == 0 ? SEARCH_ARENA_BYTES : host->search_arena_bytes;
}

static unsigned places_of(enum job_kind kind)
{
    if (kind == JOB_STREAM) return STREAM_JOBS_MAX;
    return kind == JOB_PRUNE ? 1 : GM_SEARCH_JOBS_MAX;
}

bool job_free_place(const struct gm_host *host, enum job_kind kind)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < host->job_count; i++)
        if (host->jobs[i]->kind == kind) taken++;
    return taken < places_of(kind);
}

struct gm_job *job_new(struct gm_host *host, enum job_kind kind)
{
    if (!job_free_place(host, kind)) return NULL;
    struct gm_job *job = calloc(1, sizeof *job);
    GM_ASSERT(job != NULL);
    job->kind = kind;
    job->host = host;
    if (gm_arena_init(&job->arena, arena_bytes(host, kind)) != GM_OK) {
        free(job);
        return NULL;
    }
    host->jobs[host->job_count++] = job;
    return job;
}

void job_run_later(struct gm_host *host, struct gm_job *job)
{
    struct gm_job **record = gm_fifo_push(&host->runnable, sizeof(struct gm_job *));
    *record = job;
}

void job_free(struct gm_host *host, struct gm_job *job)
{
    for (unsigned i = 0; i < host->job_count; i++) {
        if (host->jobs[i] != job) continue;
        host->jobs[i] = host->jobs[--host->job_count];
        break;
    }
    gm_snapshot_release(job->snapshot);
    gm_arena_release(&job->arena);
    free(job);
}

/* ---- what the lanes run ---- */

static void run_search(struct gm_job *job)
{
    job->reason = job->search(job->snapshot, &job->call, &job->answer);
    if (job->answer.body.size > GM_REPLY_BODY_BYTES_MAX) job->reason = GM_REASON_REPLY_TOO_LARGE;
    job->answer.refusal.reason = job->reason;
}

static void run_stream(struct gm_job *job)
{
    uint8_t *buffer = gm_arena_alloc(&job->arena, GM_BATCH_BYTES_MAX);
    GM_ASSERT(buffer != NULL);
    struct gm_journal *journal = job->host->journal;
    struct gm_batch batch;
    if (job->check_hash) {
        const enum gm_status status = gm_journal_read(journal, job->from - 1, buffer, &batch);
        GM_ASSERT(status == GM_OK || status == GM_NOT_FOUND); /* corrupt: the process stops */
        if (status != GM_OK || gm_hash_compare(&batch.hash, &job->hash) != 0) {
            job->unknown = true;
            return;
        }
    }
    if (job->from > job->durable) return;
    struct chunk chunk;
    chunk_begin(&chunk, job->host->service, job->request.header.member, job->from, &job->arena);
    /* Where most of it is not for this member, the chunk says how far it has come. */
    for (unsigned i = 0; i < STREAM_BATCHES_MAX && !chunk.full && chunk.through < job->durable;
         i++) {
        /* What was shown already costs half of the arena: enough for this chunk. */
        if (gm_arena_mark(&job->arena) > job->arena.capacity / 2) break;
        const enum gm_status status = gm_journal_read(journal, chunk.through + 1, buffer, &batch);
        GM_ASSERT(status == GM_OK);
        chunk_add(&chunk, &batch);
    }
    job->chunk = chunk_pack(&chunk, job->host->journal_id, job->durable);
    job->chunk_through = chunk.through;
    job->chunk_hash = chunk.hash;
}

static void run_prune(struct gm_job *job)
{
    const enum gm_status status =
        prune_collect(job->snapshot, &job->prune, &job->arena, &job->keys, &job->more);
    GM_ASSERT(status == GM_OK);
}

enum gm_status gm_job_run(struct gm_job *job)
{
    switch (job->kind) {
    case JOB_CHECKPOINT:
        return gm_checkpoint_run(job->checkpoint);
    case JOB_SEARCH:
        run_search(job);
        return GM_OK;
    case JOB_STREAM:
        run_stream(job);
        return GM_OK;
    case JOB_PRUNE:
        run_prune(job);
        return GM_OK;
    }
    GM_UNREACHABLE();
}

uint64_t gm_job_commits(const struct gm_job *job)
{
    return job->kind == JOB_CHECKPOINT ? gm_checkpoint_applied(job->checkpoint) : 0;
}

/* ---- searches ---- */

bool job_search(struct gm_host *host, const struct request *request, struct gm_bytes body)
{
    const struct gm_handler *handler = handler_of(host->service, request->method->number);
    GM_ASSERT(handler != NULL && handler->search != NULL);
    struct gm_job *job = job_new(host, JOB_SEARCH);
    if (job == NULL) return false;
    if (gm_snapshot_open(host->store, &job->snapshot) != GM_OK) {
        job_free(host, job);
        return false;
    }
    ProtobufCMessage *message = NULL;
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    /* The door has checked it; here it is unpacked where it stays until the worker is done. */
    const enum gm_reason checked =
        gm_message_check(body, request->method->request, &job->arena, &message, field);
    GM_ASSERT(checked == GM_REASON_NONE);
    job->request = *request;
    job->search = handler->search;
    job->call = (struct gm_call){
        .method = request->method,
        .message = message,
        .member = request->header.member,
        .now_ms = host->now_ms,
        .today = gm_day_of(host->now_ms),
        .arena = &job->arena,
    };
    host->counts.queries++;
    job_run_later(host, job);
    return true;
}

static void answer_search(struct gm_host *host, const struct gm_job *job)
{
    const struct gm_position position = {host->journal_id, gm_snapshot_applied(job->snapshot)};
    if (job->reason == GM_REASON_NONE) {
        outbox_reply(host, &job->request, GM_CODE_OK, position, false, position.seq,
                     job->answer.body);
        return;
    }
    host->counts.reasons[job->reason]++;
    uint8_t body[GM_REPLY_BYTES_MAX];
    const size_t size = gm_refusal_encode(&job->answer.refusal, job->request.header.language, body);
    outbox_reply(host, &job->request, gm_reason_row(job->reason)->status, position, false,
                 position.seq, gm_bytes(body, size));
}

/* ---- checkpoints ---- */

static bool checkpoint_due(const struct gm_host *host)
{
    if (host->checkpoint_job != NULL) return false;
    const int64_t now_ms = host->monotonic_ms;
    if (gm_store_load(host->store).due || !gm_store_has_room(host->store)) return true;
    if (host->checkpoint_wanted && now_ms - host->frozen_ms >= CHECKPOINT_GAP_MS) return true;
    if (host->changed_ms == INT64_MAX) return false;
    return now_ms - host->changed_ms >= GM_CHECKPOINT_AGE_MS ||
           now_ms - host->arrived_ms >= GM_CHECKPOINT_IDLE_MS;
}

static void freeze(struct gm_host *host)
{
    struct gm_checkpoint *checkpoint = gm_store_freeze(host->store, host->head);
    GM_ASSERT(checkpoint != NULL); /* the one before was thawed when its job came back */
    struct gm_job *job = calloc(1, sizeof *job);
    GM_ASSERT(job != NULL);
    job->kind = JOB_CHECKPOINT;
    job->host = host;
    job->checkpoint = checkpoint;
    host->checkpoint_job = job;
    host->checkpoint_wanted = false;
    host->changed_ms = INT64_MAX;
    host->frozen_ms = host->monotonic_ms;
}

static void checkpoint_done(struct gm_host *host, struct gm_job *job)
{
    gm_store_thaw(host->store, job->checkpoint);
    host->checkpoint_job = NULL;
    host->checkpoint_wanted = false; /* who still waits says so again */
    host->counts.checkpoints++;
    host->positions_moved = true; /* searches may have waited for it */
    free(job);
}

/* ---- the caller's side ---- */

void job_turn(struct gm_host *host)
{
    if (checkpoint_due(host)) freeze(host);
    prune_turn(host);
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

int64_t job_wake_ms(const struct gm_host *host)
{
    int64_t wake_ms = INT64_MAX;
    if (!host->pruning && !host->draining) wake_ms = host->prune_ms;
    if (host->checkpoint_job != NULL) return wake_ms;
    if (checkpoint_due(host)) return host->monotonic_ms;
    if (host->checkpoint_wanted) wake_ms = earlier(wake_ms, host->frozen_ms + CHECKPOINT_GAP_MS);
    if (host->changed_ms == INT64_MAX) return wake_ms;
    wake_ms = earlier(wake_ms, host->changed_ms + GM_CHECKPOINT_AGE_MS);
    return earlier(wake_ms, host->arrived_ms + GM_CHECKPOINT_IDLE_MS);
}

struct gm_job *gm_host_job(struct gm_host *host, enum gm_job_lane lane)
{
    if (lane == GM_LANE_CHECKPOINT) {
        struct gm_job *job = host->checkpoint_job;
        /* Tables never run ahead of the journal: what they stand for is acked first. */
        if (job == NULL || job->busy || gm_checkpoint_applied(job->checkpoint) > host->acked)
            return NULL;
        job->busy = true;
        return job;
    }
    struct gm_job **front = gm_fifo_front(&host->runnable);
    if (front == NULL) return NULL;
    struct gm_job *job = *front;
    gm_fifo_pop(&host->runnable);
    job->busy = true;
    return job;
}

void gm_host_job_done(struct gm_host *host, struct gm_job *job)
{
    GM_ASSERT(job->busy);
    if (job->kind == JOB_CHECKPOINT) {
        checkpoint_done(host, job);
        return;
    }
    if (job->kind == JOB_SEARCH)
        answer_search(host, job);
    else if (job->kind == JOB_STREAM)
        stream_job_done(host, job);
    else
        prune_done(host, job);
    job_free(host, job);
    host->positions_moved = true; /* a place is free for those who wait */
}

void gm_host_checkpoint_now(struct gm_host *host)
{
    if (host->checkpoint_job == NULL && host->head > gm_store_applied(host->store)) freeze(host);
}

void job_release(struct gm_host *host)
{
    while (host->job_count > 0)
        job_free(host, host->jobs[0]);
    gm_fifo_release(&host->runnable);
    free(host->checkpoint_job);
}
