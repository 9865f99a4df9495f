/* base/status.h - what the world did to us: the result of everything that can fail for a reason
 * outside the rules of the business. A rule's "no" is an enum gm_reason (base/reason.h), a broken
 * invariant of ours is a GM_ASSERT (base/assert.h). */
#pragma once

#include <stdbool.h>

/* The caller has to look. gcc 12 warns under a (void) cast too: drop one with gm_ignore(). */
#define GM_CHECKED __attribute__((warn_unused_result))

/* One status, one meaning. */
enum gm_status {
    GM_OK = 0,
    GM_NOT_FOUND, /* no such row, batch or file; never how corruption shows */
    GM_END,       /* nothing further in this direction, now */
    GM_TOO_LARGE, /* over a limit that the callee states */
    GM_MALFORMED, /* bytes from outside that are not of the form */
    GM_CORRUPT,   /* bytes of our own that fail their checksum or contradict each other */
    GM_NO_SPACE,  /* disk, map or quota */
    GM_BUSY,      /* held by another process or thread, or not now */
    GM_TIMEOUT,
    GM_UNAVAILABLE, /* the other side cannot be reached */
    GM_REFUSED,     /* the operating system or configuration does not allow it */
    GM_NEWER,       /* written by a newer version of this program */
    GM_IO,          /* any other failure of a system call or library */
    GM_STATUS_COUNT,
};

/* A word for logs: "not-found". */
const char *gm_status_name(enum gm_status status);

/* What a failed system call's errno (not 0) means, where the caller knows nothing better. */
enum gm_status gm_status_of_errno(int number);

/* Drops a status on purpose; why says the reason to the reader. */
static inline void gm_ignore(enum gm_status status, const char *why)
{
    (void)status;
    (void)why;
}
