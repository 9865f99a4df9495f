#include "matching/category.h"

#include "base/assert.h"

/* Its parent, or ENGINE_ROW_UNKNOWN above a root. */
static uint32_t above(const struct engine_reference *reference, uint32_t category)
{
    const uint32_t parent = reference->categories[category].parent;
    GM_ASSERT(parent <= category); /* so that every walk upward ends */
    return parent < category ? parent : ENGINE_ROW_UNKNOWN;
}

bool engine_category_lies_in(const struct engine_reference *reference, uint32_t category,
                             uint32_t asked)
{
    for (; category < reference->category_count; category = above(reference, category)) {
        if (category == asked) return true;
    }
    return false;
}

static struct engine_optional price_of(const struct engine_category *category,
                                       struct gm_currency currency)
{
    for (size_t i = 0; i < category->price_count; i++) {
        if (gm_currency_equal(category->prices[i].currency, currency))
            return engine_some(category->prices[i].minor);
    }
    return (struct engine_optional){0};
}

void engine_freeze(const struct engine_reference *reference, struct gm_currency currency,
                   struct engine_request_line *lines, size_t line_count)
{
    for (size_t i = 0; i < line_count; i++) {
        struct engine_optional price = {0};
        struct engine_optional co2e_g = {0};
        uint32_t row = lines[i].category;
        for (; row < reference->category_count; row = above(reference, row)) {
            const struct engine_category *category = &reference->categories[row];
            if (!price.is_set) price = price_of(category, currency);
            if (!co2e_g.is_set) co2e_g = category->co2e_g;
        }
        lines[i].reference_price = price;
        lines[i].reference_co2e_g = co2e_g.is_set ? co2e_g.value : reference->co2e_g;
    }
}
