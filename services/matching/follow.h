/* matching/follow.h - the catalog's events to rows of one generation. Cannot refuse: the catalog
 * has decided, and its stream is followed without a gap from its first entry, which is asserted.
 * Depends on nothing but the event and the rows, so that a replay makes the same rows again. */
#pragma once

#include "runtime/service.h"

/* As `apply` of struct gm_follow, of Catalog__Event. A kind of event that this program does not
 * know changes nothing here. */
void matching_follow(struct gm_fold *fold, uint32_t generation,
                     const struct gm_foreign_event *foreign, const ProtobufCMessage *event);
