/* matching/engine.h - which lots answer a request, ranked and explained. The rules stand in
 * README.md beside this file. Pure: no clock, socket or log; the same lots, request, reference and
 * day give the same answer, in whatever order the lots come. Integers, but for the one function
 * that measures kilometres (distance.h). What is handed in was checked at the door and is trusted
 * here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/numbers.h"
#include "base/reason.h"
#include "base/status.h"

enum {
    ENGINE_LINES_MAX = 100,           /* lines of a request */
    ENGINE_MATCHES_DEFAULT = 10,      /* matches shown of a line */
    ENGINE_MATCHES_MAX = 100,         /* the same, at most */
    ENGINE_NEAR_MISSES_MAX = 10,      /* near misses shown of a line */
    ENGINE_NEAR_MISSES_ALIKE = 3,     /* of them, those that fail the same constraint */
    ENGINE_TIERS_MAX = 8,             /* price tiers of a lot */
    ENGINE_FIRING_SOURCES_MAX = 4,    /* energy sources of a firing */
    ENGINE_NEEDED_BY_DAYS_MAX = 730,  /* ahead of today */
    ENGINE_OVER_PPM_DEFAULT = 100000, /* a buyer takes a tenth more than asked */
    ENGINE_OVER_PPM_MAX = 1000000000, /* a thousand times what is asked */
};

/* ---- small values ---- */

/* Zeroed is not set. */
struct engine_optional {
    bool is_set;
    int64_t value;
};

static inline struct engine_optional engine_some(int64_t value)
{
    return (struct engine_optional){.is_set = true, .value = value};
}

/* A word that is only compared (body, glaze, village): a number of the owner's choice, the same for
 * the same word in reference, lots and request. */
enum {
    ENGINE_WORD_NONE = 0, /* not stated, or not asked for */
};
#define ENGINE_WORD_UNKNOWN UINT32_MAX /* asked for, and no lot has it */

/* A row number of the reference's tables (places, categories, energies) that is none of them. */
#define ENGINE_ROW_UNKNOWN UINT32_MAX

/* UN/ECE Recommendation 20. */
enum engine_unit {
    ENGINE_UNIT_C62,
    ENGINE_UNIT_PR,
    ENGINE_UNIT_SET,
    ENGINE_UNIT_CMK,
    ENGINE_UNIT_GRM,
    ENGINE_UNIT_COUNT,
};

/* From the best downward: a constraint counts the steps. */
enum engine_grade {
    ENGINE_GRADE_A,
    ENGINE_GRADE_B,
    ENGINE_GRADE_SECOND,
    ENGINE_GRADE_BYPRODUCT,
    ENGINE_GRADE_COUNT,
};

/* Incoterms 2020. */
enum engine_incoterm {
    ENGINE_INCOTERM_EXW,
    ENGINE_INCOTERM_FCA,
    ENGINE_INCOTERM_COUNT,
};

/* WHOLE: one lot fills the line. SPLIT: several may, each for what it has. */
enum engine_split {
    ENGINE_SPLIT_WHOLE,
    ENGINE_SPLIT_SPLIT,
    ENGINE_SPLIT_COUNT,
};

/* UN/ECE Recommendation 19: 3, 1, 4. */
enum engine_mode {
    ENGINE_MODE_ROAD,
    ENGINE_MODE_SEA,
    ENGINE_MODE_AIR,
    ENGINE_MODE_COUNT,
};

/* The relaxable constraints; what they compare stands in constraint.c. */
enum engine_constraint {
    ENGINE_CONSTRAINT_QUANTITY,
    ENGINE_CONSTRAINT_MINIMUM,
    ENGINE_CONSTRAINT_DATE,
    ENGINE_CONSTRAINT_PRICE,
    ENGINE_CONSTRAINT_CO2E,
    ENGINE_CONSTRAINT_DISTANCE,
    ENGINE_CONSTRAINT_GRADE,
    ENGINE_CONSTRAINT_VILLAGE,
    ENGINE_CONSTRAINT_COUNT,
};

/* What a score is made of; how stands in score.c. */
enum engine_criterion {
    ENGINE_CRITERION_PRICE,
    ENGINE_CRITERION_TIME,
    ENGINE_CRITERION_CO2E,
    ENGINE_CRITERION_DISTANCE,
    ENGINE_CRITERION_COUNT,
};

/* In the order in which they are shown; when stands in note.c. */
enum engine_note_kind {
    ENGINE_NOTE_CO2E_DEFAULT,
    ENGINE_NOTE_FREIGHT_BY_BUYER,
    ENGINE_NOTE_PRICE_NOT_SCORED,
    ENGINE_NOTE_PREFERRED,
    ENGINE_NOTE_CHEAPER_AT, /* with the quantity */
    ENGINE_NOTE_COUNT,
};

/* ---- reference: the data that every answer rests on, with a version; borrowed ---- */

struct engine_place {
    int32_t latitude;  /* microdegrees */
    int32_t longitude; /* microdegrees */
    uint16_t country;  /* ISO 3166-1, two letters: 'V' << 8 | 'N' */
    uint32_t village;  /* a word: the craft village that it is or lies in */
};

/* Two countries with a road between them, in either order. */
struct engine_border {
    uint16_t countries[2];
};

/* A parent stands before its children; a root is its own parent. */
struct engine_category {
    uint32_t parent;               /* row */
    const struct gm_money *prices; /* reference price of a unit, one a currency at most */
    size_t price_count;
    struct engine_optional co2e_g; /* reference grams of a unit */
};

/* Grams of CO2e per kg of ware, where no firing is stated. */
struct engine_body {
    uint32_t body; /* a word */
    int64_t g_per_kg;
};

struct engine_mode_figures {
    int64_t detour_per_mille; /* mode km for 1,000 km as the crow flies */
    int64_t handling_days;
    int64_t km_a_day;
    int64_t mg_per_tkm; /* CO2e */
};

struct engine_reference {
    uint32_t version;
    const struct engine_place *places;
    size_t place_count;
    const struct engine_border *borders;
    size_t border_count;
    const struct engine_category *categories;
    size_t category_count;
    const int64_t
        *energies; /* microgram CO2e a unit (Wh, g, ml); a grid's row is one of its country */
    size_t energy_count;
    const struct engine_body *bodies;
    size_t body_count;
    int64_t other_body_g_per_kg; /* no body, or one that is not listed */
    int64_t co2e_g;              /* of a unit, where no category says it */
    int64_t gross_ppm;           /* gross mass of what has no pack, per net mass */
    int64_t air_over_km;
    struct engine_mode_figures modes[ENGINE_MODE_COUNT];
};

/* A reference without tables: figures that configuration may overrule, version 0. */
struct engine_reference engine_reference_defaults(void);

/* ---- a lot, which is an offer ---- */

struct engine_tier {
    int64_t from;       /* base units */
    int64_t unit_price; /* minor units */
};

struct engine_energy_use {
    uint32_t energy;  /* row; a firing with one that is unknown counts as not stated */
    int64_t quantity; /* 1 to 10^12 */
};

struct engine_lot {
    struct gm_lot_id id;
    struct gm_member_id seller;
    bool is_listed; /* the lot and its product */
    enum engine_grade grade;
    enum engine_unit base_unit;
    enum engine_incoterm incoterm;
    struct gm_currency currency;
    uint32_t category;  /* row; unknown: answers nothing */
    uint32_t ship_from; /* row of places; unknown: answers nothing */
    uint32_t body;      /* a word */
    uint32_t glaze;     /* a word */
    int64_t on_hand;    /* base units, as all quantities */
    int64_t reserved;   /* at most on_hand */
    int64_t min_order;  /* a multiple of order_multiple */
    int64_t order_multiple;
    int64_t lead_time_days;
    int64_t mass_g;             /* net, of a base unit */
    int64_t pack_units;         /* 0: no pack */
    int64_t pack_gross_g;       /* of a whole pack */
    int64_t firing_output_g;    /* good ware that came out */
    size_t firing_source_count; /* 0: no firing stated */
    struct engine_energy_use firing_sources[ENGINE_FIRING_SOURCES_MAX];
    size_t tier_count; /* at least 1; the first from min_order, quantities ascend, prices do not */
    struct engine_tier tiers[ENGINE_TIERS_MAX];
};

/* The lots of one question: who implements it embeds this. next gives each lot once, in any order,
 * then GM_END; any other status ends the question with it. The plain engine walks them all; one
 * with an index of its own takes that in its place, and is told of each lot where its row is
 * written. */
struct engine_lots {
    enum gm_status (*next)(struct engine_lots *lots, struct engine_lot *ret_lot);
};

/* ---- a request ---- */

struct engine_request_line {
    uint32_t category; /* row */
    int64_t quantity;  /* 1 to GM_QUANTITY_MAX */
    int64_t over_ppm;  /* the surplus that the buyer takes, 0 to ENGINE_OVER_PPM_MAX */
    enum engine_unit base_unit;
    uint32_t body;                       /* a word; NONE: any, as below */
    uint32_t glaze;                      /* a word */
    uint32_t village;                    /* a word */
    struct engine_optional price_cap;    /* landed, a unit, minor units */
    struct engine_optional target_price; /* the same, seen by the score alone */
    struct engine_optional needed_by;    /* day */
    struct engine_optional co2e_cap;     /* grams a unit */
    struct engine_optional distance_cap; /* km */
    struct engine_optional worst_grade;  /* enum engine_grade */
    const struct gm_member_id *preferred;
    size_t preferred_count;
    const struct gm_member_id *excluded;
    size_t excluded_count;
    /* The category's figures when the request was submitted: engine_freeze writes them, who stores
     * the request stores them with it. */
    struct engine_optional reference_price; /* in the request's currency */
    int64_t reference_co2e_g;
};

struct engine_request {
    struct gm_member_id buyer;
    uint32_t deliver_to; /* row of places */
    struct gm_currency currency;
    enum engine_split split;
    bool by_air;                             /* where it is far or there is no road */
    int64_t weights[ENGINE_CRITERION_COUNT]; /* sum to GM_PPM */
    size_t matches_max;                      /* a line, 1 to ENGINE_MATCHES_MAX */
    const struct engine_request_line *lines;
    size_t line_count; /* any slice of the request's lines: each is matched as if alone */
};

/* May this request be asked on this day? In order: OUT_OF_RANGE, a figure of the request or of one
 * of its lines, which refuses it all; TOO_MANY lines, or matches asked for; WEIGHTS_NOT_WHOLE.
 * ret_line is the index of the line that offends, line_count where it is none. */
GM_CHECKED enum gm_reason engine_check(const struct engine_request *request, int32_t today,
                                       size_t *ret_line);

/* Writes the reference figures of each line's category, or of the nearest above it that has them.
 */
void engine_freeze(const struct engine_reference *reference, struct gm_currency currency,
                   struct engine_request_line *lines, size_t line_count);

/* ---- the answer: lives in the arena ---- */

struct engine_note {
    enum engine_note_kind kind;
    int64_t value; /* of the kinds that have one, else 0 */
};

/* All figures are taken at n. */
struct engine_match {
    struct gm_lot_id lot;
    struct gm_member_id seller;
    int64_t t;          /* the quantity to take that suits the line best */
    int64_t n;          /* as much of it as the lot has */
    int64_t unit_price; /* minor units */
    int64_t amount;     /* goods */
    int64_t freight;
    int64_t landed;      /* amount + freight */
    int64_t unit_landed; /* rounded up */
    int64_t arrival;     /* day */
    int64_t km;          /* as the crow flies */
    enum engine_mode mode;
    int64_t mode_km;
    int64_t transit_days;
    int64_t production_g; /* CO2e a unit */
    int64_t transport_g;
    int64_t co2e_g; /* both */
    int64_t score;  /* 0 to GM_PPM: the sum of the shares */
    int64_t shares[ENGINE_CRITERION_COUNT];
    size_t note_count;
    struct engine_note notes[ENGINE_NOTE_COUNT];
};

/* A lot that fails one relaxable constraint and nothing else. */
struct engine_near_miss {
    struct gm_lot_id lot;
    struct gm_member_id seller;
    int64_t t;
    int64_t n;
    int64_t score;
    enum engine_constraint constraint;
    int64_t excess; /* 1 or more: asking for that much less makes it a match */
    int64_t limit;  /* what was compared with */
};

/* What relaxing one constraint of a line by `relax` would bring. */
struct engine_gain {
    enum engine_constraint constraint;
    int64_t relax;
    int64_t suppliers_added;           /* sellers without a match on the line */
    int64_t unit_landed;               /* the lowest then to be had through this constraint */
    struct engine_optional saving_ppm; /* against the lowest of all matches; not set where none */
};

enum { ENGINE_GAINS_MAX = 2 * ENGINE_CONSTRAINT_COUNT };

struct engine_line_answer {
    const struct engine_match *matches; /* best first */
    size_t match_count;
    const struct engine_near_miss *near_misses; /* nearest first */
    size_t near_miss_count;
    size_t gain_count;
    struct engine_gain gains[ENGINE_GAINS_MAX]; /* in the order of the constraints */
    /* Before any cut. */
    size_t matches_found;
    size_t near_misses_found;
    size_t suppliers_found; /* sellers with a match */
};

struct engine_answer {
    uint32_t reference_version;
    size_t lots_seen;
    size_t line_count;
    struct engine_line_answer *lines; /* one a line of the request */
};

/* Answers a request that engine_check allowed (asserted) and engine_freeze wrote. All memory is the
 * arena's: GM_TOO_LARGE when it is full, else GM_OK or the status with which the lots ended.
 * However many lots there are, it takes 4 bytes a place and, per line, some 5 KiB, 280 bytes a
 * match shown and 128 bytes a seller with a match or near miss. */
GM_CHECKED enum gm_status engine_find(struct engine_lots *lots,
                                      const struct engine_reference *reference,
                                      const struct engine_request *request, int32_t today,
                                      struct gm_arena *arena, struct engine_answer *ret_answer);

/* ---- words for people and the wire: "QUANTITY", "price", "CO2E_DEFAULT" ---- */

const char *engine_constraint_name(enum engine_constraint constraint);
const char *engine_criterion_name(enum engine_criterion criterion);
const char *engine_note_name(enum engine_note_kind kind);
/* Whether a note of this kind carries a value. */
bool engine_note_has_value(enum engine_note_kind kind);
