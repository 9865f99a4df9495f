/* proto/codes.h - the code lists of proto/codes/ as tables: places, categories, bodies, energies,
 * modes of transport. proto/codes.py makes them; what the figures are and where they are from
 * stands in proto/codes/README.md. Constants: any thread, for ever. A code that is not listed is
 * NULL. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Raised with every change of a list, so that an answer can say what it rests on. */
enum { GM_CODES_VERSION = 1 };

enum gm_place_kind {
    GM_PLACE_VILLAGE,
    GM_PLACE_TOWN,
    GM_PLACE_CITY,
    GM_PLACE_KIND_COUNT,
};

struct gm_place {
    const char *code; /* "VN-BAT-TRANG" */
    const char *name; /* "Bát Tràng" */
    enum gm_place_kind kind;
    char country[3];         /* ISO 3166-1 */
    const char *subdivision; /* ISO 3166-2, "" where not known */
    const char *village;     /* code of the craft village that it is or lies in, "" for none */
    int32_t latitude;        /* microdegrees */
    int32_t longitude;       /* microdegrees */
};

/* Ascending by code. */
extern const struct gm_place gm_places[];
extern const uint32_t gm_place_count;
const struct gm_place *gm_place_find(const char *code);

/* Two countries with a road between them; the first stands before the second in the alphabet. */
struct gm_border {
    char country[3];
    char neighbour[3];
};

/* Ascending. */
extern const struct gm_border gm_borders[];
extern const uint32_t gm_border_count;

enum { GM_CODES_NO_FIGURE = -1 };

struct gm_category {
    const char *slug; /* "bowl" */
    const char *vi;
    const char *en;
    uint32_t parent;             /* row; a root is its own */
    int64_t reference_price_vnd; /* of a base unit, or GM_CODES_NO_FIGURE */
    int64_t reference_co2e_g;    /* of a base unit, or GM_CODES_NO_FIGURE */
};

/* A parent stands before its children. */
extern const struct gm_category gm_categories[];
extern const uint32_t gm_category_count;
extern const uint32_t gm_category_order[]; /* rows ascending by slug */
const struct gm_category *gm_category_find(const char *slug);

struct gm_body {
    const char *slug; /* "stoneware"; "" in the row of what is not stated or not listed */
    const char *vi;
    const char *en;
    int64_t production_g_per_kg; /* CO2e of a kilogram of ware where no firing is stated */
};

/* Ascending by slug, so that the row of the unlisted is the first. */
extern const struct gm_body gm_bodies[];
extern const uint32_t gm_body_count;
/* Never NULL: the first row where the slug is not listed. */
const struct gm_body *gm_body_find(const char *slug);

struct gm_energy {
    const char *name;           /* as in common.proto: "LPG" */
    uint32_t number;            /* of enum Energy */
    const char *unit;           /* "g", "Wh" or "ml" */
    int64_t microgram;          /* CO2e a unit, supply of the fuel included */
    int64_t biogenic_microgram; /* CO2 from what grew, shown apart and never added */
};

/* Ascending by number, from 1 without a gap. */
extern const struct gm_energy gm_energies[];
extern const uint32_t gm_energy_count;
const struct gm_energy *gm_energy_find(uint32_t number);

enum gm_transport_mode {
    GM_TRANSPORT_ROAD,
    GM_TRANSPORT_SEA,
    GM_TRANSPORT_AIR,
    GM_TRANSPORT_COUNT,
};

struct gm_transport {
    const char *name;   /* "road" */
    uint32_t rec19;     /* UN/ECE Recommendation 19 */
    int64_t mg_per_tkm; /* CO2e of a tonne-kilometre */
};

/* By enum gm_transport_mode. */
extern const struct gm_transport gm_transports[GM_TRANSPORT_COUNT];
