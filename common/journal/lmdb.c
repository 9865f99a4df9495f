#include "journal/lmdb.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/cleanup.h"
#include "journal/lmdb_journal.h"

/* Zeros kept ahead of the last page: as much as there is in use, within these. */
#define AHEAD_BYTES_MIN (UINT64_C(64) << 20)
#define AHEAD_BYTES_MAX (UINT64_C(256) << 20)

static struct lmdb_journal *lmdb_of(struct gm_journal *journal)
{
    return (struct lmdb_journal *)journal;
}

enum gm_status gm_journal_lmdb_begin(struct lmdb_journal *lmdb, unsigned flags, MDB_txn **ret_txn)
{
    gm_env_check_owner(&lmdb->env);
    return gm_env_status(mdb_txn_begin(lmdb->env.mdb, NULL, flags, ret_txn));
}

void gm_journal_lmdb_abortp(MDB_txn **txn)
{
    if (*txn != NULL) mdb_txn_abort(*txn);
}

static enum gm_status lmdb_tail(struct gm_journal *journal, struct gm_journal_tail *ret_tail)
{
    struct lmdb_journal *lmdb = lmdb_of(journal);
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    const enum gm_status status = gm_journal_lmdb_begin(lmdb, MDB_RDONLY, &txn);
    if (status != GM_OK) return status;
    return gm_journal_rows_tail(&lmdb->rows, txn, ret_tail);
}

/* These are found while the transaction is put together, before the first page is written. All else
 * may have come from a write or sync: after that LMDB's memory, the page cache and the disk may
 * each hold something else. */
static bool nothing_was_written(int result)
{
    return result == MDB_MAP_FULL || result == MDB_TXN_FULL || result == MDB_BAD_TXN;
}

static int commit(struct lmdb_journal *lmdb, MDB_txn **txn)
{
    const int result = mdb_txn_commit(gm_steal(txn));
    if (result != 0 && !nothing_was_written(result)) lmdb->over = true;
    return result;
}

static enum gm_status lmdb_fence(struct gm_journal *journal, uint64_t *ret_epoch)
{
    struct lmdb_journal *lmdb = lmdb_of(journal);
    if (lmdb->over) return GM_IO;
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    enum gm_status status = gm_journal_lmdb_begin(lmdb, 0, &txn);
    if (status != GM_OK) return status;

    struct gm_journal_stamp stamp;
    status = gm_journal_rows_stamp(&lmdb->rows, txn, &stamp);
    if (status != GM_OK) return status;
    stamp.epoch++;
    status = gm_journal_rows_put_stamp(&lmdb->rows, txn, &stamp);
    if (status != GM_OK) return status;
    status = gm_env_status(commit(lmdb, &txn));
    if (status != GM_OK) return status;
    *ret_epoch = stamp.epoch;
    return GM_OK;
}

static enum gm_append lmdb_append(struct gm_journal *journal, struct gm_batch *batch)
{
    struct lmdb_journal *lmdb = lmdb_of(journal);
    if (lmdb->over) return GM_APPEND_UNKNOWN;
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    if (gm_journal_lmdb_begin(lmdb, 0, &txn) != GM_OK) return GM_APPEND_REJECTED;

    /* Epoch and tail as they stand in this transaction: nobody writes between look and commit. */
    struct gm_journal_tail tail;
    if (gm_journal_rows_tail(&lmdb->rows, txn, &tail) != GM_OK) return GM_APPEND_REJECTED;
    const enum gm_append admitted = gm_journal_admit(&tail, batch);
    if (admitted != GM_APPEND_ACKED) return admitted;
    if (gm_journal_rows_put(&lmdb->rows, txn, batch) != GM_OK) return GM_APPEND_REJECTED;
    if (commit(lmdb, &txn) == 0) return GM_APPEND_ACKED;
    return lmdb->over ? GM_APPEND_UNKNOWN : GM_APPEND_REJECTED;
}

static enum gm_status lmdb_probe(struct gm_journal *journal, struct gm_id batch_id,
                                 uint64_t *ret_first_seq)
{
    struct lmdb_journal *lmdb = lmdb_of(journal);
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    const enum gm_status status = gm_journal_lmdb_begin(lmdb, MDB_RDONLY, &txn);
    if (status != GM_OK) return status;
    return gm_journal_rows_probe(&lmdb->rows, txn, batch_id, ret_first_seq);
}

static enum gm_status copy_batch(struct lmdb_journal *lmdb, uint64_t seq, uint8_t *buffer,
                                 struct gm_batch *ret_batch)
{
    GM_CLEANUP(gm_journal_lmdb_abortp) MDB_txn *txn = NULL;
    const enum gm_status status = gm_journal_lmdb_begin(lmdb, MDB_RDONLY, &txn);
    if (status != GM_OK) return status;
    return gm_journal_rows_read(&lmdb->rows, txn, seq, buffer, ret_batch);
}

static enum gm_status lmdb_read(struct gm_journal *journal, uint64_t seq, uint8_t *buffer,
                                struct gm_batch *ret_batch)
{
    if (seq == 0) return GM_NOT_FOUND;
    struct gm_batch batch;
    enum gm_status status = copy_batch(lmdb_of(journal), seq, buffer, &batch);
    if (status != GM_OK) return status;
    /* After the transaction: hashing a large batch takes longer than copying it. */
    status = gm_batch_verify(&batch);
    if (status != GM_OK) return status;
    *ret_batch = batch;
    return GM_OK;
}

static void lmdb_space(struct gm_journal *journal, struct gm_journal_space *ret_space)
{
    struct gm_env_space space;
    gm_env_space(&lmdb_of(journal)->env, &space);
    *ret_space = (struct gm_journal_space){
        .map_bytes = space.map_bytes,
        .used_bytes = space.end_bytes,
        .file_bytes = space.file_bytes,
        .disk_free_bytes = space.disk_free_bytes,
    };
}

static bool lmdb_tend(struct gm_journal *journal, uint64_t floor_bytes)
{
    struct lmdb_journal *lmdb = lmdb_of(journal);
    if (lmdb->over) return false;
    struct gm_env_space space;
    gm_env_space(&lmdb->env, &space);
    uint64_t ahead = space.end_bytes;
    if (ahead < AHEAD_BYTES_MIN) ahead = AHEAD_BYTES_MIN;
    if (ahead > AHEAD_BYTES_MAX) ahead = AHEAD_BYTES_MAX;
    const uint64_t left =
        space.map_bytes - space.end_bytes; /* beyond the map nothing is ever used */
    return gm_env_fill_ahead(&lmdb->env, ahead < left ? ahead : left, floor_bytes);
}

static void lmdb_close(struct gm_journal *journal)
{
    gm_journal_lmdb_free(lmdb_of(journal));
}

const struct gm_journal_ops gm_journal_lmdb_ops = {
    .tail = lmdb_tail,
    .fence = lmdb_fence,
    .append = lmdb_append,
    .probe = lmdb_probe,
    .read = lmdb_read,
    .space = lmdb_space,
    .tend = lmdb_tend,
    .close = lmdb_close,
};

void gm_journal_lmdb_free(struct lmdb_journal *lmdb)
{
    if (lmdb == NULL) return;
    gm_env_close(&lmdb->env);
    free(lmdb);
}

void gm_journal_lmdb_freep(struct lmdb_journal **lmdb)
{
    gm_journal_lmdb_free(*lmdb);
}
