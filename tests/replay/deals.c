#include "deals.h"

#include <stdlib.h>
#include <string.h>

/* A sale and the offer that it takes. */
struct pick {
    const struct sale *sale;
    struct offer *offer;
};

/* In the order of the stream within a deal. */
static int compare(const void *a, const void *b)
{
    const struct pick *one = a;
    const struct pick *other = b;
    int order = strcmp(one->sale->invoice, other->sale->invoice);
    if (order == 0) order = gm_id_compare(one->offer->seller, other->offer->seller);
    if (order == 0) order = strcmp(one->offer->ship_from, other->offer->ship_from);
    if (order == 0) order = (one->sale > other->sale) - (one->sale < other->sale);
    return order;
}

static bool same_deal(const struct pick *one, const struct pick *other)
{
    return strcmp(one->sale->invoice, other->sale->invoice) == 0 &&
           gm_id_equal(one->offer->seller, other->offer->seller) &&
           strcmp(one->offer->ship_from, other->offer->ship_from) == 0;
}

static struct pick *make_picks(struct tool *tool, const struct sales *sales,
                               const struct shelf *shelf)
{
    struct pick *picks = tool_alloc(tool, sales->count * sizeof *picks);
    for (size_t i = 0; i < sales->count; i++) {
        const struct sale *sale = &sales->at[i];
        picks[i] = (struct pick){sale, shelf_find(shelf, sale->seller, sale->sku)};
        if (picks[i].offer == NULL) tool_fail("%s is not offered by its workshop", sale->sku);
    }
    qsort(picks, sales->count, sizeof *picks, compare);
    return picks;
}

static struct invoice *begin_invoice(struct deals *deals, const struct sale *sale)
{
    struct invoice *invoice = &deals->invoices[deals->invoice_count++];
    *invoice = (struct invoice){.number = sale->invoice,
                                .time = sale->time,
                                .buyer = sale->buyer,
                                .deliver_to = sale->deliver_to,
                                .deals = &deals->at[deals->count]};
    return invoice;
}

struct deals deals_make(struct tool *tool, const struct sales *sales, const struct shelf *shelf)
{
    const struct pick *picks = make_picks(tool, sales, shelf);
    struct deals deals = {
        .at = tool_alloc(tool, sales->count * sizeof *deals.at),
        .invoices = tool_alloc(tool, sales->count * sizeof *deals.invoices),
        .shelf = shelf,
    };
    struct deal_line *lines = tool_alloc(tool, sales->count * sizeof *lines);
    struct invoice *invoice = NULL;
    for (size_t i = 0; i < sales->count; i++) {
        const struct sale *sale = picks[i].sale;
        if (invoice == NULL || strcmp(invoice->number, sale->invoice) != 0)
            invoice = begin_invoice(&deals, sale);
        if (i == 0 || !same_deal(&picks[i - 1], &picks[i])) {
            deals.at[deals.count++] = (struct deal){.invoice = invoice, .lines = &lines[i]};
            invoice->deal_count++;
        }
        struct deal *deal = &deals.at[deals.count - 1];
        lines[i] =
            (struct deal_line){.offer = picks[i].offer,
                               .quantity = sale->quantity,
                               .unit_price_minor = offer_price(picks[i].offer, sale->quantity)};
        deal->line_count++;
        deal->units += sale->quantity;
    }
    return deals;
}
