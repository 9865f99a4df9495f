/* base/reason.h - why something was refused: one table, proto/reasons.csv, compiled in. Decide and
 * the rule functions return these; the number stands in journals, the word on the wire. */
#pragma once

#include <stdint.h>

#include "base/status.h"
#include "reasons.h" /* generated: enum gm_reason { GM_REASON_NONE = 0, GM_REASON_BAD_FRAME = 1, ... } */

/* The canonical status codes. */
enum gm_code {
    GM_CODE_OK = 0,
    GM_CODE_CANCELLED = 1,
    GM_CODE_UNKNOWN = 2,
    GM_CODE_INVALID_ARGUMENT = 3,
    GM_CODE_DEADLINE_EXCEEDED = 4,
    GM_CODE_NOT_FOUND = 5,
    GM_CODE_ALREADY_EXISTS = 6,
    GM_CODE_PERMISSION_DENIED = 7,
    GM_CODE_RESOURCE_EXHAUSTED = 8,
    GM_CODE_FAILED_PRECONDITION = 9,
    GM_CODE_ABORTED = 10,
    GM_CODE_OUT_OF_RANGE = 11,
    GM_CODE_UNIMPLEMENTED = 12,
    GM_CODE_INTERNAL = 13,
    GM_CODE_UNAVAILABLE = 14,
    GM_CODE_DATA_LOSS = 15,
    GM_CODE_UNAUTHENTICATED = 16,
    GM_CODE_COUNT,
};

enum gm_language {
    GM_LANGUAGE_EN = 0,
    GM_LANGUAGE_VI,
    GM_LANGUAGE_COUNT,
};

enum { GM_SENTENCE_BYTES_MAX = 150 }; /* so that a refusal with 20 lines fits GM_REPLY_BYTES_MAX */

struct gm_reason_row {
    uint16_t number;
    const char *word; /* "TOO_FEW_AVAILABLE" */
    enum gm_code status;
    bool transient;    /* the same may succeed later, under a new command id */
    const char *giver; /* host, shell, service, or the service's name */
    const char *sentence[GM_LANGUAGE_COUNT];
};

/* All rows, ascending by number; numbers have no gaps. */
extern const struct gm_reason_row gm_reasons[];
extern const unsigned gm_reason_count;

/* The row of a reason other than GM_REASON_NONE (asserted). */
const struct gm_reason_row *gm_reason_row(enum gm_reason reason);
/* By word; GM_REASON_NONE where there is none. */
enum gm_reason gm_reason_named(const char *word);
/* "NOT_FOUND". A code from the wire is compared with GM_CODE_COUNT first. */
const char *gm_code_name(enum gm_code code);
