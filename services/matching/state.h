/* matching/state.h - what matching remembers: the catalog's offers, as its stream tells them, and
 * sourcing requests. README.md says the rules in words. Reads only; rows change in follow.c and
 * apply.c alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/numbers.h"
#include "matching/engine.h"
#include "store/store.h"

enum {
    MATCHING_TEXT_BYTES_MAX = 40,      /* a place, a category, a body, a buyer's reference */
    MATCHING_OPEN_REQUESTS_MAX = 1000, /* of a member: what one may have looked at ever again */
    MATCHING_CLOSE_DAYS_DEFAULT = 14,  /* after the day of the request, where it names none */
    MATCHING_CLOSE_DAYS_MAX = 180,     /* ahead */
};

/* NUL-terminated, the rest zero. */
struct matching_text {
    char text[MATCHING_TEXT_BYTES_MAX + 8];
};
struct matching_text matching_text_of(const char *text);

/* ---- states of a sourcing request ---- */

/* Numbers of the wire and of rows. */
enum matching_state {
    MATCHING_STATE_NONE = 0,
    MATCHING_OPEN = 1,
    MATCHING_CLOSED = 2,
    MATCHING_EXPIRED = 3,
    MATCHING_STATE_COUNT,
};

enum matching_action {
    MATCHING_CLOSE,  /* the buyer's command */
    MATCHING_EXPIRE, /* the timer, at the end of its last day */
    MATCHING_ACTION_COUNT,
};
/* The state that it leads to; MATCHING_STATE_NONE where it is forbidden. */
enum matching_state matching_permits(enum matching_state state, enum matching_action action);

/* Kinds of the host's timers; the subject is the request's id. */
enum matching_timer {
    MATCHING_TIMER_NONE = 0,
    MATCHING_TIMER_EXPIRE = 1,
};
/* When a request expires: its last day ends. */
int64_t matching_expires_ms(int32_t close_day);

/* ---- rows of fixed layout: little endian, without padding ---- */

/* What the engine needs to know of a lot's product. */
struct matching_product_row {
    struct gm_member_id seller;
    uint64_t revision; /* the catalog's */
    int64_t mass_g;
    struct matching_text category;
    struct matching_text body;  /* "" where it is not stated */
    struct matching_text glaze; /* the same */
    uint8_t base_unit;          /* enum Common__Unit */
    uint8_t is_withdrawn;
    uint8_t zero[6];
};

struct matching_tier {
    int64_t from_quantity;
    int64_t unit_price_minor;
};

struct matching_energy_use {
    int64_t quantity;
    uint32_t energy; /* enum Common__Energy */
    uint8_t zero[4];
};

/* What the engine needs to know of a lot. */
struct matching_lot_row {
    struct gm_product_id product;
    struct gm_member_id seller;
    uint64_t revision; /* the catalog's */
    int64_t on_hand;   /* 0 to GM_QUANTITY_MAX */
    int64_t reserved;  /* 0 to on_hand */
    int64_t min_order; /* a multiple of order_multiple */
    int64_t order_multiple;
    int64_t pack_units; /* 0: no pack */
    int64_t pack_gross_g;
    int64_t firing_output_g;
    struct matching_tier tiers[ENGINE_TIERS_MAX]; /* the rest zero */
    struct matching_energy_use firing[ENGINE_FIRING_SOURCES_MAX];
    struct matching_text ship_from;
    struct gm_currency currency;
    uint32_t lead_time_days;
    uint8_t tier_count;   /* 1 to ENGINE_TIERS_MAX */
    uint8_t firing_count; /* 0: no firing stated */
    uint8_t grade;        /* enum Common__Grade */
    uint8_t incoterm;     /* enum Common__Incoterm */
    uint8_t is_withdrawn; /* by itself; one of a withdrawn product counts as withdrawn too */
    uint8_t zero[3];
};

/* What changes with a request, what lists show and what the timer knows. */
struct matching_request_row {
    struct gm_member_id buyer;
    uint64_t revision; /* count of events, from 1 */
    int64_t submitted_ms;
    int32_t close_day; /* the last day on which it is open */
    uint32_t line_count;
    uint8_t state; /* enum matching_state */
    uint8_t zero[7];
    struct matching_text buyer_reference; /* "" where there is none */
};

struct matching_buyer_row {
    uint64_t open_requests;
};

/* ---- tables ----
 *
 *   table              key                            value
 *   products           generation, product            struct matching_product_row
 *   product_documents  generation, product            Product: SKU, names, what is assumed
 *   lots               generation, lot                struct matching_lot_row
 *   lot_documents      generation, lot                LotTerms: what is assumed, where anything is
 *   requests           request                        struct matching_request_row
 *   request_documents  request                        SourcingView without state and revision
 *   buyer_requests     buyer, state (u8; 0: any),     nothing
 *                      ~submitted_ms (u64), request
 *   buyers             buyer                          struct matching_buyer_row, while above 0
 *
 * The first four are the catalog's, of one history of it each generation. */
extern const struct gm_table matching_products;
extern const struct gm_table matching_product_documents;
extern const struct gm_table matching_lots;
extern const struct gm_table matching_lot_documents;
extern const struct gm_table matching_requests;
extern const struct gm_table matching_request_documents;
extern const struct gm_table matching_buyer_requests;
extern const struct gm_table matching_buyers;
extern const struct gm_table *const matching_tables[];          /* ends with NULL, like the next */
extern const struct gm_table *const matching_followed_tables[]; /* the catalog's */

void matching_key_of(struct gm_key *key, struct gm_id id);
/* A product's or lot's key. */
void matching_key_followed(struct gm_key *key, uint32_t generation, struct gm_id id);

/* Where a request stands in a list: newest first. */
struct matching_listing {
    int64_t submitted_ms;
    struct gm_request_id request;
};
/* The front part of the keys of such a list, then one whole key, and its last two parts read back.
 */
void matching_key_of_list(struct gm_key *key, struct gm_member_id buyer, enum matching_state state);
void matching_key_of_listing(struct gm_key *key, struct gm_member_id buyer,
                             enum matching_state state, struct matching_listing at);
struct matching_listing matching_listing_of(struct gm_bytes key);

/* ---- getters: false where there is no such row, and *ret_row untouched ---- */

GM_CHECKED bool matching_get_product(const struct gm_rows *rows, uint32_t generation,
                                     struct gm_product_id product,
                                     struct matching_product_row *ret_row);
GM_CHECKED bool matching_get_lot(const struct gm_rows *rows, uint32_t generation,
                                 struct gm_lot_id lot, struct matching_lot_row *ret_row);
GM_CHECKED bool matching_get_request(const struct gm_rows *rows, struct gm_request_id request,
                                     struct matching_request_row *ret_row);
/* Of this buyer: for everybody else it does not exist. */
GM_CHECKED bool matching_get_own_request(const struct gm_rows *rows, struct gm_request_id request,
                                         struct gm_member_id buyer,
                                         struct matching_request_row *ret_row);
/* 0 for a member without any. */
uint64_t matching_open_requests(const struct gm_rows *rows, struct gm_member_id buyer);

/* Encoded documents, borrowed as gm_rows_get says; of a product, lot or request that is there
 * (asserted). A lot's is empty where nothing is assumed. */
struct gm_bytes matching_product_document(const struct gm_rows *rows, uint32_t generation,
                                          struct gm_product_id product, struct gm_arena *arena);
struct gm_bytes matching_lot_document(const struct gm_rows *rows, uint32_t generation,
                                      struct gm_lot_id lot, struct gm_arena *arena);
struct gm_bytes matching_request_document(const struct gm_rows *rows, struct gm_request_id request,
                                          struct gm_arena *arena);
