/* sim/shadow.h - stock and orders as the journals' events tell them, kept by plain addition: a
 * second account beside the services' own tables, which shares no code with them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct shadow;
struct shadow *shadow_new(void);
void shadow_free(struct shadow *shadow);

/* One event of a journal; false where it breaks what must always hold, with why (SIM_WHY_BYTES). */
bool shadow_catalog(struct shadow *shadow, uint64_t seq, struct gm_bytes event, char *ret_why);
bool shadow_order(struct shadow *shadow, uint64_t seq, struct gm_bytes event, char *ret_why);
/* Whether an answer of GetLot or GetOrder is what the journal says at that entry. */
bool shadow_view(const struct shadow *shadow, uint16_t method, uint64_t seq, struct gm_bytes body,
                 char *ret_why);
/* The catalog's history is another now: told from its first entry. */
void shadow_forget_catalog(struct shadow *shadow);
unsigned shadow_orders_moving(const struct shadow *shadow);
/* Everything has come to rest: every order has ended and holds nothing, or is accepted and holds
 * all. */
bool shadow_end(const struct shadow *shadow, char *ret_why);
