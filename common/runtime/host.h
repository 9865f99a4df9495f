/* runtime/host.h - the service host: a pure machine between sockets, threads and clocks on one side
 * and a service's decide and apply on the other.
 *
 *   message -> [ door -> decide -> apply -> outbox ] -> replies, once their position is acked
 *                           |         |
 *                           |         +-- rows change in the store's overlay; checkpoints are jobs
 *                           +-- entry -> batch -> the caller appends it and says what became of it
 *
 * The caller hands in messages, the time and completions, and takes out messages, batches and jobs:
 * a shell with threads (runtime/shell.h) or a simulator that crashes between any two steps. One
 * owner thread; only gm_job_run runs elsewhere. The host reads no clock, starts no thread, opens no
 * socket and never logs; with the same seed and the same calls it does the same.
 *
 * The caller's loop:
 *   gm_host_time           first, with every turn
 *   gm_host_ready          while true: gm_host_receive, gm_host_hear
 *   gm_host_turn           timers, effects, streams, checkpoints that have become due
 *   gm_host_batch          a batch to append where one is formed and none is under way; then
 *   gm_host_appended       what became of it; anything but ACKED ends the host
 *   gm_host_job            work for other threads; gm_job_run, then gm_host_job_done
 *   gm_host_output         messages to send now
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "journal/journal.h"
#include "runtime/poison.h"
#include "runtime/service.h"
#include "store/store.h"
#include "wire/frames.h"

enum {
    GM_QUEUE_AGE_MAX_MS =
        1000, /* a request that has waited longer is refused, so that a burst ends */
    GM_RETRY_AFTER_MS = 500,
    GM_COMMAND_AHEAD_MS = 3600 * 1000, /* command ids further in the future are refused */
    GM_DEDUP_DAYS = 7,
    GM_DEDUP_MEMBER_ROWS_MAX = 20000000, /* the oldest give way, though younger than that */
    GM_PRUNE_KEYS_MAX = 1000,            /* of an entry: each is looked up when it is deleted */
    GM_CHECKPOINT_IDLE_MS = 20,          /* nothing has arrived for so long */
    GM_CHECKPOINT_AGE_MS = 1000,         /* of the oldest change that is not in a checkpoint */
    GM_EFFECT_WINDOW = 1024, /* effects under way to one service; below GM_IN_FLIGHT_SERVICE */
    GM_EFFECT_TIMEOUT_MS = 5000,
    GM_EFFECT_BACKOFF_MS = 100, /* first; doubles to the next, with jitter */
    GM_EFFECT_BACKOFF_MAX_MS = 10000,
    GM_SUBSCRIBERS_MAX = 256,
    GM_STREAM_BEAT_MS = 1000,   /* a stream with nothing to show says so */
    GM_STREAM_SILENT_MS = 5000, /* a follower that has heard nothing subscribes again */
    GM_STREAM_CREDIT_BYTES = 1024 * 1024,
    GM_SEARCH_JOBS_MAX = 24, /* searches on workers at once; further ones wait */
    GM_PARKED_MAX = 4096,    /* queries that wait for a position, commands for their saga */
    GM_PARKED_BYTES_MAX = 16 * 1024 * 1024, /* of their messages */
    GM_MAP_QUOTA_PERCENT = 80,
};
_Static_assert(GM_EFFECT_WINDOW < (int)GM_IN_FLIGHT_SERVICE, "our own effects are never IN_FLIGHT");
#define GM_HISTORY_BYTES_DEFAULT \
    (UINT64_C(16) << 20) /* of the newest entries, kept in memory for streams */
#define GM_OUTBOX_BYTES_MAX   (UINT64_C(32) << 20) /* over it the host stops taking requests */
#define GM_DISK_FLOOR_DEFAULT (UINT64_C(256) << 20)

struct gm_host_config {
    const struct gm_service *service;
    struct gm_store *store; /* borrowed, like the next two */
    struct gm_journal *journal;
    struct gm_poison *poison;
    uint64_t seed;             /* of ids and jitter */
    uint64_t history_bytes;    /* 0: GM_HISTORY_BYTES_DEFAULT */
    uint64_t dedup_rows_max;   /* of members; 0: GM_DEDUP_MEMBER_ROWS_MAX */
    uint64_t disk_floor_bytes; /* free space below which commands are refused */
    size_t search_arena_bytes; /* memory of one search, 4 MiB or more; 0: 16 MiB, touched as used */
    const char *version;       /* for Status */
    bool apply_decoded; /* apply reads events back from the encoded entry: simulator, tests */
};

struct gm_host;

/* Owns nothing of the config. NULL only where memory is short. */
struct gm_host *gm_host_new(const struct gm_host_config *config);
void gm_host_free(struct gm_host *host); /* accepts NULL; jobs have been given back */

/* Takes the next epoch, appends the epoch batch, replays what the tables have not seen, with
 * checkpoints on the calling thread, and rebuilds what stands in memory. Blocks. Before any other
 * call. GM_REFUSED where the tables are ahead of the journal or of another fold version (rebuild
 * them), or another writer has fenced this one; GM_CORRUPT where the replay does not fit the
 * journal's state hashes; GM_UNAVAILABLE where the epoch batch was not acked (start again). ret_why
 * gets a sentence for the operator. */
GM_CHECKED enum gm_status gm_host_start(struct gm_host *host, struct gm_clock_reading reading,
                                        char *ret_why, size_t why_size);

void gm_host_time(struct gm_host *host, struct gm_clock_reading reading);

/* Whether a message may be handed in: batch, overlay and outbox have room for the largest. */
bool gm_host_ready(const struct gm_host *host);

/* A request from a peer, which arrived at that monotonic time. Frames are borrowed for the call. */
void gm_host_receive(struct gm_host *host, const struct gm_peer *peer,
                     const struct gm_frames *frames, int64_t arrived_ms);
/* A reply from a service that we have sent a request to. */
void gm_host_hear(struct gm_host *host, enum gm_service_name from, const struct gm_frames *frames);
/* The connection to a service was made anew: what is under way there, or waits to be tried again,
 * is sent at once. */
void gm_host_reconnected(struct gm_host *host, enum gm_service_name to);
/* A reply could not be sent: the peer is gone. Its subscriptions end. */
void gm_host_peer_gone(struct gm_host *host, const struct gm_peer *peer);

void gm_host_turn(struct gm_host *host);
/* When gm_host_turn has something to do next, as monotonic ms; INT64_MAX: not before a message. */
int64_t gm_host_wake_ms(const struct gm_host *host);

/* The formed batch, borrowed until gm_host_appended; false where there is none or one is under way.
 */
bool gm_host_batch(struct gm_host *host, struct gm_batch **ret_batch);
/* ACKED (asserted: the host is over after any other outcome). */
void gm_host_appended(struct gm_host *host, enum gm_append outcome);

enum gm_output_kind {
    GM_OUTPUT_REPLY = 1, /* to a peer of ours */
    GM_OUTPUT_REQUEST,   /* to another service */
};
struct gm_output {
    enum gm_output_kind kind;
    struct gm_peer peer;
    enum gm_service_name to;
    struct gm_bytes header; /* borrowed until the next call of gm_host_output */
    struct gm_bytes body;
};
/* The next message to send; false where there is none now. */
bool gm_host_output(struct gm_host *host, struct gm_output *ret_output);

/* ---- jobs ---- */

enum gm_job_lane {
    GM_LANE_CHECKPOINT = 0, /* one at a time, on one thread */
    GM_LANE_WORKER,         /* several at once */
};
struct gm_job;
/* The next job of a lane that may run now; NULL where there is none. */
struct gm_job *gm_host_job(struct gm_host *host, enum gm_job_lane lane);
/* On any thread. GM_OK, or a failed commit: the process exits. */
GM_CHECKED enum gm_status gm_job_run(struct gm_job *job);
void gm_host_job_done(struct gm_host *host, struct gm_job *job);
/* The sequence number that the tables stand for once it has run; 0 where it commits nothing. */
uint64_t gm_job_commits(const struct gm_job *job);

/* ---- stopping and looking ---- */

/* From now on requests get DRAINING; what is under way is answered. */
void gm_host_drain(struct gm_host *host);
/* Nothing is formed, under way or to be sent. */
bool gm_host_idle(const struct gm_host *host);
/* A checkpoint of everything is due now, whatever the load. */
void gm_host_checkpoint_now(struct gm_host *host);

struct gm_host_counts {
    uint64_t commands; /* decided: accepted and refused */
    uint64_t refusals; /* of them */
    uint64_t queries;
    uint64_t repeats; /* answered from the dedup table */
    uint64_t dropped; /* replies to peers that were gone, messages that cannot be answered */
    uint64_t checkpoints;
    uint64_t chunks_sent;
    uint64_t chunks_taken;
    uint64_t resets;
    uint64_t reasons[GM_REASON_COUNT]; /* refusals, the door's included */
};
const struct gm_host_counts *gm_host_counts(const struct gm_host *host);
uint64_t gm_host_head(const struct gm_host *host); /* newest sequence number, maybe not durable */
uint64_t gm_host_durable(const struct gm_host *host); /* acked */
uint64_t gm_host_epoch(const struct gm_host *host);
int64_t gm_host_now(const struct gm_host *host); /* UTC ms, as entries get it */
unsigned gm_host_effects_open(const struct gm_host *host);

/* Free space of disk and maps, as the shell finds it now and then (the simulator: as it pleases).
 */
struct gm_host_space {
    uint8_t tables_percent; /* of the map in use */
    uint8_t journal_percent;
    uint64_t disk_free_bytes;
    uint64_t tables_bytes;
    uint64_t journal_bytes;
    uint64_t rss_anon_bytes;
};
void gm_host_set_space(struct gm_host *host, const struct gm_host_space *space);
