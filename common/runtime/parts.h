/* runtime/parts.h - the host's inside, for its own sources only: one struct, and what each source
 * offers the others. door.c admits, execute.c decides and appends, fold.c changes rows, outbox.c
 * sends, saga.c keeps effects and timers, stream.c feeds followers, follow.c follows, job.c works,
 * start.c begins. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/random.h"
#include "runtime/fifo.h"
#include "runtime/heap.h"
#include "runtime/host.h"
#include "runtime/idmap.h"
#include "runtime/prune.h"
#include "runtime/tables.h"

enum {
    REQUEST_ARENA_BYTES =
        4 * 1024 * 1024, /* a message of 1 MiB, unpacked, with its events and reply */
    FOLD_ARENA_BYTES = 2 * 1024 * 1024, /* an entry of 256 KiB, decoded */
};

/* ---- one request ---- */

struct request {
    struct gm_peer peer;
    struct gm_request_header header;
    const struct gm_method *method;
    int64_t arrived_ms;  /* monotonic */
    int64_t deadline_ms; /* monotonic */
    struct gm_id content_hash;
};

/* ---- outbox.c ---- */

/* A message that waits to leave: header and body bytes follow it. */
struct outgoing {
    uint64_t gate; /* leaves when this sequence number is acked */
    enum gm_output_kind kind;
    struct gm_peer peer;
    enum gm_service_name to;
    bool ends_request; /* one fewer in flight for the peer */
    uint32_t header_bytes;
    uint32_t body_bytes;
};

struct peer_state {
    struct gm_peer peer;
    uint32_t in_flight;
    uint32_t subscriptions;
};

/* ---- saga.c ---- */

enum effect_state {
    EFFECT_WAITING = 1, /* another of its saga is before it */
    EFFECT_READY,       /* in the ready queue of its service */
    EFFECT_SENT,        /* an alarm stands at its timeout */
    EFFECT_BACKOFF,     /* an alarm stands at its next try */
};

struct effect {
    struct gm_id command_id;
    struct gm_effect_row row;
    enum effect_state state;
    uint32_t attempts;
    uint64_t request_id; /* of the copy under way */
    int64_t alarm_ms;    /* monotonic; an alarm of another time is stale */
    struct effect *next; /* in its saga, the first is at the head */
};

struct saga {
    struct gm_id id;
    struct effect *first;
    struct effect *last;
    struct parked *waiting; /* commands until_settled */
};

/* ---- parked requests ---- */

enum parked_kind {
    PARKED_QUERY = 1, /* until its positions are applied */
    PARKED_SEARCH,    /* the same, and a checkpoint holds them, and a job is free */
    PARKED_SETTLED,   /* until its saga is over */
};

struct parked {
    struct gm_id id; /* for the alarm */
    enum parked_kind kind;
    struct request request;
    struct gm_id saga;
    uint64_t
        need_seq; /* searches: the snapshot has applied that much; 0 while positions are missing */
    struct parked *next; /* in its list */
    uint32_t bytes;
    uint8_t body[]; /* the request's, or the recorded reply of a settled one */
};

/* ---- stream.c ---- */

/* Acked entries kept in memory. */
struct segment {
    struct gm_batch batch;
    uint8_t *bytes; /* owned */
};

struct history {
    struct segment *segments; /* a ring */
    uint32_t capacity;
    uint32_t first;
    uint32_t count;
    uint64_t bytes;
    uint64_t bytes_max;
};

struct subscription {
    struct gm_peer peer;
    uint64_t request_id;
    struct gm_id member;
    uint64_t next_seq;
    struct gm_hash hash; /* of the batch that holds next_seq - 1, as the consumer said */
    bool verified;       /* hash was found right */
    int64_t credit;      /* bytes */
    int64_t beat_ms;     /* monotonic: when to say that there is nothing */
    struct gm_job *job;  /* reads old history */
    bool ended;          /* goes when its job is back */
};

/* Collects the entries of a chunk. */
struct chunk {
    const struct gm_service *service;
    struct gm_id member;
    struct gm_arena *arena;
    uint64_t from;
    uint64_t through;
    struct gm_hash hash;
    size_t bytes;
    size_t count;
    bool full;
    struct Wire__StreamEntry **entries;
};
enum { CHUNK_ENTRIES_MAX = 2048, CHUNK_ENTRY_HEAD_BYTES = 64 };

void chunk_begin(struct chunk *chunk, const struct gm_service *service, struct gm_id member,
                 uint64_t from, struct gm_arena *arena);
/* Takes entries of the batch from chunk->through + 1 on, until full. */
void chunk_add(struct chunk *chunk, const struct gm_batch *batch);
/* The encoded StreamChunk, in the arena. */
struct gm_bytes chunk_pack(const struct chunk *chunk, uint64_t journal_id, uint64_t head_seq);

/* ---- follow.c ---- */

struct follower {
    const struct gm_follow *follow;
    struct gm_follow_row row; /* as in the table */
    uint64_t subscription;    /* request id, 0 where none */
    int64_t subscribe_ms;     /* monotonic: not before */
    int64_t heard_ms;         /* monotonic */
    uint64_t head_seq;        /* the source's */
    uint32_t taken_bytes;     /* since credit was last given */
};

/* ---- job.c ---- */

enum job_kind {
    JOB_CHECKPOINT = 1,
    JOB_SEARCH,
    JOB_STREAM, /* reads history for a subscription */
    JOB_PRUNE,  /* collects keys that are past keeping */
};

/* Places of their own, so that no kind keeps the others out. */
enum {
    STREAM_JOBS_MAX = 8,
    JOBS_MAX = GM_SEARCH_JOBS_MAX + STREAM_JOBS_MAX + 1,
};
_Static_assert(GM_SEARCH_JOBS_MAX + 1 < GM_READERS_MAX, "snapshots are left for others");

struct gm_job {
    enum job_kind kind;
    bool busy;            /* handed to the caller */
    struct gm_host *host; /* borrowed; a running job reads only what never changes */
    struct gm_arena arena;
    struct gm_checkpoint *checkpoint;
    struct gm_snapshot *snapshot;
    /* search */
    struct request request;
    const ProtobufCMessage *message;
    gm_search_fn *search;
    struct gm_call call;
    struct gm_answer answer;
    enum gm_reason reason;
    /* stream */
    struct subscription *subscription;
    uint64_t from;
    uint64_t durable;
    struct gm_hash hash;
    bool check_hash;
    bool unknown;
    struct gm_bytes chunk;
    uint64_t chunk_through;
    struct gm_hash chunk_hash;
    /* prune */
    struct prune prune;
    struct gm_bytes keys; /* a prune event */
    bool more;
};

/* ---- the host ---- */

enum alarm_kind {
    ALARM_EFFECT = 1,
    ALARM_PARKED,
};

struct gm_host {
    const struct gm_service *service;
    struct gm_store *store;
    struct gm_journal *journal;
    struct gm_poison *poison;
    const struct gm_rows *rows;
    const char *version;
    bool apply_decoded;
    uint64_t disk_floor_bytes;
    size_t search_arena_bytes;
    struct gm_random random;

    struct gm_clock clock;
    int64_t now_ms; /* UTC */
    int64_t monotonic_ms;
    int64_t started_ms; /* monotonic */

    uint64_t journal_id;
    uint64_t epoch;
    uint64_t head; /* last sequence number executed */
    uint64_t acked;

    /* the batch being formed and the one under way */
    uint8_t *buffers[2];
    unsigned forming; /* index of the buffer that is filled */
    struct gm_batch batch;
    bool appending;
    struct gm_batch under_way;

    /* outgoing */
    struct gm_fifo gated; /* in order of their gates */
    struct gm_fifo now;   /* whose gate is acked already */
    bool popped_gated;    /* what gm_host_output lent out last, dropped at its next call */
    bool popped_now;
    struct gm_idmap peers;

    /* sagas and timers */
    struct gm_idmap effects; /* by command id */
    struct gm_idmap sent;    /* by request id */
    struct gm_idmap sagas;
    struct gm_fifo ready[GM_SERVICE_COUNT]; /* of struct ready_effect */
    unsigned under_way_to[GM_SERVICE_COUNT];
    struct gm_heap alarms; /* monotonic */
    struct gm_heap timers; /* UTC */
    uint64_t next_request_id;

    struct parked *waiting; /* queries and searches, in order of arrival */
    struct parked **waiting_last;
    struct gm_idmap parked; /* all of them by id */
    uint64_t parked_bytes;  /* of their bodies */
    bool positions_moved;

    struct history history;
    struct subscription *subscriptions[GM_SUBSCRIBERS_MAX];
    unsigned subscription_count;
    unsigned stream_from; /* the first that the last turn had no room for */
    struct follower followers[GM_SERVICE_FOLLOWS_MAX];
    unsigned follower_count;

    /* jobs */
    struct gm_job *checkpoint_job; /* ready or running */
    struct gm_job *jobs[JOBS_MAX]; /* all worker jobs there are */
    unsigned job_count;
    struct gm_fifo runnable; /* of struct gm_job *, worker lane */
    int64_t changed_ms;      /* monotonic: first change since the last freeze, INT64_MAX: none */
    int64_t arrived_ms;      /* monotonic: last message */
    int64_t frozen_ms;       /* monotonic: last freeze */
    bool checkpoint_wanted;
    bool pruning;         /* a job is out */
    int64_t prune_ms;     /* monotonic: not before */
    struct prune prune;   /* what is pruned next; its table is NULL before a round */
    unsigned prune_place; /* of its table among those of a round */
    uint64_t dedup_rows_max;

    struct gm_arena arena;      /* of the request at hand */
    struct gm_arena fold_arena; /* of the entry being folded */
    bool draining;
    bool started;
    struct gm_host_space space;
    struct gm_host_counts counts;
};

static inline struct gm_id id_of_number(uint64_t number)
{
    struct gm_id id = {{0}};
    gm_put_u64(id.v, number);
    return id;
}

_Static_assert(sizeof(struct gm_peer) == GM_ID_BYTES, "a peer is a key of gm_idmap");
static inline struct gm_id id_of_peer(const struct gm_peer *peer)
{
    struct gm_id id;
    memcpy(id.v, peer, GM_ID_BYTES);
    return id;
}

/* outbox.c: replies. gate: the sequence number that has to be acked first. */
void outbox_reply(struct gm_host *host, const struct request *request, enum gm_code status,
                  struct gm_position position, bool recorded, uint64_t gate, struct gm_bytes body);
void outbox_refuse(struct gm_host *host, const struct request *request,
                   const struct gm_refusal *refusal);
/* A further reply of a stream. */
void outbox_chunk(struct gm_host *host, const struct subscription *subscription,
                  struct gm_bytes body);
void outbox_request(struct gm_host *host, enum gm_service_name to,
                    const struct gm_request_header *header, struct gm_bytes body);
struct peer_state *outbox_peer(struct gm_host *host, const struct gm_peer *peer);
/* Forgets a peer with nothing under way. */
void outbox_peer_settle(struct gm_host *host, const struct gm_peer *peer);
void outbox_release(struct gm_host *host);

/* door.c: a query whose positions are there now. */
void door_resume(struct gm_host *host, struct parked *parked);

/* execute.c */
void execute_command(struct gm_host *host, const struct request *request,
                     const struct gm_handler *handler, const struct gm_call *call);
void execute_answer(struct gm_host *host, const struct effect *effect,
                    const struct gm_reply_header *header, struct gm_bytes body);
void execute_timer(struct gm_host *host, uint8_t kind, struct gm_id subject);
void execute_follow(struct gm_host *host, const struct follower *follower, struct gm_entry *entry);
void execute_reset(struct gm_host *host, const struct follower *follower);
void execute_prune(struct gm_host *host, struct gm_bytes keys);
/* A call without a message: what decide gets for timers and answers. */
struct gm_call execute_call(struct gm_host *host, struct gm_id member);
const struct gm_handler *handler_of(const struct gm_service *service, uint16_t method);

/* fold.c: rows of one entry; events are decoded from the entry where NULL. The caller has reset
 * fold_arena, which may hold the entry. */
void fold_entry(struct gm_host *host, const struct gm_entry *entry,
                const ProtobufCMessage *const *events);

/* saga.c */
void saga_effect_add(struct gm_host *host, struct gm_id command_id,
                     const struct gm_effect_row *row);
void saga_effect_done(struct gm_host *host, struct gm_id command_id);
struct effect *saga_effect_sent(struct gm_host *host, uint64_t request_id);
void saga_effect_failed(struct gm_host *host, struct effect *effect);
void saga_alarm(struct gm_host *host, const struct gm_due *due);
void saga_turn(struct gm_host *host);
int64_t saga_wake_ms(const struct gm_host *host);
void saga_reconnected(struct gm_host *host, enum gm_service_name to);
int64_t
saga_oldest_ms(const struct gm_host *host); /* entry time of the oldest open effect, 0: none */
void saga_load(struct gm_host *host, struct gm_snapshot *snapshot);
void saga_release(struct gm_host *host);

/* parked.c */
struct parked *parked_new(struct gm_host *host, enum parked_kind kind,
                          const struct request *request,
                          struct gm_bytes body);               /* NULL where there are too many */
void parked_wait(struct gm_host *host, struct parked *parked); /* query, search */
void parked_wait_saga(struct gm_host *host, struct parked *parked, struct gm_id saga);
void parked_settle(struct gm_host *host, struct gm_id saga); /* asks the service again */
void parked_alarm(struct gm_host *host, struct gm_id id);
void parked_turn(struct gm_host *host);
/* Refuses all of them. */
void parked_drain(struct gm_host *host);
int64_t parked_wake_ms(const struct gm_host *host);
void parked_release(struct gm_host *host);
/* Positions of a query: GM_REASON_NONE where all are applied, NOT_CAUGHT_UP where some are to come,
 * POSITION_UNKNOWN where one is of no history that the service has. */
enum gm_reason parked_positions(const struct gm_host *host, const struct request *request);

/* stream.c */
void stream_acked(struct gm_host *host, const struct gm_batch *batch);
void stream_subscribe(struct gm_host *host, const struct request *request,
                      const ProtobufCMessage *message);
void stream_credit(struct gm_host *host, const struct request *request,
                   const ProtobufCMessage *message);
void stream_peer_gone(struct gm_host *host, const struct gm_peer *peer);
void stream_job_done(struct gm_host *host, struct gm_job *job);
void stream_turn(struct gm_host *host);
int64_t stream_wake_ms(const struct gm_host *host);
void stream_release(struct gm_host *host);

/* follow.c */
void follow_load(struct gm_host *host);
bool follow_hear(struct gm_host *host, enum gm_service_name from,
                 const struct gm_reply_header *header, struct gm_bytes body);
void follow_turn(struct gm_host *host);
void follow_reconnected(struct gm_host *host, enum gm_service_name source);
int64_t follow_wake_ms(const struct gm_host *host);

/* control.c: the methods that every service answers. */
void control_status(struct gm_host *host, const struct request *request);
void control_confirm_clock(struct gm_host *host, const struct request *request);

/* start.c: folds the journal's entries after host->head up to `through`, with checkpoints on this
 * thread. GM_CORRUPT where a batch's state hash is not the store's. buffer has room for
 * GM_BATCH_BYTES_MAX. */
GM_CHECKED enum gm_status start_replay(struct gm_host *host, uint64_t through, uint8_t *buffer);

/* job.c */
bool job_free_place(const struct gm_host *host, enum job_kind kind);
struct gm_job *job_new(struct gm_host *host, enum job_kind kind); /* NULL where all are taken */
void job_run_later(struct gm_host *host, struct gm_job *job);
void job_free(struct gm_host *host, struct gm_job *job); /* back to the pool */
void job_release(struct gm_host *host);
void job_turn(struct gm_host *host); /* checkpoint and prune that are due */
int64_t job_wake_ms(const struct gm_host *host);
void prune_turn(struct gm_host *host);
void prune_done(struct gm_host *host, const struct gm_job *job);
/* Starts a search on the last checkpoint; false where it has to wait. */
bool job_search(struct gm_host *host, const struct request *request, struct gm_bytes body);
