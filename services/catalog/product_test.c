#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/scene.h"
#include "wire/check.h"

enum {
    PUBLISH = GM_METHOD_CATALOG_PUBLISH_PRODUCT,
    REVISE = GM_METHOD_CATALOG_REVISE_PRODUCT,
    WITHDRAW = GM_METHOD_CATALOG_WITHDRAW_PRODUCT,
    GET = GM_METHOD_CATALOG_GET_PRODUCT,
};

static Catalog__ReviseProductRequest *revise(struct scene *scene, struct gm_product_id product)
{
    static Catalog__ReviseProductRequest request;
    request = (Catalog__ReviseProductRequest)CATALOG__REVISE_PRODUCT_REQUEST__INIT;
    request.product_id = scene_bytes(scene, product.id);
    request.terms = scene_product_terms(scene);
    return &request;
}

static void assert_same(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    uint8_t bytes[2][4096];
    assert_true(protobuf_c_message_get_packed_size(a) <= sizeof bytes[0]);
    assert_int_equal(protobuf_c_message_get_packed_size(a), protobuf_c_message_get_packed_size(b));
    const size_t size = protobuf_c_message_pack(a, bytes[0]);
    protobuf_c_message_pack(b, bytes[1]);
    assert_memory_equal(bytes[0], bytes[1], size);
}

static void a_published_product_is_found_by_id_and_by_sku(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "bowl-1");
    const Catalog__ProductView *view = scene_get_product(scene, product);
    assert_int_equal(view->state, CATALOG__LISTING_STATE__LISTED);
    assert_int_equal(view->revision, 1);
    assert_string_equal(view->product->sku, "BOWL-1");
    assert_true(gm_id_equal(gm_message_id(view->product->product_id), product.id));
    assert_true(gm_id_equal(gm_message_id(view->product->seller), scene->seller));
    assert_same(&view->product->terms->base, &scene_product_terms(scene)->base);

    Catalog__GetProductRequest by_sku = CATALOG__GET_PRODUCT_REQUEST__INIT;
    by_sku.seller = scene_bytes(scene, scene->seller);
    by_sku.sku = "bowl-1";
    const Catalog__ProductView *same = scene_accepts(scene, scene->buyer, GET, &by_sku.base);
    assert_same(&same->base, &view->base);
    gm_kit_audit(scene->kit);
}

static void a_product_that_is_not_there_is_not_found(void **state)
{
    struct scene *scene = *state;
    Catalog__GetProductRequest request = CATALOG__GET_PRODUCT_REQUEST__INIT;
    scene_refuses(scene, scene->buyer, GET, &request.base, GM_REASON_FIELD_MISSING, "product_id");
    request.seller = scene_bytes(scene, scene->seller);
    scene_refuses(scene, scene->buyer, GET, &request.base, GM_REASON_FIELD_MISSING, "sku");
    request.sku = "BOWL-1";
    scene_refuses(scene, scene->buyer, GET, &request.base, GM_REASON_PRODUCT_UNKNOWN, "sku");
    request.product_id = scene_bytes(scene, scene_id(99));
    scene_refuses(scene, scene->buyer, GET, &request.base, GM_REASON_PRODUCT_UNKNOWN, "product_id");
}

static void a_sku_is_taken_for_its_seller_alone_and_for_ever(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    scene_product(scene, scene->other_seller, "BOWL-1");
    scene_withdraw_product(scene, scene->seller, product);
    Catalog__PublishProductRequest request = CATALOG__PUBLISH_PRODUCT_REQUEST__INIT;
    request.sku = " bowl-1";
    request.terms = scene_product_terms(scene);
    request.terms->category = "none-such"; /* the key is looked at first */
    scene_refuses(scene, scene->seller, PUBLISH, &request.base, GM_REASON_SKU_TAKEN, "sku");
    request.sku = "bowl-2";
    scene_refuses(scene, scene->seller, PUBLISH, &request.base, GM_REASON_CATEGORY_UNKNOWN,
                  "terms.category");
}

static void revising_replaces_all_terms(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    Catalog__ReviseProductRequest *request = revise(scene, product);
    request->revision = 1;
    request->terms->category = "plate";
    request->terms->base_unit = COMMON__UNIT__PR; /* it has no lot yet */
    request->terms->n_names = 1;
    request->terms->n_descriptions = 0;
    const Catalog__ProductReply *reply =
        scene_accepts(scene, scene->seller, REVISE, &request->base);
    assert_int_equal(reply->revision, 2);
    const Catalog__ProductView *view = scene_get_product(scene, product);
    assert_int_equal(view->revision, 2);
    assert_same(&view->product->terms->base, &request->terms->base);

    /* Descriptions alone are a change too, in both directions. */
    request->revision = 2;
    request->terms->n_descriptions = 1;
    reply = scene_accepts(scene, scene->seller, REVISE, &request->base);
    assert_int_equal(reply->revision, 3);
    view = scene_get_product(scene, product);
    assert_same(&view->product->terms->base, &request->terms->base);
    gm_kit_audit(scene->kit);
}

static void revising_to_what_it_is_changes_nothing(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    const Catalog__ProductReply *reply =
        scene_keeps(scene, scene->seller, REVISE, &revise(scene, product)->base);
    assert_int_equal(reply->revision, 1);
}

/* Everything is wrong; what stands first is told, and mended, until nothing is wrong. */
static void refusals_of_a_revision_stand_in_their_order(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    const struct gm_product_id withdrawn = scene_product(scene, scene->seller, "BOWL-2");
    scene_lot(scene, scene->seller, product, "", 0);
    scene_withdraw_product(scene, scene->seller, withdrawn);
    Catalog__ReviseProductRequest *request = revise(scene, (struct gm_product_id){scene_id(99)});
    request->revision = 9;
    request->terms->base_unit = COMMON__UNIT__SET;

    scene_refuses(scene, scene->other_seller, REVISE, &request->base, GM_REASON_PRODUCT_UNKNOWN,
                  "product_id");
    request->product_id = scene_bytes(scene, withdrawn.id);
    scene_refuses(scene, scene->other_seller, REVISE, &request->base, GM_REASON_NOT_YOURS,
                  "product_id");
    scene_refuses(scene, scene->seller, REVISE, &request->base, GM_REASON_REVISION_MOVED,
                  "revision");
    request->revision = 2;
    scene_refuses(scene, scene->seller, REVISE, &request->base, GM_REASON_WITHDRAWN, "product_id");
    request->product_id = scene_bytes(scene, product.id);
    request->revision = 0;
    scene_refuses(scene, scene->seller, REVISE, &request->base, GM_REASON_STATE_FORBIDS,
                  "terms.base_unit");
    request->terms->base_unit = COMMON__UNIT__C62;
    request->terms->set_pieces = 6;
    scene_refuses(scene, scene->seller, REVISE, &request->base, GM_REASON_OUT_OF_RANGE,
                  "terms.set_pieces");
    request->terms->set_pieces = 0;
    scene_keeps(scene, scene->seller, REVISE, &request->base);
}

static void withdrawing_hides_the_lots_and_leaves_their_rows(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    const struct gm_lot_id lot = scene_lot(scene, scene->seller, product, "", 100);
    scene_withdraw_product(scene, scene->seller, product);
    assert_int_equal(scene_get_product(scene, product)->state, CATALOG__LISTING_STATE__WITHDRAWN);
    assert_int_equal(scene_get_product(scene, product)->revision, 2);
    const Catalog__LotView *view = scene_get_lot(scene, lot);
    assert_int_equal(view->state, CATALOG__LISTING_STATE__WITHDRAWN);
    assert_int_equal(view->revision, 1);
    gm_kit_audit(scene->kit);
}

static void withdrawing_twice_is_as_withdrawing_once(void **state)
{
    struct scene *scene = *state;
    const struct gm_product_id product = scene_product(scene, scene->seller, "BOWL-1");
    scene_withdraw_product(scene, scene->seller, product);
    Catalog__WithdrawProductRequest request = CATALOG__WITHDRAW_PRODUCT_REQUEST__INIT;
    request.product_id = scene_bytes(scene, product.id);
    const Catalog__ProductReply *reply = scene_keeps(scene, scene->seller, WITHDRAW, &request.base);
    assert_int_equal(reply->revision, 2);
    request.revision = 1;
    scene_refuses(scene, scene->seller, WITHDRAW, &request.base, GM_REASON_REVISION_MOVED,
                  "revision");
    scene_refuses(scene, scene->other_seller, WITHDRAW, &request.base, GM_REASON_NOT_YOURS,
                  "product_id");
    request.product_id = scene_bytes(scene, scene_id(99));
    scene_refuses(scene, scene->other_seller, WITHDRAW, &request.base, GM_REASON_PRODUCT_UNKNOWN,
                  "product_id");
}

static void the_largest_product_is_published_shown_and_listed(void **state)
{
    struct scene *scene = *state;
    static const char *const languages[8] = {"vi", "en", "fr", "de", "ja", "ko", "zh-Hans", "lo"};
    static char name[201];
    static char description[1801];
    memset(name, 'n', sizeof name - 1);
    memset(description, 'd', sizeof description - 1);
    Catalog__PublishProductRequest request = CATALOG__PUBLISH_PRODUCT_REQUEST__INIT;
    Common__LocalText names[8];
    Common__LocalText *name_pointers[8];
    Common__LocalBlock descriptions[8];
    Common__LocalBlock *description_pointers[8];
    for (size_t i = 0; i < 8; i++) {
        names[i] = (Common__LocalText)COMMON__LOCAL_TEXT__INIT;
        names[i].language = languages[i];
        names[i].text = name;
        name_pointers[i] = &names[i];
        descriptions[i] = (Common__LocalBlock)COMMON__LOCAL_BLOCK__INIT;
        descriptions[i].language = languages[i];
        descriptions[i].text = description;
        description_pointers[i] = &descriptions[i];
    }
    request.sku = "0123456789012345678901234567890123456789";
    request.terms = scene_product_terms(scene);
    request.terms->n_names = request.terms->n_descriptions = 8;
    request.terms->names = name_pointers;
    request.terms->descriptions = description_pointers;
    const Catalog__ProductReply *reply =
        scene_accepts(scene, scene->seller, PUBLISH, &request.base);
    const struct gm_product_id product = {gm_message_id(reply->product_id)};
    const Catalog__ProductTerms *shown = scene_get_product(scene, product)->product->terms;
    assert_int_equal(shown->n_descriptions, 8);
    assert_string_equal(shown->descriptions[7]->text, description);
    scene_checkpoint(scene);
    Catalog__ListProductsRequest list = CATALOG__LIST_PRODUCTS_REQUEST__INIT;
    const Catalog__ListProductsReply *listed =
        scene_accepts(scene, scene->buyer, GM_METHOD_CATALOG_LIST_PRODUCTS, &list.base);
    assert_int_equal(listed->n_products, 1);
    assert_int_equal(listed->products[0]->product->terms->n_names, 8);
    assert_int_equal(listed->products[0]->product->terms->n_descriptions, 0);
    gm_kit_audit(scene->kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_published_product_is_found_by_id_and_by_sku),
        SCENE_TEST(a_product_that_is_not_there_is_not_found),
        SCENE_TEST(a_sku_is_taken_for_its_seller_alone_and_for_ever),
        SCENE_TEST(revising_replaces_all_terms),
        SCENE_TEST(revising_to_what_it_is_changes_nothing),
        SCENE_TEST(refusals_of_a_revision_stand_in_their_order),
        SCENE_TEST(withdrawing_hides_the_lots_and_leaves_their_rows),
        SCENE_TEST(withdrawing_twice_is_as_withdrawing_once),
        SCENE_TEST(the_largest_product_is_published_shown_and_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
