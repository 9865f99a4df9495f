/* order/message.h - rows and refusals as messages of the wire. All in the arena, borrowing nothing
 * else. */
#pragma once

#include "base/arena.h"
#include "base/reason.h"
#include "order.pb-c.h"
#include "order/state.h"
#include "wire/envelope.h"

/* Without refused lines; NULL where the arena is full. */
Order__OrderReply *order_reply_new(struct gm_arena *arena, struct gm_order_id order,
                                   const struct order_row *row);

/* The failing lines of a refusal; an array of refusal->line_count. NULL where the arena is full. */
Order__RefusedOrderLine **order_refused_new(struct gm_arena *arena,
                                            const struct gm_refusal *refusal);

/* The reason's word, or the status' where it is a reason that this program does not know. */
const char *order_refusal_word(enum gm_reason reason, enum gm_code status);
