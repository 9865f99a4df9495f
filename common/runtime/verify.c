#include "runtime/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/cleanup.h"
#include "runtime/parts.h"

enum { ARENA_BYTES = 1024 * 1024 };

struct verify {
    const struct gm_service *service;
    struct gm_journal *journal;
    struct gm_snapshot *live;
    struct gm_snapshot *folded;
    struct gm_arena arena;
    struct gm_verify_report report;
    char *why;
    size_t why_size;
};

__attribute__((format(printf, 2, 3))) static enum gm_status corrupt(struct verify *verify,
                                                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(verify->why, verify->why_size, format, arguments);
    va_end(arguments);
    return GM_CORRUPT;
}

/* ---- the chain ---- */

static enum gm_status check_chain(struct verify *verify, uint8_t *buffer, uint64_t *ret_tail)
{
    struct gm_hash previous = {{0}};
    uint64_t seq = 0;
    for (;;) {
        struct gm_batch batch;
        const enum gm_status status =
            gm_journal_follow(verify->journal, seq, seq == 0 ? NULL : &previous, buffer, &batch);
        if (status == GM_END) break;
        if (status != GM_OK)
            return corrupt(verify, "the batch after entry %llu is damaged",
                           (unsigned long long)seq);
        if (batch.first_seq != seq + 1 || gm_hash_compare(&batch.previous, &previous) != 0)
            return corrupt(verify, "the chain breaks after entry %llu", (unsigned long long)seq);
        previous = batch.hash;
        seq = gm_batch_last_seq(&batch);
        verify->report.batches++;
    }
    *ret_tail = seq;
    return GM_OK;
}

/* ---- rows ---- */

static enum gm_status check_rows(struct verify *verify)
{
    struct gm_check check = {0};
    enum gm_status status;
    do
        status = gm_store_check(verify->live, &check, 100000, verify->why, verify->why_size);
    while (status == GM_OK);
    verify->report.rows = check.rows;
    return status == GM_END ? GM_OK : status;
}

static enum gm_status compare_table(struct verify *verify, const struct gm_table *table)
{
    struct gm_cursor live;
    struct gm_cursor folded;
    gm_cursor_init(&live, verify->live, table, NULL);
    gm_cursor_init(&folded, verify->folded, table, NULL);
    enum gm_status result = GM_OK;
    while (result == GM_OK) {
        struct gm_bytes keys[2] = {{0}};
        struct gm_bytes values[2] = {{0}};
        gm_arena_reset(&verify->arena);
        const enum gm_status a = gm_cursor_next(&live, &verify->arena, &keys[0], &values[0]);
        const enum gm_status b = gm_cursor_next(&folded, &verify->arena, &keys[1], &values[1]);
        if (a == GM_END && b == GM_END) break;
        if (a != GM_OK || b != GM_OK)
            result = corrupt(verify, "table %s: the %s has rows that the %s lacks", table->name,
                             a == GM_OK ? "store" : "journal", a == GM_OK ? "journal" : "store");
        else if (!gm_bytes_equal(keys[0], keys[1]))
            result =
                corrupt(verify, "table %s: a row of the store and of the journal have other keys",
                        table->name);
        else if (!gm_bytes_equal(values[0], values[1]))
            result = corrupt(verify, "table %s: a row's value is not what the journal makes it",
                             table->name);
    }
    gm_cursor_release(&live);
    gm_cursor_release(&folded);
    return result;
}

static enum gm_status compare(struct verify *verify, const struct gm_table *const *tables)
{
    for (; *tables != NULL; tables++) {
        const enum gm_status status = compare_table(verify, *tables);
        if (status != GM_OK) return status;
    }
    if (gm_snapshot_hash(verify->folded) != gm_snapshot_hash(verify->live))
        return corrupt(verify, "the state hash of the store is not that of its rows");
    return GM_OK;
}

/* ---- the fold ---- */

static enum gm_status fold_all(struct verify *verify, struct gm_store *fresh, uint64_t through,
                               uint8_t *buffer)
{
    static struct gm_poison unused;
    const struct gm_host_config config = {
        .service = verify->service,
        .store = fresh,
        .journal = verify->journal,
        .poison = &unused,
    };
    struct gm_host *host = gm_host_new(&config);
    GM_ASSERT(host != NULL);
    follow_load(host);
    host->acked = through;
    enum gm_status status = start_replay(host, through, buffer);
    verify->report.entries = host->head;
    if (status == GM_OK) {
        struct gm_checkpoint *checkpoint = gm_store_freeze(fresh, host->head);
        GM_ASSERT(checkpoint != NULL);
        status = gm_checkpoint_run(checkpoint);
        if (status == GM_OK) gm_store_thaw(fresh, checkpoint);
    } else {
        status =
            corrupt(verify, "the replay fails after entry %llu", (unsigned long long)host->head);
    }
    gm_host_free(host);
    return status;
}

static enum gm_status verify_with(struct verify *verify, struct gm_store *store,
                                  const struct gm_table **tables, const char *scratch,
                                  uint8_t *buffer)
{
    uint64_t tail = 0;
    enum gm_status status = check_chain(verify, buffer, &tail);
    if (status == GM_OK) status = check_rows(verify);
    if (status != GM_OK) return status;
    const uint64_t applied = gm_snapshot_applied(verify->live);
    verify->report.applied = applied;
    verify->report.state_hash = gm_snapshot_hash(verify->live);
    if (applied > tail)
        return corrupt(verify, "the tables stand at entry %llu, the journal ends at %llu",
                       (unsigned long long)applied, (unsigned long long)tail);
    const struct gm_store_config config = {
        .path = scratch,
        .tables = tables,
        .service = gm_service_text(verify->service->name),
        .journal_id = gm_store_journal_id(store),
        .schema = verify->service->fold_version,
        .small = true,
    };
    struct gm_store *fresh = NULL;
    status = gm_store_open(&config, verify->why, verify->why_size, &fresh);
    if (status != GM_OK) return status;
    status = fold_all(verify, fresh, applied, buffer);
    if (status == GM_OK) status = gm_snapshot_open(fresh, &verify->folded);
    if (status == GM_OK) status = compare(verify, tables);
    gm_snapshot_release(verify->folded);
    verify->folded = NULL;
    gm_store_close(fresh);
    return status;
}

enum gm_status gm_verify(const struct gm_service *service, struct gm_journal *journal,
                         struct gm_store *store, const char *scratch,
                         struct gm_verify_report *ret_report, char *ret_why, size_t why_size)
{
    struct verify verify = {
        .service = service, .journal = journal, .why = ret_why, .why_size = why_size};
    uint8_t *buffer = malloc(GM_BATCH_BYTES_MAX);
    const struct gm_table **tables = gm_host_tables_new(service);
    GM_ASSERT(buffer != NULL);
    enum gm_status status = gm_arena_init(&verify.arena, ARENA_BYTES);
    if (status == GM_OK) status = gm_snapshot_open(store, &verify.live);
    if (status == GM_OK) status = verify_with(&verify, store, tables, scratch, buffer);
    if (status == GM_OK && service->audit != NULL) {
        gm_arena_reset(&verify.arena);
        status = service->audit(verify.live, &verify.arena, ret_why, why_size);
    }
    gm_snapshot_release(verify.live);
    gm_arena_release(&verify.arena);
    free(buffer);
    free(tables);
    *ret_report = verify.report;
    return status;
}
