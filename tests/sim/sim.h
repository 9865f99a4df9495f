/* sim/sim.h - the simulator: hosts of all services, their disks, the network and their clients in
 * one process, under one seed. What runs are the very hosts, stores and journals of the services
 * and the very caller of the client library; only sockets, threads, clocks and disks are the
 * simulator's. One step is one event of a queue; a crash may come between any two, and invariants
 * are judged after each.
 *
 *   work.c     what members do             net.c    messages: late, lost, doubled, reordered, cut
 * off client.c   callers with their retries  node.c   a process: its steps, its crash, its restart
 *   hostile.c  what no client should send  judge.c  what must always hold, from the journals alone
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "journal/memory.h"
#include "runtime/host.h"
#include "runtime/idmap.h"

/* Everything that goes wrong on purpose, counted by name. */
#define SIM_FAULTS(X)          \
    X(message_lost)            \
    X(message_doubled)         \
    X(message_late)            \
    X(message_after_restart)   \
    X(link_cut)                \
    X(link_slow)               \
    X(peer_gone)               \
    X(crash_before_execute)    \
    X(crash_after_execute)     \
    X(crash_before_append)     \
    X(crash_after_append)      \
    X(crash_after_ack)         \
    X(crash_before_checkpoint) \
    X(crash_after_checkpoint)  \
    X(crash_before_send)       \
    X(crash_after_send)        \
    X(crash_in_decide)         \
    X(append_fenced)           \
    X(append_unknown_landed)   \
    X(append_unknown_lost)     \
    X(append_rejected)         \
    X(clock_forward)           \
    X(clock_backward)          \
    X(clock_confirmed)         \
    X(store_full)              \
    X(disk_low)                \
    X(stalled)                 \
    X(drained)                 \
    X(catalog_restored)        \
    X(client_gave_up)          \
    X(hostile_message)

#define SIM_FAULT_ENUM(name) FAULT_##name,
enum sim_fault { SIM_FAULTS(SIM_FAULT_ENUM) FAULT_COUNT };
#undef SIM_FAULT_ENUM

enum {
    SIM_NODES = 3,   /* catalog, matching, order: enum gm_service_name less one */
    SIM_CLIENTS = 8, /* members, each with a connection to every node */
    SIM_SELLERS = 3, /* the first of them */
    SIM_WHY_BYTES = 512,
};

struct sim;

/* ---- net.c ---- */

enum end_kind { END_CLIENT = 1, END_NODE };

/* Either end of a connection. */
struct end {
    enum end_kind kind;
    uint8_t index;
};

struct message {
    struct end from;
    struct end to;
    uint32_t connection;  /* generation of the connection it was sent on */
    uint64_t incarnation; /* of the node that it goes to or comes from, when sent */
    bool is_reply;
    unsigned frame_count;
    uint32_t header_bytes;
    uint32_t body_bytes;
    uint8_t bytes[];
};

struct link {
    uint32_t connection; /* generation: a new one after each cut and restart */
    uint64_t cut_until_us;
    uint64_t slow_until_us;
};

/* ---- node.c ---- */

enum { INBOX_MAX = 8192 };

struct received {
    struct message *message;
    int64_t arrived_ms; /* monotonic */
};

struct node {
    enum gm_service_name name;
    const struct gm_service *service;
    const struct gm_table **tables;
    char *folder;
    struct gm_journal_medium *medium;
    struct gm_journal *journal;
    struct gm_store *store;
    struct gm_host *host; /* NULL: down */
    struct gm_poison poison;
    struct gm_host_counts counts; /* of the incarnations before */
    uint64_t incarnation;
    uint64_t journal_id;
    struct received *inbox; /* a ring of INBOX_MAX */
    uint32_t inbox_first;
    uint32_t inbox_count;
    bool pump_planned;
    uint64_t pump_at_us;
    struct gm_batch *batch; /* being appended */
    enum gm_append outcome;
    uint64_t stalled_until_us;
    bool draining;
    struct gm_host_space space;
};

/* ---- the queue ---- */

enum event_kind {
    EVENT_DELIVER = 1, /* a message arrives */
    EVENT_PUMP,        /* a node takes a turn */
    EVENT_APPEND,      /* the journal thread appends */
    EVENT_ACK,         /* and says what became of it */
    EVENT_JOB_RUN,
    EVENT_JOB_DONE,
    EVENT_RESTART,
    EVENT_RECONNECT, /* a node notices that another is back */
    EVENT_CLIENT,    /* a client takes a turn */
    EVENT_WORLD,     /* something befalls the world */
};

struct event {
    uint64_t at_us;
    uint64_t order; /* breaks ties: first planned, first run */
    enum event_kind kind;
    uint8_t index;        /* node or client */
    uint64_t incarnation; /* of the node: stale events do nothing */
    void *payload;        /* message or job */
};

/* How rough a seed is; drawn once. */
struct weather {
    uint32_t lose_ppm;
    uint32_t double_ppm;
    uint32_t late_ppm;
    uint32_t crash_ppm;      /* at each boundary */
    uint32_t append_ppm;     /* of appends that are not acked */
    uint32_t hostile_ppm;    /* of a client's turns */
    uint32_t world_every_ms; /* between two things that befall the world */
    uint32_t latency_us;     /* typical, of a message */
    bool restores;           /* this seed restores the catalog */
};

struct sim {
    uint64_t seed;
    struct gm_random random;
    uint64_t now_us;
    int64_t wall_offset_ms; /* wall clock less virtual time */
    struct event *events;   /* a heap */
    uint32_t event_count;
    uint32_t event_capacity;
    uint64_t next_order;
    struct weather weather;
    bool calm; /* faults have stopped */
    struct node nodes[SIM_NODES];
    struct link client_links[SIM_CLIENTS][SIM_NODES];
    struct link node_links[SIM_NODES][SIM_NODES];
    struct client *clients[SIM_CLIENTS];
    struct gm_id
        used_ids[SIM_CLIENTS]; /* of a command that the catalog has recorded; zero: none yet */
    struct judge *judge;
    struct work *work;
    uint64_t commands; /* journalled, of members and services */
    uint64_t crashes;
    uint64_t steps;
    uint64_t faults[FAULT_COUNT];
    uint64_t reasons[GM_REASON_COUNT];
    bool failed;
    char why[SIM_WHY_BYTES];
    bool verbose;
};

/* The virtual clocks. All begin at 2026-01-05 in Viet Nam. */
#define SIM_START_MS INT64_C(1767546000000)
static inline int64_t sim_monotonic_ms(const struct sim *sim)
{
    return (int64_t)(sim->now_us / 1000) + 1000;
}
static inline struct gm_clock_reading sim_reading(const struct sim *sim)
{
    return (struct gm_clock_reading){
        .wall_ms = SIM_START_MS + (int64_t)(sim->now_us / 1000) + sim->wall_offset_ms,
        .monotonic_ms = sim_monotonic_ms(sim),
    };
}

/* sim.c: one seed from its start to its end; false where it failed, with why. */
bool sim_run(struct sim *sim, uint64_t seed, uint32_t commands);
void sim_release(struct sim *sim);
/* Something that must hold does not: the first is kept. */
__attribute__((format(printf, 2, 3))) void sim_fail(struct sim *sim, const char *format, ...);
void sim_plan(struct sim *sim, uint64_t in_us, enum event_kind kind, uint8_t index,
              uint64_t incarnation, void *payload);
/* Draws whether a fault comes; counts it. Never in calm weather. */
bool sim_fault(struct sim *sim, uint32_t ppm, enum sim_fault fault);
__attribute__((format(printf, 2, 3))) void sim_say(const struct sim *sim, const char *format, ...);

/* net.c */
void net_send(struct sim *sim, struct end from, struct end to, bool is_reply, unsigned frame_count,
              struct gm_bytes header, struct gm_bytes body);
void net_deliver(struct sim *sim, struct message *message);
/* All connections of a node end: it crashed. */
void net_break(struct sim *sim, uint8_t node);
struct gm_peer net_peer(const struct message *message);
bool net_end_of_peer(const struct sim *sim, const struct gm_peer *peer, uint8_t node,
                     struct end *ret_end);

/* node.c */
void node_init(struct sim *sim, uint8_t index);
void node_release(struct node *node);
void node_start(struct sim *sim, uint8_t index);
void node_crash(struct sim *sim, uint8_t index, enum sim_fault fault);
/* Down without a fault, to be opened otherwise. */
void node_close(struct sim *sim, uint8_t index);
void node_receive(struct sim *sim, uint8_t index, struct message *message);
void node_pump(struct sim *sim, uint8_t index);
void node_pump_soon(struct sim *sim, uint8_t index, uint64_t in_us);
void node_append(struct sim *sim, uint8_t index);
void node_ack(struct sim *sim, uint8_t index);
void node_job_run(struct sim *sim, uint8_t index, struct gm_job *job);
void node_job_done(struct sim *sim, uint8_t index, struct gm_job *job);
/* The catalog is put back to an older copy of its journal under a new id. */
void node_restore(struct sim *sim, uint8_t index);

/* judge.c */
struct judge *judge_new(struct sim *sim);
void judge_free(struct judge *judge);
/* Reads what has landed on a node's medium since it looked last. */
void judge_look(struct sim *sim, uint8_t node);
/* A node lets a message go. */
void judge_output(struct sim *sim, uint8_t node, const struct gm_output *output);
/* A client has got the final answer to a command or query. */
void judge_reply(struct sim *sim, uint8_t node, const struct gm_method *method,
                 struct gm_id command_id, struct gm_id member, bool until_settled,
                 const struct gm_reply_header *header, struct gm_bytes body);
/* A node has committed tables that stand for `applied`. */
void judge_checkpoint(struct sim *sim, uint8_t node, uint64_t applied);
/* A node's medium goes, and is another from now on. */
void judge_leave(struct sim *sim, uint8_t node);
void judge_restored(struct sim *sim, uint8_t node);
/* With faults stopped and everything come to rest. */
void judge_end(struct sim *sim);
/* Whether sagas are over: no order is PLACED, none is on its way. */
bool judge_at_rest(const struct sim *sim);

/* client.c */
struct client *client_new(struct sim *sim, uint8_t index);
void client_free(struct client *client);
void client_turn(struct sim *sim, uint8_t index);
void client_receive(struct sim *sim, uint8_t index, uint8_t node, const struct message *message);
void client_broken(struct sim *sim, uint8_t index, uint8_t node);
bool client_idle(const struct client *client);

/* work.c: what members know and want. */
struct work *work_new(struct sim *sim);
void work_free(struct work *work);
