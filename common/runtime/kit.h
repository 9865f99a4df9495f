/* runtime/kit.h - one host in a test: an in-memory journal, tables in a temporary folder, a clock
 * that the test moves. Not part of any program that is installed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "journal/memory.h"
#include "runtime/host.h"

/* 2026-01-05 00:00 in Viet Nam, a Monday: where every kit's clock begins. */
#define GM_KIT_START_MS INT64_C(1767546000000)

struct gm_kit;

struct gm_kit *gm_kit_new(const struct gm_service *service, uint64_t seed);
void gm_kit_free(struct gm_kit *kit);
struct gm_host *gm_kit_host(struct gm_kit *kit);
struct gm_store *gm_kit_store(struct gm_kit *kit);
struct gm_journal_medium *gm_kit_medium(struct gm_kit *kit);
int64_t gm_kit_now(const struct gm_kit *kit);

struct gm_kit_reply {
    struct gm_reply_header header;
    struct gm_bytes body; /* borrowed until the next call */
    struct gm_refusal
        refusal; /* decoded where the status is not OK; else its reason is GM_REASON_NONE */
};

/* What is sent beside the message; zero is a fresh command id and no flags. */
struct gm_kit_options {
    struct gm_id command_id;
    bool dry_run;
    bool until_settled;
    uint32_t timeout_ms;
    unsigned position_count;
    struct gm_position positions[GM_POSITIONS_MAX];
    enum gm_language language;
};

/* Sends and runs the host until the reply is there; false where none came (it is parked:
 * gm_kit_take gets it later). */
bool gm_kit_call(struct gm_kit *kit, struct gm_id member, uint16_t method,
                 const ProtobufCMessage *message, const struct gm_kit_options *options,
                 struct gm_kit_reply *ret_reply);
/* The same with the very frames. */
bool gm_kit_send(struct gm_kit *kit, const struct gm_frames *frames,
                 struct gm_kit_reply *ret_reply);
/* Runs the host; the next reply to anything sent before, false where there is none. */
bool gm_kit_take(struct gm_kit *kit, struct gm_kit_reply *ret_reply);

/* The id of the command that gm_kit_call sent last. */
struct gm_id gm_kit_command_id(const struct gm_kit *kit);

/* A message that the host sent to another service: effects, subscriptions, credit. Owned by the
 * kit. */
struct gm_kit_request {
    enum gm_service_name to;
    struct gm_request_header header;
    struct gm_bytes body;
};
/* The oldest not yet taken, false where there is none; borrowed until the next call of this
 * function. */
bool gm_kit_request(struct gm_kit *kit, struct gm_kit_request *ret_request);
/* Feeds an answer to it and runs the host. */
void gm_kit_answer(struct gm_kit *kit, const struct gm_kit_request *request, enum gm_code status,
                   bool recorded, struct gm_bytes body);
void gm_kit_answer_message(struct gm_kit *kit, const struct gm_kit_request *request,
                           const ProtobufCMessage *message);
void gm_kit_answer_refusal(struct gm_kit *kit, const struct gm_kit_request *request,
                           const struct gm_refusal *refusal);

/* Feeds a chunk of one source entry with one event to the service's first follow; seq counts
 * from 1. */
void gm_kit_feed(struct gm_kit *kit, uint64_t source_journal, uint64_t seq, int64_t time_ms,
                 const ProtobufCMessage *event);

/* Moves both clocks and runs the host: timers fire. */
void gm_kit_advance(struct gm_kit *kit, int64_t ms);

/* Runs until nothing is left to do. */
void gm_kit_run(struct gm_kit *kit);

/* As after a crash: the host and the overlay are dropped, the journal's medium and the tables'
 * files stay. */
void gm_kit_restart(struct gm_kit *kit);

/* Checkpoints, checks every row, runs the service's audit, folds the whole journal into fresh
 * tables and compares both row by row. Fails the test with a sentence where anything differs. */
void gm_kit_audit(struct gm_kit *kit);
