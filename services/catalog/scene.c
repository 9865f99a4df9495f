#include "catalog/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hash.h"
#include "catalog/audit.h"
#include "catalog/parts.h"
#include "catalog/service.h"
#include "wire/check.h"

enum {
    SCENE_ARENA_BYTES = 64 * 1024 * 1024,
    AUDIT_ARENA_BYTES = 4 * 1024 * 1024,
    SCENE_SEED = 7,
};

int scene_setup(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    assert_int_equal(gm_arena_init(&scene->arena, SCENE_ARENA_BYTES), GM_OK);
    scene->kit = gm_kit_new(&catalog_service, SCENE_SEED);
    scene->seller = scene_id(1);
    scene->other_seller = scene_id(2);
    scene->buyer = scene_id(3);
    scene->order_service = gm_service_member(GM_SERVICE_ORDER);
    *state = scene;
    return 0;
}

int scene_teardown(void **state)
{
    struct scene *scene = *state;
    gm_kit_free(scene->kit);
    gm_arena_release(&scene->arena);
    free(scene);
    return 0;
}

struct gm_id scene_id(unsigned n)
{
    return gm_id_derive(gm_id_v7(GM_KIT_START_MS, (const uint8_t[10]){0}), n);
}

ProtobufCBinaryData scene_bytes(struct scene *scene, struct gm_id id)
{
    return catalog_bytes(&scene->arena, id);
}

/* ---- requests ---- */

Catalog__ProductTerms *scene_product_terms(struct scene *scene)
{
    Catalog__ProductTerms *terms =
        catalog_message(&scene->arena, &catalog__product_terms__descriptor);
    terms->n_names = 2;
    terms->names = catalog_pointers(&scene->arena, 2);
    for (size_t i = 0; i < 2; i++)
        terms->names[i] = catalog_message(&scene->arena, &common__local_text__descriptor);
    terms->names[0]->language = "vi";
    terms->names[0]->text = "Bát men ngọc";
    terms->names[1]->language = "en";
    terms->names[1]->text = "Celadon bowl";
    terms->n_descriptions = 2;
    terms->descriptions = catalog_pointers(&scene->arena, 2);
    for (size_t i = 0; i < 2; i++)
        terms->descriptions[i] = catalog_message(&scene->arena, &common__local_block__descriptor);
    terms->descriptions[0]->language = "vi";
    terms->descriptions[0]->text = "Nung củi.\nVẽ tay.";
    terms->descriptions[1]->language = "en";
    terms->descriptions[1]->text = "Wood-fired.\nPainted by hand.";
    terms->category = "bowl";
    terms->body = "stoneware";
    terms->glaze = "celadon";
    terms->base_unit = COMMON__UNIT__C62;
    terms->mass_g = 450;
    terms->hs_code = "6912";
    terms->recycled_ppm = 100000;
    return terms;
}

Catalog__LotTerms *scene_lot_terms(struct scene *scene)
{
    Catalog__LotTerms *terms = catalog_message(&scene->arena, &catalog__lot_terms__descriptor);
    terms->currency = "VND";
    terms->n_tiers = 2;
    terms->tiers = catalog_pointers(&scene->arena, CATALOG_TIERS_MAX);
    for (size_t i = 0; i < CATALOG_TIERS_MAX; i++)
        terms->tiers[i] = catalog_message(&scene->arena, &common__price_tier__descriptor);
    terms->tiers[0]->from_quantity = 10;
    terms->tiers[0]->unit_price_minor = 50000;
    terms->tiers[1]->from_quantity = 100;
    terms->tiers[1]->unit_price_minor = 45000;
    terms->min_order = 10;
    terms->order_multiple = 5;
    terms->lead_time_days = 3;
    terms->ship_from = "VN-BAT-TRANG";
    terms->incoterm = COMMON__INCOTERM__FCA;
    terms->grade = COMMON__GRADE__A;
    return terms;
}

Catalog__ReserveRequest *scene_reserve(struct scene *scene, struct gm_id order, size_t line_count)
{
    Catalog__ReserveRequest *request =
        catalog_message(&scene->arena, &catalog__reserve_request__descriptor);
    request->order_id = scene_bytes(scene, order);
    request->buyer = scene_bytes(scene, scene->buyer);
    request->seller = scene_bytes(scene, scene->seller);
    request->currency = "VND";
    request->ship_from = "VN-BAT-TRANG";
    request->n_lines = line_count;
    request->lines = catalog_pointers(&scene->arena, line_count);
    for (size_t i = 0; i < line_count; i++)
        request->lines[i] = catalog_message(&scene->arena, &catalog__reserve_line__descriptor);
    return request;
}

void scene_line(struct scene *scene, Catalog__ReserveRequest *request, size_t line,
                struct gm_lot_id lot, int64_t quantity)
{
    request->lines[line]->lot_id = scene_bytes(scene, lot.id);
    request->lines[line]->quantity = quantity;
    request->lines[line]->unit_price_minor = quantity >= 100 ? 45000 : 50000;
}

/* ---- calls ---- */

void scene_send(struct scene *scene, struct gm_id member, uint16_t method,
                const ProtobufCMessage *message)
{
    if (!gm_kit_call(scene->kit, member, method, message, NULL, &scene->reply))
        fail_msg("method %u: no reply", method);
}

const void *scene_accepts(struct scene *scene, struct gm_id member, uint16_t method,
                          const ProtobufCMessage *message)
{
    scene_send(scene, member, method, message);
    if (scene->reply.header.status != GM_CODE_OK)
        fail_msg("method %u: %s at '%s'", method, gm_reason_row(scene->reply.refusal.reason)->word,
                 scene->reply.refusal.field);
    const ProtobufCMessage *reply =
        gm_message_unpack(scene->reply.body, gm_method_find(method)->reply, &scene->arena);
    assert_non_null(reply);
    return reply;
}

void scene_refuses(struct scene *scene, struct gm_id member, uint16_t method,
                   const ProtobufCMessage *message, enum gm_reason reason, const char *field)
{
    const uint64_t before = scene_hash(scene);
    scene_send(scene, member, method, message);
    if (scene->reply.refusal.reason == GM_REASON_NONE) fail_msg("method %u: accepted", method);
    assert_string_equal(gm_reason_row(scene->reply.refusal.reason)->word,
                        gm_reason_row(reason)->word);
    assert_string_equal(scene->reply.refusal.field, field);
    assert_int_equal(scene_hash(scene), before);
}

const void *scene_keeps(struct scene *scene, struct gm_id member, uint16_t method,
                        const ProtobufCMessage *message)
{
    const uint64_t before = scene_hash(scene);
    const void *reply = scene_accepts(scene, member, method, message);
    assert_int_equal(scene_hash(scene), before);
    return reply;
}

void scene_checkpoint(struct scene *scene)
{
    gm_host_checkpoint_now(gm_kit_host(scene->kit));
    gm_kit_run(scene->kit);
}

uint64_t scene_hash(struct scene *scene)
{
    scene_checkpoint(scene);
    struct gm_snapshot *snapshot;
    assert_int_equal(gm_snapshot_open(gm_kit_store(scene->kit), &snapshot), GM_OK);
    const size_t mark = gm_arena_mark(&scene->arena);
    uint64_t sum = 0;
    for (const struct gm_table *const *table = catalog_tables; *table != NULL; table++) {
        struct gm_cursor cursor;
        struct gm_bytes key;
        struct gm_bytes value;
        gm_cursor_init(&cursor, snapshot, *table, NULL);
        while (gm_cursor_next(&cursor, &scene->arena, &key, &value) == GM_OK) {
            const struct gm_bytes row[] = {gm_bytes(&(*table)->number, 1), key, value};
            const struct gm_hash hash = gm_blake2b(row, 3);
            sum += gm_get_u64(hash.v);
            gm_arena_rewind(&scene->arena, mark);
        }
        gm_cursor_release(&cursor);
    }
    gm_snapshot_release(snapshot);
    return sum;
}

enum gm_status scene_audit(struct scene *scene, char *ret_why, size_t why_size)
{
    scene_checkpoint(scene);
    struct gm_arena arena;
    struct gm_snapshot *snapshot;
    assert_int_equal(gm_arena_init(&arena, AUDIT_ARENA_BYTES), GM_OK);
    assert_int_equal(gm_snapshot_open(gm_kit_store(scene->kit), &snapshot), GM_OK);
    const enum gm_status status = catalog_audit(snapshot, &arena, ret_why, why_size);
    gm_snapshot_release(snapshot);
    gm_arena_release(&arena);
    return status;
}

/* ---- the usual ---- */

struct gm_product_id scene_product(struct scene *scene, struct gm_id seller, const char *sku)
{
    Catalog__PublishProductRequest request = CATALOG__PUBLISH_PRODUCT_REQUEST__INIT;
    request.sku = sku;
    request.terms = scene_product_terms(scene);
    const Catalog__ProductReply *reply =
        scene_accepts(scene, seller, GM_METHOD_CATALOG_PUBLISH_PRODUCT, &request.base);
    return (struct gm_product_id){gm_message_id(reply->product_id)};
}

struct gm_lot_id scene_lot(struct scene *scene, struct gm_id seller, struct gm_product_id product,
                           const char *lot_code, int64_t on_hand)
{
    Catalog__PublishLotRequest request = CATALOG__PUBLISH_LOT_REQUEST__INIT;
    request.product_id = gm_message_bytes(&product.id);
    request.lot_code = lot_code;
    request.terms = scene_lot_terms(scene);
    request.on_hand = on_hand;
    const Catalog__LotReply *reply =
        scene_accepts(scene, seller, GM_METHOD_CATALOG_PUBLISH_LOT, &request.base);
    return (struct gm_lot_id){gm_message_id(reply->lot_id)};
}

struct gm_lot_id scene_stock(struct scene *scene, unsigned n, int64_t on_hand)
{
    char sku[16];
    (void)snprintf(sku, sizeof sku, "LOT-%u", n);
    return scene_lot(scene, scene->seller, scene_product(scene, scene->seller, sku), "", on_hand);
}

void scene_withdraw_product(struct scene *scene, struct gm_id seller, struct gm_product_id product)
{
    Catalog__WithdrawProductRequest request = CATALOG__WITHDRAW_PRODUCT_REQUEST__INIT;
    request.product_id = gm_message_bytes(&product.id);
    scene_accepts(scene, seller, GM_METHOD_CATALOG_WITHDRAW_PRODUCT, &request.base);
}

void scene_withdraw_lot(struct scene *scene, struct gm_id seller, struct gm_lot_id lot)
{
    Catalog__WithdrawLotRequest request = CATALOG__WITHDRAW_LOT_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&lot.id);
    scene_accepts(scene, seller, GM_METHOD_CATALOG_WITHDRAW_LOT, &request.base);
}

void scene_reserve_one(struct scene *scene, struct gm_id order, struct gm_lot_id lot,
                       int64_t quantity)
{
    Catalog__ReserveRequest *request = scene_reserve(scene, order, 1);
    scene_line(scene, request, 0, lot, quantity);
    scene_accepts(scene, scene->order_service, GM_METHOD_CATALOG_RESERVE, &request->base);
}

const Catalog__ProductView *scene_get_product(struct scene *scene, struct gm_product_id product)
{
    Catalog__GetProductRequest request = CATALOG__GET_PRODUCT_REQUEST__INIT;
    request.product_id = gm_message_bytes(&product.id);
    return scene_accepts(scene, scene->buyer, GM_METHOD_CATALOG_GET_PRODUCT, &request.base);
}

const Catalog__LotView *scene_get_lot(struct scene *scene, struct gm_lot_id lot)
{
    Catalog__GetLotRequest request = CATALOG__GET_LOT_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&lot.id);
    return scene_accepts(scene, scene->buyer, GM_METHOD_CATALOG_GET_LOT, &request.base);
}

const Catalog__ReservationView *scene_get_reservation(struct scene *scene, struct gm_id order)
{
    Catalog__GetReservationRequest request = CATALOG__GET_RESERVATION_REQUEST__INIT;
    request.order_id = gm_message_bytes(&order);
    return scene_accepts(scene, scene->order_service, GM_METHOD_CATALOG_GET_RESERVATION,
                         &request.base);
}
