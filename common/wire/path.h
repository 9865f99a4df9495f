/* wire/path.h - where in a message something stands, for people: lines[3].quantity. Frames live on
 * the stack of who walks the message, one for each level. */
#pragma once

#include <stddef.h>

#include "base/reason.h"
#include "wire/envelope.h"

enum { GM_PATH_NO_INDEX = -1 };

struct gm_path {
    const struct gm_path *up; /* NULL at the top */
    const char *name;         /* of the field, as in the .proto */
    long index;               /* of the item in a repeated field, else GM_PATH_NO_INDEX */
};

/* Writes it with its NUL, cut to what there is room for; NULL is the message itself: "". */
void gm_path_text(const struct gm_path *path, char ret[GM_FIELD_PATH_BYTES_MAX + 1]);

/* Writes the path and returns the reason. */
enum gm_reason gm_path_refuse(const struct gm_path *path, enum gm_reason reason,
                              char ret[GM_FIELD_PATH_BYTES_MAX + 1]);
