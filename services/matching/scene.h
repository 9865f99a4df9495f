/* matching/scene.h - matching in a test: a host with an empty journal, a catalog whose stream the
 * test feeds, a few members, and messages that are right until the test changes them. Not part of
 * any program. */
#pragma once

#include <catalog.pb-c.h>
#include <matching.pb-c.h>

#include "base/arena.h"
#include "matching/state.h"
#include "methods.h"
#include "runtime/kit.h"

struct scene {
    struct gm_kit *kit;
    struct gm_arena arena; /* of all that the scene hands out */
    struct gm_id seller;
    struct gm_id other_seller;
    struct gm_id buyer;
    struct gm_id other_buyer;
    uint64_t source;           /* the catalog's journal id */
    uint64_t fed;              /* entries of it */
    struct gm_kit_reply reply; /* the last one; its body is borrowed until the next call */
};

/* cmocka's setup and teardown; *state is the struct scene. */
int scene_setup(void **state);
int scene_teardown(void **state);
#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

/* The n-th id of any test: ascending with n. */
struct gm_id scene_id(unsigned n);
ProtobufCBinaryData scene_bytes(struct scene *scene, struct gm_id id);
/* The day on which the kit stands. */
int32_t scene_today(const struct scene *scene);

/* ---- the catalog, as its stream tells it ---- */

/* A bowl of 450 g, stoneware, celadon; names in vi and en. In the scene's arena, like all below. */
Catalog__ProductTerms *scene_product_terms(struct scene *scene);
/* Tiers 10: 50,000 and 100: 45,000 VND, multiples of 5, three days, FCA, from VN-BAT-TRANG. */
Catalog__LotTerms *scene_lot_terms(struct scene *scene);

void scene_feed(struct scene *scene, const Catalog__Event *event);
void scene_product(struct scene *scene, bool is_new, struct gm_id product, struct gm_id seller,
                   uint64_t revision, Catalog__ProductTerms *terms);
void scene_withdraw_product(struct scene *scene, struct gm_id product, uint64_t revision);
void scene_publish_lot(struct scene *scene, struct gm_id lot, struct gm_id product,
                       struct gm_id seller, Catalog__LotTerms *terms, int64_t on_hand);
void scene_revise_lot(struct scene *scene, struct gm_id lot, struct gm_id product,
                      struct gm_id seller, uint64_t revision, Catalog__LotTerms *terms);
void scene_withdraw_lot(struct scene *scene, struct gm_id lot, uint64_t revision);
void scene_move_stock(struct scene *scene, struct gm_id lot, int64_t delta, int64_t on_hand);
/* kind: CATALOG__EVENT__EVENT_RESERVED, _RELEASED or _CONSUMED. */
void scene_reserve(struct scene *scene, Catalog__Event__EventCase kind, struct gm_id lot,
                   int64_t quantity);
/* The usual product and lot of the scene's seller; returns the lot. */
struct gm_id scene_offer(struct scene *scene, unsigned n, int64_t on_hand);

/* ---- calls ---- */

/* 100 bowls to VN-HO-CHI-MINH-CITY in VND, count lines of them. */
Matching__SourcingRequest *scene_request(struct scene *scene, size_t line_count);
/* A member in a list of a line. */
void scene_prefer(struct scene *scene, Matching__SourcingLine *line, struct gm_id member);
void scene_exclude(struct scene *scene, Matching__SourcingLine *line, struct gm_id member);

/* Sends, searches on the newest state; the reply is in scene->reply. */
void scene_send(struct scene *scene, struct gm_id member, uint16_t method,
                const ProtobufCMessage *message);
/* Accepted, or the test fails; returns the decoded reply. */
const void *scene_accepts(struct scene *scene, struct gm_id member, uint16_t method,
                          const ProtobufCMessage *message);
/* Refused for that reason at that field, or the test fails. */
void scene_refuses(struct scene *scene, struct gm_id member, uint16_t method,
                   const ProtobufCMessage *message, enum gm_reason reason, const char *field);
/* A checkpoint of everything, so that searches see it. */
void scene_checkpoint(struct scene *scene);

/* By the scene's buyer, accepted. */
struct gm_request_id scene_submit(struct scene *scene, const Matching__SourcingRequest *request);
const Matching__FindMatchesReply *scene_find(struct scene *scene,
                                             Matching__SourcingRequest *request);
const Matching__SourcingView *scene_get(struct scene *scene, struct gm_request_id request);
