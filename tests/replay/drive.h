/* drive.h - plays the stream against the running services, many orders at once. The buyer of each
 * invoice submits what she wants as a sourcing request, places her orders, and closes the request
 * when all of them have ended; the seller accepts and despatches, the buyer receives and completes.
 * What was there already is taken up where it stands. */
#pragma once

#include "deals.h"

struct drive {
    struct tool *tool;
    struct deals *deals;
    size_t in_flight_max; /* orders */
    /* The rest begins as zeros. */
    size_t next;       /* invoice to begin */
    size_t open_deals; /* of invoices that have begun */
    size_t placed;     /* orders, by us */
    size_t commands;   /* answered */
    size_t requests_closed;
};

/* The orders that are there now, as the sellers' lists show them: known by seller, buyer and the
 * buyer's number. ret_standings has a place for each deal. */
void drive_list(struct tool *tool, const struct deals *deals, struct standing *ret_standings);

/* Plays what has not ended, from what deals say was found. Returns when every order has ended, each
 * with its state and, where it is not COMPLETED, why. */
void drive_run(struct drive *drive);

/* Why an order is where it is and no further: the reason word of a refusal, else its state's name.
 */
const char *drive_why(const struct deal *deal);
