/* store/store.h - tables: rows by key, kept in LMDB and, ahead of it, in an overlay of what
 * changed.
 *
 * The owner thread (the core) reads and writes rows; nothing it does waits for a disk. A checkpoint
 * freezes what has changed so far and is a job that the caller runs on any one thread: it sorts the
 * frozen rows, puts them into LMDB and commits, together with the sequence number that they stand
 * for. Snapshots are read-only views of the last checkpoint, each for one thread at a time. This
 * module starts no thread, reads no clock and never logs.
 *
 *   row cache (hot rows) -> active half -> frozen half -> LMDB snapshot      the order of a lookup
 *
 * In LMDB each table is a named database; a value ends in its trailer, and one over GM_PART_BYTES
 * is cut into parts that lie in the database "parts" under (table, key, number):
 *
 *   offset        size  value of a row                         value of a part
 *   0             n     the whole value, or its first part     the next bytes
 *   n             2     further parts, 0 for most              0
 *   n + 2         4     CRC32C of table, key, all of the above CRC32C of table, key, number,
 *                                                              all of the above
 *
 * The database "meta" holds the stamps: format, schema, service, journal id, applied_seq, state
 * hash.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "store/key.h"

enum {
    GM_TABLES_MAX = 64,              /* named databases of an environment */
    GM_VALUE_BYTES_MAX = 128 * 1024, /* a whole value: a document or a chunk, with room */
    GM_PART_BYTES = 1984,            /* with trailer and key below LMDB's overflow-page threshold */
    GM_READERS_MAX = 32,             /* snapshots open at once: workers, exports, the core */
    GM_OVERLAY_ROWS_MAX = 250000,    /* changed rows of a half that make a checkpoint due */
    GM_OVERLAY_STATE_ROWS_MAX = 100000, /* the same, rows of tables with `bulk` not counted */
    GM_OVERLAY_COMMAND_ROWS = 8192, /* the largest command's changes: a half keeps room for them */
};
#define GM_OVERLAY_BYTES_MAX     (UINT64_C(48) << 20) /* keys and values of a half that make it due */
#define GM_OVERLAY_COMMAND_BYTES (UINT64_C(4) << 20)  /* as GM_OVERLAY_COMMAND_ROWS, in bytes */
#define GM_MAP_BYTES_DEFAULT     (UINT64_C(64) << 30) /* address space, not disk */

/* A table, declared once as a static const by the module that owns it. */
struct gm_table {
    uint8_t number; /* 1 to GM_TABLES_MAX - 1, unique in the environment, for ever */
    const char *name;
    bool bulk; /* rows that are many and never hot (dedup): do not count against STATE_ROWS_MAX */
    bool unhashed; /* no part of the state hash: the store's own */
};

struct gm_store; /* the environment, its live tables and their overlay */

/* A source of rows: the live tables (newest state, owner thread only) or a snapshot. */
struct gm_rows;

/* The value of a row, whole and borrowed: until the next put, delete, thaw or end of loans on live
 * rows, until its release on a snapshot. A value that lies in parts is put together in the arena,
 * which may be NULL only where the table's values are known to be GM_PART_BYTES at most.
 * GM_NOT_FOUND; GM_TOO_LARGE where the arena is full; anything else that is wrong with the bytes
 * ends the process (GM_CORRUPT is reported by gm_store_check alone). */
GM_CHECKED enum gm_status gm_rows_get(const struct gm_rows *rows, const struct gm_table *table,
                                      const struct gm_key *key, struct gm_arena *arena,
                                      struct gm_bytes *ret_value);

/* A row of fixed layout, copied out. A row of another size is a broken invariant (asserted). */
GM_CHECKED enum gm_status gm_rows_get_fixed(const struct gm_rows *rows,
                                            const struct gm_table *table, const struct gm_key *key,
                                            void *ret_row, size_t size);

/* To be called between commands and queries: what live rows have lent is theirs again. Never needed
 * for correctness; while nothing is put, a row that was read keeps its place in the row cache until
 * then. */
void gm_store_end_loans(struct gm_store *store);

/* A hint that this row is wanted soon: brings its place in the row cache and overlay into cache. */
void gm_rows_prefetch(const struct gm_rows *rows, const struct gm_table *table,
                      const struct gm_key *key);

struct gm_store_config {
    const char *path;                     /* folder, made where missing */
    uint64_t map_bytes;                   /* 0: GM_MAP_BYTES_DEFAULT */
    const struct gm_table *const *tables; /* ends with NULL; borrowed for the store's life */
    const char *service;                  /* stamp: tables of another service are refused */
    uint64_t journal_id;      /* stamp, given to a new environment; 0: take what stands there */
    uint32_t schema;          /* stamp: row formats; written by a newer one: GM_NEWER */
    uint32_t cache_slots_max; /* row cache, 256-byte slots, a power of two; 0: 2^17 */
    bool small;               /* simulator: no prefaulting, small first sizes */
};

/* Opens or makes the environment: asserts LMDB's flags and version (0.9.24 or from 0.9.32), clears
 * stale readers, refuses network file systems (GM_REFUSED), a second open in this process or
 * another (GM_BUSY), another service's or journal's stamp (GM_REFUSED) and newer data (GM_NEWER).
 * ret_why, of why_size bytes, gets a sentence for the operator on failure. */
GM_CHECKED enum gm_status gm_store_open(const struct gm_store_config *config, char *ret_why,
                                        size_t why_size, struct gm_store **ret_store);
/* Drops the overlay: what was not checkpointed comes back from the journal. Accepts NULL. */
void gm_store_close(struct gm_store *store);

uint64_t gm_store_journal_id(const struct gm_store *store);
/* As stamped; a checkpoint stamps the config's. */
uint32_t gm_store_schema(const struct gm_store *store);
/* The sequence number of the last checkpoint. */
uint64_t gm_store_applied(const struct gm_store *store);
const struct gm_rows *gm_store_rows(const struct gm_store *store);

/* Into the active half. The old value is looked up to keep the state hash; the same value again
 * changes nothing. key and value are copied, and value may be one that live rows have lent. Cannot
 * fail: gm_store_has_room was asked before the command (asserted). */
void gm_store_put(struct gm_store *store, const struct gm_table *table, const struct gm_key *key,
                  struct gm_bytes value);
/* Of a row that is not there: nothing. */
void gm_store_delete(struct gm_store *store, const struct gm_table *table,
                     const struct gm_key *key);

/* The state hash: sum modulo 2^64 over all rows, unhashed tables excepted, of
 * siphash(table number, key size as u16, key, value). 0 for empty tables. */
uint64_t gm_store_hash(const struct gm_store *store);

/* What the active half holds. */
struct gm_store_load {
    uint32_t rows;
    uint32_t state_rows; /* without bulk tables */
    uint64_t bytes; /* keys and values, their heads and what outgrown values have left behind */
    bool due;       /* one of the three limits is passed */
};
struct gm_store_load gm_store_load(const struct gm_store *store);

/* Whether the active half takes the largest command. Where not, and a half is frozen, the core
 * stops reading until it is thawed; where none is frozen, it freezes. */
bool gm_store_has_room(const struct gm_store *store);

/* ---- checkpoint: freeze (owner) -> run (any one thread) -> thaw (owner) ---- */

struct gm_checkpoint;

/* Swaps the halves: all that was put so far stands for sequence number `applied`. NULL where a half
 * is frozen already. A freeze with no changed row still moves applied_seq. Owned by the store. */
struct gm_checkpoint *gm_store_freeze(struct gm_store *store, uint64_t applied);
uint64_t gm_checkpoint_applied(const struct gm_checkpoint *checkpoint);

/* Sorts, puts, commits and syncs; the caller has seen `applied` acked by the journal. Begins and
 * ends on the calling thread, touches nothing that the owner writes. Anything but GM_OK: the
 * process exits. */
GM_CHECKED enum gm_status gm_checkpoint_run(struct gm_checkpoint *checkpoint);

/* Renews the core's view of LMDB and drops the frozen half. */
void gm_store_thaw(struct gm_store *store, struct gm_checkpoint *checkpoint);

/* Work of growing (overlay, cache, zero-filling the file) that must not stall the owner; true where
 * it did something. Called by the checkpoint thread when idle. */
bool gm_store_tend(struct gm_store *store, uint64_t floor_bytes);

/* ---- snapshots: the state of the last checkpoint ---- */

struct gm_snapshot;

/* Any thread; GM_BUSY where all readers are taken. Released on any thread; accepts NULL. A snapshot
 * held keeps pages from being reused: workers release it at their budget's end. */
GM_CHECKED enum gm_status gm_snapshot_open(struct gm_store *store,
                                           struct gm_snapshot **ret_snapshot);
void gm_snapshot_release(struct gm_snapshot *snapshot);
const struct gm_rows *gm_snapshot_rows(const struct gm_snapshot *snapshot);
uint64_t gm_snapshot_applied(const struct gm_snapshot *snapshot);
uint64_t gm_snapshot_hash(const struct gm_snapshot *snapshot); /* as stamped by the checkpoint */
/* Rows of a table; told by LMDB, not counted. */
uint64_t gm_snapshot_count(const struct gm_snapshot *snapshot, const struct gm_table *table);

/* A cursor over a table of a snapshot, in key order. On the stack; init, then next until GM_END. */
struct gm_cursor {
    struct gm_snapshot *snapshot;
    const struct gm_table *table;
    void *native;
    bool begun;
};
/* Before the first key >= from (NULL: the first row). Released before its snapshot. */
void gm_cursor_init(struct gm_cursor *cursor, struct gm_snapshot *snapshot,
                    const struct gm_table *table, const struct gm_key *from);
void gm_cursor_release(struct gm_cursor *cursor);
/* Key and value borrowed until the next call; a value in parts is put together in the arena.
 * GM_END after the last; GM_TOO_LARGE where the arena is full: the next call gives the same row. */
GM_CHECKED enum gm_status gm_cursor_next(struct gm_cursor *cursor, struct gm_arena *arena,
                                         struct gm_bytes *ret_key, struct gm_bytes *ret_value);

/* ---- space and integrity ---- */

struct gm_store_space {
    uint64_t map_bytes;  /* of the map */
    uint64_t used_bytes; /* of the map: pages in use at the last checkpoint, free ones inside not */
    uint64_t file_bytes; /* of the file */
    uint64_t disk_free_bytes;
};
/* Owner thread. */
void gm_store_space(const struct gm_store *store, struct gm_store_space *ret_space);

/* Reads every row of a snapshot, checks every CRC and part, recomputes the state hash and compares
 * it with the stamp: GM_CORRUPT with a sentence. rows_max rows at a time, of one snapshot: *check
 * is all zero to begin and keeps the place; GM_OK while there is more, GM_END when all was read and
 * right, GM_NO_SPACE where there is no memory. */
struct gm_check {
    uint8_t table;     /* index into the config's tables */
    struct gm_key key; /* last key read */
    uint64_t sum;
    uint64_t rows;
    uint64_t parts;
};
GM_CHECKED enum gm_status gm_store_check(struct gm_snapshot *snapshot, struct gm_check *check,
                                         uint64_t rows_max, char *ret_why, size_t why_size);
