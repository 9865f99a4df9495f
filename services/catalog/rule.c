#include "catalog/rule.h"

#include <strings.h>

#include "base/assert.h"
#include "proto/codes.h"

/* ---- terms ---- */

enum gm_reason catalog_check_product_terms(const Catalog__ProductTerms *terms,
                                           struct gm_decision *decision)
{
    const bool is_set = terms->base_unit == COMMON__UNIT__SET;
    if (is_set && terms->set_pieces == 0)
        return gm_decision_refuse(decision, GM_REASON_FIELD_MISSING, "terms.set_pieces");
    if (!is_set && terms->set_pieces != 0)
        return gm_decision_refuse(decision, GM_REASON_OUT_OF_RANGE, "terms.set_pieces");
    for (size_t i = 0; i < terms->n_names; i++)
        for (size_t before = 0; before < i; before++)
            if (strcasecmp(terms->names[i]->language, terms->names[before]->language) == 0)
                return gm_decision_refuse(decision, GM_REASON_TOO_MANY, "terms.names[%zu].language",
                                          i);
    for (size_t i = 0; i < terms->n_descriptions; i++)
        for (size_t before = 0; before < i; before++)
            if (strcasecmp(terms->descriptions[i]->language,
                           terms->descriptions[before]->language) == 0)
                return gm_decision_refuse(decision, GM_REASON_TOO_MANY,
                                          "terms.descriptions[%zu].language", i);
    if (gm_category_find(terms->category) == NULL)
        return gm_decision_refuse(decision, GM_REASON_CATEGORY_UNKNOWN, "terms.category");
    return GM_REASON_NONE;
}

enum gm_reason catalog_check_lot_terms(const Catalog__LotTerms *terms, struct gm_decision *decision)
{
    GM_ASSERT(terms->n_tiers >= 1 && terms->n_tiers <= CATALOG_TIERS_MAX);
    GM_ASSERT(terms->order_multiple >= 1);

    if (terms->min_order % terms->order_multiple != 0)
        return gm_decision_refuse(decision, GM_REASON_NOT_A_MULTIPLE, "terms.min_order");
    if (terms->tiers[0]->from_quantity != terms->min_order)
        return gm_decision_refuse(decision, GM_REASON_TIERS_NOT_ORDERED,
                                  "terms.tiers[0].from_quantity");
    for (size_t i = 1; i < terms->n_tiers; i++) {
        const Common__PriceTier *below = terms->tiers[i - 1];
        const Common__PriceTier *tier = terms->tiers[i];
        if (tier->from_quantity <= below->from_quantity)
            return gm_decision_refuse(decision, GM_REASON_TIERS_NOT_ORDERED,
                                      "terms.tiers[%zu].from_quantity", i);
        if (tier->unit_price_minor > below->unit_price_minor)
            return gm_decision_refuse(decision, GM_REASON_TIERS_NOT_ORDERED,
                                      "terms.tiers[%zu].unit_price_minor", i);
    }
    if (gm_place_find(terms->ship_from) == NULL)
        return gm_decision_refuse(decision, GM_REASON_PLACE_UNKNOWN, "terms.ship_from");
    return GM_REASON_NONE;
}

/* ---- stock ---- */

enum gm_reason catalog_check_adjust(const struct catalog_lot_row *row, Catalog__AdjustReason reason,
                                    int64_t quantity, int64_t *ret_delta, int64_t *ret_limit)
{
    GM_ASSERT(row->reserved <= row->on_hand); /* apply.c keeps this; a breach is our bug */
    GM_ASSERT(quantity >= 0 && quantity <= GM_QUANTITY_MAX);

    const bool is_count = reason == CATALOG__ADJUST_REASON__COUNTED;
    if (!is_count && quantity > row->on_hand) {
        *ret_limit = row->on_hand;
        return GM_REASON_TOO_FEW_AVAILABLE;
    }
    const int64_t left = is_count ? quantity : row->on_hand - quantity;
    if (left < row->reserved) {
        *ret_limit = row->reserved;
        return GM_REASON_BELOW_RESERVED;
    }
    *ret_delta = left - row->on_hand;
    return GM_REASON_NONE;
}

/* ---- reservations ---- */

int64_t catalog_price_at(const struct catalog_terms_row *terms, int64_t quantity)
{
    GM_ASSERT(terms->tier_count >= 1 && terms->tier_count <= CATALOG_TIERS_MAX);
    GM_ASSERT(quantity >= terms->tiers[0].from_quantity);
    uint32_t reached = 0;
    while (reached + 1 < terms->tier_count && terms->tiers[reached + 1].from_quantity <= quantity)
        reached++;
    return terms->tiers[reached].unit_price_minor;
}

enum gm_reason catalog_check_line(const struct catalog_offer *offer, const struct catalog_ask *ask,
                                  const struct catalog_line *line, struct gm_refused_line *ret_line)
{
    const struct catalog_terms_row *terms = &offer->terms;
    GM_ASSERT(offer->available >= 0);
    GM_ASSERT(line->demand >= line->quantity);

    if (!gm_id_equal(offer->seller.id, ask->seller.id) ||
        memcmp(&terms->ship_from, &ask->ship_from, sizeof ask->ship_from) != 0)
        return GM_REASON_LOT_ELSEWHERE;
    if (!gm_currency_equal(terms->currency, ask->currency)) return GM_REASON_CURRENCY_MIXED;
    if (!catalog_listing_permits(offer->listing, CATALOG_OFFER)) return GM_REASON_WITHDRAWN;
    if (line->quantity % terms->order_multiple != 0) {
        ret_line->available = terms->order_multiple;
        return GM_REASON_NOT_A_MULTIPLE;
    }
    if (line->quantity < terms->min_order) {
        ret_line->available = terms->min_order;
        return GM_REASON_BELOW_MINIMUM;
    }
    const int64_t price = catalog_price_at(terms, line->quantity);
    if (price != line->unit_price_minor) {
        ret_line->unit_price_minor = price;
        return GM_REASON_PRICE_CHANGED;
    }
    if (line->demand > offer->available) {
        ret_line->available = offer->available;
        return GM_REASON_TOO_FEW_AVAILABLE;
    }
    return GM_REASON_NONE;
}
