/* runtime/stand.h - a host on a test stand: everything that its caller does is a step of its own,
 * so that a test decides what happens before what. Journal in memory, tables in a temporary folder,
 * clocks that the test moves. (runtime/kit.h runs a host as a whole.) */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "journal/memory.h"
#include "runtime/parts.h"
#include "runtime/toy.h"

#define STAND_START_MS   INT64_C(1767546000000) /* 2026-01-05 00:00 in Viet Nam */
#define STAND_JOURNAL_ID UINT64_C(0x7374616e64)

struct stand {
    /* Read and changed by tests as they please, before stand_start. */
    const struct gm_service *service;
    uint64_t history_bytes;
    uint64_t dedup_rows_max;
    bool apply_decoded; /* apply reads events back from the entry, as a replay does */
    uint8_t peer;       /* whose requests are sent */
    int64_t waited_ms;  /* what is sent has waited for so long before it reached the host */
    struct gm_clock_reading reading;

    struct gm_host *host; /* NULL where it does not run */
    struct gm_store *store;
    struct gm_journal *journal;
    struct gm_journal_medium *medium;
    struct gm_poison poison;
    char *folder;
    struct gm_random random;
    char why[256]; /* of the last start */

    const struct gm_table **tables;
    struct gm_batch *batch; /* taken, outcome not told yet */
    uint64_t next_request_id;
    uint64_t subscriptions[GM_SERVICE_COUNT];
    struct gm_arena arena;
    struct gm_fifo replies;
    struct gm_fifo requests;
    bool lent_reply;
    bool lent_request;
};

struct stand *stand_new(const struct gm_service *service); /* started, nothing under way */
struct stand *stand_new_stopped(const struct gm_service *service);
void stand_free(struct stand *stand);

GM_CHECKED enum gm_status stand_try_start(struct stand *stand);
void stand_start(struct stand *stand); /* asserted to succeed; nothing is run */
/* The process is gone: overlay, batches, jobs, what was to be sent. */
void stand_crash(struct stand *stand);
void stand_restart(struct stand *stand);           /* crash, start, run */
void stand_sleep(struct stand *stand, int64_t ms); /* a quiet stop, and a start so much later */

/* ---- steps ---- */

void stand_turn(struct stand *stand);       /* gm_host_turn */
bool stand_append(struct stand *stand);     /* one batch, acked; false where there is none */
bool stand_take_batch(struct stand *stand); /* to the journal thread; stand_ack tells of it */
void stand_ack(struct stand *stand);
bool stand_checkpoint(struct stand *stand); /* the job, where there is one that may run */
bool stand_work(struct stand *stand);       /* one job of the workers */
/* The same, run by a worker that has not told of it yet: gm_host_job_done does. NULL: there is
 * none. */
struct gm_job *stand_run_job(struct stand *stand, enum gm_job_lane lane);
void stand_send_out(struct stand *stand); /* takes what may leave */
/* All of them until nothing is left. */
void stand_run(struct stand *stand);

/* Both clocks by as much; tells the host. */
void stand_pass(struct stand *stand, int64_t ms);
/* The wall clock alone. */
void stand_shift_wall(struct stand *stand, int64_t ms);
/* Passes and runs in steps that a clock may take. */
void stand_live(struct stand *stand, int64_t ms);

/* ---- requests to the host ---- */

struct gm_id stand_id(struct stand *stand); /* a fresh UUIDv7 of now */
struct gm_id stand_member(uint8_t number);  /* some member, the same for a number */
struct gm_id stand_lot(unsigned number);
/* By member 1, with a fresh request id and, for commands, a fresh command id. */
struct gm_request_header stand_header(struct stand *stand, uint16_t method);
/* Hands it in and runs nothing. */
void stand_send(struct stand *stand, const struct gm_request_header *header,
                const ProtobufCMessage *message);
void stand_send_frames(struct stand *stand, const struct gm_frames *frames);

void stand_restock(struct stand *stand, const struct gm_request_header *header, unsigned lot,
                   int64_t quantity);
/* reason: enum Catalog__AdjustReason. */
void stand_adjust(struct stand *stand, const struct gm_request_header *header, unsigned lot,
                  int reason, int64_t quantity, const char *note);
void stand_get_lot(struct stand *stand, const struct gm_request_header *header, unsigned lot);
void stand_list_lots(struct stand *stand, const struct gm_request_header *header);
/* The lot's row on live tables; zero where there is none. */
struct toy_row stand_row(const struct stand *stand, unsigned lot);

/* ---- what left ---- */

struct stand_reply {
    struct gm_peer peer;
    struct gm_reply_header header;
    struct gm_bytes head;      /* as encoded */
    struct gm_bytes body;      /* borrowed until the next call, like head */
    struct gm_refusal refusal; /* its reason is GM_REASON_NONE where the status is OK */
};
/* Takes what may leave and gives the oldest reply; false where there is none. */
bool stand_reply(struct stand *stand, struct stand_reply *ret_reply);
/* The next reply, which has to be there, refused for this reason (GM_REASON_NONE: OK). */
struct stand_reply stand_expect(struct stand *stand, enum gm_reason reason);
void stand_expect_none(struct stand *stand);

struct stand_request {
    enum gm_service_name to;
    struct gm_request_header header;
    struct gm_bytes body; /* borrowed until the next call */
};
bool stand_request(struct stand *stand, struct stand_request *ret_request);
void stand_answer(struct stand *stand, const struct stand_request *request, enum gm_code status,
                  bool recorded, struct gm_bytes body);

/* ---- streams that the host follows ---- */

/* The request id of its newest subscription there, as requests were taken; 0 where none. */
uint64_t stand_subscription(struct stand *stand, enum gm_service_name source);
/* One reply of the stream with these bytes. */
void stand_feed_bytes(struct stand *stand, enum gm_service_name source, struct gm_bytes body);
/* Entries from to through of a history, each an event that speaks of the order stand_lot(order). */
void stand_feed(struct stand *stand, enum gm_service_name source, uint64_t journal_id,
                uint64_t from, uint64_t through, uint8_t order);
void stand_refuse_stream(struct stand *stand, enum gm_service_name source, enum gm_reason reason);
/* How often an event spoke of that order, and where last. */
struct toy_order stand_order(const struct stand *stand, uint32_t generation, uint8_t order);

/* ---- proof ---- */

/* Everything checkpointed, then gm_verify: tables are what the journal makes them. */
void stand_audit(struct stand *stand);
