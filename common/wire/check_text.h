/* wire/check_text.h - a text from outside in the form that its field takes (proto/options.proto,
 * TextKind). */
#pragma once

#include "base/arena.h"
#include "base/reason.h"
#include "base/status.h"
#include "wire/method.h"

/* The stored form of text, which may be empty; a code, currency or country is upper-case, a
 * language tag has the case that RFC 5646 recommends. It is text itself where nothing changes, else
 * lies in the arena. BAD_TEXT, FIELD_TOO_LONG (over max_bytes in its stored form), BAD_FRAME where
 * the arena is full. */
GM_CHECKED enum gm_reason gm_check_text(const char *text, const struct gm_limit *limit,
                                        struct gm_arena *arena, const char **ret_text);
