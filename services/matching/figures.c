#include "matching/figures.h"

#include "base/assert.h"
#include "matching/parts.h"
#include "proto/codes.h"

uint32_t matching_place_row(const char *code)
{
    const struct gm_place *place = gm_place_find(code);
    return place == NULL ? ENGINE_ROW_UNKNOWN : (uint32_t)(place - gm_places);
}

uint32_t matching_category_row(const char *slug)
{
    const struct gm_category *category = gm_category_find(slug);
    return category == NULL ? ENGINE_ROW_UNKNOWN : (uint32_t)(category - gm_categories);
}

uint32_t matching_energy_row(uint32_t energy)
{
    const struct gm_energy *row = gm_energy_find(energy);
    return row == NULL ? ENGINE_ROW_UNKNOWN : (uint32_t)(row - gm_energies);
}

uint32_t matching_village_word(const char *code)
{
    if (code[0] == '\0') return ENGINE_WORD_NONE;
    const uint32_t row = matching_place_row(code);
    return row == ENGINE_ROW_UNKNOWN ? ENGINE_WORD_UNKNOWN : row + 1;
}

size_t matching_listed_bodies(const char **ret_texts, size_t max)
{
    for (size_t i = 0; i < gm_body_count && i < max; i++)
        ret_texts[i] = gm_bodies[i].slug;
    return gm_body_count;
}

static uint16_t country_of(const char text[3])
{
    return (uint16_t)((uint8_t)text[0] << 8 | (uint8_t)text[1]);
}

static void put_places(struct engine_reference *reference, struct gm_arena *arena)
{
    struct engine_place *places =
        matching_array(arena, gm_place_count, sizeof(struct engine_place));
    for (uint32_t i = 0; i < gm_place_count; i++) {
        places[i] = (struct engine_place){
            .latitude = gm_places[i].latitude,
            .longitude = gm_places[i].longitude,
            .country = country_of(gm_places[i].country),
            .village = matching_village_word(gm_places[i].village),
        };
    }
    reference->places = places;
    reference->place_count = gm_place_count;

    struct engine_border *borders =
        matching_array(arena, gm_border_count, sizeof(struct engine_border));
    for (uint32_t i = 0; i < gm_border_count; i++) {
        borders[i] = (struct engine_border){
            {country_of(gm_borders[i].country), country_of(gm_borders[i].neighbour)}};
    }
    reference->borders = borders;
    reference->border_count = gm_border_count;
}

static void put_categories(struct engine_reference *reference, struct gm_arena *arena)
{
    struct gm_currency vnd;
    const enum gm_status parsed = gm_currency_parse("VND", &vnd);
    GM_ASSERT(parsed == GM_OK);
    struct engine_category *categories =
        matching_array(arena, gm_category_count, sizeof(struct engine_category));
    struct gm_money *prices = matching_array(arena, gm_category_count, sizeof(struct gm_money));
    for (uint32_t i = 0; i < gm_category_count; i++) {
        const struct gm_category *listed = &gm_categories[i];
        prices[i] = (struct gm_money){listed->reference_price_vnd, vnd};
        categories[i] = (struct engine_category){
            .parent = listed->parent,
            .prices = &prices[i],
            .price_count = listed->reference_price_vnd != GM_CODES_NO_FIGURE,
        };
        if (listed->reference_co2e_g != GM_CODES_NO_FIGURE)
            categories[i].co2e_g = engine_some(listed->reference_co2e_g);
    }
    reference->categories = categories;
    reference->category_count = gm_category_count;
}

static void put_factors(struct engine_reference *reference, const struct matching_words *words,
                        struct gm_arena *arena)
{
    static const enum gm_transport_mode modes[ENGINE_MODE_COUNT] = {
        [ENGINE_MODE_ROAD] = GM_TRANSPORT_ROAD,
        [ENGINE_MODE_SEA] = GM_TRANSPORT_SEA,
        [ENGINE_MODE_AIR] = GM_TRANSPORT_AIR,
    };
    for (int i = 0; i < ENGINE_MODE_COUNT; i++)
        reference->modes[i].mg_per_tkm = gm_transports[modes[i]].mg_per_tkm;

    int64_t *energies = matching_array(arena, gm_energy_count, sizeof(int64_t));
    for (uint32_t i = 0; i < gm_energy_count; i++)
        energies[i] = gm_energies[i].microgram;
    reference->energies = energies;
    reference->energy_count = gm_energy_count;

    struct engine_body *bodies = matching_array(arena, gm_body_count, sizeof(struct engine_body));
    for (uint32_t i = 0; i < gm_body_count; i++) {
        const struct gm_body *listed = &gm_bodies[i];
        if (listed->slug[0] == '\0') {
            reference->other_body_g_per_kg = listed->production_g_per_kg;
            continue;
        }
        bodies[reference->body_count++] = (struct engine_body){
            .body = matching_word(words, listed->slug),
            .g_per_kg = listed->production_g_per_kg,
        };
    }
    reference->bodies = bodies;
}

struct engine_reference matching_reference(const struct matching_words *bodies,
                                           struct gm_arena *arena)
{
    struct engine_reference reference = engine_reference_defaults();
    reference.version = GM_CODES_VERSION;
    put_places(&reference, arena);
    put_categories(&reference, arena);
    put_factors(&reference, bodies, arena);
    return reference;
}
