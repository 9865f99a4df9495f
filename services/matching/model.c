#include "matching/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/codes.h"
#include "wire/check.h"

/* ---- the words of the model, by their number in it ---- */

static const char *const places[MODEL_PLACES] = {
    "VN-HO-CHI-MINH-CITY", "VN-BAT-TRANG", "VN-KIM-LAN",   "VN-DA-NANG",
    "CN-GUANGZHOU",        "NL-ROTTERDAM", "VN-GIANG-CAO", "AE-DUBAI",
};
/* Word 0 is none; the last is in no list. */
static const char *const bodies[MODEL_BODIES] = {"", "porcelain", "terracotta", "stoneware",
                                                 "stone"};
static const char *const glazes[] = {"", "ash", "celadon"};
static const char *const currencies[] = {"VND", "EUR"};
static const char *const names[] = {"Bowl", "Wide bowl", "Cup of the north", "Vase"};

/* By the engine's value. */
static const Common__Unit units[ENGINE_UNIT_COUNT] = {
    COMMON__UNIT__C62, COMMON__UNIT__PR, COMMON__UNIT__SET, COMMON__UNIT__CMK, COMMON__UNIT__GRM};
static const Common__Grade grades[ENGINE_GRADE_COUNT] = {
    COMMON__GRADE__A, COMMON__GRADE__B, COMMON__GRADE__SECOND, COMMON__GRADE__BYPRODUCT};
static const Common__Incoterm incoterms[ENGINE_INCOTERM_COUNT] = {COMMON__INCOTERM__EXW,
                                                                  COMMON__INCOTERM__FCA};

static const char *const categories_used[] = {"ceramic", "tableware", "dinnerware", "bowl",
                                              "plate",   "drinkware", "cup",        "vase"};

static unsigned below(struct model *model, uint64_t bound)
{
    return (unsigned)gm_random_below(&model->random, bound);
}

static bool one_in(struct model *model, unsigned n)
{
    return below(model, n) == 0;
}

static void *new_array(struct model *model, size_t count, size_t size)
{
    void *at = gm_arena_zalloc_array(&model->scene->arena, count, size);
    assert_non_null(at);
    return at;
}

/* A repeated field of messages. */
static void *new_pointers(struct model *model, size_t count)
{
    return new_array(model, count, sizeof(void *));
}

static struct gm_currency currency_of(const char *text)
{
    struct gm_currency currency;
    assert_int_equal(gm_currency_parse(text, &currency), GM_OK);
    return currency;
}

struct gm_id model_lot_id(unsigned lot)
{
    return scene_id(6000 + lot);
}

struct gm_id model_product_id(unsigned product)
{
    return scene_id(5000 + product);
}

struct gm_id model_seller_id(const struct model *model, unsigned seller)
{
    return seller == MODEL_SELLERS - 1 ? model->scene->buyer : scene_id(4000 + seller);
}

const char *model_place(unsigned place)
{
    return places[place];
}

const char *model_name(unsigned name)
{
    return names[name];
}

/* ---- the reference, in the model's numbers ---- */

static uint16_t country_of(const char *text)
{
    return (uint16_t)(text[0] << 8 | text[1]);
}

/* A village's word is its place's row + 100; categories are numbered as the list does, but from its
 * roots a second time, so that rows differ. */
enum { VILLAGE_WORD = 100 };

static uint32_t category_row(const char *slug)
{
    const struct gm_category *found = gm_category_find(slug);
    assert_non_null(found);
    return (uint32_t)(found - gm_categories) + 1; /* row 0 is the model's own */
}

static void init_reference(struct model *model)
{
    struct engine_reference *reference = &model->reference;
    *reference = engine_reference_defaults();
    reference->version = GM_CODES_VERSION;
    for (unsigned i = 0; i < MODEL_PLACES; i++) {
        const struct gm_place *place = gm_place_find(places[i]);
        model->places[i] = (struct engine_place){.latitude = place->latitude,
                                                 .longitude = place->longitude,
                                                 .country = country_of(place->country)};
        for (unsigned j = 0; j < MODEL_PLACES; j++)
            if (strcmp(place->village, places[j]) == 0) model->places[i].village = VILLAGE_WORD + j;
    }
    for (unsigned i = 0; i < gm_border_count; i++)
        model->borders[i] = (struct engine_border){
            {country_of(gm_borders[i].country), country_of(gm_borders[i].neighbour)}};
    assert_in_range(gm_category_count, 1, MODEL_CATEGORIES_MAX - 1);
    model->categories[0] = (struct engine_category){.parent = 0};
    for (unsigned i = 0; i < gm_category_count; i++) {
        const struct gm_category *listed = &gm_categories[i];
        model->prices[i + 1] = (struct gm_money){listed->reference_price_vnd, currency_of("VND")};
        model->categories[i + 1] = (struct engine_category){
            .parent = listed->parent + 1,
            .prices = &model->prices[i + 1],
            .price_count = listed->reference_price_vnd >= 0,
            .co2e_g = {listed->reference_co2e_g >= 0,
                       listed->reference_co2e_g >= 0 ? listed->reference_co2e_g : 0},
        };
    }
    for (unsigned i = 1; i < MODEL_BODIES; i++)
        model->bodies[i - 1] =
            (struct engine_body){i, gm_body_find(bodies[i])->production_g_per_kg};
    for (unsigned i = 0; i < gm_energy_count; i++)
        model->energies[gm_energies[i].number] = gm_energies[i].microgram;
    reference->places = model->places;
    reference->place_count = MODEL_PLACES;
    reference->borders = model->borders;
    reference->border_count = gm_border_count;
    reference->categories = model->categories;
    reference->category_count = gm_category_count + 1;
    reference->energies = model->energies;
    reference->energy_count = gm_energy_count + 1;
    reference->bodies = model->bodies;
    reference->body_count = MODEL_BODIES - 1;
    reference->other_body_g_per_kg = gm_body_find("")->production_g_per_kg;
    reference->modes[ENGINE_MODE_ROAD].mg_per_tkm = gm_transports[GM_TRANSPORT_ROAD].mg_per_tkm;
    reference->modes[ENGINE_MODE_SEA].mg_per_tkm = gm_transports[GM_TRANSPORT_SEA].mg_per_tkm;
    reference->modes[ENGINE_MODE_AIR].mg_per_tkm = gm_transports[GM_TRANSPORT_AIR].mg_per_tkm;
}

void model_init(struct model *model, struct scene *scene, uint64_t seed)
{
    *model = (struct model){.scene = scene};
    gm_random_seed(&model->random, seed);
    init_reference(model);
}

/* ---- products ---- */

/* Few choices, so that most lots come near some question. */
static uint32_t random_category(struct model *model)
{
    return category_row(
        categories_used[below(model, sizeof categories_used / sizeof *categories_used)]);
}

static void random_terms(struct model *model, struct model_product *product)
{
    product->category = random_category(model);
    product->unit = one_in(model, 8) ? below(model, ENGINE_UNIT_COUNT) : ENGINE_UNIT_C62;
    product->body = below(model, MODEL_BODIES);
    product->glaze = below(model, sizeof glazes / sizeof *glazes);
    product->name = below(model, sizeof names / sizeof *names);
    product->mass_g = 1 + below(model, 3000);
}

static void feed_product(struct model *model, unsigned number)
{
    const struct model_product *product = &model->products[number];
    Catalog__ProductTerms *terms = scene_product_terms(model->scene);
    terms->names[1]->text = names[product->name];
    terms->category = gm_categories[product->category - 1].slug;
    terms->body = bodies[product->body];
    terms->glaze = glazes[product->glaze];
    terms->base_unit = units[product->unit];
    terms->mass_g = product->mass_g;
    scene_product(model->scene, product->revision == 1, model_product_id(number),
                  model_seller_id(model, product->seller), product->revision, terms);
}

static void step_product(struct model *model)
{
    const unsigned number = below(model, MODEL_PRODUCTS);
    struct model_product *product = &model->products[number];
    if (product->is_withdrawn) return;
    if (!product->is_there) product->seller = below(model, MODEL_SELLERS);
    product->is_there = true;
    product->revision++;
    random_terms(model, product);
    feed_product(model, number);
}

static void step_withdraw_product(struct model *model)
{
    const unsigned number = below(model, MODEL_PRODUCTS);
    struct model_product *product = &model->products[number];
    if (!product->is_there || product->is_withdrawn || !one_in(model, 6)) return;
    product->is_withdrawn = true;
    scene_withdraw_product(model->scene, model_product_id(number), ++product->revision);
}

/* ---- lots ---- */

static void random_firing(struct model *model, struct engine_lot *terms)
{
    terms->firing_source_count = one_in(model, 2) ? 0 : 1 + below(model, 3);
    terms->firing_output_g = terms->firing_source_count == 0 ? 0 : 1000 + below(model, 1000000);
    for (size_t i = 0; i < terms->firing_source_count; i++)
        terms->firing_sources[i] = (struct engine_energy_use){
            .energy = one_in(model, 12) ? 9 : 1 + below(model, (unsigned)gm_energy_count),
            .quantity = 1 + below(model, 200000),
        };
}

static struct engine_lot random_lot(struct model *model)
{
    struct engine_lot terms = {
        .currency = currency_of(currencies[one_in(model, 6)]),
        .grade = below(model, ENGINE_GRADE_COUNT),
        .incoterm = below(model, ENGINE_INCOTERM_COUNT),
        .ship_from = below(model, MODEL_PLACES),
        .order_multiple = 1 + below(model, 12),
        .lead_time_days = below(model, 30),
        .tier_count = 1 + below(model, 3),
    };
    int64_t price = 20000 + below(model, 100000);
    terms.min_order = terms.order_multiple * (1 + below(model, 8));
    int64_t from = terms.min_order;
    for (size_t i = 0; i < terms.tier_count; i++) {
        terms.tiers[i] = (struct engine_tier){from, price};
        from += 1 + below(model, 100);
        price -= below(model, 5000);
    }
    if (one_in(model, 2)) {
        terms.pack_units = 1 + below(model, 24);
        terms.pack_gross_g = 1 + below(model, 40000);
    }
    random_firing(model, &terms);
    return terms;
}

static Catalog__LotTerms *lot_message(struct model *model, const struct engine_lot *terms)
{
    Catalog__LotTerms *message = scene_lot_terms(model->scene);
    char *currency = new_array(model, 1, 4);
    message->currency = gm_currency_text(terms->currency, currency);
    message->n_tiers = terms->tier_count;
    for (size_t i = 0; i < terms->tier_count; i++) {
        message->tiers[i]->from_quantity = terms->tiers[i].from;
        message->tiers[i]->unit_price_minor = terms->tiers[i].unit_price;
    }
    message->min_order = terms->min_order;
    message->order_multiple = terms->order_multiple;
    message->lead_time_days = (uint32_t)terms->lead_time_days;
    message->ship_from = places[terms->ship_from];
    message->incoterm = incoterms[terms->incoterm];
    message->grade = grades[terms->grade];
    if (terms->pack_units > 0) {
        message->pack = new_array(model, 1, sizeof *message->pack);
        common__pack__init(message->pack);
        message->pack->code = "CT";
        message->pack->units = terms->pack_units;
        message->pack->gross_g = terms->pack_gross_g;
    }
    if (terms->firing_source_count > 0) {
        Common__Firing *firing = new_array(model, 1, sizeof *firing);
        common__firing__init(firing);
        firing->output_g = terms->firing_output_g;
        firing->n_sources = terms->firing_source_count;
        firing->sources = new_pointers(model, firing->n_sources);
        for (size_t i = 0; i < firing->n_sources; i++) {
            firing->sources[i] = new_array(model, 1, sizeof **firing->sources);
            common__energy_use__init(firing->sources[i]);
            firing->sources[i]->energy = (Common__Energy)terms->firing_sources[i].energy;
            firing->sources[i]->quantity = terms->firing_sources[i].quantity;
        }
        message->firing = firing;
    }
    return message;
}

static struct gm_id seller_of(const struct model *model, const struct model_lot *lot)
{
    return model_seller_id(model, model->products[lot->product].seller);
}

static void step_publish_lot(struct model *model)
{
    const unsigned number = below(model, MODEL_LOTS);
    const unsigned product = below(model, MODEL_PRODUCTS);
    struct model_lot *lot = &model->lots[number];
    if (lot->is_there || !model->products[product].is_there ||
        model->products[product].is_withdrawn)
        return;
    *lot = (struct model_lot){
        .is_there = true, .revision = 1, .product = product, .terms = random_lot(model)};
    lot->terms.on_hand = below(model, 400);
    scene_publish_lot(model->scene, model_lot_id(number), model_product_id(product),
                      seller_of(model, lot), lot_message(model, &lot->terms), lot->terms.on_hand);
}

static bool is_listed(const struct model *model, const struct model_lot *lot)
{
    return lot->is_there && !lot->is_withdrawn && !model->products[lot->product].is_withdrawn;
}

static void step_revise_lot(struct model *model)
{
    const unsigned number = below(model, MODEL_LOTS);
    struct model_lot *lot = &model->lots[number];
    if (!is_listed(model, lot)) return;
    const struct engine_lot before = lot->terms;
    lot->terms = random_lot(model);
    lot->terms.on_hand = before.on_hand;
    lot->terms.reserved = before.reserved;
    scene_revise_lot(model->scene, model_lot_id(number), model_product_id(lot->product),
                     seller_of(model, lot), ++lot->revision, lot_message(model, &lot->terms));
}

static void step_withdraw_lot(struct model *model)
{
    const unsigned number = below(model, MODEL_LOTS);
    struct model_lot *lot = &model->lots[number];
    if (!lot->is_there || lot->is_withdrawn || !one_in(model, 4)) return;
    lot->is_withdrawn = true;
    scene_withdraw_lot(model->scene, model_lot_id(number), ++lot->revision);
}

/* ---- stock ---- */

static void step_stock(struct model *model)
{
    const unsigned number = below(model, MODEL_LOTS);
    struct model_lot *lot = &model->lots[number];
    struct engine_lot *terms = &lot->terms;
    int64_t delta = 1 + below(model, 300);
    if (!lot->is_there) return;
    if (one_in(model, 2))
        delta = -(int64_t)below(model, (uint64_t)(terms->on_hand - terms->reserved) + 1);
    if (delta == 0) return;
    terms->on_hand += delta;
    scene_move_stock(model->scene, model_lot_id(number), delta, terms->on_hand);
}

static void step_reserve(struct model *model)
{
    const unsigned number = below(model, MODEL_LOTS);
    struct engine_lot *terms = &model->lots[number].terms;
    const int64_t available = terms->on_hand - terms->reserved;
    if (!model->lots[number].is_there || available == 0) return;
    const int64_t quantity = 1 + below(model, (uint64_t)available);
    terms->reserved += quantity;
    scene_reserve(model->scene, CATALOG__EVENT__EVENT_RESERVED, model_lot_id(number), quantity);
}

static void step_end_reservation(struct model *model)
{
    const unsigned number = below(model, MODEL_LOTS);
    struct engine_lot *terms = &model->lots[number].terms;
    const bool is_consumed = one_in(model, 2);
    if (terms->reserved == 0) return;
    const int64_t quantity = 1 + below(model, (uint64_t)terms->reserved);
    terms->reserved -= quantity;
    if (is_consumed) terms->on_hand -= quantity;
    scene_reserve(model->scene,
                  is_consumed ? CATALOG__EVENT__EVENT_CONSUMED : CATALOG__EVENT__EVENT_RELEASED,
                  model_lot_id(number), quantity);
}

void model_step(struct model *model)
{
    static void (*const steps[])(struct model *) = {
        step_product,     step_publish_lot,      step_publish_lot,
        step_publish_lot, step_revise_lot,       step_stock,
        step_stock,       step_reserve,          step_withdraw_lot,
        step_reserve,     step_withdraw_product, step_end_reservation,
    };
    steps[below(model, sizeof steps / sizeof *steps)](model);
}

/* ---- the lots, for the engine ---- */

static enum gm_status next(struct engine_lots *lots, struct engine_lot *ret_lot)
{
    struct model_walk *walk = (struct model_walk *)lots;
    const struct model *model = walk->model;
    while (walk->next < MODEL_LOTS && !model->lots[walk->next].is_there)
        walk->next++;
    if (walk->next == MODEL_LOTS) return GM_END;
    const struct model_lot *lot = &model->lots[walk->next];
    const struct model_product *product = &model->products[lot->product];
    *ret_lot = lot->terms;
    ret_lot->id.id = model_lot_id(walk->next++);
    ret_lot->seller.id = seller_of(model, lot);
    ret_lot->is_listed = is_listed(model, lot);
    ret_lot->category = product->category;
    ret_lot->base_unit = product->unit;
    ret_lot->body = product->body;
    ret_lot->glaze = product->glaze;
    ret_lot->mass_g = product->mass_g;
    return GM_OK;
}

struct model_walk model_walk(const struct model *model)
{
    return (struct model_walk){.lots = {.next = next}, .model = model};
}

/* ---- questions ---- */

static struct engine_optional maybe(struct model *model, int64_t least, int64_t most)
{
    if (!one_in(model, 5)) return (struct engine_optional){0};
    return engine_some(gm_random_between(&model->random, least, most));
}

static void ask_line(struct model *model, Matching__SourcingLine *message,
                     struct engine_request_line *line)
{
    const int32_t today = scene_today(model->scene);
    static struct gm_member_id preferred[1];
    static struct gm_member_id excluded[1];
    const unsigned body = one_in(model, 4) ? below(model, MODEL_BODIES) : 0;
    const unsigned glaze = one_in(model, 4) ? below(model, sizeof glazes / sizeof *glazes) : 0;
    *line = (struct engine_request_line){
        .category = random_category(model),
        .quantity = 1 + below(model, 300),
        .over_ppm = ENGINE_OVER_PPM_DEFAULT,
        .base_unit = ENGINE_UNIT_C62,
        .body = body,
        .glaze = glaze,
        .price_cap = maybe(model, 0, 120000),
        .target_price = maybe(model, 0, 120000),
        .needed_by = maybe(model, today, today + 60),
        .co2e_cap = maybe(model, 0, 4000),
        .distance_cap = maybe(model, 0, 3000),
        .worst_grade = maybe(model, ENGINE_GRADE_A, ENGINE_GRADE_BYPRODUCT),
    };
    message->category = gm_categories[line->category - 1].slug;
    message->quantity = line->quantity;
    message->base_unit = COMMON__UNIT__C62;
    message->body = bodies[body];
    message->glaze = glazes[glaze];
    if (one_in(model, 2)) {
        line->over_ppm = below(model, 300000);
        message->over_case = MATCHING__SOURCING_LINE__OVER_OVER_PPM;
        message->over_ppm = (uint32_t)line->over_ppm;
    }
    if (one_in(model, 4)) {
        const unsigned place = 1 + below(model, 2);
        line->village = VILLAGE_WORD + place;
        message->village = places[place];
    }
    if (one_in(model, 4)) {
        preferred[0].id = model_seller_id(model, 0);
        line->preferred = preferred;
        line->preferred_count = 1;
        scene_prefer(model->scene, message, preferred[0].id);
    }
    if (one_in(model, 6)) {
        excluded[0].id = model_seller_id(model, 1);
        line->excluded = excluded;
        line->excluded_count = 1;
        scene_exclude(model->scene, message, excluded[0].id);
    }
}

/* What is set in the line is set in the message. */
static void say_caps(const struct engine_request_line *line, Matching__SourcingLine *message)
{
    if (line->price_cap.is_set) {
        message->price_cap_case = MATCHING__SOURCING_LINE__PRICE_CAP_PRICE_CAP_MINOR;
        message->price_cap_minor = line->price_cap.value;
    }
    if (line->target_price.is_set) {
        message->target_price_case = MATCHING__SOURCING_LINE__TARGET_PRICE_TARGET_PRICE_MINOR;
        message->target_price_minor = line->target_price.value;
    }
    if (line->needed_by.is_set) {
        message->needed_case = MATCHING__SOURCING_LINE__NEEDED_NEEDED_BY;
        message->needed_by = (int32_t)line->needed_by.value;
    }
    if (line->co2e_cap.is_set) {
        message->co2e_case = MATCHING__SOURCING_LINE__CO2E_CO2E_CAP_G;
        message->co2e_cap_g = line->co2e_cap.value;
    }
    if (line->distance_cap.is_set) {
        message->distance_case = MATCHING__SOURCING_LINE__DISTANCE_DISTANCE_CAP_KM;
        message->distance_cap_km = line->distance_cap.value;
    }
    if (line->worst_grade.is_set) message->worst_grade = grades[line->worst_grade.value];
}

static void ask_weights(struct model *model, struct model_question *question)
{
    static const int64_t by_default[ENGINE_CRITERION_COUNT] = {500000, 187500, 250000, 62500};
    int64_t *weights = question->request.weights;
    memcpy(weights, by_default, sizeof by_default);
    if (one_in(model, 2)) return;
    int64_t left = GM_PPM;
    for (int i = ENGINE_CRITERION_COUNT - 1; i > 0; i--) {
        weights[i] = below(model, (uint64_t)left + 1);
        left -= weights[i];
    }
    weights[0] = left;
    Matching__Weights *said = new_array(model, 1, sizeof *said);
    matching__weights__init(said);
    said->price = (uint32_t)weights[ENGINE_CRITERION_PRICE];
    said->time = (uint32_t)weights[ENGINE_CRITERION_TIME];
    said->co2e = (uint32_t)weights[ENGINE_CRITERION_CO2E];
    said->distance = (uint32_t)weights[ENGINE_CRITERION_DISTANCE];
    question->message->weights = said;
}

void model_ask(struct model *model, struct model_question *ret_question)
{
    struct model_question *question = ret_question;
    const size_t line_count = 1 + below(model, MODEL_LINES);
    const unsigned currency = one_in(model, 6);
    *question = (struct model_question){.message = scene_request(model->scene, line_count)};
    question->request = (struct engine_request){
        .buyer = {model->scene->buyer},
        .deliver_to = below(model, MODEL_PLACES),
        .currency = currency_of(currencies[currency]),
        .split = one_in(model, 3) ? ENGINE_SPLIT_SPLIT : ENGINE_SPLIT_WHOLE,
        .by_air = one_in(model, 4),
        .matches_max = ENGINE_MATCHES_DEFAULT,
        .lines = question->lines,
        .line_count = line_count,
    };
    question->message->deliver_to = places[question->request.deliver_to];
    question->message->currency = currencies[currency];
    question->message->air = question->request.by_air;
    if (question->request.split == ENGINE_SPLIT_SPLIT)
        question->message->split = MATCHING__SPLIT__SPLIT_LINES;
    ask_weights(model, question);
    for (size_t i = 0; i < line_count; i++) {
        ask_line(model, question->message->lines[i], &question->lines[i]);
        say_caps(&question->lines[i], question->message->lines[i]);
    }
    engine_freeze(&model->reference, question->request.currency, question->lines, line_count);
}
