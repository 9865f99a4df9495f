#include "runtime/poison.h"

static void condemn(struct gm_poison *poison, int64_t now_ms)
{
    struct gm_quarantined *oldest = &poison->quarantine[0];
    for (unsigned i = 1; i < GM_QUARANTINE_MAX; i++)
        if (poison->quarantine[i].until_ms < oldest->until_ms) oldest = &poison->quarantine[i];
    *oldest = (struct gm_quarantined){
        .command_id = poison->command_id,
        .content_hash = poison->content_hash,
        .until_ms = now_ms + GM_QUARANTINE_MS,
    };
}

bool gm_poison_start(struct gm_poison *poison, int64_t now_ms)
{
    if (gm_id_is_zero(poison->command_id)) return false;
    /* A process that was killed before it decided anything says nothing more about the command
     * found. */
    poison->starts += poison->entered;
    poison->entered = 0;
    if (poison->marked == 0 && poison->starts < GM_POISON_STARTS) return false;
    condemn(poison, now_ms);
    gm_poison_leave(poison);
    return true;
}

void gm_poison_enter(struct gm_poison *poison, struct gm_id command_id, struct gm_id content_hash)
{
    /* The count of starts belongs to the command that was found; another one ends it. */
    if (!gm_id_equal(poison->command_id, command_id)) poison->starts = 0;
    poison->content_hash = content_hash;
    poison->command_id = command_id;
    poison->entered = 1;
}

void gm_poison_leave(struct gm_poison *poison)
{
    poison->command_id = (struct gm_id){{0}};
    poison->marked = 0;
    poison->starts = 0;
    poison->entered = 0;
}

bool gm_poison_holds(const struct gm_poison *poison, struct gm_id command_id,
                     struct gm_id content_hash, int64_t now_ms)
{
    for (unsigned i = 0; i < GM_QUARANTINE_MAX; i++) {
        const struct gm_quarantined *row = &poison->quarantine[i];
        if (row->until_ms > now_ms && gm_id_equal(row->command_id, command_id) &&
            gm_id_equal(row->content_hash, content_hash))
            return true;
    }
    return false;
}
