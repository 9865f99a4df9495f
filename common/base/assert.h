/* base/assert.h - GM_ASSERT: our own invariant, one condition, no side effects, on in every build.
 * A breach stops the process with a line on stderr; it restarts and replays its journal. */
#pragma once

/* An expression of type void, so that it can stand in a macro or before a comma. */
#define GM_ASSERT(condition) \
    ((condition) ? (void)0 : gm_assert_failed(#condition, __FILE__, __LINE__, __func__))

/* Where control cannot come. */
#define GM_UNREACHABLE() gm_assert_failed("unreachable", __FILE__, __LINE__, __func__)

__attribute__((noreturn, cold)) void gm_assert_failed(const char *condition, const char *file,
                                                      int line, const char *function);
