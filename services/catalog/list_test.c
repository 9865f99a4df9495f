#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/query.h"
#include "catalog/scene.h"
#include "wire/check.h"

enum {
    PRODUCTS = GM_METHOD_CATALOG_LIST_PRODUCTS,
    LOTS = GM_METHOD_CATALOG_LIST_LOTS,
    RESERVATIONS = GM_METHOD_CATALOG_LIST_RESERVATIONS,
};

static const Catalog__ListProductsReply *list_products(struct scene *scene, const struct gm_id *of,
                                                       uint32_t size, ProtobufCBinaryData token)
{
    Catalog__ListProductsRequest request = CATALOG__LIST_PRODUCTS_REQUEST__INIT;
    Common__Page page = COMMON__PAGE__INIT;
    page.size = size;
    page.token = token;
    request.page = &page;
    if (of != NULL) request.seller = gm_message_bytes(of);
    scene_checkpoint(scene);
    return scene_accepts(scene, scene->buyer, PRODUCTS, &request.base);
}

static const ProtobufCBinaryData first_page = {0};

static void a_list_ends_where_its_rows_end(void **state)
{
    struct scene *scene = *state;
    const Catalog__ListProductsReply *reply = list_products(scene, NULL, 0, first_page);
    assert_int_equal(reply->n_products, 0);
    assert_int_equal(reply->next_token.len, 0);
    for (unsigned i = 0; i < CATALOG_PAGE_ROWS_DEFAULT; i++) {
        char sku[8];
        (void)snprintf(sku, sizeof sku, "S%02u", i);
        scene_product(scene, scene->seller, sku);
    }
    reply = list_products(scene, NULL, 0, first_page);
    assert_int_equal(reply->n_products, CATALOG_PAGE_ROWS_DEFAULT);
    assert_int_equal(reply->next_token.len, 0);
    scene_product(scene, scene->seller, "S99");
    reply = list_products(scene, NULL, 0, first_page);
    assert_int_equal(reply->n_products, CATALOG_PAGE_ROWS_DEFAULT);
    assert_in_range(reply->next_token.len, 1, CATALOG_PAGE_TOKEN_BYTES_MAX);
    reply = list_products(scene, NULL, 0, reply->next_token);
    assert_int_equal(reply->n_products, 1);
    assert_string_equal(reply->products[0]->product->sku, "S99");
    assert_int_equal(reply->next_token.len, 0);
}

static void a_row_that_stays_is_shown_exactly_once(void **state)
{
    struct scene *scene = *state;
    static const char *const skus[] = {"B", "BB", "C", "D-1", "E", "F", "G"};
    unsigned shown[sizeof skus / sizeof *skus] = {0};
    for (size_t i = 0; i < sizeof skus / sizeof *skus; i++) {
        scene_product(scene, scene->seller, skus[i]);
        scene_product(scene, scene->other_seller, skus[i]);
    }
    ProtobufCBinaryData token = first_page;
    unsigned page = 0;
    unsigned others = 0;
    do {
        const Catalog__ListProductsReply *reply = list_products(scene, &scene->seller, 2, token);
        assert_in_range(reply->n_products, 1, 2);
        for (size_t r = 0; r < reply->n_products; r++) {
            const Catalog__Product *product = reply->products[r]->product;
            size_t i = 0;
            assert_true(gm_id_equal(gm_message_id(product->seller), scene->seller));
            while (i < sizeof skus / sizeof *skus && strcmp(skus[i], product->sku) != 0)
                i++;
            if (i < sizeof skus / sizeof *skus)
                shown[i]++;
            else
                others++;
        }
        token = reply->next_token;
        /* Between pages rows come before, at and behind the place where the list stands. */
        char sku[16];
        (void)snprintf(sku, sizeof sku, "A%u", page);
        scene_product(scene, scene->seller, sku);
        (void)snprintf(sku, sizeof sku, "D-%u", page + 2);
        scene_product(scene, scene->seller, sku);
        page++;
    } while (token.len > 0);
    for (size_t i = 0; i < sizeof skus / sizeof *skus; i++)
        assert_int_equal(shown[i], 1);
    assert_true(others > 0);
}

static void a_page_ends_before_its_reply_is_too_large(void **state)
{
    struct scene *scene = *state;
    static char name[201];
    memset(name, 'n', sizeof name - 1);
    enum { COUNT = 400 };
    for (unsigned i = 0; i < COUNT; i++) {
        Catalog__PublishProductRequest request = CATALOG__PUBLISH_PRODUCT_REQUEST__INIT;
        char sku[8];
        (void)snprintf(sku, sizeof sku, "S%u", i);
        request.sku = sku;
        request.terms = scene_product_terms(scene);
        request.terms->names[0]->text = name;
        request.terms->names[1]->text = name;
        scene_accepts(scene, scene->seller, GM_METHOD_CATALOG_PUBLISH_PRODUCT, &request.base);
    }
    ProtobufCBinaryData token = first_page;
    unsigned pages = 0;
    unsigned shown = 0;
    do {
        const Catalog__ListProductsReply *reply =
            list_products(scene, NULL, CATALOG_PAGE_ROWS_MAX, token);
        assert_in_range(scene->reply.body.size, 1, GM_REPLY_BODY_BYTES_MAX);
        shown += (unsigned)reply->n_products;
        pages++;
        token = reply->next_token;
        if (token.len > 0) /* it is as full as it can be */
            assert_true(scene->reply.body.size > GM_REPLY_BODY_BYTES_MAX - 1024);
    } while (token.len > 0);
    assert_int_equal(shown, COUNT);
    assert_in_range(pages, 3, 10);
}

static void refuse_token(struct scene *scene, uint16_t method, ProtobufCMessage *request,
                         Common__Page *page, const uint8_t *token, size_t size)
{
    uint8_t copy[CATALOG_PAGE_TOKEN_BYTES_MAX];
    memcpy(copy, token, size);
    page->token = (ProtobufCBinaryData){size, copy};
    scene_refuses(scene, scene->seller, method, request, GM_REASON_PAGE_TOKEN, "page.token");
}

static void a_token_is_good_for_its_own_list_and_filter_alone(void **state)
{
    struct scene *scene = *state;
    scene_stock(scene, 1, 10);
    scene_stock(scene, 2, 10);
    const Catalog__ListProductsReply *all = list_products(scene, NULL, 1, first_page);
    const Catalog__ListProductsReply *own = list_products(scene, &scene->seller, 1, first_page);
    assert_true(all->next_token.len > 0 && own->next_token.len > 0);

    Common__Page page = COMMON__PAGE__INIT;
    Catalog__ListProductsRequest products = CATALOG__LIST_PRODUCTS_REQUEST__INIT;
    Catalog__ListLotsRequest lots = CATALOG__LIST_LOTS_REQUEST__INIT;
    products.page = lots.page = &page;
    products.seller = scene_bytes(scene, scene->seller);
    refuse_token(scene, PRODUCTS, &products.base, &page, all->next_token.data, all->next_token.len);
    refuse_token(scene, LOTS, &lots.base, &page, all->next_token.data, all->next_token.len);
    products.seller = scene_bytes(scene, scene->other_seller);
    refuse_token(scene, PRODUCTS, &products.base, &page, own->next_token.data, own->next_token.len);
    products.seller = scene_bytes(scene, scene->seller);
    refuse_token(scene, PRODUCTS, &products.base, &page, own->next_token.data, 7);
    refuse_token(scene, PRODUCTS, &products.base, &page, own->next_token.data, 8);
    uint8_t forged[CATALOG_PAGE_TOKEN_BYTES_MAX] = {0};
    memcpy(forged, own->next_token.data, own->next_token.len);
    forged[8] ^= 1; /* the key is another seller's */
    refuse_token(scene, PRODUCTS, &products.base, &page, forged, own->next_token.len);
    memset(forged, 0xff, sizeof forged);
    refuse_token(scene, PRODUCTS, &products.base, &page, forged, sizeof forged);
}

static const Catalog__ListLotsReply *list_lots(struct scene *scene, const struct gm_id *seller,
                                               const struct gm_product_id *product)
{
    Catalog__ListLotsRequest request = CATALOG__LIST_LOTS_REQUEST__INIT;
    if (seller != NULL) request.seller = gm_message_bytes(seller);
    if (product != NULL) request.product_id = gm_message_bytes(&product->id);
    scene_checkpoint(scene);
    return scene_accepts(scene, scene->buyer, LOTS, &request.base);
}

static void lots_are_listed_by_product_by_seller_or_all(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id bowl = scene_product(scene, scene->seller, "BOWL");
    const struct gm_product_id bowl_2 = scene_product(scene, scene->seller, "BOWL-2");
    const struct gm_product_id other = scene_product(scene, scene->other_seller, "BOWL");
    scene_lot(scene, scene->seller, bowl, "KILN-2", 7);
    scene_lot(scene, scene->seller, bowl, "KILN-1", 8);
    const struct gm_lot_id withdrawn = scene_lot(scene, scene->seller, bowl_2, "", 9);
    scene_lot(scene, scene->other_seller, other, "", 10);
    scene_withdraw_lot(scene, scene->seller, withdrawn);

    const Catalog__ListLotsReply *reply = list_lots(scene, NULL, &bowl);
    assert_int_equal(reply->n_lots, 2);
    assert_string_equal(reply->lots[0]->lot->lot_code, "KILN-1");
    assert_int_equal(reply->lots[0]->on_hand, 8);
    assert_string_equal(reply->lots[1]->lot->lot_code, "KILN-2");
    reply = list_lots(scene, &scene->seller, NULL);
    assert_int_equal(reply->n_lots, 3);
    assert_int_equal(reply->lots[2]->state, CATALOG__LISTING_STATE__WITHDRAWN);
    assert_int_equal(list_lots(scene, NULL, NULL)->n_lots, 4);
    assert_int_equal(list_lots(scene, &scene->seller, &bowl)->n_lots, 2);

    Catalog__ListLotsRequest request = CATALOG__LIST_LOTS_REQUEST__INIT;
    request.product_id = gm_message_bytes(&other.id);
    request.seller = gm_message_bytes(&scene->seller);
    scene_refuses(scene, scene->buyer, LOTS, &request.base, GM_REASON_PRODUCT_UNKNOWN,
                  "product_id");
    const struct gm_id none = scene_id(99);
    request.product_id = gm_message_bytes(&none);
    request.seller = (ProtobufCBinaryData){0};
    scene_refuses(scene, scene->buyer, LOTS, &request.base, GM_REASON_PRODUCT_UNKNOWN,
                  "product_id");
}

static void the_seller_of_a_lot_sees_which_orders_hold_it(void **state)
{
    struct scene *scene = *state;
    const struct gm_lot_id lot = scene_stock(scene, 1, 100);
    const struct gm_lot_id other = scene_stock(scene, 2, 100);
    scene_reserve_one(scene, scene_id(50), lot, 20);
    scene_reserve_one(scene, scene_id(51), lot, 25);
    scene_reserve_one(scene, scene_id(52), other, 30);
    Catalog__ListReservationsRequest request = CATALOG__LIST_RESERVATIONS_REQUEST__INIT;
    Common__Page page = COMMON__PAGE__INIT;
    request.lot_id = gm_message_bytes(&lot.id);
    request.page = &page;
    page.size = 1;
    scene_checkpoint(scene);
    int64_t held = 0;
    unsigned orders = 0;
    do {
        const Catalog__ListReservationsReply *reply =
            scene_accepts(scene, scene->seller, RESERVATIONS, &request.base);
        assert_int_equal(reply->n_reservations, 1);
        held += reply->reservations[0]->quantity;
        orders++;
        page.token = reply->next_token;
    } while (page.token.len > 0);
    assert_int_equal(orders, 2);
    assert_int_equal(held, 45);

    scene_accepts(scene, scene->order_service, RESERVATIONS, &request.base);
    scene_refuses(scene, scene->buyer, RESERVATIONS, &request.base, GM_REASON_NOT_YOURS, "lot_id");
    const struct gm_id none = scene_id(99);
    request.lot_id = gm_message_bytes(&none);
    scene_refuses(scene, scene->buyer, RESERVATIONS, &request.base, GM_REASON_LOT_UNKNOWN,
                  "lot_id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_list_ends_where_its_rows_end),
        SCENE_TEST(a_row_that_stays_is_shown_exactly_once),
        SCENE_TEST(a_page_ends_before_its_reply_is_too_large),
        SCENE_TEST(a_token_is_good_for_its_own_list_and_filter_alone),
        SCENE_TEST(lots_are_listed_by_product_by_seller_or_all),
        SCENE_TEST(the_seller_of_a_lot_sees_which_orders_hold_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
