/* base/text.h - text from outside: is it UTF-8, and the one form in which it is stored. Pure; the
 * normal form is that of the installed utf8proc, so it is taken once, at the door, never in a
 * replay. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

enum { GM_CODE_BYTES_MAX = 40 }; /* of a SKU or lot code; at least 1 */

/* Takes one code point from the front of *rest. False, and nothing taken, where rest is empty or
 * does not begin with UTF-8: overlong forms, surrogates and what is beyond U+10FFFF are none. */
bool gm_text_next(struct gm_bytes *rest, uint32_t *ret_code_point);

/* Writes the code point (a Unicode scalar value, asserted); returns the bytes used, 1 to 4. */
size_t gm_text_encode(uint32_t code_point, uint8_t ret[4]);

bool gm_text_is_utf8(struct gm_bytes text);

/* Category Cc: what moves a cursor, ends a line or rings. NUL is one. */
bool gm_text_is_control(uint32_t code_point);
/* Unicode's property White_Space. */
bool gm_text_is_space(uint32_t code_point);

enum gm_text_kind {
    GM_TEXT_LINE, /* names, reasons, addresses: no control character, no line or paragraph separator
                   */
    GM_TEXT_BLOCK, /* descriptions: a newline (U+000A) is allowed, nothing else of these */
};

/* The stored form: outer white space (control characters among it) removed, then NFC. May be empty.
 * ASCII comes back as a part of text, borrowed from it; other text lies in the arena.
 * GM_MALFORMED: not UTF-8, or a character that the kind refuses; GM_TOO_LARGE: the arena is full.
 * Lengths are limited after this, by the caller: NFC changes them. */
GM_CHECKED enum gm_status gm_text_clean(struct gm_arena *arena, struct gm_bytes text,
                                        enum gm_text_kind kind, struct gm_bytes *ret_text);

/* A business key: outer white space removed, upper-cased, then 1 to GM_CODE_BYTES_MAX of A to Z, 0
 * to 9 and . _ / -, else GM_MALFORMED. What needs no change is borrowed from text. GM_TOO_LARGE:
 * the arena is full. */
GM_CHECKED enum gm_status gm_text_code(struct gm_arena *arena, struct gm_bytes text,
                                       struct gm_bytes *ret_code);
