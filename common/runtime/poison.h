/* runtime/poison.h - the command that is being decided, in memory that outlives a crash: the shell
 * maps a small file, the simulator hands in its own. A handler of SIGSEGV, SIGBUS, SIGFPE, SIGILL
 * and SIGABRT marks it; kill -9, the OOM killer and a power cut leave it unmarked.
 *
 *   offset size  field
 *   0      16    command id, zero where none is being decided
 *   16     16    content hash
 *   32     4     1 where a handler marked it
 *   36     4     starts in a row that found this very command being decided
 *   40     4     1 from when it is entered until a start has counted it
 *   44     4     reserved, zero
 *   48     n*40  quarantine: command id, content hash, until (UTC ms)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

enum {
    GM_QUARANTINE_MAX = 32,
    GM_QUARANTINE_MS = 3600 * 1000,
    GM_POISON_STARTS = 2, /* deaths in a row within the same unmarked command condemn it too */
};

struct gm_quarantined {
    struct gm_id command_id;
    struct gm_id content_hash;
    int64_t until_ms;
};

struct gm_poison {
    struct gm_id command_id;
    struct gm_id content_hash;
    uint32_t marked; /* written by a signal handler: a plain store of one word */
    uint32_t starts;
    uint32_t entered;
    uint32_t reserved;
    struct gm_quarantined quarantine[GM_QUARANTINE_MAX];
};
_Static_assert(sizeof(struct gm_poison) == 48 + GM_QUARANTINE_MAX * 40, "drawn above");

/* At a start: moves a command that was found marked, or for the second start in a row, into
 * quarantine (the oldest row gives way) until an hour from now. True where it condemned one. */
bool gm_poison_start(struct gm_poison *poison, int64_t now_ms);
/* Around decide. */
void gm_poison_enter(struct gm_poison *poison, struct gm_id command_id, struct gm_id content_hash);
void gm_poison_leave(struct gm_poison *poison);
bool gm_poison_holds(const struct gm_poison *poison, struct gm_id command_id,
                     struct gm_id content_hash, int64_t now_ms);
