/* shelf.h - what the catalog offers, as a buyer reads it: every lot with its product. */
#pragma once

#include "catalog.pb-c.h"
#include "tool.h"

struct tier {
    int64_t from_quantity;
    int64_t unit_price_minor;
};

struct offer {
    const char *sku; /* of one lot of this seller */
    struct gm_id lot;
    struct gm_id seller;
    const char *ship_from;
    const char *currency;
    const char *category;
    Common__Unit base_unit;
    int64_t on_hand;
    int64_t reserved;
    size_t tier_count;
    struct tier *tiers;
};

struct shelf {
    struct offer *at; /* ascending by seller, SKU */
    size_t count;
};

/* From a state that includes this position of the catalog; all zero: any. */
struct shelf shelf_read(struct tool *tool, struct gm_position catalog);

/* NULL: this seller does not sell it. */
struct offer *shelf_find(const struct shelf *shelf, struct gm_id seller, const char *sku);

/* The price of each unit at that quantity: of the last tier that it reaches, the first below them
 * all. */
int64_t offer_price(const struct offer *offer, int64_t quantity);
