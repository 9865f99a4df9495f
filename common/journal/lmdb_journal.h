/* journal/lmdb_journal.h - what the parts of the LMDB backend share: lmdb.c (the calls of the
 * seam), lmdb_open.c (make, open, check), lmdb_fork.c. No part of the seam. */
#pragma once

#include "journal/lmdb_rows.h"

struct lmdb_journal {
    struct gm_journal journal;
    struct gm_env env;
    struct gm_journal_rows rows;
    bool over; /* a commit failed: what the disk holds is known after the next open */
};

extern const struct gm_journal_ops gm_journal_lmdb_ops;

/* The environment and its databases, no stamp or row looked at. Where make is false and there is
 * none: GM_NOT_FOUND. */
GM_CHECKED enum gm_status gm_journal_lmdb_prepare(const char *path, uint64_t map_bytes, bool make,
                                                  char *ret_why, size_t why_size,
                                                  struct lmdb_journal **ret_lmdb);
/* Accepts NULL. */
void gm_journal_lmdb_free(struct lmdb_journal *lmdb);
void gm_journal_lmdb_freep(struct lmdb_journal **lmdb);

/* Begun, as it has to be, in the process that opened the environment. MDB_RDONLY or 0. */
GM_CHECKED enum gm_status gm_journal_lmdb_begin(struct lmdb_journal *lmdb, unsigned flags,
                                                MDB_txn **ret_txn);
void gm_journal_lmdb_abortp(MDB_txn **txn);

/* Writes the sentence and returns status. */
__attribute__((format(printf, 4, 5))) GM_CHECKED enum gm_status
gm_journal_lmdb_fail(enum gm_status status, char *ret_why, size_t why_size, const char *format,
                     ...);
