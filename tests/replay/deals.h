/* deals.h - the stream as orders: the sales of an invoice become one order for each seller and
 * ship-from place among them, with the lot's price at each line's quantity. */
#pragma once

#include "order.pb-c.h"
#include "sales.h"
#include "shelf.h"

struct deal_line {
    struct offer *offer;
    int64_t quantity;
    int64_t unit_price_minor;
};

/* An order as its service tells it. */
struct standing {
    struct gm_id order; /* zero: not placed */
    Order__OrderState state;
    int64_t total_minor;
};

/* One order. */
struct deal {
    struct invoice *invoice;
    struct deal_line *lines; /* all of one seller and place */
    size_t line_count;
    int64_t units;
    struct standing found; /* before we came */
    struct standing heard; /* in the last reply */
    const char *why;       /* reason word where it did not go through, else NULL */
};

/* What a buyer wanted on one day. */
struct invoice {
    const char *number;
    const char *time;
    struct gm_id buyer;
    const char *deliver_to;
    struct deal *deals;
    size_t deal_count;
    size_t open;          /* deals that have not ended */
    struct gm_id request; /* the sourcing request, zero: none */
    struct drive *drive;  /* which plays it */
};

struct deals {
    struct deal *at; /* ascending by invoice, seller, place */
    size_t count;
    struct invoice *invoices; /* ascending by number */
    size_t invoice_count;
    const struct shelf *shelf;
};

/* Ends the process where an article is offered by nobody. */
struct deals deals_make(struct tool *tool, const struct sales *sales, const struct shelf *shelf);
