/* matching/ask.h - a sourcing request of the wire as the engine takes it. What the door has checked
 * (ids, ranges, enums) is trusted here. Pure. */
#pragma once

#include "base/arena.h"
#include "base/reason.h"
#include "matching/vocabulary.h"
#include "wire/envelope.h"

/* Borrows the message; the rest lies in the arena. */
struct matching_ask {
    struct engine_reference reference; /* the code lists of this program */
    struct matching_words bodies;
    struct matching_words glazes;
    struct engine_request request;     /* matches_max is ENGINE_MATCHES_DEFAULT */
    struct engine_request_line *lines; /* the request's, with this program's reference figures */
};

/* May this be asked on this day, and what is it? In order:
 *   PLACE_UNKNOWN      deliver_to
 *   CATEGORY_UNKNOWN   lines[i].category, and
 *   PLACE_UNKNOWN      lines[i].village, line by line
 *   OUT_OF_RANGE       lines[i].needed_by: before today, or more than ENGINE_NEEDED_BY_DAYS_MAX on
 *   WEIGHTS_NOT_WHOLE  weights
 * Refused: ret_field names the field, from the request on, and *ret_ask is left alone. The arena
 * has room (asserted). */
GM_CHECKED enum gm_reason matching_ask(const Matching__SourcingRequest *message,
                                       struct gm_member_id buyer, int32_t today,
                                       struct gm_arena *arena, struct matching_ask *ret_ask,
                                       char ret_field[GM_FIELD_PATH_BYTES_MAX + 1]);

/* Puts the figures with which a stored request was submitted, one a line, in place of this
 * program's.
 */
void matching_ask_by(struct matching_ask *ask, uint32_t reference_version,
                     Matching__LineReference *const *references, size_t count);
