/* cli/label.h - what fields and values are called where people read them, in both languages. */
#pragma once

#include "base/reason.h"

/* Of a field by its name; the name itself where the table has none. */
const char *cli_label_of(const char *field, enum gm_language language);
/* Of an enum's value by its name (LISTED); the name itself where the table has none. */
const char *cli_label_of_value(const char *name, enum gm_language language);
