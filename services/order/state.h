/* order/state.h - what the order service keeps, and which move is legal when. The rules stand in
 * words in README.md. Reads only; rows change in apply.c alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/numbers.h"
#include "order.pb-c.h"
#include "store/store.h"

enum {
    ORDER_LINES_MAX = 1000,
    ORDER_REFERENCE_BYTES_MAX = 40, /* the buyer's own order number */
    ORDER_REASON_BYTES_MAX = 500,   /* why, in the actor's words */
    ORDER_STEPS_MAX = 12,           /* the longest life has 8 */
    ORDER_ACCEPT_HOURS = 48,        /* where the buyer names no other; 336 at most (order.proto) */
    ORDER_RECEIVE_DAYS = 30,        /* after despatch the goods count as received */
    ORDER_COMPLETE_DAYS = 7,        /* after receipt the order is complete */
};

/* ---- states, actions, events ---- */

/* Numbers of the wire and of rows. 4 is kept for an order that is partly despatched. */
enum order_state {
    ORDER_STATE_NONE = 0,
    ORDER_PLACED = 1,
    ORDER_RESERVED = 2,
    ORDER_ACCEPTED = 3,
    ORDER_DESPATCHED = 5,
    ORDER_RECEIVED = 6,
    ORDER_COMPLETED = 7,
    ORDER_REJECTED = 8,
    ORDER_CANCELLED = 9,
    ORDER_EXPIRED = 10,
    ORDER_STATE_COUNT,
};

/* What the catalog keeps for the order, as far as its answers tell. */
enum order_reservation {
    ORDER_RESERVATION_NONE = 0, /* refused: nothing was ever held */
    ORDER_RESERVATION_ASKED,    /* may be held: the answer is not here */
    ORDER_RESERVATION_HELD,     /* until the answer to release or consume */
    ORDER_RESERVATION_GONE,     /* released or consumed */
    ORDER_RESERVATION_COUNT,
};

/* Who acts; several in a mask. The service: its timers, and what the catalog answered. */
enum order_side {
    ORDER_BUYER = 1,
    ORDER_SELLER = 2,
    ORDER_SERVICE = 4,
};

enum order_action {
    ORDER_ACTION_NONE = 0,
    /* members' commands */
    ORDER_PLACE,
    ORDER_ACCEPT,
    ORDER_REJECT,
    ORDER_CANCEL,
    ORDER_PROPOSE_CANCEL,
    ORDER_AGREE_CANCEL,
    ORDER_DESPATCH,
    ORDER_RECEIVE,
    ORDER_COMPLETE,
    /* what the catalog answered */
    ORDER_RESERVE_OK,
    ORDER_RESERVE_REFUSED,
    ORDER_CARRY_OUT_CANCEL, /* that the buyer wanted while the reserve was under way */
    ORDER_CONSUME_OK,
    ORDER_CONSUME_REFUSED,
    ORDER_RELEASE_ANSWERED, /* either way nothing is held now */
    /* timers */
    ORDER_ACCEPT_BY,
    ORDER_RECEIVE_BY,
    ORDER_COMPLETE_BY,
    ORDER_ACTION_COUNT,
};

/* Numbers of the fields of the Event message. */
enum order_event {
    ORDER_EVENT_NONE = 0,
    ORDER_EVENT_PLACED = 1,
    ORDER_EVENT_RESERVED = 2,
    ORDER_EVENT_ACCEPTED = 3,
    ORDER_EVENT_REJECTED = 4,
    ORDER_EVENT_CANCELLED = 5,
    ORDER_EVENT_CANCEL_PROPOSED = 6,
    ORDER_EVENT_DESPATCHED = 7,
    ORDER_EVENT_RECEIVED = 8,
    ORDER_EVENT_COMPLETED = 9,
    ORDER_EVENT_EXPIRED = 10,
    ORDER_EVENT_CANCEL_WANTED = 11,
    ORDER_EVENT_CONSUMED = 12,
    ORDER_EVENT_RELEASED = 13,
    ORDER_EVENT_CONSUME_REFUSED = 14,
    ORDER_EVENT_COUNT,
};

/* Kinds of the host's timers; the subject is the order's id. */
enum order_timer {
    ORDER_TIMER_NONE = 0,
    ORDER_TIMER_ACCEPT_BY = 1,
    ORDER_TIMER_RECEIVE_BY = 2,
    ORDER_TIMER_COMPLETE_BY = 3,
    ORDER_TIMER_COUNT,
};

/* The transition table: what comes of an action in a state; ORDER_EVENT_NONE where it is forbidden.
 */
enum order_event order_permits(enum order_state state, enum order_action action);
/* Mask of enum order_side. */
unsigned order_action_by(enum order_action action);
/* As it stands in steps and events: the method's name, or the timer's. */
const char *order_action_name(enum order_action action);
/* ORDER_ACTION_NONE for other methods than the members' commands. */
enum order_action order_action_of_method(uint16_t method);

/* The state that an event leads to; the same where it moves nothing. */
enum order_state order_state_after(enum order_state state, enum order_event event);
/* The timer that runs in a state, exactly one or none. */
enum order_timer order_timer_of(enum order_state state);
/* Whether a state and what the catalog keeps go together. */
bool order_reservation_fits(enum order_state state, enum order_reservation reservation);

Order__OrderState order_state_to_wire(enum order_state state);
/* ORDER_STATE_NONE for "unspecified". The door has refused unknown ones. */
enum order_state order_state_of_wire(Order__OrderState state);
enum order_event order_event_of_wire(const Order__Event *event);

/* ---- rows ---- */

/* What changes with every move and what lists show; little endian, without padding. */
struct order_row {
    uint64_t revision; /* count of events, from 1 */
    int64_t placed_ms;
    int64_t accept_by_ms;
    int64_t due_ms; /* of the timer that runs, 0 where none */
    int64_t total_minor;
    struct gm_member_id buyer;
    struct gm_member_id seller;
    struct gm_member_id cancel_proposed_by; /* zero where nobody has */
    struct gm_currency currency;
    uint16_t line_count;
    uint8_t state;         /* enum order_state */
    uint8_t reservation;   /* enum order_reservation */
    uint8_t cancel_wanted; /* in PLACED: the buyer has cancelled, the catalog has not answered */
    uint8_t reference_bytes;
    char reference[ORDER_REFERENCE_BYTES_MAX];
    uint8_t zero[6];
};
_Static_assert(sizeof(struct order_row) == 144, "no padding");

/*  table               key                                        value
 *  orders              order id                                   struct order_row
 *  order_documents     order id                                   OrderView with `order` alone
 *  order_steps         order id, revision (u32)                   OrderView with one of `steps`,
 * and `refused` orders_by_party     member, side (u8), state (u8; 0: any),     nothing ~placed_ms
 * (u64), order id
 *
 * The stored pieces of the view end to end are an encoded OrderView: what GetOrder answers. */
extern const struct gm_table order_rows_table;
extern const struct gm_table order_documents_table;
extern const struct gm_table order_steps_table;
extern const struct gm_table order_party_table;
extern const struct gm_table *const order_tables[]; /* ends with NULL */

void order_key(struct gm_key *key, struct gm_order_id order);
void order_step_key(struct gm_key *key, struct gm_order_id order, uint64_t revision);

/* Where an order stands in a list: newest first. */
struct order_listing {
    int64_t placed_ms;
    struct gm_order_id order;
};
/* The front part of the keys of such a list, then one whole key, and its last two parts read back.
 */
void order_party_prefix(struct gm_key *key, struct gm_member_id member, enum order_side side,
                        enum order_state state);
void order_party_key(struct gm_key *key, struct gm_member_id member, enum order_side side,
                     enum order_state state, struct order_listing at);
struct order_listing order_party_listing(struct gm_bytes key);

/* False where there is no such order; *ret_row untouched then. */
GM_CHECKED bool order_find(const struct gm_rows *rows, struct gm_order_id order,
                           struct order_row *ret_row);
/* The stored pieces, borrowed as gm_rows_get says. GM_NOT_FOUND, GM_TOO_LARGE. */
GM_CHECKED enum gm_status order_find_document(const struct gm_rows *rows, struct gm_order_id order,
                                              struct gm_arena *arena, struct gm_bytes *ret_view);
GM_CHECKED enum gm_status order_find_step(const struct gm_rows *rows, struct gm_order_id order,
                                          uint64_t revision, struct gm_arena *arena,
                                          struct gm_bytes *ret_view);

/* ORDER_BUYER, ORDER_SELLER, or 0 for everybody else. */
unsigned order_side_of(const struct order_row *row, struct gm_member_id member);
