/* base/option.h - one option of a program: its name, what it takes, what it is without being given,
 * and where its value goes. Programs declare a static const table of them (base/config.h reads it).
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { GM_OPTION_TAKES_MAX = 256 }; /* bytes of the phrase of gm_option_takes, NUL included */

enum gm_option_kind {
    GM_OPTION_TEXT,     /* const char *: borrowed from where it was read */
    GM_OPTION_INTEGER,  /* int64_t */
    GM_OPTION_BYTES,    /* int64_t: 0 or more, with K, M, G or T for powers of 1024 */
    GM_OPTION_DURATION, /* int64_t, milliseconds: 0 or more, with ms, s, min or h */
    GM_OPTION_BOOLEAN,  /* bool: yes, true, on, 1 or no, false, off, 0; a flag alone means yes */
    GM_OPTION_CHOICE,   /* int or enum: the index of one of choices */
};

struct gm_option {
    const char *name;     /* words joined by '-'; the flag is --name, the variable GOMNET_NAME */
    const char *standard; /* the default, as one would write it; NULL: none, a text only */
    const char *help;     /* a sentence */
    const char *const *choices; /* ends with NULL */
    int64_t min, max;           /* of a number, both included; max 0: no limit */
    size_t offset, size;        /* of the field in the program's settings: GM_OPTION_FIELD */
    enum gm_option_kind kind;
    char letter;   /* a flag of one letter as well, but not h or V; 0: none */
    bool required; /* a text without default that has to be given */
};

/* {.name = "data-folder", ..., GM_OPTION_FIELD(struct settings, data_folder)} */
#define GM_OPTION_FIELD(settings, field) \
    .offset = offsetof(settings, field), .size = sizeof(((settings *)NULL)->field)

/* Reads text as a value of the option and puts it into its field. GM_MALFORMED: it is not what the
 * option takes; the field is then untouched. A field of another size than its kind has is asserted.
 */
GM_CHECKED enum gm_status gm_option_set(const struct gm_option *option, const char *text,
                                        void *settings);

/* What it takes, for a sentence: "an integer from 1 to 65535". Returns ret. */
char *gm_option_takes(const struct gm_option *option, char ret[GM_OPTION_TAKES_MAX]);
