#include "proto/codes.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int compare_place(const void *code, const void *place)
{
    return strcmp(code, ((const struct gm_place *)place)->code);
}

const struct gm_place *gm_place_find(const char *code)
{
    return bsearch(code, gm_places, gm_place_count, sizeof *gm_places, compare_place);
}

static int compare_category(const void *slug, const void *row)
{
    return strcmp(slug, gm_categories[*(const uint32_t *)row].slug);
}

const struct gm_category *gm_category_find(const char *slug)
{
    const uint32_t *row = bsearch(slug, gm_category_order, gm_category_count,
                                  sizeof *gm_category_order, compare_category);
    return row == NULL ? NULL : &gm_categories[*row];
}

static int compare_body(const void *slug, const void *body)
{
    return strcmp(slug, ((const struct gm_body *)body)->slug);
}

const struct gm_body *gm_body_find(const char *slug)
{
    const struct gm_body *body =
        bsearch(slug, gm_bodies, gm_body_count, sizeof *gm_bodies, compare_body);
    return body == NULL ? &gm_bodies[0] : body;
}

const struct gm_energy *gm_energy_find(uint32_t number)
{
    return number == 0 || number > gm_energy_count ? NULL : &gm_energies[number - 1];
}
