#include <errno.h>
#include <sys/random.h>

#include "base/assert.h"
#include "base/random.h"

void gm_random_system(void *ret, size_t size)
{
    uint8_t *at = ret;
    while (size > 0) {
        const ssize_t got = getrandom(at, size, 0);
        if (got < 0) {
            GM_ASSERT(errno == EINTR);
            continue;
        }
        at += got;
        size -= (size_t)got;
    }
}
