#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "catalog.pb-c.h"
#include "matching.pb-c.h"
#include "methods.h"
#include "order.pb-c.h"
#include "wire/check.h"

enum {
    PRODUCTS_MAX = 12,
    LOTS_MAX = 24,
    ORDERS_MAX = 512, /* the newest */
    REQUESTS_MAX = 64,
    LINES_MAX = 4,
    LOTS_EACH = 6,
};

struct product {
    struct gm_id id;
    uint8_t seller;
};

struct lot {
    struct gm_id id;
    uint8_t seller;
    int64_t multiple;
    int64_t price;     /* of the first tier, as last published */
    int64_t tier_from; /* of the second */
    int64_t tier_price;
};

struct order {
    struct gm_id id;
    uint8_t buyer;
    uint8_t seller;
};

struct work {
    struct product products[PRODUCTS_MAX];
    unsigned product_count;
    struct lot lots[LOTS_MAX];
    unsigned lot_count;
    struct order orders[ORDERS_MAX]; /* a ring */
    unsigned order_count;
    struct gm_id requests[REQUESTS_MAX];
    unsigned request_count;
    unsigned next_sku;
    struct lot pending[SIM_CLIENTS]; /* a lot that a seller has asked to publish or revise */
};

static const char place[] = "VN-BAT-TRANG";
static const char place_of_buyer[] = "VN-HANOI";

struct work *work_new(struct sim *sim)
{
    (void)sim;
    struct work *work = calloc(1, sizeof *work);
    GM_ASSERT(work != NULL);
    return work;
}

void work_free(struct work *work)
{
    free(work);
}

struct gm_id work_member(uint8_t client)
{
    struct gm_id id =
        gm_id_v7(SIM_START_MS, (const uint8_t[10]){1, 2, 3, 4, 5, 6, 7, 8, 9, client});
    return id;
}

uint8_t work_node(const struct gm_method *method)
{
    return (uint8_t)(gm_service_named(method->service) - 1);
}

static ProtobufCBinaryData bytes_of(struct gm_arena *arena, struct gm_id id)
{
    return (ProtobufCBinaryData){GM_ID_BYTES, gm_arena_copy(arena, id.v, GM_ID_BYTES)};
}

static void call(struct work_call *ret, struct gm_arena *arena, uint16_t method,
                 const ProtobufCMessage *message, unsigned subject)
{
    ret->method = gm_method_find(method);
    ret->body = gm_message_pack(message, arena);
    ret->subject = (uint16_t)subject;
    GM_ASSERT(ret->method != NULL);
}

static unsigned draw(struct sim *sim, unsigned bound)
{
    return (unsigned)gm_random_below(&sim->random, bound);
}

/* ---- sellers ---- */

static Catalog__ProductTerms *product_terms(struct sim *sim, struct gm_arena *arena)
{
    static const char *const names[] = {"Bát men ngọc", "Đĩa hoa lam", "Chén trà", "Bình gốm"};
    static const char *const categories[] = {"bowl", "plate", "mug", "vase"};
    const unsigned kind = draw(sim, 4);
    Catalog__ProductTerms *terms = GM_ARENA_NEW(arena, Catalog__ProductTerms);
    Common__LocalText *name = GM_ARENA_NEW(arena, Common__LocalText);
    Common__LocalText **list = GM_ARENA_NEW(arena, Common__LocalText *);
    catalog__product_terms__init(terms);
    common__local_text__init(name);
    name->language = "vi";
    name->text = names[kind];
    list[0] = name;
    terms->n_names = 1;
    terms->names = list;
    terms->category = categories[kind];
    terms->body = draw(sim, 2) == 0 ? "stoneware" : "porcelain";
    terms->base_unit = COMMON__UNIT__C62;
    terms->mass_g = 200 + draw(sim, 400);
    return terms;
}

static void publish_product(struct sim *sim, struct gm_arena *arena, struct work_call *ret)
{
    Catalog__PublishProductRequest request = CATALOG__PUBLISH_PRODUCT_REQUEST__INIT;
    char sku[16];
    /* Now and then a SKU that is taken. */
    (void)snprintf(sku, sizeof sku, "SKU-%u", sim->work->next_sku - (draw(sim, 8) == 0));
    sim->work->next_sku++;
    request.sku = sku;
    request.terms = product_terms(sim, arena);
    call(ret, arena, GM_METHOD_CATALOG_PUBLISH_PRODUCT, &request.base, 0);
}

static Catalog__LotTerms *lot_terms(struct sim *sim, struct gm_arena *arena, struct lot *ret_lot)
{
    Catalog__LotTerms *terms = GM_ARENA_NEW(arena, Catalog__LotTerms);
    catalog__lot_terms__init(terms);
    const unsigned tiers = 1 + draw(sim, 2);
    Common__PriceTier **list = GM_ARENA_ARRAY(arena, Common__PriceTier *, 2);
    ret_lot->multiple = 1 + draw(sim, 3);
    ret_lot->price = 1000 * (10 + draw(sim, 90));
    ret_lot->tier_from = tiers == 1 ? INT64_MAX : ret_lot->multiple * 5;
    ret_lot->tier_price = ret_lot->price - 1000;
    for (unsigned i = 0; i < tiers; i++) {
        list[i] = GM_ARENA_NEW(arena, Common__PriceTier);
        common__price_tier__init(list[i]);
        list[i]->from_quantity = i == 0 ? ret_lot->multiple : ret_lot->tier_from;
        list[i]->unit_price_minor = i == 0 ? ret_lot->price : ret_lot->tier_price;
    }
    terms->currency = "VND";
    terms->n_tiers = tiers;
    terms->tiers = list;
    terms->min_order = ret_lot->multiple;
    terms->order_multiple = ret_lot->multiple;
    terms->lead_time_days = draw(sim, 10);
    terms->ship_from = place;
    terms->incoterm = COMMON__INCOTERM__EXW;
    terms->grade = (Common__Grade)(1 + draw(sim, 4));
    return terms;
}

static void publish_lot(struct sim *sim, uint8_t client, struct gm_arena *arena,
                        struct work_call *ret)
{
    struct work *work = sim->work;
    Catalog__PublishLotRequest request = CATALOG__PUBLISH_LOT_REQUEST__INIT;
    char code[16];
    (void)snprintf(code, sizeof code, "L%u", work->next_sku++);
    unsigned product = 0;
    for (unsigned i = 0; i < work->product_count; i++)
        if (work->products[i].seller == client && draw(sim, 2) == 0) product = i;
    request.product_id = bytes_of(arena, work->products[product].id);
    request.lot_code = code;
    request.terms = lot_terms(sim, arena, &work->pending[client]);
    request.on_hand = draw(sim, 40);
    call(ret, arena, GM_METHOD_CATALOG_PUBLISH_LOT, &request.base, product);
}

static void restock(struct sim *sim, struct gm_arena *arena, unsigned lot, struct work_call *ret)
{
    Catalog__RestockRequest request = CATALOG__RESTOCK_REQUEST__INIT;
    request.lot_id = bytes_of(arena, sim->work->lots[lot].id);
    request.quantity = 1 + draw(sim, 30);
    request.reason = CATALOG__RESTOCK_REASON__PRODUCED;
    call(ret, arena, GM_METHOD_CATALOG_RESTOCK, &request.base, lot);
}

static void adjust(struct sim *sim, struct gm_arena *arena, unsigned lot, struct work_call *ret)
{
    Catalog__AdjustRequest request = CATALOG__ADJUST_REQUEST__INIT;
    request.lot_id = bytes_of(arena, sim->work->lots[lot].id);
    request.reason = (Catalog__AdjustReason)(1 + draw(sim, 4));
    request.quantity =
        request.reason == CATALOG__ADJUST_REASON__COUNTED ? draw(sim, 50) : 1 + draw(sim, 5);
    call(ret, arena, GM_METHOD_CATALOG_ADJUST, &request.base, lot);
}

static void revise_lot(struct sim *sim, uint8_t client, struct gm_arena *arena, unsigned lot,
                       struct work_call *ret)
{
    Catalog__ReviseLotRequest request = CATALOG__REVISE_LOT_REQUEST__INIT;
    request.lot_id = bytes_of(arena, sim->work->lots[lot].id);
    request.terms = lot_terms(sim, arena, &sim->work->pending[client]);
    call(ret, arena, GM_METHOD_CATALOG_REVISE_LOT, &request.base, lot);
}

static void withdraw_lot(struct sim *sim, struct gm_arena *arena, unsigned lot,
                         struct work_call *ret)
{
    Catalog__WithdrawLotRequest request = CATALOG__WITHDRAW_LOT_REQUEST__INIT;
    request.lot_id = bytes_of(arena, sim->work->lots[lot].id);
    call(ret, arena, GM_METHOD_CATALOG_WITHDRAW_LOT, &request.base, lot);
}

static void get_lot(struct sim *sim, struct gm_arena *arena, unsigned lot, struct work_call *ret)
{
    Catalog__GetLotRequest request = CATALOG__GET_LOT_REQUEST__INIT;
    request.lot_id = bytes_of(arena, sim->work->lots[lot].id);
    call(ret, arena, GM_METHOD_CATALOG_GET_LOT, &request.base, lot);
}

static void list_lots(struct sim *sim, struct gm_arena *arena, struct work_call *ret)
{
    Catalog__ListLotsRequest request = CATALOG__LIST_LOTS_REQUEST__INIT;
    Common__Page page = COMMON__PAGE__INIT;
    page.size = 1 + draw(sim, 20);
    request.page = &page;
    call(ret, arena, GM_METHOD_CATALOG_LIST_LOTS, &request.base, 0);
}

/* ---- orders ---- */

static void place_order(struct sim *sim, struct gm_arena *arena, struct work_call *ret)
{
    struct work *work = sim->work;
    Order__PlaceRequest request = ORDER__PLACE_REQUEST__INIT;
    Order__OrderLine **lines = GM_ARENA_ARRAY(arena, Order__OrderLine *, LINES_MAX);
    const uint8_t seller = work->lots[draw(sim, work->lot_count)].seller;
    const unsigned wanted = 1 + draw(sim, LINES_MAX);
    for (unsigned tries = 0; tries < 20 && request.n_lines < wanted; tries++) {
        /* The newest lots are the ones in demand. */
        const unsigned from = draw(sim, 2) == 0 || work->lot_count < 4 ? 0 : work->lot_count - 3;
        const struct lot *lot = &work->lots[from + draw(sim, work->lot_count - from)];
        if (lot->seller != seller) continue;
        Order__OrderLine *line = GM_ARENA_NEW(arena, Order__OrderLine);
        order__order_line__init(line);
        line->lot_id = bytes_of(arena, lot->id);
        line->quantity = lot->multiple * (1 + draw(sim, 6));
        if (draw(sim, 30) == 0) line->quantity++; /* may be no multiple */
        line->unit_price_minor = line->quantity >= lot->tier_from ? lot->tier_price : lot->price;
        if (draw(sim, 40) == 0) line->unit_price_minor++; /* another price */
        lines[request.n_lines++] = line;
    }
    if (request.n_lines == 0) {
        get_lot(sim, arena, draw(sim, work->lot_count), ret);
        return;
    }
    request.lines = lines;
    request.seller = bytes_of(arena, work_member(seller));
    request.currency = "VND";
    request.ship_from = place;
    request.deliver_to = place_of_buyer;
    request.accept_within_hours = draw(sim, 3) == 0 ? 1 + draw(sim, 48) : 0;
    call(ret, arena, GM_METHOD_ORDER_PLACE, &request.base, seller);
    ret->until_settled = draw(sim, 3) == 0;
}

/* Some order that the member has a part in, mostly; the newest are the likeliest. */
static const struct order *some_order(struct sim *sim, uint8_t client)
{
    struct work *work = sim->work;
    const unsigned known = work->order_count < ORDERS_MAX ? work->order_count : ORDERS_MAX;
    if (known == 0) return NULL;
    for (unsigned tries = 0; tries < 12; tries++) {
        const unsigned back = draw(sim, draw(sim, 3) == 0 ? known : known < 24 ? known : 24);
        const struct order *order = &work->orders[(work->order_count - 1 - back) % ORDERS_MAX];
        if (order->buyer == client || order->seller == client || draw(sim, 30) == 0) return order;
    }
    return NULL;
}

static bool move_order(struct sim *sim, uint8_t client, struct gm_arena *arena,
                       struct work_call *ret)
{
    static const uint16_t of_seller[] = {
        GM_METHOD_ORDER_ACCEPT,       GM_METHOD_ORDER_ACCEPT,        GM_METHOD_ORDER_ACCEPT,
        GM_METHOD_ORDER_DESPATCH,     GM_METHOD_ORDER_DESPATCH,      GM_METHOD_ORDER_REJECT,
        GM_METHOD_ORDER_AGREE_CANCEL, GM_METHOD_ORDER_PROPOSE_CANCEL};
    static const uint16_t of_buyer[] = {
        GM_METHOD_ORDER_RECEIVE, GM_METHOD_ORDER_RECEIVE,        GM_METHOD_ORDER_COMPLETE,
        GM_METHOD_ORDER_CANCEL,  GM_METHOD_ORDER_PROPOSE_CANCEL, GM_METHOD_ORDER_AGREE_CANCEL};
    const struct order *order = some_order(sim, client);
    if (order == NULL) return false;
    Order__OrderCommand request = ORDER__ORDER_COMMAND__INIT;
    request.order_id = bytes_of(arena, order->id);
    const uint16_t method =
        order->seller == client ? of_seller[draw(sim, 8)] : of_buyer[draw(sim, 6)];
    if (method == GM_METHOD_ORDER_REJECT || method == GM_METHOD_ORDER_CANCEL ||
        method == GM_METHOD_ORDER_PROPOSE_CANCEL)
        request.reason = "đổi ý";
    if (draw(sim, 20) == 0) request.revision = 1 + draw(sim, 4);
    call(ret, arena, method, &request.base, 0);
    return true;
}

static bool get_order(struct sim *sim, uint8_t client, struct gm_arena *arena,
                      struct work_call *ret)
{
    const struct order *order = some_order(sim, client);
    if (order == NULL) return false;
    Order__GetOrderRequest request = ORDER__GET_ORDER_REQUEST__INIT;
    request.order_id = bytes_of(arena, order->id);
    call(ret, arena, GM_METHOD_ORDER_GET_ORDER, &request.base, 0);
    return true;
}

static void list_orders(uint8_t client, struct gm_arena *arena, struct work_call *ret)
{
    Order__ListOrdersRequest request = ORDER__LIST_ORDERS_REQUEST__INIT;
    request.side = client < SIM_SELLERS ? ORDER__SIDE__SELLER : ORDER__SIDE__BUYER;
    call(ret, arena, GM_METHOD_ORDER_LIST_ORDERS, &request.base, 0);
}

/* ---- sourcing ---- */

static Matching__SourcingRequest *sourcing(struct sim *sim, struct gm_arena *arena)
{
    static const char *const categories[] = {"bowl", "plate", "mug", "vase"};
    Matching__SourcingRequest *request = GM_ARENA_NEW(arena, Matching__SourcingRequest);
    Matching__SourcingLine *line = GM_ARENA_NEW(arena, Matching__SourcingLine);
    Matching__SourcingLine **lines = GM_ARENA_NEW(arena, Matching__SourcingLine *);
    matching__sourcing_request__init(request);
    matching__sourcing_line__init(line);
    line->category = categories[draw(sim, 4)];
    line->quantity = 1 + draw(sim, 30);
    line->base_unit = COMMON__UNIT__C62;
    lines[0] = line;
    request->deliver_to = place_of_buyer;
    request->currency = "VND";
    request->n_lines = 1;
    request->lines = lines;
    return request;
}

static void find_matches(struct sim *sim, struct gm_arena *arena, struct work_call *ret)
{
    Matching__FindMatchesRequest request = MATCHING__FIND_MATCHES_REQUEST__INIT;
    request.request = sourcing(sim, arena);
    call(ret, arena, GM_METHOD_MATCHING_FIND_MATCHES, &request.base, 0);
    ret->at_position = draw(sim, 2) == 0;
}

static void submit(struct sim *sim, struct gm_arena *arena, struct work_call *ret)
{
    Matching__SourcingRequest *request = sourcing(sim, arena);
    call(ret, arena, GM_METHOD_MATCHING_SUBMIT_SOURCING_REQUEST, &request->base, 0);
}

static bool close_request(struct sim *sim, struct gm_arena *arena, struct work_call *ret)
{
    struct work *work = sim->work;
    if (work->request_count == 0) return false;
    const unsigned known = work->request_count < REQUESTS_MAX ? work->request_count : REQUESTS_MAX;
    Matching__CloseSourcingRequestRequest request = MATCHING__CLOSE_SOURCING_REQUEST_REQUEST__INIT;
    request.request_id = bytes_of(arena, work->requests[draw(sim, known)]);
    call(ret, arena, GM_METHOD_MATCHING_CLOSE_SOURCING_REQUEST, &request.base, 0);
    return true;
}

/* ---- the draw ---- */

static bool own_product(const struct work *work, uint8_t client)
{
    for (unsigned i = 0; i < work->product_count; i++)
        if (work->products[i].seller == client) return true;
    return false;
}

static unsigned own_lots(const struct work *work, uint8_t client)
{
    unsigned count = 0;
    for (unsigned i = 0; i < work->lot_count; i++)
        count += work->lots[i].seller == client;
    return count;
}

/* One of the seller's, or now and then another's. */
static unsigned some_lot(struct sim *sim, uint8_t client)
{
    const struct work *work = sim->work;
    unsigned lot = draw(sim, work->lot_count);
    for (unsigned tries = 0; tries < 10 && work->lots[lot].seller != client; tries++)
        lot = draw(sim, work->lot_count);
    return lot;
}

static void seller_next(struct sim *sim, uint8_t client, struct gm_arena *arena,
                        struct work_call *ret)
{
    const struct work *work = sim->work;
    if (!own_product(work, client) || (work->product_count < PRODUCTS_MAX && draw(sim, 60) == 0)) {
        publish_product(sim, arena, ret);
        return;
    }
    const unsigned lots = own_lots(work, client);
    if (lots == 0 || (lots < LOTS_EACH && draw(sim, 12) == 0)) {
        publish_lot(sim, client, arena, ret);
        return;
    }
    const unsigned lot = some_lot(sim, client);
    const unsigned what = draw(sim, 100);
    if (what < 45 && move_order(sim, client, arena, ret)) return;
    if (what < 70)
        restock(sim, arena, lot, ret);
    else if (what < 80)
        adjust(sim, arena, lot, ret);
    else if (what < 84)
        revise_lot(sim, client, arena, lot, ret);
    else if (what < 85)
        withdraw_lot(sim, arena, lot, ret);
    else if (what < 95 || !get_order(sim, client, arena, ret))
        get_lot(sim, arena, lot, ret);
}

static void buyer_next(struct sim *sim, uint8_t client, struct gm_arena *arena,
                       struct work_call *ret)
{
    const struct work *work = sim->work;
    const unsigned what = draw(sim, 100);
    if (work->lot_count == 0 || what >= 96)
        find_matches(sim, arena, ret);
    else if (what < 45)
        place_order(sim, arena, ret);
    else if ((what < 75 && move_order(sim, client, arena, ret)) ||
             (what < 80 && get_order(sim, client, arena, ret)))
        return;
    else if (what < 82)
        list_lots(sim, arena, ret);
    else if (what < 84)
        list_orders(client, arena, ret);
    else if (what < 88)
        submit(sim, arena, ret);
    else if (what >= 90 || !close_request(sim, arena, ret))
        get_lot(sim, arena, draw(sim, work->lot_count), ret);
}

void work_next(struct sim *sim, uint8_t client, struct gm_arena *arena, struct work_call *ret_call)
{
    *ret_call = (struct work_call){0};
    if (client < SIM_SELLERS)
        seller_next(sim, client, arena, ret_call);
    else
        buyer_next(sim, client, arena, ret_call);
    if (ret_call->method->kind == GM_METHOD_COMMAND) ret_call->dry_run = draw(sim, 50) == 0;
}

/* ---- what was learnt ---- */

static void learn_lot(struct work *work, uint8_t client, const Catalog__LotReply *reply)
{
    const struct gm_id id = gm_message_id(reply->lot_id);
    for (unsigned i = 0; i < work->lot_count; i++) {
        if (!gm_id_equal(work->lots[i].id, id)) continue;
        work->lots[i] = work->pending[client];
        work->lots[i].id = id;
        work->lots[i].seller = client;
        return;
    }
    if (work->lot_count == LOTS_MAX) return;
    struct lot *lot = &work->lots[work->lot_count++];
    *lot = work->pending[client];
    lot->id = id;
    lot->seller = client;
}

void work_done(struct sim *sim, uint8_t client, const struct work_call *done, enum gm_code status,
               struct gm_bytes body)
{
    struct work *work = sim->work;
    if (status != GM_CODE_OK || done->dry_run) return;
    const uint16_t method = done->method->number;
    if (method == GM_METHOD_CATALOG_PUBLISH_PRODUCT && work->product_count < PRODUCTS_MAX) {
        Catalog__ProductReply *reply = catalog__product_reply__unpack(NULL, body.size, body.at);
        work->products[work->product_count++] =
            (struct product){gm_message_id(reply->product_id), client};
        catalog__product_reply__free_unpacked(reply, NULL);
    } else if (method == GM_METHOD_CATALOG_PUBLISH_LOT || method == GM_METHOD_CATALOG_REVISE_LOT) {
        Catalog__LotReply *reply = catalog__lot_reply__unpack(NULL, body.size, body.at);
        learn_lot(work, client, reply);
        catalog__lot_reply__free_unpacked(reply, NULL);
    } else if (method == GM_METHOD_ORDER_PLACE) {
        Order__OrderReply *reply = order__order_reply__unpack(NULL, body.size, body.at);
        work->orders[work->order_count++ % ORDERS_MAX] =
            (struct order){gm_message_id(reply->order_id), client, (uint8_t)done->subject};
        order__order_reply__free_unpacked(reply, NULL);
    } else if (method == GM_METHOD_MATCHING_SUBMIT_SOURCING_REQUEST) {
        Matching__SourcingReply *reply = matching__sourcing_reply__unpack(NULL, body.size, body.at);
        work->requests[work->request_count++ % REQUESTS_MAX] = gm_message_id(reply->request_id);
        matching__sourcing_reply__free_unpacked(reply, NULL);
    }
}
