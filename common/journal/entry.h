/* journal/entry.h - entries and batches: the truth that tables are folded from. The format is
 * final: journals are for ever. All integers little endian; an entry is
 *
 *   offset size  field
 *   0      4     CRC32C of bytes 4 to the end
 *   4      4     size of the whole entry in bytes
 *   8      1     format, 1
 *   9      1     kind (enum gm_entry_kind)
 *   10     2     method number; for a timer its kind, for an answer the method that was called
 *   12     2     reason number (proto/reasons.csv), 0 where accepted
 *   14     2     status (canonical code), 0 where accepted
 *   16     8     sequence number, from 1
 *   24     8     time, UTC ms
 *   32     16    id of the entry, UUIDv7
 *   48     16    command id
 *   64     16    acting member
 *   80     16    gateway that spoke for it, zero where none
 *   96     16    content hash (base/hash.h)
 *   112    16    trace id (W3C), zero where none
 *   128    2     count of events
 *   130    2     count of foreign events
 *   132    4     size of the reply in bytes
 *   136    24    follow and reset only, else absent: source's journal id, from, through (8 each)
 *   160    32    follow and reset only, else absent: the source's batch hash at `through`
 *   then         the events, each: size (4), bytes
 *   then         the foreign events, each: sequence number (8), time (8), size (4), bytes
 *   then         the reply
 *
 * An event is the encoded Event message of the service's own .proto, a foreign one that of the
 * source. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/status.h"

enum {
    GM_ENTRY_FORMAT = 1,
    GM_ENTRY_HEAD_BYTES = 136,
    GM_ENTRY_FOLLOW_BYTES = 24 + GM_HASH_BYTES,
    GM_ENTRY_BYTES_MAX = 256 * 1024,      /* a follower's holds a chunk and its own events */
    GM_ENTRY_EVENT_BYTES_MAX = 60 * 1024, /* own events of one, together: they fit a chunk */
    GM_CHUNK_BYTES_MAX = 64 * 1024,
    GM_DOCUMENT_BYTES_MAX = 60 * 1024,
    GM_REPLY_BYTES_MAX = 512, /* of a command: ids, revisions, counts; never documents */
    GM_BATCH_ENTRIES_MAX = 4096,
    GM_BATCH_BYTES_MAX = 1024 * 1024, /* entries of a batch */
};
_Static_assert(GM_ENTRY_HEAD_BYTES + GM_ENTRY_FOLLOW_BYTES + 2 * GM_ENTRY_EVENT_BYTES_MAX +
                       2 * GM_CHUNK_BYTES_MAX <=
                   GM_ENTRY_BYTES_MAX,
               "an entry holds its own events and a chunk, with room for their heads");

/* Only appended to: numbers stand in journals. */
enum gm_entry_kind {
    GM_ENTRY_NONE = 0,
    GM_ENTRY_COMMAND = 1, /* a member's or service's, accepted or refused */
    GM_ENTRY_ANSWER = 2,  /* what another service said to an effect */
    GM_ENTRY_TIMER = 3,   /* came due */
    GM_ENTRY_FOLLOW = 4,  /* a chunk of another service's stream */
    GM_ENTRY_RESET = 5, /* the source has another history: next generation, from its first entry */
    GM_ENTRY_PRUNE = 6, /* rows that are past keeping, by key */
    GM_ENTRY_EPOCH = 7, /* a start: alone in its batch, no events, changes no table */
    GM_ENTRY_KIND_COUNT,
};

struct gm_foreign_event {
    uint64_t seq;    /* in the source's journal */
    int64_t time_ms; /* of the source's entry */
    struct gm_bytes event;
};

/* Borrows everything. */
struct gm_entry {
    enum gm_entry_kind kind;
    uint16_t method;
    uint16_t reason;
    uint16_t status;
    uint64_t seq;
    int64_t time_ms;
    struct gm_id id;
    struct gm_id command_id;
    struct gm_id member;
    struct gm_id gateway;
    struct gm_id content_hash;
    struct gm_id trace_id;
    uint64_t source_journal; /* follow and reset only, like the next three */
    uint64_t from;
    uint64_t through;
    struct gm_hash source_hash;
    uint16_t event_count;
    uint16_t foreign_count;
    const struct gm_bytes *events;
    const struct gm_foreign_event *foreign;
    struct gm_bytes reply;
};

/* Bytes that encode will write. */
size_t gm_entry_bytes(const struct gm_entry *entry);
/* Writes exactly gm_entry_bytes(entry) to at; GM_ENTRY_BYTES_MAX is asserted. */
void gm_entry_encode(const struct gm_entry *entry, uint8_t *at);
/* Reads one entry from the front of bytes; borrows from them, arrays from the arena. Checks size,
 * CRC, format, kind and every inner size. GM_CORRUPT, GM_NEWER for a later format or kind,
 * GM_TOO_LARGE where the arena is full. *ret_bytes is what it took. */
GM_CHECKED enum gm_status gm_entry_decode(struct gm_bytes bytes, struct gm_arena *arena,
                                          struct gm_entry *ret_entry, size_t *ret_bytes);
/* The size field of the entry at the front, 0 where bytes hold no whole entry. No check of the
 * rest. */
size_t gm_entry_peek(struct gm_bytes bytes);
/* The sequence number of the entry at the front; bytes were peeked. */
uint64_t gm_entry_peek_seq(struct gm_bytes bytes);
/* Whether a whole entry with the right CRC is at the front. */
bool gm_entry_intact(struct gm_bytes bytes);

/* BLAKE2b-256 of the encoded entry: what a batch's header lists. */
struct gm_hash gm_entry_hash(struct gm_bytes encoded);

/* A batch: the unit of append, durability and replication. Its header as hashed:
 *
 *   offset size  field
 *   0      4     format, 1
 *   4      4     fold version: which apply and row formats state_hash was made by
 *   8      8     journal id
 *   16     16    batch id, random
 *   32     8     epoch of the writer
 *   40     8     first sequence number
 *   48     4     count of entries
 *   52     4     size of the entries in bytes
 *   56     8     state hash before it
 *   64     1     1 where the state hash is known, 0 in an epoch batch that precedes replay
 *   65     7     zero
 *   72     32    hash of the previous batch, zero for the first
 *   104    32    of each entry: its hash, in order
 *
 * The batch's hash is BLAKE2b-256 over that. Entry hashes are not stored: they follow from the
 * entries, so the stored header is the first 104 bytes and the hash. One entry is proved by showing
 * it and the header with the hashes of its neighbours. */
enum {
    GM_BATCH_FORMAT = 1,
    GM_BATCH_HEAD_BYTES = 104,
    GM_BATCH_STORED_BYTES = GM_BATCH_HEAD_BYTES + GM_HASH_BYTES,
};

struct gm_batch {
    uint32_t fold_version;
    uint32_t count;
    uint64_t journal_id;
    struct gm_id batch_id;
    uint64_t epoch;
    uint64_t first_seq;
    uint64_t state_hash;
    bool state_known;
    struct gm_hash previous; /* filled in by the journal */
    struct gm_hash hash;     /* filled in by the journal */
    struct gm_bytes entries; /* encoded, end to end; borrowed */
};

static inline uint64_t gm_batch_last_seq(const struct gm_batch *batch)
{
    return batch->first_seq + batch->count - 1;
}

/* 1 to GM_BATCH_ENTRIES_MAX entries of GM_BATCH_BYTES_MAX at most, numbered from 1 or more. */
bool gm_batch_within_limits(const struct gm_batch *batch);
/* Fills batch->hash from the rest; hashes every entry. Asserts that header and entries belong
 * together (sizes, sequence numbers, CRCs): what gm_batch_verify will ask. */
void gm_batch_seal(struct gm_batch *batch);
void gm_batch_encode_head(const struct gm_batch *batch, uint8_t ret[GM_BATCH_STORED_BYTES]);
/* All but entries; GM_CORRUPT or GM_NEWER. */
GM_CHECKED enum gm_status gm_batch_decode_head(struct gm_bytes head, struct gm_batch *ret_batch,
                                               uint32_t *ret_entry_bytes);
/* Whether entries and header belong together: sizes, sequence numbers without a gap, CRCs, hash. */
GM_CHECKED enum gm_status gm_batch_verify(const struct gm_batch *batch);
