#include "matching/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/time.h"
#include "matching/service.h"
#include "wire/check.h"

enum {
    SCENE_ARENA_BYTES = 64 * 1024 * 1024,
    SCENE_SEED = 7,
    SCENE_SOURCE = 0x636174, /* the catalog's journal */
    PRODUCT_OF_OFFER = 1000000,
    LOT_OF_OFFER = 2000000,
};

int scene_setup(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    assert_int_equal(gm_arena_init(&scene->arena, SCENE_ARENA_BYTES), GM_OK);
    scene->kit = gm_kit_new(&matching_service, SCENE_SEED);
    scene->seller = scene_id(1);
    scene->other_seller = scene_id(2);
    scene->buyer = scene_id(3);
    scene->other_buyer = scene_id(4);
    scene->source = SCENE_SOURCE;
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
    const uint8_t rest[10] = {0};
    return gm_id_v7(GM_KIT_START_MS + n, rest);
}

static void *new_message(struct scene *scene, const ProtobufCMessageDescriptor *descriptor)
{
    void *message = gm_arena_alloc(&scene->arena, descriptor->sizeof_message);
    assert_non_null(message);
    protobuf_c_message_init(descriptor, message);
    return message;
}

static void *new_array(struct scene *scene, size_t count, size_t size)
{
    void *at = gm_arena_zalloc_array(&scene->arena, count, size);
    assert_non_null(at);
    return at;
}

/* A repeated field of messages. */
static void *new_pointers(struct scene *scene, size_t count)
{
    return new_array(scene, count, sizeof(void *));
}

ProtobufCBinaryData scene_bytes(struct scene *scene, struct gm_id id)
{
    uint8_t *bytes = gm_arena_copy(&scene->arena, &id, sizeof id);
    assert_non_null(bytes);
    return (ProtobufCBinaryData){.len = sizeof id, .data = bytes};
}

int32_t scene_today(const struct scene *scene)
{
    return gm_day_of(gm_kit_now(scene->kit));
}

/* ---- the catalog ---- */

Catalog__ProductTerms *scene_product_terms(struct scene *scene)
{
    Catalog__ProductTerms *terms = new_message(scene, &catalog__product_terms__descriptor);
    terms->n_names = 2;
    terms->names = new_pointers(scene, 2);
    for (size_t i = 0; i < 2; i++)
        terms->names[i] = new_message(scene, &common__local_text__descriptor);
    terms->names[0]->language = "vi";
    terms->names[0]->text = "Bát men ngọc";
    terms->names[1]->language = "en";
    terms->names[1]->text = "Celadon bowl";
    terms->category = "bowl";
    terms->body = "stoneware";
    terms->glaze = "celadon";
    terms->base_unit = COMMON__UNIT__C62;
    terms->mass_g = 450;
    return terms;
}

Catalog__LotTerms *scene_lot_terms(struct scene *scene)
{
    Catalog__LotTerms *terms = new_message(scene, &catalog__lot_terms__descriptor);
    terms->currency = "VND";
    terms->n_tiers = 2;
    terms->tiers = new_pointers(scene, ENGINE_TIERS_MAX);
    for (size_t i = 0; i < ENGINE_TIERS_MAX; i++)
        terms->tiers[i] = new_message(scene, &common__price_tier__descriptor);
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

void scene_feed(struct scene *scene, const Catalog__Event *event)
{
    const struct gm_host_counts *counts = gm_host_counts(gm_kit_host(scene->kit));
    const uint64_t taken = counts->chunks_taken;
    gm_kit_feed(scene->kit, scene->source, ++scene->fed, gm_kit_now(scene->kit), &event->base);
    assert_int_equal(counts->chunks_taken, taken + 1);
}

void scene_product(struct scene *scene, bool is_new, struct gm_id product, struct gm_id seller,
                   uint64_t revision, Catalog__ProductTerms *terms)
{
    Catalog__Product document = CATALOG__PRODUCT__INIT;
    Catalog__ProductChanged change = CATALOG__PRODUCT_CHANGED__INIT;
    Catalog__Event event = CATALOG__EVENT__INIT;
    document.product_id = gm_message_bytes(&product);
    document.seller = gm_message_bytes(&seller);
    document.sku = "BOWL-1";
    document.terms = terms;
    change.product = &document;
    change.revision = revision;
    event.event_case =
        is_new ? CATALOG__EVENT__EVENT_PRODUCT_PUBLISHED : CATALOG__EVENT__EVENT_PRODUCT_REVISED;
    event.product_published = &change;
    scene_feed(scene, &event);
}

static void withdraw(struct scene *scene, Catalog__Event__EventCase kind, struct gm_id id,
                     uint64_t revision)
{
    Catalog__ListingChanged change = CATALOG__LISTING_CHANGED__INIT;
    Catalog__Event event = CATALOG__EVENT__INIT;
    change.id = gm_message_bytes(&id);
    change.revision = revision;
    event.event_case = kind;
    event.product_withdrawn = &change;
    scene_feed(scene, &event);
}

void scene_withdraw_product(struct scene *scene, struct gm_id product, uint64_t revision)
{
    withdraw(scene, CATALOG__EVENT__EVENT_PRODUCT_WITHDRAWN, product, revision);
}

void scene_withdraw_lot(struct scene *scene, struct gm_id lot, uint64_t revision)
{
    withdraw(scene, CATALOG__EVENT__EVENT_LOT_WITHDRAWN, lot, revision);
}

static void change_lot(struct scene *scene, Catalog__Event__EventCase kind, struct gm_id lot,
                       struct gm_id product, struct gm_id seller, uint64_t revision,
                       Catalog__LotTerms *terms, int64_t on_hand)
{
    Catalog__Lot document = CATALOG__LOT__INIT;
    Catalog__LotChanged change = CATALOG__LOT_CHANGED__INIT;
    Catalog__Event event = CATALOG__EVENT__INIT;
    document.lot_id = gm_message_bytes(&lot);
    document.product_id = gm_message_bytes(&product);
    document.seller = gm_message_bytes(&seller);
    document.sku = "BOWL-1";
    document.lot_code = "MAIN";
    document.terms = terms;
    change.lot = &document;
    change.revision = revision;
    change.on_hand = on_hand;
    event.event_case = kind;
    event.lot_published = &change;
    scene_feed(scene, &event);
}

void scene_publish_lot(struct scene *scene, struct gm_id lot, struct gm_id product,
                       struct gm_id seller, Catalog__LotTerms *terms, int64_t on_hand)
{
    change_lot(scene, CATALOG__EVENT__EVENT_LOT_PUBLISHED, lot, product, seller, 1, terms, on_hand);
}

void scene_revise_lot(struct scene *scene, struct gm_id lot, struct gm_id product,
                      struct gm_id seller, uint64_t revision, Catalog__LotTerms *terms)
{
    change_lot(scene, CATALOG__EVENT__EVENT_LOT_REVISED, lot, product, seller, revision, terms, 0);
}

void scene_move_stock(struct scene *scene, struct gm_id lot, int64_t delta, int64_t on_hand)
{
    Catalog__StockChanged change = CATALOG__STOCK_CHANGED__INIT;
    Catalog__Event event = CATALOG__EVENT__INIT;
    change.lot_id = gm_message_bytes(&lot);
    change.revision = 1;
    change.delta = delta;
    change.on_hand = on_hand;
    event.event_case = delta > 0 ? CATALOG__EVENT__EVENT_RESTOCKED : CATALOG__EVENT__EVENT_ADJUSTED;
    event.restocked = &change;
    scene_feed(scene, &event);
}

void scene_reserve(struct scene *scene, Catalog__Event__EventCase kind, struct gm_id lot,
                   int64_t quantity)
{
    Catalog__LotQuantity line = CATALOG__LOT_QUANTITY__INIT;
    Catalog__LotQuantity *lines[] = {&line};
    Catalog__ReservationChanged change = CATALOG__RESERVATION_CHANGED__INIT;
    Catalog__Event event = CATALOG__EVENT__INIT;
    const struct gm_id order = scene_id(99);
    line.lot_id = gm_message_bytes(&lot);
    line.quantity = quantity;
    change.order_id = gm_message_bytes(&order);
    change.buyer = gm_message_bytes(&scene->buyer);
    change.seller = gm_message_bytes(&scene->seller);
    change.n_lines = 1;
    change.lines = lines;
    event.event_case = kind;
    event.reserved = &change;
    scene_feed(scene, &event);
}

struct gm_id scene_offer(struct scene *scene, unsigned n, int64_t on_hand)
{
    const struct gm_id product = scene_id(PRODUCT_OF_OFFER + n);
    const struct gm_id lot = scene_id(LOT_OF_OFFER + n);
    scene_product(scene, true, product, scene->seller, 1, scene_product_terms(scene));
    scene_publish_lot(scene, lot, product, scene->seller, scene_lot_terms(scene), on_hand);
    return lot;
}

/* ---- requests ---- */

Matching__SourcingRequest *scene_request(struct scene *scene, size_t line_count)
{
    Matching__SourcingRequest *request =
        new_message(scene, &matching__sourcing_request__descriptor);
    request->deliver_to = "VN-HO-CHI-MINH-CITY";
    request->currency = "VND";
    request->n_lines = line_count;
    request->lines = new_pointers(scene, line_count);
    for (size_t i = 0; i < line_count; i++) {
        request->lines[i] = new_message(scene, &matching__sourcing_line__descriptor);
        request->lines[i]->category = "bowl";
        request->lines[i]->quantity = 100;
        request->lines[i]->base_unit = COMMON__UNIT__C62;
    }
    return request;
}

static void add_member(struct scene *scene, ProtobufCBinaryData **members, size_t *count,
                       struct gm_id member)
{
    ProtobufCBinaryData *grown = new_array(scene, *count + 1, sizeof *grown);
    if (*count > 0) memcpy(grown, *members, *count * sizeof *grown);
    grown[(*count)++] = scene_bytes(scene, member);
    *members = grown;
}

void scene_prefer(struct scene *scene, Matching__SourcingLine *line, struct gm_id member)
{
    add_member(scene, &line->preferred, &line->n_preferred, member);
}

void scene_exclude(struct scene *scene, Matching__SourcingLine *line, struct gm_id member)
{
    add_member(scene, &line->excluded, &line->n_excluded, member);
}

/* ---- calls ---- */

void scene_checkpoint(struct scene *scene)
{
    gm_host_checkpoint_now(gm_kit_host(scene->kit));
    gm_kit_run(scene->kit);
}

void scene_send(struct scene *scene, struct gm_id member, uint16_t method,
                const ProtobufCMessage *message)
{
    if (gm_method_find(method)->kind == GM_METHOD_SEARCH) scene_checkpoint(scene);
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
    scene_send(scene, member, method, message);
    if (scene->reply.refusal.reason == GM_REASON_NONE) fail_msg("method %u: accepted", method);
    assert_string_equal(gm_reason_row(scene->reply.refusal.reason)->word,
                        gm_reason_row(reason)->word);
    assert_string_equal(scene->reply.refusal.field, field);
}

struct gm_request_id scene_submit(struct scene *scene, const Matching__SourcingRequest *request)
{
    const Matching__SourcingReply *reply = scene_accepts(
        scene, scene->buyer, GM_METHOD_MATCHING_SUBMIT_SOURCING_REQUEST, &request->base);
    return (struct gm_request_id){gm_message_id(reply->request_id)};
}

const Matching__FindMatchesReply *scene_find(struct scene *scene,
                                             Matching__SourcingRequest *request)
{
    Matching__FindMatchesRequest message = MATCHING__FIND_MATCHES_REQUEST__INIT;
    message.request = request;
    return scene_accepts(scene, scene->buyer, GM_METHOD_MATCHING_FIND_MATCHES, &message.base);
}

const Matching__SourcingView *scene_get(struct scene *scene, struct gm_request_id request)
{
    Matching__GetSourcingRequestRequest message = MATCHING__GET_SOURCING_REQUEST_REQUEST__INIT;
    message.request_id = gm_message_bytes(&request.id);
    return scene_accepts(scene, scene->buyer, GM_METHOD_MATCHING_GET_SOURCING_REQUEST,
                         &message.base);
}
