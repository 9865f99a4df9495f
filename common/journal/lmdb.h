/* journal/lmdb.h - the journal in an LMDB environment of its own (opened by the rules of
 * store/env.h): a row per entry, further rows where it passes GM_JOURNAL_PART_BYTES, a header row
 * per batch, one synced transaction per append. Rows are drawn in journal/lmdb_rows.h. */
#pragma once

#include "journal/journal.h"

struct gm_journal_lmdb_config {
    const char *path;    /* folder, made where missing */
    uint64_t map_bytes;  /* 0: 64 GiB of address space */
    uint64_t journal_id; /* of a new journal, random; an existing one keeps its own. 0: make none */
    const char *service; /* stamp, 1 to 64 bytes: another service's journal is refused */
};

/* Makes or opens; checks the tail (CRC, chain, of the last batches up to 1 MiB). GM_REFUSED,
 * GM_BUSY, GM_NEWER, GM_CORRUPT, GM_NOT_FOUND (journal_id is 0), GM_NO_SPACE, GM_IO, each with a
 * sentence for the operator in ret_why. */
GM_CHECKED enum gm_status gm_journal_lmdb_open(const struct gm_journal_lmdb_config *config,
                                               char *ret_why, size_t why_size,
                                               struct gm_journal **ret_journal);

/* Copies the history up to and with the batch that holds `through` into a new journal under a new
 * id at path, which remembers where it came from: what a restore is. Every batch is verified on its
 * way. source is open and of this backend, new_id is not its own. GM_NOT_FOUND where no batch holds
 * through, GM_REFUSED where path holds a journal, which is left alone; else as open. After any
 * other failure what lies at path is no copy: remove it before trying again. */
GM_CHECKED enum gm_status gm_journal_lmdb_fork(struct gm_journal *source, uint64_t through,
                                               uint64_t new_id, const char *path, char *ret_why,
                                               size_t why_size);
