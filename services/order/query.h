/* order/query.h - what an order's two sides may read. An order is there for its buyer and its
 * seller; for everybody else it does not exist. */
#pragma once

#include "runtime/service.h"

gm_query_fn order_query_get;
gm_search_fn order_query_list;

/* Names the offending field; returns the reason, to be returned. */
enum gm_reason order_query_refuse(struct gm_answer *answer, enum gm_reason reason,
                                  const char *field);

/* As `settled` of struct gm_service: over when the order has left PLACED. */
bool order_settled(const struct gm_rows *rows, const struct gm_call *call, struct gm_bytes reply,
                   struct gm_id *ret_saga, struct gm_answer *answer);

/* As `audit` of struct gm_service. */
enum gm_status order_audit(struct gm_snapshot *snapshot, struct gm_arena *arena, char *ret_why,
                           size_t why_size);
