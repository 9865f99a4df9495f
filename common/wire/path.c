#include "wire/path.h"

#include <stdio.h>
#include <string.h>

static size_t append(const struct gm_path *path, char *text)
{
    if (path == NULL) return 0;
    const size_t size = GM_FIELD_PATH_BYTES_MAX + 1;
    size_t used = append(path->up, text);
    used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? "." : "", path->name);
    if (used < size && path->index != GM_PATH_NO_INDEX) {
        used += (size_t)snprintf(text + used, size - used, "[%ld]", path->index);
    }
    return used < size ? used : size - 1; /* cut */
}

void gm_path_text(const struct gm_path *path, char ret[GM_FIELD_PATH_BYTES_MAX + 1])
{
    ret[0] = '\0';
    append(path, ret);
}

enum gm_reason gm_path_refuse(const struct gm_path *path, enum gm_reason reason,
                              char ret[GM_FIELD_PATH_BYTES_MAX + 1])
{
    gm_path_text(path, ret);
    return reason;
}
