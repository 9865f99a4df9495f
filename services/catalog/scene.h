/* catalog/scene.h - a catalog in a test: a host with an empty journal, a few members, and requests
 * that are right until the test changes them. Not part of any program. */
#pragma once

#include <catalog.pb-c.h>

#include "base/arena.h"
#include "catalog/state.h"
#include "methods.h"
#include "runtime/kit.h"

struct scene {
    struct gm_kit *kit;
    struct gm_arena arena; /* of all that the scene hands out */
    struct gm_id seller;
    struct gm_id other_seller;
    struct gm_id buyer;
    struct gm_id order_service;
    struct gm_kit_reply reply; /* the last one; its body is borrowed until the next call */
};

/* cmocka's setup and teardown; *state is the struct scene. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* The n-th member, or order, of any test. */
struct gm_id scene_id(unsigned n);
ProtobufCBinaryData scene_bytes(struct scene *scene, struct gm_id id);

/* ---- requests that are right; tests change them. In the scene's arena ---- */

Catalog__ProductTerms *scene_product_terms(struct scene *scene);
/* Tiers 10: 50,000 and 100: 45,000 VND, multiples of 5, from VN-BAT-TRANG. */
Catalog__LotTerms *scene_lot_terms(struct scene *scene);
Catalog__ReserveRequest *scene_reserve(struct scene *scene, struct gm_id order, size_t line_count);
/* The line at that lot's right price. */
void scene_line(struct scene *scene, Catalog__ReserveRequest *request, size_t line,
                struct gm_lot_id lot, int64_t quantity);

/* ---- calls ---- */

/* Sends; the reply is in scene->reply. */
void scene_send(struct scene *scene, struct gm_id member, uint16_t method,
                const ProtobufCMessage *message);
/* Accepted, or the test fails; returns the decoded reply. */
const void *scene_accepts(struct scene *scene, struct gm_id member, uint16_t method,
                          const ProtobufCMessage *message);
/* Refused for that reason at that field and leaving no row behind, or the test fails. */
void scene_refuses(struct scene *scene, struct gm_id member, uint16_t method,
                   const ProtobufCMessage *message, enum gm_reason reason, const char *field);
/* Accepted and changing no row, or the test fails. */
const void *scene_keeps(struct scene *scene, struct gm_id member, uint16_t method,
                        const ProtobufCMessage *message);

/* Of all rows of the catalog's tables. */
uint64_t scene_hash(struct scene *scene);
/* GM_OK, or GM_CORRUPT with the audit's sentence. */
enum gm_status scene_audit(struct scene *scene, char *ret_why, size_t why_size);
/* A checkpoint of everything, so that lists see it. */
void scene_checkpoint(struct scene *scene);

/* ---- the usual, accepted ---- */

struct gm_product_id scene_product(struct scene *scene, struct gm_id seller, const char *sku);
struct gm_lot_id scene_lot(struct scene *scene, struct gm_id seller, struct gm_product_id product,
                           const char *lot_code, int64_t on_hand);
/* A product LOT-n with one lot. */
struct gm_lot_id scene_stock(struct scene *scene, unsigned n, int64_t on_hand);
void scene_withdraw_product(struct scene *scene, struct gm_id seller, struct gm_product_id product);
void scene_withdraw_lot(struct scene *scene, struct gm_id seller, struct gm_lot_id lot);
/* One line. */
void scene_reserve_one(struct scene *scene, struct gm_id order, struct gm_lot_id lot,
                       int64_t quantity);
const Catalog__ProductView *scene_get_product(struct scene *scene, struct gm_product_id product);
const Catalog__LotView *scene_get_lot(struct scene *scene, struct gm_lot_id lot);
const Catalog__ReservationView *scene_get_reservation(struct scene *scene, struct gm_id order);

/* A cmocka test with a scene of its own. */
#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
