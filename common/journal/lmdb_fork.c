#include "journal/lmdb.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/cleanup.h"
#include "journal/lmdb_journal.h"

enum { COMMIT_BYTES = 4 * 1024 * 1024 }; /* entries copied between two commits */

static enum gm_status read_stamp(struct lmdb_journal *lmdb, struct gm_journal_stamp *ret_stamp)
{
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    const enum gm_status status = gm_journal_lmdb_begin(lmdb, MDB_RDONLY, &txn);
    if (status != GM_OK) return status;
    return gm_journal_rows_stamp(&lmdb->rows, txn, ret_stamp);
}

/* GM_REFUSED where anything was ever put into it. */
static enum gm_status check_empty(struct lmdb_journal *lmdb)
{
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    struct gm_journal_stamp stamp;
    uint64_t last_entry = 0;
    enum gm_status status = gm_journal_lmdb_begin(lmdb, MDB_RDONLY, &txn);
    if (status == GM_OK) status = gm_journal_rows_last_entry(&lmdb->rows, txn, &last_entry);
    if (status != GM_OK) return status;
    status = gm_journal_rows_stamp(&lmdb->rows, txn, &stamp);
    return status == GM_NOT_FOUND && last_entry == 0 ? GM_OK : GM_REFUSED;
}

/* Copies batches from first_seq on, to COMMIT_BYTES or the end, in one transaction; with the last
 * of them goes the stamp, without which the copy is none. *seq and *hash, the last copied, are
 * moved on. */
static enum gm_status copy_some(struct gm_journal *source, struct lmdb_journal *copy,
                                const struct gm_journal_stamp *stamp, uint8_t *buffer,
                                uint64_t *seq, struct gm_hash *hash)
{
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    enum gm_status status = gm_journal_lmdb_begin(copy, 0, &txn);
    if (status != GM_OK) return status;
    for (uint64_t copied = 0; copied < COMMIT_BYTES && *seq < stamp->parent_through;) {
        struct gm_batch batch;
        status = gm_journal_read(source, *seq + 1, buffer, &batch);
        if (status != GM_OK) return status;
        if (batch.first_seq != *seq + 1) return GM_CORRUPT;
        if (gm_hash_compare(&batch.previous, hash) != 0) return GM_CORRUPT;
        status = gm_journal_rows_put(&copy->rows, txn, &batch);
        if (status != GM_OK) return status;
        copied += batch.entries.size;
        *seq = gm_batch_last_seq(&batch);
        *hash = batch.hash;
    }
    if (*seq == stamp->parent_through) {
        status = gm_journal_rows_put_stamp(&copy->rows, txn, stamp);
        if (status != GM_OK) return status;
    }
    return gm_env_status(mdb_txn_commit(gm_steal(&txn)));
}

enum gm_status gm_journal_lmdb_fork(struct gm_journal *source, uint64_t through, uint64_t new_id,
                                    const char *path, char *ret_why, size_t why_size)
{
    GM_ASSERT(source->ops == &gm_journal_lmdb_ops);
    GM_ASSERT(new_id != 0);
    GM_CLEANUP(gm_freep) uint8_t *buffer = malloc(GM_BATCH_BYTES_MAX);
    if (buffer == NULL) {
        return gm_journal_lmdb_fail(GM_NO_SPACE, ret_why, why_size, "out of memory");
    }
    struct gm_batch last;
    struct gm_journal_stamp stamp;
    enum gm_status status = gm_journal_read(source, through, buffer, &last);
    if (status == GM_OK) status = read_stamp((struct lmdb_journal *)source, &stamp);
    if (status != GM_OK) {
        return gm_journal_lmdb_fail(status, ret_why, why_size,
                                    "entry %" PRIu64 " of the journal to copy cannot be read: %s",
                                    through, gm_status_name(status));
    }
    GM_ASSERT(new_id != stamp.journal_id);
    stamp.parent_id = stamp.journal_id;
    stamp.parent_through = gm_batch_last_seq(&last);
    stamp.journal_id = new_id;

    struct gm_journal_space space;
    gm_journal_space(source, &space);
    GM_CLEANUP(gm_journal_lmdb_freep) struct lmdb_journal *copy = NULL;
    status = gm_journal_lmdb_prepare(path, space.map_bytes, true, ret_why, why_size, &copy);
    if (status != GM_OK) return status;
    status = check_empty(copy);
    if (status != GM_OK) {
        return gm_journal_lmdb_fail(status, ret_why, why_size, "%s already holds a journal", path);
    }
    struct gm_hash hash = {{0}};
    for (uint64_t seq = 0; status == GM_OK && seq < stamp.parent_through;) {
        status = copy_some(source, copy, &stamp, buffer, &seq, &hash);
    }
    if (status != GM_OK) {
        return gm_journal_lmdb_fail(status, ret_why, why_size,
                                    "the copy to %s was not finished, remove it: %s", path,
                                    gm_status_name(status));
    }
    return GM_OK;
}
