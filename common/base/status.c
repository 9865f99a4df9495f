#include "base/status.h"

#include <stddef.h>

#include "base/assert.h"

static const char *const names[GM_STATUS_COUNT] = {
    [GM_OK] = "ok",
    [GM_NOT_FOUND] = "not-found",
    [GM_END] = "end",
    [GM_TOO_LARGE] = "too-large",
    [GM_MALFORMED] = "malformed",
    [GM_CORRUPT] = "corrupt",
    [GM_NO_SPACE] = "no-space",
    [GM_BUSY] = "busy",
    [GM_TIMEOUT] = "timeout",
    [GM_UNAVAILABLE] = "unavailable",
    [GM_REFUSED] = "refused",
    [GM_NEWER] = "newer",
    [GM_IO] = "io",
};

const char *gm_status_name(enum gm_status status)
{
    GM_ASSERT(status < GM_STATUS_COUNT);
    return names[status];
}
