/* matching/model.h - for tests: a catalog kept in plain structs beside the one that is fed to the
 * service, changed at random, and random questions as a message and as the engine's request. Its
 * numbers of places, categories, bodies and glazes are its own, so that nothing but the meaning can
 * agree. */
#pragma once

#include "base/random.h"
#include "matching/engine.h"
#include "matching/scene.h"

enum {
    MODEL_SELLERS = 5, /* the last is the buyer, too */
    MODEL_PRODUCTS = 16,
    MODEL_LOTS = 48,
    MODEL_LINES = 4, /* of a question, at most */
    MODEL_CATEGORIES_MAX = 64,
    MODEL_PLACES = 8,
    MODEL_BODIES = 5,
};

struct model_product {
    bool is_there, is_withdrawn;
    uint64_t revision;
    unsigned seller, body, glaze, name;
    uint32_t category; /* row of gm_categories, as the model numbers them */
    enum engine_unit unit;
    int64_t mass_g;
};

/* What the engine knows of a lot but for its product, and what the wire says besides. */
struct model_lot {
    bool is_there, is_withdrawn;
    uint64_t revision;
    unsigned product;
    struct engine_lot terms; /* stock, too; energies by number of the wire */
};

struct model {
    struct scene *scene;
    struct gm_random random;
    struct engine_reference reference;
    struct engine_place places[MODEL_PLACES];
    struct engine_border borders[8];
    struct engine_category categories[MODEL_CATEGORIES_MAX];
    struct gm_money prices[MODEL_CATEGORIES_MAX];
    int64_t energies[16];
    struct engine_body bodies[MODEL_BODIES];
    struct model_product products[MODEL_PRODUCTS];
    struct model_lot lots[MODEL_LOTS];
};

void model_init(struct model *model, struct scene *scene, uint64_t seed);
/* One event, fed and folded. */
void model_step(struct model *model);

/* The model's lots, one by one, for the engine. */
struct model_walk {
    struct engine_lots lots;
    const struct model *model;
    unsigned next;
};
struct model_walk model_walk(const struct model *model);

/* A question at random, in both forms; message and lines lie in the scene's arena. */
struct model_question {
    Matching__SourcingRequest *message;
    struct engine_request request;
    struct engine_request_line lines[MODEL_LINES];
};
void model_ask(struct model *model, struct model_question *ret_question);

struct gm_id model_lot_id(unsigned lot);
struct gm_id model_product_id(unsigned product);
struct gm_id model_seller_id(const struct model *model, unsigned seller);
const char *model_place(unsigned place);
/* A product's name in English. */
const char *model_name(unsigned name);
