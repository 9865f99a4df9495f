/* runtime/disk.h - a service's data folder, opened as a whole: lock, journal, tables, poison file.
 */
#pragma once

#include "base/file.h"
#include "journal/journal.h"
#include "runtime/poison.h"
#include "runtime/service.h"
#include "store/store.h"

struct gm_disk {
    char folder[GM_PATH_MAX];
    struct gm_lock lock;
    struct gm_journal *journal;
    struct gm_store *store;
    struct gm_poison *poison; /* mapped, shared with the file */
    const struct gm_table **tables;
};

/* Opens <data>/<service>, making what is missing. Tables of an older fold version, or of another
 * journal than the one that stands there (it was restored), are removed and made anew: the journal
 * is the truth. GM_BUSY: another process has it. ret_why gets a sentence for the operator. */
GM_CHECKED enum gm_status gm_disk_open(const char *data, const struct gm_service *service,
                                       uint64_t map_bytes, char *ret_why, size_t why_size,
                                       struct gm_disk *ret_disk);
void gm_disk_close(struct gm_disk *disk); /* accepts a zeroed or half-opened one */
