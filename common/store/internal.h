/* store/internal.h - the store as its own sources see it. Who may touch what:
 *
 *   owner             live rows, active half, row cache, scratch, `hash`, `stamps`, `used_bytes`
 *   from freeze to    the frozen half is written by nobody; the checkpoint's results belong to the
 * thread thaw              that runs it. The caller hands the checkpoint over and back (a queue, a
 * lock), which is all the ordering that this needs any thread        the pool of snapshots, each
 * taken by an atomic flag after open        env, databases, tables, config: not written */
#pragma once

#include <lmdb.h>
#include <stdatomic.h>

#include "store/cache.h"
#include "store/env.h"
#include "store/overlay.h"
#include "store/store.h"
#include "store/stored.h"

struct gm_rows {
    struct gm_store *store;
    MDB_txn *txn; /* read-only */
    bool live;    /* overlay and row cache lie above */
};

struct gm_snapshot {
    struct gm_rows rows; /* txn: made at first use, reset while not taken */
    uint64_t applied;
    uint64_t hash;
    atomic_bool taken;
};

struct gm_checkpoint {
    struct gm_store *store;
    struct gm_half *half;
    struct gm_stamps stamps; /* that the commit writes */
    uint64_t used_bytes;     /* of the map, after it */
    bool committed;
};

/* The last key of a table in the owner's view of LMDB: keys above it need no search there, which is
 * what nearly every new row (time-ordered ids) is. */
struct gm_last_key {
    uint32_t view; /* in which it was read; 0: never */
    bool empty;
    struct gm_key key;
};

struct gm_store {
    struct gm_env env;
    MDB_dbi meta;
    MDB_dbi parts;
    MDB_dbi databases[GM_TABLES_MAX];              /* by table number */
    const struct gm_table *numbers[GM_TABLES_MAX]; /* NULL where there is none */
    const struct gm_table *const *tables;
    bool small;
    uint32_t schema; /* that a checkpoint stamps */

    struct gm_rows live;
    struct gm_stamps stamps; /* of the last checkpoint */
    uint64_t used_bytes;     /* of the map, free pages not counted, at the last checkpoint */
    uint64_t hash;           /* of the newest state */
    uint64_t seed;
    uint32_t view; /* counts the owner's views of LMDB, from 1 */
    struct gm_half halves[2];
    struct gm_half *active;
    struct gm_half *frozen; /* NULL where none */
    struct gm_checkpoint checkpoint;
    struct gm_cache cache;
    struct gm_last_key *last_keys; /* by table number */

    void *memory; /* reserved address space: halves, cache, image */
    size_t memory_bytes;
    uint8_t *image;         /* GM_IMAGE_BYTES_MAX: to take a row's share of the hash */
    struct gm_arena joined; /* an old value in parts */

    struct gm_snapshot snapshots[GM_READERS_MAX];
};

/* A row's share of the state hash, 0 of an unhashed table. image: GM_IMAGE_BYTES_MAX to work in. */
uint64_t gm_row_sum(uint8_t *image, const struct gm_table *table, struct gm_bytes key,
                    struct gm_bytes value);

/* Ends the process: our own bytes are wrong, and what is read from them would be too. */
__attribute__((noreturn)) void gm_row_damaged(const struct gm_table *table, struct gm_bytes key);
