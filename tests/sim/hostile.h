/* sim/hostile.h - what no client should send: each with the reasons that may be given for it. */
#pragma once

#include "sim.h"

/* One hostile message, or a flood of them, from a client's connection to some node. */
void hostile_send(struct sim *sim, uint8_t client);
/* Request ids of hostile messages have this bit; others never. */
#define HOSTILE_BIT (UINT64_C(1) << 62)
/* And this one of what an operator sends, whose answers nobody waits for. */
#define OPERATOR_BIT (UINT64_C(1) << 61)
/* Judges an answer to one: refused, for the right reason or because of load. */
void hostile_reply(struct sim *sim, const struct gm_reply_header *header, struct gm_bytes body);
