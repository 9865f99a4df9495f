#include "wire/method.h"

#include <string.h>

const struct gm_method *gm_method_find(uint16_t number)
{
    unsigned low = 0, high = gm_method_count;
    while (low < high) {
        const unsigned middle = low + (high - low) / 2;
        if (gm_methods[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < gm_method_count && gm_methods[low].number == number ? &gm_methods[low] : NULL;
}

const struct gm_method *gm_method_named(const char *service, const char *name)
{
    for (unsigned i = 0; i < gm_method_count; i++) {
        const struct gm_method *method = &gm_methods[i];
        const bool here =
            method->number <= GM_METHOD_HOST_MAX || strcmp(method->service, service) == 0;
        if (here && strcmp(method->name, name) == 0) return method;
    }
    return NULL;
}
