#include "shelf.h"

#include <stdlib.h>
#include <string.h>

enum { OFFERS_MAX = 20000 };

static struct gm_call_options at_position(struct gm_position position)
{
    struct gm_call_options options = {0};
    if (position.journal_id != 0) options.positions[options.position_count++] = position;
    return options;
}

static void keep_tiers(struct tool *tool, const Catalog__LotTerms *terms, struct offer *offer)
{
    offer->tier_count = terms->n_tiers;
    offer->tiers = tool_alloc(tool, terms->n_tiers * sizeof *offer->tiers);
    for (size_t i = 0; i < terms->n_tiers; i++)
        offer->tiers[i] =
            (struct tier){terms->tiers[i]->from_quantity, terms->tiers[i]->unit_price_minor};
}

static void keep_lot(struct tool *tool, const Catalog__LotView *view, struct offer *offer)
{
    const Catalog__Lot *lot = view->lot;
    *offer = (struct offer){
        .sku = tool_text(tool, lot->sku),
        .lot = tool_id(lot->lot_id),
        .seller = tool_id(lot->seller),
        .ship_from = tool_text(tool, lot->terms->ship_from),
        .currency = tool_text(tool, lot->terms->currency),
        .on_hand = view->on_hand,
        .reserved = view->reserved,
    };
    keep_tiers(tool, lot->terms, offer);
}

static int compare(const void *a, const void *b)
{
    const struct offer *one = a;
    const struct offer *other = b;
    const int sellers = gm_id_compare(one->seller, other->seller);
    return sellers != 0 ? sellers : strcmp(one->sku, other->sku);
}

static void read_lots(struct tool *tool, const struct gm_call_options *options, struct shelf *shelf)
{
    uint8_t token[TOOL_TOKEN_BYTES];
    Common__Page page = COMMON__PAGE__INIT;
    page.size = TOOL_PAGE_ROWS;
    Catalog__ListLotsRequest request = CATALOG__LIST_LOTS_REQUEST__INIT;
    request.page = &page;
    const Catalog__ListLotsReply *reply;
    do {
        reply = tool_ask(tool, NULL, tool_method("catalog", "ListLots"), &request, options);
        for (size_t i = 0; i < reply->n_lots; i++) {
            if (reply->lots[i]->state != CATALOG__LISTING_STATE__LISTED) continue;
            if (shelf->count == OFFERS_MAX) tool_fail("more than %d lots are offered", OFFERS_MAX);
            keep_lot(tool, reply->lots[i], &shelf->at[shelf->count++]);
        }
    } while (tool_turn_page(&page, reply->next_token, token));
}

/* Names of categories are few and many products share one: a copy a product is little. */
static void read_products(struct tool *tool, const struct gm_call_options *options,
                          struct shelf *shelf)
{
    uint8_t token[TOOL_TOKEN_BYTES];
    Common__Page page = COMMON__PAGE__INIT;
    page.size = TOOL_PAGE_ROWS;
    Catalog__ListProductsRequest request = CATALOG__LIST_PRODUCTS_REQUEST__INIT;
    request.page = &page;
    const Catalog__ListProductsReply *reply;
    do {
        reply = tool_ask(tool, NULL, tool_method("catalog", "ListProducts"), &request, options);
        for (size_t i = 0; i < reply->n_products; i++) {
            const Catalog__Product *product = reply->products[i]->product;
            struct offer *offer = shelf_find(shelf, tool_id(product->seller), product->sku);
            if (offer == NULL) continue; /* nothing of it is offered */
            offer->category = tool_text(tool, product->terms->category);
            offer->base_unit = product->terms->base_unit;
        }
    } while (tool_turn_page(&page, reply->next_token, token));
}

struct shelf shelf_read(struct tool *tool, struct gm_position catalog)
{
    struct shelf shelf = {.at = gm_arena_alloc(&tool->arena, OFFERS_MAX * sizeof *shelf.at)};
    if (shelf.at == NULL) tool_fail("not enough memory");
    const struct gm_call_options options = at_position(catalog);
    read_lots(tool, &options, &shelf);
    qsort(shelf.at, shelf.count, sizeof *shelf.at, compare);
    for (size_t i = 1; i < shelf.count; i++)
        if (compare(&shelf.at[i - 1], &shelf.at[i]) == 0)
            tool_fail("one seller has two lots of %s: which is meant?", shelf.at[i].sku);
    read_products(tool, &options, &shelf);
    return shelf;
}

struct offer *shelf_find(const struct shelf *shelf, struct gm_id seller, const char *sku)
{
    const struct offer wanted = {.seller = seller, .sku = sku};
    return bsearch(&wanted, shelf->at, shelf->count, sizeof *shelf->at, compare);
}

int64_t offer_price(const struct offer *offer, int64_t quantity)
{
    int64_t price = offer->tiers[0].unit_price_minor;
    for (size_t i = 1; i < offer->tier_count && offer->tiers[i].from_quantity <= quantity; i++)
        price = offer->tiers[i].unit_price_minor;
    return price;
}
