/* Random commands against a model of the catalog that fits on a page: the same replies, the same
 * stock, and after every step all that must hold.
 *
 *     catalog_model_test [SEED]   without one: SEEDS_DEFAULT seeds from 1 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "catalog/scene.h"
#include "wire/check.h"

enum {
    SEEDS_DEFAULT = 8,
    STEPS = 1000,
    STEPS_OF_PUBLISHING = 40, /* first */
    SELLERS = 2,
    PRODUCTS = 3, /* SKUs of a seller */
    LOTS = 2,     /* codes of a product */
    LOTS_OF_SELLER = PRODUCTS * LOTS,
    LOT_COUNT = SELLERS * LOTS_OF_SELLER,
    ORDERS = 12,        /* taken again and again */
    LINES = 4,          /* of a reservation, at most */
    VERIFY_STEPS = 150, /* from one fold of the whole journal to the next */
    MIN_ORDER = 10,
    MULTIPLE = 5,
    SECOND_TIER = 100,
};

static uint64_t seed_given;

/* ---- the model ---- */

struct model_lot {
    bool is_there, is_withdrawn;
    struct gm_lot_id id;
    int64_t on_hand, reserved, price; /* price of the first tier; the second's is 1,000 less */
    uint64_t revision;
};

struct model_product {
    bool is_there, is_withdrawn;
    struct gm_product_id id;
    struct model_lot lots[LOTS];
};

struct model_order {
    unsigned number;
    enum catalog_reservation state;
    int64_t held[LOT_COUNT];
};

struct model {
    struct scene *scene;
    struct gm_random random;
    struct model_product products[SELLERS][PRODUCTS];
    struct model_order orders[ORDERS];
    unsigned last_order;
    unsigned *reasons; /* how often each was given, over all seeds */
};

static uint64_t below(struct model *model, uint64_t bound)
{
    return gm_random_below(&model->random, bound);
}

static struct gm_id seller_of(const struct model *model, unsigned seller)
{
    return seller == 0 ? model->scene->seller : model->scene->other_seller;
}

static struct gm_id id_of(const struct model_order *order)
{
    return scene_id(1000 + order->number);
}

static struct model_product *product_of(struct model *model, unsigned lot)
{
    return &model->products[lot / (LOTS_OF_SELLER)][lot / LOTS % PRODUCTS];
}

static struct model_lot *lot_of(struct model *model, unsigned lot)
{
    return &product_of(model, lot)->lots[lot % LOTS];
}

/* Its id, or one that nothing has. */
static struct gm_id lot_id_of(struct model *model, unsigned lot)
{
    return lot_of(model, lot)->is_there ? lot_of(model, lot)->id.id : scene_id(999);
}

static int64_t price_of(const struct model_lot *lot, int64_t quantity)
{
    return quantity >= SECOND_TIER ? lot->price - 1000 : lot->price;
}

/* ---- calls ---- */

/* Sends; true where the catalog accepted. Its reason has to be the model's. */
static bool call(struct model *model, struct gm_id member, uint16_t method,
                 const ProtobufCMessage *message, enum gm_reason expected)
{
    struct scene *scene = model->scene;
    scene_send(scene, member, method, message);
    const enum gm_reason reason = scene->reply.refusal.reason;
    if (reason != expected)
        fail_msg("%s: reason %d, and not %d", gm_method_find(method)->name, (int)reason,
                 (int)expected);
    model->reasons[reason]++;
    return reason == GM_REASON_NONE;
}

static const void *decoded(struct model *model, uint16_t method)
{
    const void *reply = gm_message_unpack(model->scene->reply.body, gm_method_find(method)->reply,
                                          &model->scene->arena);
    assert_non_null(reply);
    return reply;
}

/* ---- steps ---- */

static void step_publish_product(struct model *model)
{
    const unsigned seller = (unsigned)below(model, SELLERS);
    const unsigned n = (unsigned)below(model, PRODUCTS);
    struct model_product *product = &model->products[seller][n];
    char sku[8];
    (void)snprintf(sku, sizeof sku, "P%u", n);
    Catalog__PublishProductRequest request = CATALOG__PUBLISH_PRODUCT_REQUEST__INIT;
    request.sku = sku;
    request.terms = scene_product_terms(model->scene);
    if (!call(model, seller_of(model, seller), GM_METHOD_CATALOG_PUBLISH_PRODUCT, &request.base,
              product->is_there ? GM_REASON_SKU_TAKEN : GM_REASON_NONE))
        return;
    const Catalog__ProductReply *reply = decoded(model, GM_METHOD_CATALOG_PUBLISH_PRODUCT);
    product->is_there = true;
    product->id = (struct gm_product_id){gm_message_id(reply->product_id)};
}

static void step_withdraw_product(struct model *model)
{
    const unsigned lot = (unsigned)below(model, LOT_COUNT);
    const unsigned seller = (unsigned)below(model, SELLERS);
    struct model_product *product = product_of(model, lot);
    if (!product->is_there || below(model, 20) != 0) return;
    Catalog__WithdrawProductRequest request = CATALOG__WITHDRAW_PRODUCT_REQUEST__INIT;
    request.product_id = gm_message_bytes(&product->id.id);
    const bool is_own = seller == lot / (LOTS_OF_SELLER);
    if (call(model, seller_of(model, seller), GM_METHOD_CATALOG_WITHDRAW_PRODUCT, &request.base,
             is_own ? GM_REASON_NONE : GM_REASON_NOT_YOURS))
        product->is_withdrawn = true;
}

static void step_publish_lot(struct model *model)
{
    const unsigned n = (unsigned)below(model, LOT_COUNT);
    struct model_product *product = product_of(model, n);
    struct model_lot *lot = lot_of(model, n);
    const struct gm_id none = scene_id(999);
    Catalog__PublishLotRequest request = CATALOG__PUBLISH_LOT_REQUEST__INIT;
    request.product_id = gm_message_bytes(product->is_there ? &product->id.id : &none);
    request.lot_code = n % LOTS == 0 ? "" : "SECOND";
    request.terms = scene_lot_terms(model->scene);
    request.terms->tiers[0]->unit_price_minor = 50000;
    request.terms->tiers[1]->unit_price_minor = 49000;
    request.on_hand = (int64_t)below(model, 400);
    const enum gm_reason expected = !product->is_there      ? GM_REASON_PRODUCT_UNKNOWN
                                    : lot->is_there         ? GM_REASON_LOT_CODE_TAKEN
                                    : product->is_withdrawn ? GM_REASON_WITHDRAWN
                                                            : GM_REASON_NONE;
    if (!call(model, seller_of(model, n / (LOTS_OF_SELLER)), GM_METHOD_CATALOG_PUBLISH_LOT,
              &request.base, expected))
        return;
    const Catalog__LotReply *reply = decoded(model, GM_METHOD_CATALOG_PUBLISH_LOT);
    *lot = (struct model_lot){
        .is_there = true,
        .id = {gm_message_id(reply->lot_id)},
        .on_hand = request.on_hand,
        .price = 50000,
        .revision = 1,
    };
}

static void step_revise_lot(struct model *model)
{
    const unsigned n = (unsigned)below(model, LOT_COUNT);
    struct model_lot *lot = lot_of(model, n);
    const struct gm_id id = lot_id_of(model, n);
    Catalog__ReviseLotRequest request = CATALOG__REVISE_LOT_REQUEST__INIT;
    const int64_t price = 50000 + 1000 * (int64_t)below(model, 2);
    request.lot_id = gm_message_bytes(&id);
    request.revision = below(model, 3); /* 0, or right as often as wrong */
    request.terms = scene_lot_terms(model->scene);
    request.terms->tiers[0]->unit_price_minor = price;
    request.terms->tiers[1]->unit_price_minor = price - 1000;
    enum gm_reason expected = GM_REASON_NONE;
    if (!lot->is_there)
        expected = GM_REASON_LOT_UNKNOWN;
    else if (request.revision != 0 && request.revision != lot->revision)
        expected = GM_REASON_REVISION_MOVED;
    else if (lot->is_withdrawn || product_of(model, n)->is_withdrawn)
        expected = GM_REASON_WITHDRAWN;
    if (!call(model, seller_of(model, n / (LOTS_OF_SELLER)), GM_METHOD_CATALOG_REVISE_LOT,
              &request.base, expected))
        return;
    if (lot->price != price) lot->revision++;
    lot->price = price;
}

static void step_withdraw_lot(struct model *model)
{
    const unsigned n = (unsigned)below(model, LOT_COUNT);
    struct model_lot *lot = lot_of(model, n);
    if (below(model, 10) != 0) return;
    const struct gm_id id = lot_id_of(model, n);
    Catalog__WithdrawLotRequest request = CATALOG__WITHDRAW_LOT_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&id);
    if (call(model, seller_of(model, n / (LOTS_OF_SELLER)), GM_METHOD_CATALOG_WITHDRAW_LOT,
             &request.base, lot->is_there ? GM_REASON_NONE : GM_REASON_LOT_UNKNOWN) &&
        !lot->is_withdrawn) {
        lot->is_withdrawn = true;
        lot->revision++;
    }
}

static void step_restock(struct model *model)
{
    const unsigned n = (unsigned)below(model, LOT_COUNT);
    struct model_lot *lot = lot_of(model, n);
    const struct gm_id id = lot_id_of(model, n);
    Catalog__RestockRequest request = CATALOG__RESTOCK_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&id);
    request.quantity =
        below(model, 8) == 0 ? GM_QUANTITY_MAX - 200 : 1 + (int64_t)below(model, 100);
    request.reason = CATALOG__RESTOCK_REASON__RETURNED;
    enum gm_reason expected = GM_REASON_NONE;
    if (!lot->is_there)
        expected = GM_REASON_LOT_UNKNOWN;
    else if (lot->on_hand + request.quantity > GM_QUANTITY_MAX)
        expected = GM_REASON_STOCK_TOO_LARGE;
    if (call(model, seller_of(model, n / (LOTS_OF_SELLER)), GM_METHOD_CATALOG_RESTOCK,
             &request.base, expected))
        lot->on_hand += request.quantity;
}

static void step_adjust(struct model *model)
{
    const unsigned n = (unsigned)below(model, LOT_COUNT);
    struct model_lot *lot = lot_of(model, n);
    const struct gm_id id = lot_id_of(model, n);
    const bool is_count = below(model, 2) == 0;
    Catalog__AdjustRequest request = CATALOG__ADJUST_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&id);
    request.reason = is_count ? CATALOG__ADJUST_REASON__COUNTED : CATALOG__ADJUST_REASON__BROKEN;
    request.quantity = (int64_t)below(model, 300);
    const int64_t left = is_count ? request.quantity : lot->on_hand - request.quantity;
    enum gm_reason expected = GM_REASON_NONE;
    if (!lot->is_there)
        expected = GM_REASON_LOT_UNKNOWN;
    else if (left < 0)
        expected = GM_REASON_TOO_FEW_AVAILABLE;
    else if (left < lot->reserved)
        expected = GM_REASON_BELOW_RESERVED;
    if (call(model, seller_of(model, n / (LOTS_OF_SELLER)), GM_METHOD_CATALOG_ADJUST, &request.base,
             expected))
        lot->on_hand = left;
}

static void step_reserve(struct model *model)
{
    struct model_order *order = &model->orders[below(model, ORDERS)];
    const unsigned count = 1 + (unsigned)below(model, LINES);
    const unsigned seller = (unsigned)below(model, SELLERS);
    Catalog__ReserveRequest *request = scene_reserve(model->scene, id_of(order), count);
    request->seller = scene_bytes(model->scene, seller_of(model, seller));
    unsigned lots[LINES];
    int64_t demand[LOT_COUNT] = {0};
    for (unsigned i = 0; i < count; i++) {
        /* Mostly its own; mostly in whole multiples; mostly at the right price. */
        lots[i] = below(model, 8) == 0
                      ? (unsigned)below(model, LOT_COUNT)
                      : seller * LOTS_OF_SELLER + (unsigned)below(model, LOTS_OF_SELLER);
        const int64_t quantity = below(model, 8) == 0 ? 1 + (int64_t)below(model, 12)
                                                      : 10 + 5 * (int64_t)below(model, 25);
        const struct model_lot *lot = lot_of(model, lots[i]);
        request->lines[i]->lot_id = scene_bytes(model->scene, lot_id_of(model, lots[i]));
        request->lines[i]->quantity = quantity;
        request->lines[i]->unit_price_minor =
            lot->is_there ? price_of(lot, quantity) + (below(model, 12) == 0) : 0;
        demand[lots[i]] += quantity;
    }
    enum gm_reason expected = GM_REASON_NONE;
    if (order->state == CATALOG_HELD)
        expected = GM_REASON_STATE_FORBIDS;
    else if (order->state != CATALOG_RESERVATION_NONE)
        expected = GM_REASON_RESERVATION_GONE;
    for (unsigned i = 0; i < count && expected == GM_REASON_NONE; i++) {
        const struct model_lot *lot = lot_of(model, lots[i]);
        const int64_t quantity = request->lines[i]->quantity;
        if (!lot->is_there)
            expected = GM_REASON_LOT_UNKNOWN;
        else if (lots[i] / (LOTS_OF_SELLER) != seller)
            expected = GM_REASON_LOT_ELSEWHERE;
        else if (lot->is_withdrawn || product_of(model, lots[i])->is_withdrawn)
            expected = GM_REASON_WITHDRAWN;
        else if (quantity % MULTIPLE != 0)
            expected = GM_REASON_NOT_A_MULTIPLE;
        else if (quantity < MIN_ORDER)
            expected = GM_REASON_BELOW_MINIMUM;
        else if (request->lines[i]->unit_price_minor != price_of(lot, quantity))
            expected = GM_REASON_PRICE_CHANGED;
        else if (demand[lots[i]] > lot->on_hand - lot->reserved)
            expected = GM_REASON_TOO_FEW_AVAILABLE;
    }
    if (!call(model, model->scene->order_service, GM_METHOD_CATALOG_RESERVE, &request->base,
              expected))
        return;
    order->state = CATALOG_HELD;
    for (unsigned lot = 0; lot < LOT_COUNT; lot++) {
        order->held[lot] = demand[lot];
        lot_of(model, lot)->reserved += demand[lot];
    }
}

static void step_release(struct model *model)
{
    struct model_order *order = &model->orders[below(model, ORDERS)];
    if (order->state == CATALOG_RESERVATION_NONE && below(model, 4) != 0) return;
    const struct gm_id id = id_of(order);
    Catalog__ReleaseRequest request = CATALOG__RELEASE_REQUEST__INIT;
    request.order_id = gm_message_bytes(&id);
    (void)call(model, model->scene->order_service, GM_METHOD_CATALOG_RELEASE, &request.base,
               GM_REASON_NONE);
    if (order->state != CATALOG_CONSUMED) order->state = CATALOG_RELEASED;
    for (unsigned lot = 0; lot < LOT_COUNT; lot++) {
        lot_of(model, lot)->reserved -= order->held[lot];
        order->held[lot] = 0;
    }
}

static void step_consume(struct model *model)
{
    struct model_order *order = &model->orders[below(model, ORDERS)];
    const struct gm_id id = id_of(order);
    Catalog__LotQuantity line = CATALOG__LOT_QUANTITY__INIT;
    Catalog__LotQuantity *lines[] = {&line};
    Catalog__ConsumeRequest request = CATALOG__CONSUME_REQUEST__INIT;
    request.order_id = gm_message_bytes(&id);
    int64_t taken[LOT_COUNT] = {0};
    memcpy(taken, order->held, sizeof taken);
    enum gm_reason expected = GM_REASON_NONE;
    if (below(model, 2) == 0) { /* part of one lot */
        const unsigned lot = (unsigned)below(model, LOT_COUNT);
        line.lot_id = scene_bytes(model->scene, lot_id_of(model, lot));
        line.quantity = 1 + (int64_t)below(model, 60);
        request.lines = lines;
        request.n_lines = 1;
        memset(taken, 0, sizeof taken);
        taken[lot] = line.quantity;
        if (!lot_of(model, lot)->is_there)
            expected = GM_REASON_LOT_UNKNOWN;
        else if (line.quantity > order->held[lot])
            expected = GM_REASON_TOO_FEW_AVAILABLE;
    }
    if (order->state == CATALOG_RESERVATION_NONE)
        expected = GM_REASON_RESERVATION_UNKNOWN;
    else if (order->state != CATALOG_HELD)
        expected = GM_REASON_RESERVATION_GONE;
    if (!call(model, model->scene->order_service, GM_METHOD_CATALOG_CONSUME, &request.base,
              expected))
        return;
    bool is_empty = true;
    for (unsigned lot = 0; lot < LOT_COUNT; lot++) {
        order->held[lot] -= taken[lot];
        lot_of(model, lot)->reserved -= taken[lot];
        lot_of(model, lot)->on_hand -= taken[lot];
        if (order->held[lot] > 0) is_empty = false;
    }
    if (is_empty) order->state = CATALOG_CONSUMED;
}

/* An order that is over makes way for the next, so that there is always something to reserve. */
static void step_next_order(struct model *model)
{
    struct model_order *order = &model->orders[below(model, ORDERS)];
    if (order->state != CATALOG_HELD && order->state != CATALOG_RESERVATION_NONE)
        *order = (struct model_order){.number = ++model->last_order};
}

/* ---- the comparison ---- */

static void compare(struct model *model)
{
    char why[256];
    if (scene_audit(model->scene, why, sizeof why) != GM_OK) fail_msg("%s", why);
    for (unsigned n = 0; n < LOT_COUNT; n++) {
        const struct model_lot *lot = lot_of(model, n);
        if (!lot->is_there) continue;
        const Catalog__LotView *view = scene_get_lot(model->scene, lot->id);
        assert_int_equal(view->on_hand, lot->on_hand);
        assert_int_equal(view->reserved, lot->reserved);
        assert_int_equal(view->revision, lot->revision);
        assert_int_equal(view->state, lot->is_withdrawn || product_of(model, n)->is_withdrawn
                                          ? CATALOG__LISTING_STATE__WITHDRAWN
                                          : CATALOG__LISTING_STATE__LISTED);
    }
}

static void run(struct scene *scene, uint64_t seed, unsigned *reasons)
{
    static void (*const steps[])(struct model *) = {
        step_publish_product, step_publish_lot, step_withdraw_product, step_revise_lot,
        step_withdraw_lot,    step_restock,     step_adjust,           step_reserve,
        step_reserve,         step_reserve,     step_release,          step_consume,
        step_consume,         step_next_order,
    };
    struct model model = {.scene = scene, .last_order = ORDERS, .reasons = reasons};
    gm_random_seed(&model.random, seed);
    for (unsigned o = 0; o < ORDERS; o++)
        model.orders[o].number = o;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (unsigned step = 1; step <= STEPS; step++) {
        const size_t mark = gm_arena_mark(&scene->arena);
        const size_t among = step < STEPS_OF_PUBLISHING ? 2 : sizeof steps / sizeof *steps;
        steps[below(&model, among)](&model);
        if (below(&model, 50) == 0) gm_kit_restart(scene->kit);
        compare(&model);
        if (step % VERIFY_STEPS == 0) gm_kit_audit(scene->kit);
        gm_arena_rewind(&scene->arena, mark);
    }
}

/* Seeds that reserve nothing, or are never refused, would test little. */
static void assert_met(const unsigned *reasons)
{
    static const enum gm_reason expected[] = {
        GM_REASON_SKU_TAKEN,           GM_REASON_PRODUCT_UNKNOWN, GM_REASON_LOT_CODE_TAKEN,
        GM_REASON_LOT_UNKNOWN,         GM_REASON_NOT_YOURS,       GM_REASON_REVISION_MOVED,
        GM_REASON_WITHDRAWN,           GM_REASON_STOCK_TOO_LARGE, GM_REASON_BELOW_RESERVED,
        GM_REASON_TOO_FEW_AVAILABLE,   GM_REASON_STATE_FORBIDS,   GM_REASON_RESERVATION_GONE,
        GM_REASON_RESERVATION_UNKNOWN, GM_REASON_LOT_ELSEWHERE,   GM_REASON_NOT_A_MULTIPLE,
        GM_REASON_BELOW_MINIMUM,       GM_REASON_PRICE_CHANGED,
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (reasons[expected[i]] == 0) fail_msg("never %s", gm_reason_row(expected[i])->word);
    print_message("%u accepted\n", reasons[GM_REASON_NONE]);
}

static void random_commands_do_as_the_model(void **state)
{
    const uint64_t first = seed_given != 0 ? seed_given : 1;
    const uint64_t last = seed_given != 0 ? seed_given : SEEDS_DEFAULT;
    unsigned reasons[GM_REASON_COUNT] = {0};
    for (uint64_t seed = first; seed <= last; seed++) {
        assert_int_equal(scene_setup(state), 0);
        run(*state, seed, reasons);
        assert_int_equal(scene_teardown(state), 0);
    }
    if (seed_given == 0) assert_met(reasons);
}

int main(int argc, char **argv)
{
    if (argc > 1) seed_given = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_commands_do_as_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
