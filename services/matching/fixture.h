/* matching/fixture.h - for tests: a bowl from Gia Lam asked for in Ho Chi Minh City, which matches,
 * with everything set that a test may want to change by one. */
#pragma once

#include "matching/trial.h"

enum fixture_place {
    FIXTURE_GIA_LAM,
    FIXTURE_HO_CHI_MINH_CITY,
    FIXTURE_ROTTERDAM,
    FIXTURE_PLACE_COUNT,
};
enum fixture_category {
    FIXTURE_TABLEWARE,
    FIXTURE_BOWL,
    FIXTURE_TILE,
    FIXTURE_CATEGORY_COUNT,
};
enum fixture_energy {
    FIXTURE_LPG,
    FIXTURE_GRID_VN,
    FIXTURE_ENERGY_COUNT,
};
enum fixture_word {
    FIXTURE_BAT_TRANG = 1,
    FIXTURE_STONEWARE,
    FIXTURE_PORCELAIN,
    FIXTURE_CELADON,
};
enum { FIXTURE_TODAY = 20781 };

#define FIXTURE_VND                \
    (struct gm_currency)           \
    {                              \
        'V' << 16 | 'N' << 8 | 'D' \
    }
#define FIXTURE_EUR                \
    (struct gm_currency)           \
    {                              \
        'E' << 16 | 'U' << 8 | 'R' \
    }

struct fixture {
    struct engine_place places[FIXTURE_PLACE_COUNT];
    struct engine_border borders[1];
    struct engine_category categories[FIXTURE_CATEGORY_COUNT];
    struct gm_money prices[2];
    int64_t energies[FIXTURE_ENERGY_COUNT];
    struct engine_body bodies[2];
    struct engine_reference reference;
    struct engine_lot lot;
    struct engine_request_line line;
    struct engine_request request;
    int32_t km[FIXTURE_PLACE_COUNT]; /* from where the goods are wanted */
    struct gm_member_id others[2];   /* sellers to prefer or exclude: the lot's is the second */
    struct engine_trial trial;
};

static inline struct gm_lot_id fixture_lot_id(uint8_t last)
{
    return (struct gm_lot_id){{{[GM_ID_BYTES - 1] = last}}};
}

static inline struct gm_member_id fixture_member(uint8_t last)
{
    return (struct gm_member_id){{{[GM_ID_BYTES - 1] = last}}};
}

static inline void fixture_init_reference(struct fixture *f)
{
    f->places[FIXTURE_GIA_LAM] =
        (struct engine_place){21019510, 105936940, 'V' << 8 | 'N', FIXTURE_BAT_TRANG};
    f->places[FIXTURE_HO_CHI_MINH_CITY] =
        (struct engine_place){10823020, 106629650, 'V' << 8 | 'N', ENGINE_WORD_NONE};
    f->places[FIXTURE_ROTTERDAM] =
        (struct engine_place){51922500, 4479170, 'N' << 8 | 'L', ENGINE_WORD_NONE};
    f->borders[0] = (struct engine_border){{'V' << 8 | 'N', 'C' << 8 | 'N'}};
    f->prices[0] = (struct gm_money){80000, FIXTURE_VND};
    f->prices[1] = (struct gm_money){300, FIXTURE_EUR};
    f->categories[FIXTURE_TABLEWARE] = (struct engine_category){
        .parent = FIXTURE_TABLEWARE,
        .prices = f->prices,
        .price_count = 2,
        .co2e_g = engine_some(1500),
    };
    f->categories[FIXTURE_BOWL] = (struct engine_category){.parent = FIXTURE_TABLEWARE};
    f->categories[FIXTURE_TILE] = (struct engine_category){.parent = FIXTURE_TILE};
    f->energies[FIXTURE_LPG] = 2939360 + 349293;
    f->energies[FIXTURE_GRID_VN] = 659200;
    f->bodies[0] = (struct engine_body){FIXTURE_PORCELAIN, 3000};
    f->bodies[1] = (struct engine_body){FIXTURE_STONEWARE, 1500};

    f->reference = engine_reference_defaults();
    f->reference.version = 7;
    f->reference.places = f->places;
    f->reference.place_count = FIXTURE_PLACE_COUNT;
    f->reference.borders = f->borders;
    f->reference.border_count = 1;
    f->reference.categories = f->categories;
    f->reference.category_count = FIXTURE_CATEGORY_COUNT;
    f->reference.energies = f->energies;
    f->reference.energy_count = FIXTURE_ENERGY_COUNT;
    f->reference.bodies = f->bodies;
    f->reference.body_count = 2;
}

/* 100 bowls asked for, 460 to sell at 90,000 and, from 200, 80,000 dong. */
static inline void fixture_init(struct fixture *f)
{
    *f = (struct fixture){0};
    fixture_init_reference(f);
    f->lot = (struct engine_lot){
        .id = fixture_lot_id(1),
        .seller = fixture_member(1),
        .is_listed = true,
        .grade = ENGINE_GRADE_A,
        .base_unit = ENGINE_UNIT_C62,
        .incoterm = ENGINE_INCOTERM_EXW,
        .currency = FIXTURE_VND,
        .category = FIXTURE_BOWL,
        .ship_from = FIXTURE_GIA_LAM,
        .body = FIXTURE_STONEWARE,
        .glaze = FIXTURE_CELADON,
        .on_hand = 480,
        .reserved = 20,
        .min_order = 20,
        .order_multiple = 10,
        .lead_time_days = 3,
        .mass_g = 450,
        .pack_units = 10,
        .pack_gross_g = 5000,
        .firing_output_g = 600000,
        .firing_source_count = 1,
        .firing_sources = {{FIXTURE_LPG, 150000}},
        .tier_count = 2,
        .tiers = {{20, 90000}, {200, 80000}},
    };
    f->line = (struct engine_request_line){
        .category = FIXTURE_TABLEWARE,
        .quantity = 100,
        .over_ppm = ENGINE_OVER_PPM_DEFAULT,
        .base_unit = ENGINE_UNIT_C62,
        .reference_price = engine_some(80000),
        .reference_co2e_g = 1500,
    };
    f->request = (struct engine_request){
        .buyer = fixture_member(255),
        .deliver_to = FIXTURE_HO_CHI_MINH_CITY,
        .currency = FIXTURE_VND,
        .weights = {400000, 150000, 350000, 100000},
        .matches_max = ENGINE_MATCHES_DEFAULT,
        .lines = &f->line,
        .line_count = 1,
    };
    f->km[FIXTURE_GIA_LAM] = 1136;
    f->km[FIXTURE_ROTTERDAM] = 9878;
    f->others[0] = fixture_member(2);
    f->others[1] = f->lot.seller;
}

/* The lot held against the line; false where a fixed constraint fails. */
static inline bool fixture_try(struct fixture *f)
{
    f->trial = (struct engine_trial){
        .reference = &f->reference,
        .request = &f->request,
        .line = &f->line,
        .lot = &f->lot,
        .today = FIXTURE_TODAY,
    };
    return engine_try(&f->trial, f->km);
}
