/* wire/check_bytes.h - the first pass of a message check: the bytes, before anything is allocated
 * for them. */
#pragma once

#include "base/bytes.h"
#include "wire/method.h"
#include "wire/path.h"

enum { GM_MESSAGE_FIELDS_MAX = 32 }; /* of one message; ours have 15 */

/* What protobuf-c would take or trip over and we do not: see wire/check.h. After GM_REASON_NONE the
 * body can be unpacked, and what that allocates is bounded by the rules. */
GM_CHECKED enum gm_reason gm_check_bytes(struct gm_bytes body, const struct gm_rules *rules,
                                         char ret_field[GM_FIELD_PATH_BYTES_MAX + 1]);

/* Of a string, before it is cleaned: what may become max_bytes by taking white space away and
 * composing (in UTF-8, NFC is at least a third as long as what it was made from). */
enum { GM_TEXT_MARGIN_BYTES = 64 };
static inline size_t gm_text_raw_bytes_max(const struct gm_limit *limit)
{
    return 3 * (size_t)limit->max_bytes + GM_TEXT_MARGIN_BYTES;
}

/* Of `bytes`: GM_REASON_NONE, FIELD_TOO_LONG, BAD_ID. Nothing there is no size. */
enum gm_reason gm_check_size(const struct gm_limit *limit, size_t size);
