/* journal/journal.h - the seam behind which histories are kept: append a batch and know what became
 * of it. One conformance suite (journal/conformance.h) runs against every backend. Calls may block;
 * one thread appends, fences and tends, any thread reads. Starts no thread, reads no clock, never
 * logs. Beside what is said at each, every call that returns a status may give GM_CORRUPT or GM_IO,
 * and GM_BUSY where more threads read at once than the backend has readers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "journal/entry.h"

struct gm_journal; /* made by a backend: journal/lmdb.h, journal/memory.h */

/* What became of an append. Anything but ACKED ends the process, which probes after its restart. */
enum gm_append {
    GM_APPEND_ACKED = 1, /* durable, and follows what was there */
    GM_APPEND_FENCED,    /* a later epoch writes here: this writer is over */
    GM_APPEND_UNKNOWN,  /* may or may not be there; probe by batch id, never append again blindly */
    GM_APPEND_REJECTED, /* is not there and will not be: the head moved, or it was malformed */
};

struct gm_journal_tail {
    uint64_t journal_id;
    uint64_t parent_id;      /* the history a restore came from, 0 where none */
    uint64_t parent_through; /* and up to which sequence number it is shared */
    uint64_t epoch;          /* the latest taken */
    uint64_t seq;            /* of the last entry, 0 where empty */
    struct gm_hash hash;     /* of the last batch, zero where empty */
    uint32_t fold_version;   /* of the last batch, 0 where empty */
};

/* Of the chain as it stands; a tail that has not been appended after is not proof of durability. */
GM_CHECKED enum gm_status gm_journal_tail(struct gm_journal *journal,
                                          struct gm_journal_tail *ret_tail);

/* Takes the next epoch: every append under an earlier one is FENCED from now on. */
GM_CHECKED enum gm_status gm_journal_fence(struct gm_journal *journal, uint64_t *ret_epoch);

/* Appends and syncs. batch->journal_id, epoch, first_seq (tail + 1) and entries are the caller's;
 * previous and hash are filled in. After UNKNOWN this journal is over: nothing that is appended
 * through it lands any more, each append gives UNKNOWN, until it is closed and opened again. */
GM_CHECKED enum gm_append gm_journal_append(struct gm_journal *journal, struct gm_batch *batch);

/* Whether a batch with this id landed: GM_OK with its first sequence number, GM_NOT_FOUND. A
 * look-up by a recent id: backends may forget ids older than the last 65,536 batches. */
GM_CHECKED enum gm_status gm_journal_probe(struct gm_journal *journal, struct gm_id batch_id,
                                           uint64_t *ret_first_seq);

/* The batch that holds seq, whole, verified (gm_batch_verify); entries borrowed from buffer, which
 * has room for GM_BATCH_BYTES_MAX. GM_NOT_FOUND where seq is 0, beyond the tail or trimmed;
 * GM_CORRUPT. */
GM_CHECKED enum gm_status gm_journal_read(struct gm_journal *journal, uint64_t seq, uint8_t *buffer,
                                          struct gm_batch *ret_batch);

/* The batch after the one that holds seq and has this hash (seq 0: the first, hash not looked at):
 * GM_OK, GM_END where there is none yet, GM_NOT_FOUND where seq is not in this history, its batch
 * has another hash or what comes after was trimmed. buffer as for read. */
GM_CHECKED enum gm_status gm_journal_follow(struct gm_journal *journal, uint64_t seq,
                                            const struct gm_hash *hash, uint8_t *buffer,
                                            struct gm_batch *ret_batch);

struct gm_journal_space {
    uint64_t map_bytes; /* 0 where the backend has no map */
    uint64_t used_bytes;
    uint64_t file_bytes;
    uint64_t disk_free_bytes; /* UINT64_MAX where it does not apply */
};
void gm_journal_space(struct gm_journal *journal, struct gm_journal_space *ret_space);

/* Work ahead (zero-filling the file), on the appending thread between appends; true where it did
 * some. */
bool gm_journal_tend(struct gm_journal *journal, uint64_t floor_bytes);

void gm_journal_close(struct gm_journal *journal); /* accepts NULL */

/* ---- for backends ---- */

struct gm_journal_ops {
    enum gm_status (*tail)(struct gm_journal *, struct gm_journal_tail *);
    enum gm_status (*fence)(struct gm_journal *, uint64_t *);
    enum gm_append (*append)(struct gm_journal *, struct gm_batch *);
    enum gm_status (*probe)(struct gm_journal *, struct gm_id, uint64_t *);
    enum gm_status (*read)(struct gm_journal *, uint64_t, uint8_t *, struct gm_batch *);
    void (*space)(struct gm_journal *, struct gm_journal_space *);
    bool (*tend)(struct gm_journal *, uint64_t);
    void (*close)(struct gm_journal *);
};

/* First member of every backend's struct. follow is made of tail and read, in journal.c. */
struct gm_journal {
    const struct gm_journal_ops *ops;
};

/* What becomes of a batch at this tail: FENCED under an earlier epoch; REJECTED where epoch,
 * journal or first_seq do not fit or limits are passed; else ACKED, with previous and hash filled
 * in, for the backend to make true. */
GM_CHECKED enum gm_append gm_journal_admit(const struct gm_journal_tail *tail,
                                           struct gm_batch *batch);
