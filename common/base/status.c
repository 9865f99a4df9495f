#include "base/status.h"

#include <errno.h>
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

enum gm_status gm_status_of_errno(int number)
{
    switch (number) {
    case ENOENT:
        return GM_NOT_FOUND;
    case EFBIG:
    case ENAMETOOLONG:
        return GM_TOO_LARGE;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
        return GM_NO_SPACE;
    case EAGAIN:
    case EBUSY:
    case EADDRINUSE:
        return GM_BUSY;
    case ETIMEDOUT:
        return GM_TIMEOUT;
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return GM_UNAVAILABLE;
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOTDIR:
    case EISDIR:
        return GM_REFUSED;
    default:
        return GM_IO;
    }
}
