#include "journal/lmdb.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/cleanup.h"
#include "journal/lmdb_journal.h"

#define MAP_BYTES_DEFAULT (UINT64_C(64) << 30)

enum { TAIL_CHECKED_BYTES = 1024 * 1024 }; /* entries that open reads and verifies, from the end */

enum gm_status gm_journal_lmdb_fail(enum gm_status status, char *ret_why, size_t why_size,
                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (why_size > 0) vsnprintf(ret_why, why_size, format, arguments);
    va_end(arguments);
    return status;
}

static enum gm_status open_rows(struct lmdb_journal *lmdb)
{
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    enum gm_status status = gm_journal_lmdb_begin(lmdb, 0, &txn);
    if (status != GM_OK) return status;
    status = gm_journal_rows_open(txn, &lmdb->rows);
    if (status != GM_OK) return status;
    return gm_env_status(mdb_txn_commit(gm_steal(&txn)));
}

enum gm_status gm_journal_lmdb_prepare(const char *path, uint64_t map_bytes, bool make,
                                       char *ret_why, size_t why_size,
                                       struct lmdb_journal **ret_lmdb)
{
    GM_CLEANUP(gm_journal_lmdb_freep) struct lmdb_journal *lmdb = calloc(1, sizeof *lmdb);
    if (lmdb == NULL) {
        return gm_journal_lmdb_fail(GM_NO_SPACE, ret_why, why_size, "out of memory");
    }
    const struct gm_env_config config = {
        .path = path,
        .make = make,
        .map_bytes = map_bytes == 0 ? MAP_BYTES_DEFAULT : map_bytes,
        .databases = GM_JOURNAL_DATABASES,
        .readers = GM_JOURNAL_READERS,
    };
    lmdb->journal.ops = &gm_journal_lmdb_ops;
    enum gm_status status = gm_env_open(&config, ret_why, why_size, &lmdb->env);
    if (status != GM_OK) return status;

    /* A page beyond the file's end would end the process where it is read. */
    struct gm_env_space space;
    gm_env_space(&lmdb->env, &space);
    if (space.file_bytes < space.end_bytes) {
        return gm_journal_lmdb_fail(GM_CORRUPT, ret_why, why_size,
                                    "the journal in %s is cut short: %" PRIu64 " of %" PRIu64
                                    " bytes are there",
                                    path, space.file_bytes, space.end_bytes);
    }
    status = open_rows(lmdb);
    if (status != GM_OK) {
        return gm_journal_lmdb_fail(status, ret_why, why_size,
                                    "cannot open the databases of the journal in %s: %s", path,
                                    gm_status_name(status));
    }
    *ret_lmdb = gm_steal(&lmdb);
    return GM_OK;
}

/* The stamp of a journal that has none yet. */
static enum gm_status put_first_stamp(struct lmdb_journal *lmdb, MDB_txn *txn,
                                      const struct gm_journal_lmdb_config *config)
{
    struct gm_journal_stamp stamp = {.journal_id = config->journal_id};
    memcpy(stamp.service, config->service, strlen(config->service));
    return gm_journal_rows_put_stamp(&lmdb->rows, txn, &stamp);
}

/* Whose journal this is; a new one becomes config's. */
static enum gm_status check_stamp(struct lmdb_journal *lmdb,
                                  const struct gm_journal_lmdb_config *config, char *ret_why,
                                  size_t why_size)
{
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    struct gm_journal_stamp stamp;
    uint64_t last_entry = 0;
    enum gm_status status = gm_journal_lmdb_begin(lmdb, 0, &txn);
    if (status == GM_OK) status = gm_journal_rows_last_entry(&lmdb->rows, txn, &last_entry);
    if (status == GM_OK) status = gm_journal_rows_stamp(&lmdb->rows, txn, &stamp);
    if (status == GM_OK && strcmp(stamp.service, config->service) != 0) {
        return gm_journal_lmdb_fail(GM_REFUSED, ret_why, why_size,
                                    "the journal in %s is that of %s, not of %s", config->path,
                                    stamp.service, config->service);
    }
    if (status == GM_OK) return GM_OK;
    if (status == GM_NOT_FOUND && last_entry != 0) {
        return gm_journal_lmdb_fail(GM_CORRUPT, ret_why, why_size,
                                    "the journal in %s is a copy that was not finished: remove the "
                                    "folder and copy again",
                                    config->path);
    }
    if (status == GM_NOT_FOUND && config->journal_id == 0) {
        return gm_journal_lmdb_fail(GM_NOT_FOUND, ret_why, why_size, "there is no journal in %s",
                                    config->path);
    }
    if (status == GM_NOT_FOUND) {
        status = put_first_stamp(lmdb, txn, config);
        if (status == GM_OK) status = gm_env_status(mdb_txn_commit(gm_steal(&txn)));
    }
    if (status == GM_NEWER) {
        return gm_journal_lmdb_fail(status, ret_why, why_size,
                                    "the journal in %s was written by a newer version of this "
                                    "program: run that one",
                                    config->path);
    }
    if (status != GM_OK) {
        return gm_journal_lmdb_fail(status, ret_why, why_size,
                                    "the stamp of the journal in %s cannot be read or written: %s",
                                    config->path, gm_status_name(status));
    }
    return GM_OK;
}

/* What is wrong with a batch that was read, so is whole and leaves no gap, and whose successor
 * (NULL: none) is known; NULL where nothing is. */
static const char *flaw_of(const struct gm_journal_tail *tail, const struct gm_batch *batch,
                           const struct gm_batch *successor)
{
    static const struct gm_hash none;
    const uint64_t next_seq = successor == NULL ? tail->seq + 1 : successor->first_seq;
    const struct gm_hash *hash = successor == NULL ? &tail->hash : &successor->previous;
    const uint64_t epoch_max = successor == NULL ? tail->epoch : successor->epoch;
    if (gm_batch_last_seq(batch) + 1 != next_seq) return "overlaps the one after it";
    if (gm_hash_compare(&batch->hash, hash) != 0) return "is not the one that its successor names";
    if (batch->epoch > epoch_max) return "is of a later epoch than what follows it";
    if (batch->first_seq > tail->parent_through && batch->journal_id != tail->journal_id) {
        return "is of another journal";
    }
    if (batch->first_seq == 1 && gm_hash_compare(&batch->previous, &none) != 0) {
        return "is the first and names one before it";
    }
    return NULL;
}

/* Reads the last batches back from the end and holds each against the one after it. */
static enum gm_status check_batches(struct lmdb_journal *lmdb, const struct gm_journal_tail *tail,
                                    uint8_t *buffer, const char *path, char *ret_why,
                                    size_t why_size)
{
    struct gm_batch successor;
    uint64_t checked = 0;
    for (uint64_t seq = tail->seq; seq > 0 && checked < TAIL_CHECKED_BYTES;) {
        struct gm_batch batch;
        const enum gm_status status = gm_journal_read(&lmdb->journal, seq, buffer, &batch);
        if (status == GM_NOT_FOUND && seq != tail->seq) return GM_OK; /* older ones were trimmed */
        if (status != GM_OK) {
            return gm_journal_lmdb_fail(status, ret_why, why_size,
                                        "the batch of entry %" PRIu64
                                        " of the journal in %s cannot be read: %s",
                                        seq, path, gm_status_name(status));
        }
        const char *flaw = flaw_of(tail, &batch, seq == tail->seq ? NULL : &successor);
        if (flaw != NULL) {
            return gm_journal_lmdb_fail(GM_CORRUPT, ret_why, why_size,
                                        "the batch of entry %" PRIu64 " of the journal in %s %s",
                                        seq, path, flaw);
        }
        checked += batch.entries.size;
        successor = batch;
        seq = batch.first_seq - 1;
    }
    return GM_OK;
}

static enum gm_status check_tail(struct lmdb_journal *lmdb, const char *path, char *ret_why,
                                 size_t why_size)
{
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    struct gm_journal_tail tail;
    uint64_t last_entry = 0;
    enum gm_status status = gm_journal_lmdb_begin(lmdb, MDB_RDONLY, &txn);
    if (status == GM_OK) status = gm_journal_rows_tail(&lmdb->rows, txn, &tail);
    if (status == GM_OK) status = gm_journal_rows_last_entry(&lmdb->rows, txn, &last_entry);
    if (status != GM_OK) {
        return gm_journal_lmdb_fail(status, ret_why, why_size,
                                    "the tail of the journal in %s cannot be read: %s", path,
                                    gm_status_name(status));
    }
    if (last_entry != tail.seq) {
        return gm_journal_lmdb_fail(GM_CORRUPT, ret_why, why_size,
                                    "the journal in %s has entries to %" PRIu64
                                    " and batches to %" PRIu64,
                                    path, last_entry, tail.seq);
    }
    uint8_t *buffer = malloc(GM_BATCH_BYTES_MAX);
    if (buffer == NULL) {
        return gm_journal_lmdb_fail(GM_NO_SPACE, ret_why, why_size, "out of memory");
    }
    status = check_batches(lmdb, &tail, buffer, path, ret_why, why_size);
    free(buffer);
    return status;
}

enum gm_status gm_journal_lmdb_open(const struct gm_journal_lmdb_config *config, char *ret_why,
                                    size_t why_size, struct gm_journal **ret_journal)
{
    GM_ASSERT(strlen(config->service) > 0);
    GM_ASSERT(strlen(config->service) <= GM_JOURNAL_SERVICE_MAX);

    GM_CLEANUP(gm_journal_lmdb_freep) struct lmdb_journal *lmdb = NULL;
    enum gm_status status = gm_journal_lmdb_prepare(
        config->path, config->map_bytes, config->journal_id != 0, ret_why, why_size, &lmdb);
    if (status != GM_OK) return status;
    status = check_stamp(lmdb, config, ret_why, why_size);
    if (status != GM_OK) return status;
    status = check_tail(lmdb, config->path, ret_why, why_size);
    if (status != GM_OK) return status;
    *ret_journal = &gm_steal(&lmdb)->journal;
    return GM_OK;
}
