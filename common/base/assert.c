#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One write: other threads may be writing too, and a line cut in two helps nobody. */
void gm_assert_failed(const char *condition, const char *file, int line, const char *function)
{
    char text[512];
    const int length = snprintf(text, sizeof text, "%s:%d: %s: assertion failed: %s\n", file, line,
                                function, condition);
    size_t size = length < 0 ? 0 : (size_t)length;
    if (size >= sizeof text) {
        size = sizeof text - 1;
        text[size - 1] = '\n';
    }
    if (write(STDERR_FILENO, text, size) < 0) abort();
    abort();
}
