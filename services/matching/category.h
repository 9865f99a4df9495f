/* matching/category.h - the tree of categories. Pure. */
#pragma once

#include "matching/engine.h"

/* Is it that category, or one below it? False for one that the reference does not know. */
bool engine_category_lies_in(const struct engine_reference *reference, uint32_t category,
                             uint32_t asked);
