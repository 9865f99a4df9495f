#include "base/reason.h"

#include <string.h>

#include "base/assert.h"

static const char *const code_names[] = {
    [GM_CODE_OK] = "OK",
    [GM_CODE_CANCELLED] = "CANCELLED",
    [GM_CODE_UNKNOWN] = "UNKNOWN",
    [GM_CODE_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
    [GM_CODE_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
    [GM_CODE_NOT_FOUND] = "NOT_FOUND",
    [GM_CODE_ALREADY_EXISTS] = "ALREADY_EXISTS",
    [GM_CODE_PERMISSION_DENIED] = "PERMISSION_DENIED",
    [GM_CODE_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
    [GM_CODE_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
    [GM_CODE_ABORTED] = "ABORTED",
    [GM_CODE_OUT_OF_RANGE] = "OUT_OF_RANGE",
    [GM_CODE_UNIMPLEMENTED] = "UNIMPLEMENTED",
    [GM_CODE_INTERNAL] = "INTERNAL",
    [GM_CODE_UNAVAILABLE] = "UNAVAILABLE",
    [GM_CODE_DATA_LOSS] = "DATA_LOSS",
    [GM_CODE_UNAUTHENTICATED] = "UNAUTHENTICATED",
};
_Static_assert(sizeof code_names / sizeof *code_names == GM_CODE_COUNT, "each code has a name");

const struct gm_reason_row *gm_reason_row(enum gm_reason reason)
{
    GM_ASSERT(reason > GM_REASON_NONE);
    GM_ASSERT((unsigned)reason <= gm_reason_count);
    return &gm_reasons[reason - 1]; /* numbers go 1, 2, 3 ... */
}

enum gm_reason gm_reason_named(const char *word)
{
    for (unsigned i = 0; i < gm_reason_count; i++) {
        if (strcmp(gm_reasons[i].word, word) == 0) return (enum gm_reason)gm_reasons[i].number;
    }
    return GM_REASON_NONE;
}

const char *gm_code_name(enum gm_code code)
{
    GM_ASSERT((unsigned)code < GM_CODE_COUNT);
    return code_names[code];
}
