/* catalog/rule.h - the rules of the catalog, each on what it is given alone; README.md says them in
 * words. Pure. Guards stand in the order of precedence. */
#pragma once

#include <stdint.h>

#include <catalog.pb-c.h>

#include "base/reason.h"
#include "catalog/state.h"
#include "runtime/service.h"

/* FIELD_MISSING or OUT_OF_RANGE (set_pieces, with SET and only then), TOO_MANY (a language twice),
 * CATEGORY_UNKNOWN. A refusal names the field in the decision. */
GM_CHECKED enum gm_reason catalog_check_product_terms(const Catalog__ProductTerms *terms,
                                                      struct gm_decision *decision);

/* NOT_A_MULTIPLE (min_order), TIERS_NOT_ORDERED, PLACE_UNKNOWN. A refusal names the field. */
GM_CHECKED enum gm_reason catalog_check_lot_terms(const Catalog__LotTerms *terms,
                                                  struct gm_decision *decision);

/* What adjusting a lot by so many would change: ret_delta, signed. TOO_FEW_AVAILABLE where more are
 * gone than there are, with on_hand in ret_limit; BELOW_RESERVED, with reserved there. */
GM_CHECKED enum gm_reason catalog_check_adjust(const struct catalog_lot_row *row,
                                               Catalog__AdjustReason reason, int64_t quantity,
                                               int64_t *ret_delta, int64_t *ret_limit);

/* What all lines of a reservation have in common. */
struct catalog_ask {
    struct gm_member_id seller;
    struct gm_currency currency;
    struct catalog_code ship_from;
};

/* A lot, as a reservation sees it. */
struct catalog_offer {
    struct gm_member_id seller;
    enum catalog_listing listing; /* the product's too */
    int64_t available;            /* on_hand - reserved, 0 or more */
    struct catalog_terms_row terms;
};

struct catalog_line {
    int64_t quantity;
    int64_t unit_price_minor; /* that the buyer saw */
    int64_t demand;           /* for this lot, of all lines of the order */
};

/* Quantity, minimum, multiple and price are the line's own; only the demand is summed. In order:
 *   LOT_ELSEWHERE      another seller's, or from another place; final, like the next five
 *   CURRENCY_MIXED     priced in another currency than the order
 *   WITHDRAWN
 *   NOT_A_MULTIPLE     ret_line->available is the multiple
 *   BELOW_MINIMUM      ret_line->available is the minimum
 *   PRICE_CHANGED      ret_line->unit_price_minor is the price now at that quantity
 *   TOO_FEW_AVAILABLE  ret_line->available is what there is; transient: another order may release
 * Allowed: GM_REASON_NONE and *ret_line untouched. Refused: sets what is named above and the
 * reason. */
GM_CHECKED enum gm_reason catalog_check_line(const struct catalog_offer *offer,
                                             const struct catalog_ask *ask,
                                             const struct catalog_line *line,
                                             struct gm_refused_line *ret_line);

/* The price of a unit at a quantity of at least the lot's min_order (asserted): the tier reached
 * prices all units. */
int64_t catalog_price_at(const struct catalog_terms_row *terms, int64_t quantity);
