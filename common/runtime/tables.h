/* runtime/tables.h - the host's own tables, beside the service's. Rows little endian, as drawn.
 *
 *   dedup_members    commands that were journalled
 *     key            command id, member
 *     value          content hash 16, seq 8, status 2, reason 2, reply
 *   dedup_services   the same of members that are services
 *   effects          messages to other services without an answer
 *     key            the effect's command id
 *     value          saga 16, seq 8, time 8, number 4, method 2, to 1, zero 1, body
 *   timers           those that run
 *     key            kind (u8), subject
 *     value          due, UTC ms 8
 *   follows          how far other services are followed
 *     key            service (u8)
 *     value          generation 4, zero 4, journal id 8, through 8, hash 32
 *   pruned           the newest command id that was pruned
 *     key            0 members, 1 services (u8)
 *     value          id 16
 */
#pragma once

#include <stdint.h>

#include "base/hash.h"
#include "base/id.h"
#include "runtime/service.h"
#include "store/store.h"

extern const struct gm_table gm_table_dedup_members;
extern const struct gm_table gm_table_dedup_services;
extern const struct gm_table gm_table_effects;
extern const struct gm_table gm_table_timers;
extern const struct gm_table gm_table_follows;
extern const struct gm_table gm_table_pruned;

/* The service's tables and the host's, ending with NULL, for gm_store_config. */
const struct gm_table **gm_host_tables_new(const struct gm_service *service); /* free() it */

/* A dedup row without its reply. */
struct gm_dedup_row {
    struct gm_id content_hash;
    uint64_t seq;
    uint16_t status;
    uint16_t reason;
};
enum { GM_DEDUP_HEAD_BYTES = 28 };

/* What an effects row says, without its body. */
struct gm_effect_row {
    struct gm_id saga;
    uint64_t seq;
    int64_t time_ms;
    uint32_t number;
    uint16_t method;
    uint8_t to;
};
enum { GM_EFFECT_HEAD_BYTES = 40 };

struct gm_follow_row {
    uint32_t generation;
    uint32_t zero;
    uint64_t journal_id; /* 0: whatever the first chunk says */
    uint64_t through;
    struct gm_hash hash;
};
_Static_assert(sizeof(struct gm_follow_row) == 56, "drawn above");

void gm_dedup_encode(const struct gm_dedup_row *row, uint8_t ret[GM_DEDUP_HEAD_BYTES]);
struct gm_dedup_row gm_dedup_decode(struct gm_bytes value);
void gm_effect_encode(const struct gm_effect_row *row, uint8_t ret[GM_EFFECT_HEAD_BYTES]);
struct gm_effect_row gm_effect_decode(struct gm_bytes value);

const struct gm_table *gm_dedup_table(struct gm_id member);
void gm_dedup_key(struct gm_key *key, struct gm_id command_id, struct gm_id member);
/* False, and *ret_row zero, where nothing was followed yet. */
bool gm_follow_get(const struct gm_rows *rows, enum gm_service_name source,
                   struct gm_follow_row *ret_row);
/* The newest pruned command id of members (0) or services (1); zero where none. */
struct gm_id gm_pruned_get(const struct gm_rows *rows, uint8_t kind);
