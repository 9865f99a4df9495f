/* runtime/service.h - what a service is, told to the host that runs it. A service is pure: the
 * functions below see rows, one message and the entry's time and ids, and nothing else; the host
 * does the rest (door, dedup, journal, replies, effects, timers, streams, checkpoints). README.md
 * of common/ walks through one command. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/reason.h"
#include "journal/entry.h"
#include "store/store.h"
#include "wire/envelope.h"
#include "wire/method.h"

enum {
    GM_DECISION_EVENTS_MAX = 4,
    GM_SERVICE_FOLLOWS_MAX = 4,
    GM_TIMER_KINDS_MAX = 16,
    GM_TABLE_SERVICE_FIRST = 1, /* tables of the service: 1 to 31 */
    GM_TABLE_HOST_FIRST = 32,   /* tables of the host: 32 to 63 */
};

/* The services of the network, as effects and follows name them. Their member ids are constants
 * (gm_service_member), so that a receiver knows which service speaks. */
enum gm_service_name {
    GM_SERVICE_NONE = 0,
    GM_SERVICE_CATALOG,
    GM_SERVICE_MATCHING,
    GM_SERVICE_ORDER,
    GM_SERVICE_COUNT,
};
const char *gm_service_text(enum gm_service_name service); /* "catalog" */
enum gm_service_name gm_service_named(const char *text);   /* GM_SERVICE_NONE where unknown */
struct gm_id gm_service_member(enum gm_service_name service);
enum gm_service_name gm_service_of_member(struct gm_id member); /* GM_SERVICE_NONE for others */

/* ---- decide and query ---- */

/* One command, query, answer, timer or foreign event, checked and unpacked. All borrowed for the
 * call. */
struct gm_call {
    const struct gm_method *method; /* NULL for timers and foreign events */
    const ProtobufCMessage *message;
    struct gm_id member;    /* acting */
    struct gm_id entry_id;  /* of the entry being decided: new ids are gm_id_derive(entry_id, n) */
    int64_t now_ms;         /* of the entry, or of the query's arrival */
    int32_t today;          /* day in Viet Nam of now_ms */
    struct gm_arena *arena; /* bounded, gone after the call */
};

/* What decide says; zero is "accepted, nothing happens, empty reply". */
struct gm_decision {
    unsigned event_count;
    const ProtobufCMessage *events[GM_DECISION_EVENTS_MAX]; /* the service's Event, in the arena */
    const ProtobufCMessage *reply; /* the method's reply, GM_REPLY_BYTES_MAX packed */
    struct gm_refusal
        refusal; /* its reason is set by what decide returns; field and lines by decide */
};

void gm_decision_event(struct gm_decision *decision, const ProtobufCMessage *event);
/* Names the offending field; returns the reason, to be returned. format as printf's. */
__attribute__((format(printf, 3, 4))) enum gm_reason
gm_decision_refuse(struct gm_decision *decision, enum gm_reason reason, const char *field_format,
                   ...);
/* One more failing line; false when GM_REFUSED_LINES_MAX are named already. */
bool gm_decision_refuse_line(struct gm_decision *decision, struct gm_refused_line line);

/* May this happen? Reads rows by point look-ups (never a cursor), writes nothing. Accepted:
 * GM_REASON_NONE, events and reply filled in. Any other reason: refused, events are ignored. */
typedef enum gm_reason gm_decide_fn(const struct gm_rows *rows, const struct gm_call *call,
                                    struct gm_decision *decision);

/* The body of a query's reply: pieces end to end, so that a stored document travels as it stands.
 */
struct gm_answer {
    struct gm_bytes body;      /* in the arena or borrowed from rows */
    struct gm_refusal refusal; /* as in gm_decision */
};
/* Packs message as the whole body; REPLY_TOO_LARGE where it passes GM_REPLY_BODY_BYTES_MAX. */
GM_CHECKED enum gm_reason gm_answer_message(struct gm_answer *answer, const struct gm_call *call,
                                            const ProtobufCMessage *message);

/* A question by point look-ups, on the newest state. */
typedef enum gm_reason gm_query_fn(const struct gm_rows *rows, const struct gm_call *call,
                                   struct gm_answer *answer);
/* A question that walks tables, on a snapshot, by a worker. */
typedef enum gm_reason gm_search_fn(struct gm_snapshot *snapshot, const struct gm_call *call,
                                    struct gm_answer *answer);

/* Of each method exactly one is set, as its kind says. */
struct gm_handler {
    uint16_t method; /* number */
    gm_decide_fn *decide;
    gm_query_fn *query;
    gm_search_fn *search;
};

/* ---- apply and react ---- */

/* Write access to the tables, for the entry being applied. Runs on first execution and on replay
 * alike, from the same decoded events, so it must depend on nothing but these arguments. */
struct gm_fold {
    struct gm_store *store;
    const struct gm_rows *rows; /* live: sees what this fold has put */
    uint64_t seq;               /* of the entry */
    int64_t time_ms;
    struct gm_id entry_id;
    struct gm_id member;
    struct gm_arena *arena;
    struct gm_host *host;  /* for gm_effect and gm_timer only */
    unsigned effect_count; /* of this entry so far */
};

/* A message to another service, stored with this entry and sent once it is durable, until a
 * recorded answer comes. Effects of one saga leave one at a time, in order. Its command id is
 * gm_id_derive(entry_id, number of the effect in the entry, from 1). body is encoded, at most
 * GM_DOCUMENT_BYTES_MAX. */
void gm_effect(struct gm_fold *fold, struct gm_id saga, enum gm_service_name to, uint16_t method,
               const ProtobufCMessage *message);

/* (Re)starts the one timer of this kind and subject; gm_timer_stop of one that does not run:
 * nothing. */
void gm_timer_start(struct gm_fold *fold, uint8_t kind, struct gm_id subject, int64_t due_ms);
void gm_timer_stop(struct gm_fold *fold, uint8_t kind, struct gm_id subject);
/* When it is due; 0 where it does not run. */
int64_t gm_timer_due(const struct gm_rows *rows, uint8_t kind, struct gm_id subject);

/* Event -> rows. Cannot refuse: asserts what decide has made sure of. */
typedef void gm_apply_fn(struct gm_fold *fold, const ProtobufCMessage *event);
/* Event -> effects and timers (the process manager). Runs after apply of the same event. */
typedef void gm_react_fn(struct gm_fold *fold, const ProtobufCMessage *event);

/* ---- answers, timers, streams ---- */

/* What another service said to an effect: recorded, so it is final. Decided and journalled like a
 * command; cannot refuse (a late or odd answer is accepted and changes nothing). */
struct gm_effect_answer {
    struct gm_id saga;
    enum gm_service_name from;
    uint16_t method;         /* that was called */
    struct gm_bytes request; /* the effect's body */
    enum gm_code status;
    struct gm_refusal refusal; /* decoded, where status is not OK */
    struct gm_bytes reply;     /* encoded reply, where it is */
};
typedef void gm_decide_answer_fn(const struct gm_rows *rows, const struct gm_call *call,
                                 const struct gm_effect_answer *answer,
                                 struct gm_decision *decision);

/* A timer came due. Cannot refuse; one that came too late for the state changes nothing. The timer
 * is stopped by the host. */
typedef void gm_decide_timer_fn(const struct gm_rows *rows, const struct gm_call *call,
                                uint8_t kind, struct gm_id subject, struct gm_decision *decision);

/* Another service's stream that this one follows into its own tables. Rows made from it carry
 * `generation` first in their keys: after a restore of the source the host takes the next
 * generation, follows the new history from its first entry and prunes the rows of the old one. */
struct gm_follow {
    enum gm_service_name source;
    const ProtobufCMessageDescriptor *event; /* the source's Event */
    void (*apply)(struct gm_fold *fold, uint32_t generation, const struct gm_foreign_event *foreign,
                  const ProtobufCMessage *event);
    const struct gm_table *const
        *tables; /* whose keys begin with the generation (u32); ends with NULL */
};
/* The generation that is followed now; 0 before the first chunk. On live rows or a snapshot's. */
uint32_t gm_follow_generation(const struct gm_rows *rows, enum gm_service_name source);

/* ---- the service ---- */

struct gm_service {
    enum gm_service_name name;
    uint32_t fold_version; /* raised whenever apply, react or a row format changes */
    const ProtobufCMessageDescriptor *event;
    const struct gm_table *const *tables; /* ends with NULL */
    const struct gm_handler *handlers;    /* ends with method 0 */
    gm_apply_fn *apply;
    gm_react_fn *react; /* may be NULL, like all below */
    gm_decide_answer_fn *decide_answer;
    gm_decide_timer_fn *decide_timer;
    const struct gm_follow *follows; /* ends with source GM_SERVICE_NONE */
    /* For a command with until_settled whose recorded reply was OK: true when the saga is over,
     * with the answer; false while it runs. *ret_saga says which it is. */
    bool (*settled)(const struct gm_rows *rows, const struct gm_call *call, struct gm_bytes reply,
                    struct gm_id *ret_saga, struct gm_answer *answer);
    /* Whether a member may see an event in the stream; NULL: everybody may. */
    bool (*visible)(const ProtobufCMessage *event, struct gm_id member);
    /* Invariants over all rows, for simulator, `gomnet verify` and tests: GM_OK or GM_CORRUPT with
     * why. */
    enum gm_status (*audit)(struct gm_snapshot *snapshot, struct gm_arena *arena, char *ret_why,
                            size_t why_size);
};
