/* runtime/toy.h - a service small enough to be seen through, for the tests of the host: it speaks
 * the catalog's methods and means something of its own by them.
 *
 *   Restock             adds; over TOY_ON_HAND_MAX: STOCK_TOO_LARGE
 *   Adjust BROKEN       subtracts; more than there are: BELOW_RESERVED
 *   Adjust COUNTED      starts the lot's timer, due in so many seconds; 0 stops it
 *   Adjust LOST         so many effects (TOY_EFFECTS_MAX at most) of the saga that is the lot:
 * Cancel to the order service, or CloseSourcingRequest to matching where the note says so; refused
 * (TOO_MANY) above Adjust SAMPLE       an event of so many bytes; two of them where the note is
 * "two events" Release, Consume    of other services alone: change nothing, answer with the order's
 * id GetLot, ListLots    what stands there GetProduct          a reply of so many bytes as its SKU
 * says
 *
 * Members see what is restocked, and nothing else. */
#pragma once

#include "runtime/service.h"

enum {
    TOY_ON_HAND_MAX = 1000000000,
    TOY_EFFECTS_MAX = 64,
    TOY_TIMER = 3,
};

/* A row of toy_stock, by the lot's id. */
struct toy_row {
    int64_t on_hand;
    uint64_t revision;
    uint32_t open;    /* effects without an answer */
    uint32_t done;    /* effects that were answered OK */
    uint32_t refused; /* and not */
    uint32_t rung;    /* times the timer came due */
    int64_t rung_ms;  /* the time of the last of them */
};
extern const struct gm_table toy_stock;
/* By the lot's id: the note of its last SAMPLE, as text. */
extern const struct gm_table toy_notes;
/* False, and *ret_row zero, where there is none. */
bool toy_find(const struct gm_rows *rows, struct gm_id lot, struct toy_row *ret_row);

/* A row of toy_orders, by generation and order id: how often an event spoke of it. */
struct toy_order {
    uint64_t count;
    uint64_t seq; /* in the source, of the last */
};
extern const struct gm_table toy_orders;
bool toy_find_order(const struct gm_rows *rows, uint32_t generation, struct gm_id order,
                    struct toy_order *ret_row);

extern const struct gm_service toy_service;
/* The same, that follows the order service and then matching. */
extern const struct gm_service toy_follower;
/* The same as toy_service, of the next fold version. */
extern const struct gm_service toy_newer;
