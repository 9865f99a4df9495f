/* catalog/state.h - what the catalog remembers: tables, row formats, and what is permitted in which
 * state. README.md says the rules in words. Reads only; rows change in apply.c alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/numbers.h"
#include "store/store.h"

enum {
    CATALOG_CODE_BYTES_MAX = 40, /* a SKU, a lot code, a place */
    CATALOG_TIERS_MAX = 8,       /* of a lot */
    CATALOG_LINES_MAX = 1000,    /* of a reservation: the longest real order has 675 */
    CATALOG_LISTED_LOTS_MAX =
        20000, /* of a seller: what one member may make all others look through */
};

/* Upper-case ASCII, NUL-terminated, the rest zero. */
struct catalog_code {
    char text[CATALOG_CODE_BYTES_MAX + 8];
};
struct catalog_code catalog_code_of(const char *text);
/* The code, MAIN where the seller names none. */
const char *catalog_lot_code(const char *text);

/* ---- states ---- */

/* Numbers of the wire and of rows. */
enum catalog_listing {
    CATALOG_LISTING_NONE = 0,
    CATALOG_LISTED = 1,
    CATALOG_WITHDRAWN = 2,
    CATALOG_LISTING_COUNT,
};

/* Of a product or a lot. Stock is counted in every state, and what is reserved stands in every
 * state. */
enum catalog_listing_action {
    CATALOG_REVISE,
    CATALOG_WITHDRAW,
    CATALOG_PUBLISH_LOT, /* of the product */
    CATALOG_OFFER,       /* take new reservations */
    CATALOG_LISTING_ACTION_COUNT,
};
bool catalog_listing_permits(enum catalog_listing state, enum catalog_listing_action action);

/* Numbers of the wire and of rows. */
enum catalog_reservation {
    CATALOG_RESERVATION_NONE = 0,
    CATALOG_HELD = 1,
    CATALOG_CONSUMED = 2,
    CATALOG_RELEASED = 3,
    CATALOG_RESERVATION_COUNT,
};

enum catalog_reservation_action {
    CATALOG_RESERVE,
    CATALOG_CONSUME,
    CATALOG_RELEASE, /* of an order that never reserved too: then nothing of it can come late */
    CATALOG_RESERVATION_ACTION_COUNT,
};
bool catalog_reservation_permits(enum catalog_reservation state,
                                 enum catalog_reservation_action action);

/* ---- rows of fixed layout: little endian, without padding ---- */

struct catalog_product_row {
    struct gm_member_id seller;
    uint64_t revision;    /* from 1; counts changes of terms and listing */
    uint32_t lots;        /* ever published */
    uint32_t listed_lots; /* of them, those whose own state is LISTED */
    struct catalog_code sku;
    uint16_t terms_bytes; /* of the encoded terms, the last field of its document */
    uint8_t base_unit;    /* enum Common__Unit */
    uint8_t state;        /* enum catalog_listing */
    uint8_t zero[4];
};

/* What a movement of stock changes, and what it needs to know. */
struct catalog_lot_row {
    struct gm_product_id product;
    struct gm_member_id seller;
    uint64_t revision;   /* from 1; counts changes of terms and listing, never of stock */
    int64_t on_hand;     /* = received - consumed - written_off, 0 to GM_QUANTITY_MAX */
    int64_t reserved;    /* 0 to on_hand; the sum of the lot's holds */
    int64_t received;    /* to begin with, produced, returned, found by a count */
    int64_t consumed;    /* by orders */
    int64_t written_off; /* broken, lost, given as samples, missed by a count */
    uint8_t state;       /* enum catalog_listing: its own */
    uint8_t zero[7];
};

struct catalog_tier {
    int64_t from_quantity;
    int64_t unit_price_minor;
};

/* What a reservation needs of a lot's terms. */
struct catalog_terms_row {
    struct catalog_tier tiers[CATALOG_TIERS_MAX]; /* the rest zero */
    int64_t min_order;                            /* a multiple of order_multiple */
    int64_t order_multiple;
    struct catalog_code ship_from;
    struct gm_currency currency;
    uint32_t tier_count; /* 1 to CATALOG_TIERS_MAX */
};

struct catalog_seller_row {
    uint64_t listed_lots; /* LISTED lots of LISTED products */
};

struct catalog_reservation_row {
    struct gm_member_id buyer; /* zero in the row of an order that never reserved, like seller */
    struct gm_member_id seller;
    uint32_t lots; /* that still hold something for it; above 0 exactly while HELD */
    uint8_t state; /* enum catalog_reservation */
    uint8_t zero[3];
};

struct catalog_hold_row {
    int64_t quantity; /* base units, 1 or more */
};

/* ---- tables ----
 *
 *   table                key                       value
 *   products             product                   struct catalog_product_row
 *   product_documents    product                   Product, encoded, without descriptions
 *   product_descriptions product                   ProductTerms with descriptions alone, where
 * there are any product_skus         seller, SKU               product lots                 lot
 * struct catalog_lot_row lot_terms            lot                       struct catalog_terms_row
 *   lot_documents        lot                       Lot, encoded
 *   lot_codes            seller, SKU, lot code     lot
 *   sellers              member                    struct catalog_seller_row
 *   reservations         order                     struct catalog_reservation_row
 *   reservation_lots     order                     its lots, ascending, 16 bytes each; only while
 * HELD holds                lot, order                struct catalog_hold_row
 */
extern const struct gm_table catalog_products;
extern const struct gm_table catalog_product_documents;
extern const struct gm_table catalog_product_descriptions;
extern const struct gm_table catalog_product_skus;
extern const struct gm_table catalog_lots;
extern const struct gm_table catalog_lot_terms;
extern const struct gm_table catalog_lot_documents;
extern const struct gm_table catalog_lot_codes;
extern const struct gm_table catalog_sellers;
extern const struct gm_table catalog_reservations;
extern const struct gm_table catalog_reservation_lots;
extern const struct gm_table catalog_holds;
extern const struct gm_table *const catalog_tables[]; /* ends with NULL */

void catalog_key_of(struct gm_key *key, struct gm_id id);
void catalog_key_of_sku(struct gm_key *key, struct gm_member_id seller, const char *sku);
void catalog_key_of_lot_code(struct gm_key *key, struct gm_member_id seller, const char *sku,
                             const char *lot_code);
void catalog_key_of_hold(struct gm_key *key, struct gm_lot_id lot, struct gm_order_id order);

/* ---- getters: false where there is no such row ---- */

bool catalog_get_product(const struct gm_rows *rows, struct gm_product_id product,
                         struct catalog_product_row *ret_row);
bool catalog_get_lot(const struct gm_rows *rows, struct gm_lot_id lot,
                     struct catalog_lot_row *ret_row);
bool catalog_get_reservation(const struct gm_rows *rows, struct gm_order_id order,
                             struct catalog_reservation_row *ret_row);
/* Of a lot that is there (asserted). */
struct catalog_terms_row catalog_terms(const struct gm_rows *rows, struct gm_lot_id lot);
/* WITHDRAWN too where its product is. */
enum catalog_listing catalog_lot_listing(const struct gm_rows *rows,
                                         const struct catalog_lot_row *row);
/* 0 for a seller without lots. */
uint64_t catalog_listed_lots(const struct gm_rows *rows, struct gm_member_id seller);
/* What the lot holds for the order, 0 where nothing. */
int64_t catalog_held(const struct gm_rows *rows, struct gm_lot_id lot, struct gm_order_id order);

/* By business key. */
bool catalog_find_product(const struct gm_rows *rows, struct gm_member_id seller, const char *sku,
                          struct gm_product_id *ret_product);
bool catalog_find_lot(const struct gm_rows *rows, struct gm_member_id seller, const char *sku,
                      const char *lot_code, struct gm_lot_id *ret_lot);

/* Encoded documents, borrowed as gm_rows_get says; of a product or lot that is there (asserted).
 * Descriptions are empty where there are none. */
struct gm_bytes catalog_product_document(const struct gm_rows *rows, struct gm_product_id product,
                                         struct gm_arena *arena);
struct gm_bytes catalog_product_description(const struct gm_rows *rows,
                                            struct gm_product_id product, struct gm_arena *arena);
struct gm_bytes catalog_lot_document(const struct gm_rows *rows, struct gm_lot_id lot,
                                     struct gm_arena *arena);
/* The lots that an order holds, ascending, copied into the arena; count is reservation_row's at the
 * time of the reserve. Of a reservation that is HELD (asserted). */
const struct gm_lot_id *catalog_reserved_lots(const struct gm_rows *rows, struct gm_order_id order,
                                              struct gm_arena *arena, size_t *ret_count);
