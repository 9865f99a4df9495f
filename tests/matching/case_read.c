#include <stdlib.h>
#include <string.h>

#include "matching/case.h"

enum { WORDS_MAX = 4096 };

/* A position in a table of names: of units, grades and so on. */
#define ROW_IN(names, name) row_in(names, sizeof(names) / sizeof *(names), name)

static const char *const units[ENGINE_UNIT_COUNT] = {
    [ENGINE_UNIT_C62] = "C62", [ENGINE_UNIT_PR] = "PR",   [ENGINE_UNIT_SET] = "SET",
    [ENGINE_UNIT_CMK] = "CMK", [ENGINE_UNIT_GRM] = "GRM",
};
static const char *const grades[ENGINE_GRADE_COUNT] = {
    [ENGINE_GRADE_A] = "A",
    [ENGINE_GRADE_B] = "B",
    [ENGINE_GRADE_SECOND] = "SECOND",
    [ENGINE_GRADE_BYPRODUCT] = "BYPRODUCT",
};
static const char *const incoterms[ENGINE_INCOTERM_COUNT] = {
    [ENGINE_INCOTERM_EXW] = "EXW",
    [ENGINE_INCOTERM_FCA] = "FCA",
};
static const char *const splits[ENGINE_SPLIT_COUNT] = {
    [ENGINE_SPLIT_WHOLE] = "WHOLE",
    [ENGINE_SPLIT_SPLIT] = "SPLIT",
};
static const char *const modes[ENGINE_MODE_COUNT] = {
    [ENGINE_MODE_ROAD] = "road",
    [ENGINE_MODE_SEA] = "sea",
    [ENGINE_MODE_AIR] = "air",
};
static const char *const states[] = {"LISTED", "WITHDRAWN"};

/* What is being read: the case, its tables by name, and where things go. */
struct reading {
    struct gm_arena *arena;
    struct match_case *of;
    const json_t *places;
    const json_t *energies;
    const char **categories; /* by row */
};

static void *take(struct gm_arena *arena, size_t size)
{
    void *at = gm_arena_zalloc(arena, size > 0 ? size : 1);
    if (at == NULL) case_fail("a case passes the arena");
    return at;
}

#define TAKE(reading, type, count) ((type *)take((reading)->arena, sizeof(type) * (count)))

static size_t row_in(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) return i;
    }
    case_fail("%s is not of its list", name);
}

static const json_t *field(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL) case_fail("no \"%s\"", key);
    return value;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(field(object, key));
    if (value == NULL) case_fail("\"%s\" is no text", key);
    return value;
}

static int64_t integer(const json_t *value)
{
    if (!json_is_integer(value)) case_fail("not an integer");
    return json_integer_value(value);
}

static int64_t number(const json_t *object, const char *key)
{
    return integer(field(object, key));
}

static struct engine_optional optional(const json_t *object, const char *key)
{
    const json_t *value = field(object, key);
    return json_is_null(value) ? (struct engine_optional){0} : engine_some(integer(value));
}

/* The row of an object's key, in the order of the object. */
static uint32_t key_row(const json_t *object, const char *key)
{
    uint32_t row = 0;
    for (void *at = json_object_iter((json_t *)object); at != NULL;
         at = json_object_iter_next((json_t *)object, at), row++) {
        if (strcmp(json_object_iter_key(at), key) == 0) return row;
    }
    case_fail("%s is not in its table", key);
}

/* Padded with zeros, so that ids stand in the order of their text. */
static struct gm_id id_of(const char *name)
{
    const size_t size = strlen(name);
    if (size > GM_ID_BYTES) case_fail("the id %s is longer than 16 bytes", name);
    struct gm_id id = {{0}};
    memcpy(id.v, name, size);
    return id;
}

static uint32_t word_named(struct reading *reading, const char *name)
{
    struct case_words *words = &reading->of->words;
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->rows[i], name) == 0) return (uint32_t)i + 1;
    }
    if (words->count == WORDS_MAX) case_fail("more than %d words", WORDS_MAX);
    words->rows[words->count++] = name;
    return (uint32_t)words->count;
}

static uint32_t word(struct reading *reading, const json_t *object, const char *key)
{
    if (json_is_null(field(object, key))) return ENGINE_WORD_NONE;
    return word_named(reading, text(object, key));
}

static struct gm_currency currency(const char *name)
{
    struct gm_currency parsed;
    if (gm_currency_parse(name, &parsed) != GM_OK) case_fail("%s is no currency", name);
    return parsed;
}

static uint16_t country(const char *name)
{
    if (strlen(name) != 2) case_fail("%s is no country", name);
    return (uint16_t)(name[0] << 8 | name[1]);
}

static void read_places(struct reading *reading)
{
    struct engine_reference *reference = &reading->of->reference;
    struct engine_place *places =
        TAKE(reading, struct engine_place, json_object_size(reading->places));
    const char *name;
    json_t *place;
    json_object_foreach((json_t *)reading->places, name, place)
    {
        places[reference->place_count++] = (struct engine_place){
            .latitude = (int32_t)number(place, "lat"),
            .longitude = (int32_t)number(place, "lon"),
            .country = country(text(place, "country")),
            .village = word(reading, place, "village"),
        };
    }
    reference->places = places;
}

static void read_borders(struct reading *reading, const json_t *json)
{
    struct engine_reference *reference = &reading->of->reference;
    struct engine_border *borders = TAKE(reading, struct engine_border, json_array_size(json));
    size_t i;
    json_t *pair;
    json_array_foreach(json, i, pair)
    {
        const char *one;
        const char *other;
        if (json_unpack(pair, "[ss]", &one, &other) != 0) case_fail("not a pair of countries");
        borders[i] = (struct engine_border){{country(one), country(other)}};
    }
    reference->borders = borders;
    reference->border_count = json_array_size(json);
}

static uint32_t category_row(const struct reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->of->reference.category_count; i++) {
        if (strcmp(reading->categories[i], name) == 0) return (uint32_t)i;
    }
    return ENGINE_ROW_UNKNOWN;
}

static struct engine_category category_of(struct reading *reading, const json_t *json,
                                          uint32_t parent)
{
    const json_t *by_currency = field(json, "ref_price");
    struct gm_money *prices = TAKE(reading, struct gm_money, json_object_size(by_currency));
    size_t count = 0;
    const char *code;
    json_t *price;
    json_object_foreach((json_t *)by_currency, code, price)
    {
        prices[count++] = (struct gm_money){
            .minor = integer(price),
            .currency = currency(code),
        };
    }
    return (struct engine_category){
        .parent = parent,
        .prices = prices,
        .price_count = count,
        .co2e_g = optional(json, "ref_co2e_g"),
    };
}

/* Again and again those whose parent has its row, since a case may name a child first. */
static void read_categories(struct reading *reading, const json_t *json)
{
    struct engine_reference *reference = &reading->of->reference;
    const size_t count = json_object_size(json);
    struct engine_category *categories = TAKE(reading, struct engine_category, count);
    reference->categories = categories;
    reading->categories = TAKE(reading, const char *, count);

    while (reference->category_count < count) {
        const size_t before = reference->category_count;
        const char *name;
        json_t *category;
        json_object_foreach((json_t *)json, name, category)
        {
            if (category_row(reading, name) != ENGINE_ROW_UNKNOWN) continue;
            const uint32_t own_row = (uint32_t)reference->category_count;
            uint32_t parent = own_row;
            if (!json_is_null(field(category, "parent")))
                parent = category_row(reading, text(category, "parent"));
            if (parent == ENGINE_ROW_UNKNOWN) continue;
            categories[own_row] = category_of(reading, category, parent);
            reading->categories[own_row] = name;
            reference->category_count++;
        }
        if (reference->category_count == before) case_fail("a category has no root");
    }
}

static void read_factors(struct reading *reading, const json_t *json)
{
    struct engine_reference *reference = &reading->of->reference;
    const char *name;
    json_t *value;

    reading->energies = field(json, "energy_ug");
    int64_t *energies = TAKE(reading, int64_t, json_object_size(reading->energies));
    json_object_foreach((json_t *)reading->energies, name, value)
    {
        energies[reference->energy_count++] = integer(value);
    }
    reference->energies = energies;

    const json_t *by_body = field(json, "default_production_g_per_kg");
    struct engine_body *bodies = TAKE(reading, struct engine_body, json_object_size(by_body));
    reference->other_body_g_per_kg = number(by_body, "");
    json_object_foreach((json_t *)by_body, name, value)
    {
        if (name[0] == '\0') continue;
        bodies[reference->body_count++] = (struct engine_body){
            .body = word_named(reading, name),
            .g_per_kg = integer(value),
        };
    }
    reference->bodies = bodies;

    json_object_foreach((json_t *)field(json, "transport_mg_per_tkm"), name, value)
    {
        reference->modes[ROW_IN(modes, name)].mg_per_tkm = integer(value);
    }
}

static void read_tiers(const json_t *json, struct engine_lot *lot)
{
    lot->tier_count = json_array_size(json);
    if (lot->tier_count < 1 || lot->tier_count > ENGINE_TIERS_MAX) case_fail("not 1 to 8 tiers");
    for (size_t i = 0; i < lot->tier_count; i++) {
        const json_t *tier = json_array_get(json, i);
        lot->tiers[i] = (struct engine_tier){
            .from = integer(json_array_get(tier, 0)),
            .unit_price = integer(json_array_get(tier, 1)),
        };
    }
}

static void read_firing(const struct reading *reading, const json_t *json, struct engine_lot *lot)
{
    if (json_is_null(json)) return;
    const json_t *sources = field(json, "sources");
    lot->firing_output_g = number(json, "output_g");
    lot->firing_source_count = json_array_size(sources);
    if (lot->firing_source_count > ENGINE_FIRING_SOURCES_MAX) case_fail("more than 4 sources");
    for (size_t i = 0; i < lot->firing_source_count; i++) {
        const json_t *source = json_array_get(sources, i);
        const char *name = json_string_value(json_array_get(source, 0));
        if (name == NULL) case_fail("a source has no name");
        lot->firing_sources[i] = (struct engine_energy_use){
            .energy = key_row(reading->energies, name),
            .quantity = integer(json_array_get(source, 1)),
        };
    }
}

static void read_lot(struct reading *reading, const json_t *json, struct engine_lot *lot)
{
    *lot = (struct engine_lot){
        .id = {id_of(text(json, "id"))},
        .seller = {id_of(text(json, "seller"))},
        .is_listed = ROW_IN(states, text(json, "state")) == 0,
        .grade = (enum engine_grade)ROW_IN(grades, text(json, "grade")),
        .base_unit = (enum engine_unit)ROW_IN(units, text(json, "base_unit")),
        .incoterm = (enum engine_incoterm)ROW_IN(incoterms, text(json, "incoterm")),
        .currency = currency(text(json, "currency")),
        .category = category_row(reading, text(json, "category")),
        .ship_from = key_row(reading->places, text(json, "ship_from")),
        .body = word(reading, json, "body"),
        .glaze = word(reading, json, "glaze"),
        .on_hand = number(json, "on_hand"),
        .reserved = number(json, "reserved"),
        .min_order = number(json, "min_order"),
        .order_multiple = number(json, "order_multiple"),
        .lead_time_days = number(json, "lead_time_days"),
        .mass_g = number(json, "mass_g"),
    };
    read_tiers(field(json, "tiers"), lot);
    read_firing(reading, field(json, "firing"), lot);
    const json_t *pack = field(json, "pack");
    if (!json_is_null(pack)) {
        lot->pack_units = number(pack, "units");
        lot->pack_gross_g = number(pack, "gross_g");
    }
}

static void read_lots(struct reading *reading, const json_t *json)
{
    struct match_case *of = reading->of;
    of->lot_count = json_array_size(json);
    of->lots = TAKE(reading, struct engine_lot, of->lot_count);
    for (size_t i = 0; i < of->lot_count; i++)
        read_lot(reading, json_array_get(json, i), &of->lots[i]);
}

static const struct gm_member_id *members(struct reading *reading, const json_t *json,
                                          size_t *ret_count)
{
    const size_t count = json_array_size(json);
    struct gm_member_id *ids = TAKE(reading, struct gm_member_id, count);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(json, i));
        if (name == NULL) case_fail("a seller has no name");
        ids[i] = (struct gm_member_id){id_of(name)};
    }
    *ret_count = count;
    return ids;
}

static void read_line(struct reading *reading, const json_t *json, struct engine_request_line *line)
{
    *line = (struct engine_request_line){
        .category = category_row(reading, text(json, "category")),
        .quantity = number(json, "quantity"),
        .over_ppm = number(json, "over_ppm"),
        .base_unit = (enum engine_unit)ROW_IN(units, text(json, "base_unit")),
        .body = word(reading, json, "body"),
        .glaze = word(reading, json, "glaze"),
        .village = word(reading, json, "village"),
        .price_cap = optional(json, "price_cap"),
        .target_price = optional(json, "target_price"),
        .needed_by = optional(json, "needed_by"),
        .co2e_cap = optional(json, "co2e_cap"),
        .distance_cap = optional(json, "distance_cap"),
    };
    if (!json_is_null(field(json, "worst_grade")))
        line->worst_grade = engine_some((int64_t)ROW_IN(grades, text(json, "worst_grade")));
    line->preferred = members(reading, field(json, "preferred"), &line->preferred_count);
    line->excluded = members(reading, field(json, "excluded"), &line->excluded_count);
}

static void read_request(struct reading *reading, const json_t *json)
{
    struct match_case *of = reading->of;
    const json_t *lines = field(json, "lines");
    of->lines = TAKE(reading, struct engine_request_line, json_array_size(lines));
    of->request = (struct engine_request){
        .buyer = {id_of(text(json, "buyer"))},
        .deliver_to = key_row(reading->places, text(json, "deliver_to")),
        .currency = currency(text(json, "currency")),
        .split = (enum engine_split)ROW_IN(splits, text(json, "split")),
        .by_air = json_is_true(field(json, "air")),
        .matches_max = ENGINE_MATCHES_DEFAULT,
        .lines = of->lines,
        .line_count = json_array_size(lines),
    };
    for (int i = 0; i < ENGINE_CRITERION_COUNT; i++) {
        const char *name = engine_criterion_name((enum engine_criterion)i);
        const json_t *weight = json_object_get(field(json, "weights"), name);
        if (weight != NULL) of->request.weights[i] = integer(weight);
    }
    for (size_t i = 0; i < of->request.line_count; i++)
        read_line(reading, json_array_get(lines, i), &of->lines[i]);
    engine_freeze(&of->reference, of->request.currency, of->lines, of->request.line_count);
}

void case_read(const json_t *json, struct gm_arena *arena, struct match_case *ret_case)
{
    struct reading reading = {
        .arena = arena,
        .of = ret_case,
        .places = field(json, "places"),
    };
    *ret_case = (struct match_case){
        .today = (int32_t)number(json, "today"),
        .reference = engine_reference_defaults(),
    };
    ret_case->words.rows = TAKE(&reading, const char *, WORDS_MAX);
    read_places(&reading);
    read_borders(&reading, field(json, "land_borders"));
    read_categories(&reading, field(json, "categories"));
    read_factors(&reading, field(json, "factors"));
    read_lots(&reading, field(json, "lots"));
    read_request(&reading, field(json, "request"));
}
