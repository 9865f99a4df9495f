/* journal/lmdb_rows.h - the rows of a journal in LMDB, inside a transaction of the caller's. No
 * part of the seam: lmdb.h is.
 *
 *   database  key                                      value
 *   entries   sequence number (8), part (2)            the part's bytes of the entry
 *   batches   sequence number of its first entry (8)   stored header (entry.h), CRC32C (4)
 *   meta      "journal"                                stamp, CRC32C (4)
 *
 * Numbers in keys are big endian, so that rows lie in order. A part has GM_JOURNAL_PART_BYTES, the
 * last of an entry what is left. The CRC32Cs are over key and value; an entry brings its own, which
 * is over its sequence number too. The stamp, little endian:
 *
 *   offset size  field
 *   0      4     format, 1
 *   4      4     zero
 *   8      8     journal id
 *   16     8     the journal that it was copied from, 0 where none
 *   24     8     the last sequence number that it shares with that one
 *   32     8     latest epoch taken
 *   40     n     service, no NUL
 *
 * Ids of batches have no database of their own: probe looks through the newest headers, once after
 * a crash, and no append pays for an index of random keys. */
#pragma once

#include <lmdb.h>

#include "journal/journal.h"
#include "store/env.h"

enum {
    /* Rows of this size and less lie in shared pages, two of the largest in one of 4 KiB. Beyond
     * half a page LMDB gives a row whole pages of its own, in a run that it has to find free. */
    GM_JOURNAL_PART_BYTES = 1984,
    GM_JOURNAL_FORMAT = 1,
    GM_JOURNAL_DATABASES = 3,
    GM_JOURNAL_READERS = 32,       /* threads that read at once: workers, streams, the core */
    GM_JOURNAL_SERVICE_MAX = 64,   /* bytes of a service's name */
    GM_JOURNAL_PROBED_MAX = 65536, /* batches that probe looks back over */
};

struct gm_journal_rows {
    MDB_dbi entries;
    MDB_dbi batches;
    MDB_dbi meta;
};

struct gm_journal_stamp {
    uint64_t journal_id;
    uint64_t parent_id;
    uint64_t parent_through;
    uint64_t epoch;
    char service[GM_JOURNAL_SERVICE_MAX + 1];
};

/* The databases, made where missing: the transaction writes. */
GM_CHECKED enum gm_status gm_journal_rows_open(MDB_txn *txn, struct gm_journal_rows *ret_rows);

/* GM_NOT_FOUND where none was put, GM_NEWER for a later format. */
GM_CHECKED enum gm_status gm_journal_rows_stamp(const struct gm_journal_rows *rows, MDB_txn *txn,
                                                struct gm_journal_stamp *ret_stamp);
GM_CHECKED enum gm_status gm_journal_rows_put_stamp(const struct gm_journal_rows *rows,
                                                    MDB_txn *txn,
                                                    const struct gm_journal_stamp *stamp);

GM_CHECKED enum gm_status gm_journal_rows_tail(const struct gm_journal_rows *rows, MDB_txn *txn,
                                               struct gm_journal_tail *ret_tail);

/* The sequence number of the last row of entries, 0 where there is none. */
GM_CHECKED enum gm_status gm_journal_rows_last_entry(const struct gm_journal_rows *rows,
                                                     MDB_txn *txn, uint64_t *ret_seq);

/* The batch that holds seq, its entries copied to buffer (GM_BATCH_BYTES_MAX); not verified.
 * GM_NOT_FOUND before the oldest and after the newest batch, GM_CORRUPT for a gap. */
GM_CHECKED enum gm_status gm_journal_rows_read(const struct gm_journal_rows *rows, MDB_txn *txn,
                                               uint64_t seq, uint8_t *buffer,
                                               struct gm_batch *ret_batch);

/* GM_NOT_FOUND where none of the newest GM_JOURNAL_PROBED_MAX has this id. */
GM_CHECKED enum gm_status gm_journal_rows_probe(const struct gm_journal_rows *rows, MDB_txn *txn,
                                                struct gm_id batch_id, uint64_t *ret_first_seq);

/* A sealed batch, behind all others. GM_NO_SPACE where the map is full. */
GM_CHECKED enum gm_status gm_journal_rows_put(const struct gm_journal_rows *rows, MDB_txn *txn,
                                              const struct gm_batch *batch);
