/* catalog/query.h - questions: reads only. Single things by point look-ups on the newest state,
 * lists on a snapshot. A list's token holds a hash of its method and filter and the last key shown;
 * keys ascend, so that a row that stays is shown exactly once. */
#pragma once

#include "runtime/service.h"

enum {
    CATALOG_PAGE_ROWS_DEFAULT = 50,
    CATALOG_PAGE_ROWS_MAX = 500,
    CATALOG_PAGE_TOKEN_BYTES_MAX = 128,
};

gm_query_fn catalog_query_product;     /* GetProduct: FIELD_MISSING, PRODUCT_UNKNOWN */
gm_query_fn catalog_query_lot;         /* GetLot: FIELD_MISSING, LOT_UNKNOWN */
gm_query_fn catalog_query_reservation; /* GetReservation: RESERVATION_UNKNOWN for all but its buyer,
                                          its seller and the services */

gm_search_fn catalog_search_products;     /* ListProducts: PAGE_TOKEN, as all three */
gm_search_fn catalog_search_lots;         /* ListLots: PRODUCT_UNKNOWN */
gm_search_fn catalog_search_reservations; /* ListReservations: LOT_UNKNOWN, NOT_YOURS */

/* Names the offending field; returns the reason, to be returned. */
enum gm_reason catalog_refuse_query(struct gm_answer *answer, enum gm_reason reason,
                                    const char *field);
