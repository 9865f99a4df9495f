#include "matching/follow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/time.h"
#include "matching/scene.h"
#include "wire/check.h"

enum { PRODUCT = 501, LOT = 601, OTHER_LOT = 602 };

/* What the one line of the usual request finds. */
static const Matching__LineAnswer *find(struct scene *scene)
{
    const Matching__FindMatchesReply *reply = scene_find(scene, scene_request(scene, 1));
    assert_int_equal(reply->n_lines, 1);
    return reply->lines[0];
}

static uint32_t lots_seen(struct scene *scene)
{
    return scene_find(scene, scene_request(scene, 1))->lots_seen;
}

/* How many a buyer of a thousand could have: what is free of the lot. */
static int64_t available(struct scene *scene)
{
    Matching__SourcingRequest *request = scene_request(scene, 1);
    request->split = MATCHING__SPLIT__SPLIT_LINES;
    request->lines[0]->quantity = 1000;
    const Matching__LineAnswer *line = scene_find(scene, request)->lines[0];
    return line->n_matches == 0 ? 0 : line->matches[0]->quantity;
}

static uint64_t rows_of_generation(struct scene *scene, const struct gm_table *table,
                                   uint32_t generation)
{
    struct gm_snapshot *snapshot;
    struct gm_cursor cursor;
    struct gm_key from;
    struct gm_bytes key;
    struct gm_bytes value;
    uint64_t count = 0;
    scene_checkpoint(scene);
    assert_int_equal(gm_snapshot_open(gm_kit_store(scene->kit), &snapshot), GM_OK);
    gm_key_begin(&from);
    gm_key_u32(&from, generation);
    gm_cursor_init(&cursor, snapshot, table, &from);
    while (gm_cursor_next(&cursor, &scene->arena, &key, &value) == GM_OK &&
           memcmp(key.at, from.v, from.size) == 0)
        count++;
    gm_cursor_release(&cursor);
    gm_snapshot_release(snapshot);
    return count;
}

/* ---- products and lots ---- */

static void a_published_lot_is_found(void **state)
{
    struct scene *scene = *state;
    const struct gm_id lot = scene_offer(scene, 1, 500);
    const Matching__LineAnswer *line = find(scene);
    assert_int_equal(line->n_matches, 1);
    assert_true(gm_id_equal(gm_message_id(line->matches[0]->lot_id), lot));
    assert_int_equal(lots_seen(scene), 1);
    gm_kit_audit(scene->kit);
}

static void revised_terms_replace_what_stood(void **state)
{
    struct scene *scene = *state;
    const struct gm_id lot = scene_id(LOT);
    Catalog__LotTerms *terms = scene_lot_terms(scene);
    Common__Pack pack = COMMON__PACK__INIT;
    Common__Firing firing = COMMON__FIRING__INIT;
    Common__EnergyUse lpg = COMMON__ENERGY_USE__INIT;
    Common__EnergyUse *sources[] = {&lpg};
    const char *assumed[] = {"lead_time_days"};
    pack.code = "CT";
    pack.units = 10;
    pack.gross_g = 5000;
    lpg.energy = COMMON__ENERGY__LPG;
    lpg.quantity = 150000;
    firing.output_g = 600000;
    firing.n_sources = 1;
    firing.sources = sources;
    terms->pack = &pack;
    terms->firing = &firing;
    terms->n_assumed = 1;
    terms->assumed = assumed;
    scene_product(scene, true, scene_id(PRODUCT), scene->seller, 1, scene_product_terms(scene));
    scene_publish_lot(scene, lot, scene_id(PRODUCT), scene->seller, terms, 500);

    const Matching__Match *match = find(scene)->matches[0];
    assert_int_equal(match->co2e_production_g, 370); /* 450 x 150,000 x 3,288,653 / 6 x 10^11 */
    assert_int_equal(match->n_assumed, 1);
    assert_string_equal(match->assumed[0], "lead_time_days");
    assert_int_equal(match->arrival, scene_today(scene) + 3 + 4);

    terms = scene_lot_terms(scene);
    terms->n_tiers = 1;
    terms->tiers[0]->from_quantity = 20;
    terms->tiers[0]->unit_price_minor = 30000;
    terms->min_order = 20;
    terms->order_multiple = 20;
    terms->lead_time_days = 0;
    terms->ship_from = "VN-HO-CHI-MINH-CITY";
    scene_revise_lot(scene, lot, scene_id(PRODUCT), scene->seller, 2, terms);
    match = find(scene)->matches[0];
    assert_int_equal(match->unit_price_minor, 30000);
    assert_int_equal(match->km, 0);
    assert_string_equal(match->ship_from, "VN-HO-CHI-MINH-CITY");
    assert_int_equal(match->arrival, scene_today(scene) + 1);
    assert_int_equal(match->co2e_production_g, 675); /* no firing: 450 g of stoneware */
    assert_int_equal(match->n_assumed, 0);
    assert_int_equal(match->quantity, 100);
    gm_kit_audit(scene->kit);
}

static void a_revised_product_changes_all_its_lots(void **state)
{
    struct scene *scene = *state;
    const char *assumed[] = {"mass_g", "body"};
    Catalog__ProductTerms *terms = scene_product_terms(scene);
    scene_product(scene, true, scene_id(PRODUCT), scene->seller, 1, terms);
    scene_publish_lot(scene, scene_id(LOT), scene_id(PRODUCT), scene->seller,
                      scene_lot_terms(scene), 500);
    scene_publish_lot(scene, scene_id(OTHER_LOT), scene_id(PRODUCT), scene->seller,
                      scene_lot_terms(scene), 500);
    assert_int_equal(find(scene)->n_matches, 2);
    assert_int_equal(find(scene)->matches[0]->n_assumed, 0);

    terms = scene_product_terms(scene);
    terms->n_names = 1;
    terms->names[0]->language = "en";
    terms->names[0]->text = "Bowl of the new kiln";
    terms->mass_g = 1000;
    terms->body = "porcelain";
    terms->n_assumed = 2;
    terms->assumed = assumed;
    scene_product(scene, false, scene_id(PRODUCT), scene->seller, 2, terms);
    const Matching__LineAnswer *line = find(scene);
    assert_int_equal(line->n_matches, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(line->matches[i]->n_names, 1);
        assert_string_equal(line->matches[i]->names[0]->text, "Bowl of the new kiln");
        assert_int_equal(line->matches[i]->co2e_production_g, 2000);
        assert_int_equal(line->matches[i]->n_assumed, 2);
        assert_string_equal(line->matches[i]->assumed[1], "body");
    }
    terms = scene_product_terms(scene);
    terms->category = "vase";
    scene_product(scene, false, scene_id(PRODUCT), scene->seller, 3, terms);
    assert_int_equal(find(scene)->n_matches, 0);
    gm_kit_audit(scene->kit);
}

static void a_withdrawn_lot_is_not_found(void **state)
{
    struct scene *scene = *state;
    scene_product(scene, true, scene_id(PRODUCT), scene->seller, 1, scene_product_terms(scene));
    scene_publish_lot(scene, scene_id(LOT), scene_id(PRODUCT), scene->seller,
                      scene_lot_terms(scene), 500);
    scene_publish_lot(scene, scene_id(OTHER_LOT), scene_id(PRODUCT), scene->seller,
                      scene_lot_terms(scene), 500);
    scene_withdraw_lot(scene, scene_id(LOT), 2);
    const Matching__LineAnswer *line = find(scene);
    assert_int_equal(line->n_matches, 1);
    assert_true(gm_id_equal(gm_message_id(line->matches[0]->lot_id), scene_id(OTHER_LOT)));
    gm_kit_audit(scene->kit);
}

static void a_lot_of_a_withdrawn_product_counts_as_withdrawn(void **state)
{
    struct scene *scene = *state;
    scene_offer(scene, 1, 500);
    scene_product(scene, true, scene_id(PRODUCT), scene->seller, 1, scene_product_terms(scene));
    scene_publish_lot(scene, scene_id(LOT), scene_id(PRODUCT), scene->seller,
                      scene_lot_terms(scene), 500);
    assert_int_equal(find(scene)->n_matches, 2);
    scene_withdraw_product(scene, scene_id(PRODUCT), 2);
    const Matching__LineAnswer *line = find(scene);
    assert_int_equal(line->n_matches, 1);
    assert_false(gm_id_equal(gm_message_id(line->matches[0]->lot_id), scene_id(LOT)));
    assert_int_equal(line->near_misses_total, 0);
    gm_kit_audit(scene->kit);
}

static void a_buyer_is_not_shown_its_own_goods(void **state)
{
    struct scene *scene = *state;
    scene_product(scene, true, scene_id(PRODUCT), scene->buyer, 1, scene_product_terms(scene));
    scene_publish_lot(scene, scene_id(LOT), scene_id(PRODUCT), scene->buyer, scene_lot_terms(scene),
                      500);
    assert_int_equal(find(scene)->n_matches, 0);
}

/* ---- stock ---- */

static void stock_that_moves_is_what_can_be_had(void **state)
{
    struct scene *scene = *state;
    const struct gm_id lot = scene_offer(scene, 1, 500);
    assert_int_equal(available(scene), 500);
    scene_move_stock(scene, lot, 100, 600);
    assert_int_equal(available(scene), 600);
    scene_move_stock(scene, lot, -50, 550);
    assert_int_equal(available(scene), 550);
    scene_reserve(scene, CATALOG__EVENT__EVENT_RESERVED, lot, 200);
    assert_int_equal(available(scene), 350);
    scene_reserve(scene, CATALOG__EVENT__EVENT_RELEASED, lot, 50);
    assert_int_equal(available(scene), 400);
    scene_reserve(scene, CATALOG__EVENT__EVENT_CONSUMED, lot, 150);
    assert_int_equal(available(scene), 400);
    scene_move_stock(scene, lot, -400, 0);
    assert_int_equal(available(scene), 0);
    gm_kit_audit(scene->kit);
    gm_kit_restart(scene->kit);
    scene_move_stock(scene, lot, 70, 70);
    assert_int_equal(available(scene), 70);
    gm_kit_audit(scene->kit);
}

static void several_lots_move_with_one_order(void **state)
{
    struct scene *scene = *state;
    const struct gm_id lots[] = {scene_offer(scene, 1, 500), scene_offer(scene, 2, 300)};
    Catalog__LotQuantity lines[2];
    Catalog__LotQuantity *at[] = {&lines[0], &lines[1]};
    Catalog__ReservationChanged change = CATALOG__RESERVATION_CHANGED__INIT;
    Catalog__Event event = CATALOG__EVENT__INIT;
    for (unsigned i = 0; i < 2; i++) {
        catalog__lot_quantity__init(&lines[i]);
        lines[i].lot_id = gm_message_bytes(&lots[i]);
        lines[i].quantity = 100 + i;
    }
    change.n_lines = 2;
    change.lines = at;
    event.event_case = CATALOG__EVENT__EVENT_RESERVED;
    event.reserved = &change;
    scene_feed(scene, &event);
    for (unsigned i = 0; i < 2; i++) {
        struct matching_lot_row row;
        assert_true(matching_get_lot(gm_store_rows(gm_kit_store(scene->kit)), 1,
                                     (struct gm_lot_id){lots[i]}, &row));
        assert_int_equal(row.reserved, 100 + i);
        assert_int_equal(row.on_hand, i == 0 ? 500 : 300);
    }
}

/* ---- a catalog that is newer ---- */

static void what_a_newer_catalog_says_besides_changes_nothing(void **state)
{
    struct scene *scene = *state;
    const Catalog__Event unknown = CATALOG__EVENT__INIT; /* as one decodes */
    scene_offer(scene, 1, 500);
    scene_feed(scene, &unknown);
    assert_int_equal(find(scene)->n_matches, 1);
    gm_kit_audit(scene->kit);
}

static void a_lot_in_terms_that_are_not_known_is_not_found(void **state)
{
    struct scene *scene = *state;
    const struct gm_id product = scene_id(PRODUCT);
    scene_product(scene, true, product, scene->seller, 1, scene_product_terms(scene));
    struct {
        const char *label;
        Common__Grade grade;
        Common__Incoterm incoterm;
        unsigned found;
    } cases[] = {
        {"known", COMMON__GRADE__A, COMMON__INCOTERM__EXW, 1},
        {"a new grade", (Common__Grade)17, COMMON__INCOTERM__EXW, 1},
        {"a new Incoterm", COMMON__GRADE__A, (Common__Incoterm)17, 1},
        {"known, too", COMMON__GRADE__B, COMMON__INCOTERM__FCA, 2},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        Catalog__LotTerms *terms = scene_lot_terms(scene);
        terms->grade = cases[i].grade;
        terms->incoterm = cases[i].incoterm;
        print_message("%s\n", cases[i].label);
        scene_publish_lot(scene, scene_id(LOT + i), product, scene->seller, terms, 500);
        assert_int_equal(find(scene)->n_matches, cases[i].found);
    }
    Catalog__ProductTerms *terms = scene_product_terms(scene);
    terms->base_unit = (Common__Unit)17;
    scene_product(scene, false, product, scene->seller, 2, terms);
    assert_int_equal(find(scene)->n_matches, 0);
    gm_kit_audit(scene->kit);
}

/* ---- another history ---- */

/* The catalog was put back to an older copy: it refuses the position that is asked for. */
static void restore_catalog(struct scene *scene, uint64_t journal_id)
{
    struct gm_kit_request request;
    const struct gm_refusal unknown = {.reason = GM_REASON_POSITION_UNKNOWN};
    gm_kit_restart(scene->kit);
    do
        assert_true(gm_kit_request(scene->kit, &request));
    while (request.header.method != GM_METHOD_HOST_SUBSCRIBE);
    gm_kit_answer_refusal(scene->kit, &request, &unknown);
    assert_int_equal(gm_host_counts(gm_kit_host(scene->kit))->resets, 1);
    gm_kit_advance(scene->kit, GM_SECOND_MS); /* it subscribes anew */
    scene->source = journal_id;
    scene->fed = 0;
}

static void another_history_is_followed_from_its_beginning(void **state)
{
    struct scene *scene = *state;
    const char *assumed[] = {"tiers"};
    Catalog__LotTerms *terms = scene_lot_terms(scene);
    terms->n_assumed = 1;
    terms->assumed = assumed;
    scene_product(scene, true, scene_id(PRODUCT), scene->seller, 1, scene_product_terms(scene));
    scene_publish_lot(scene, scene_id(LOT), scene_id(PRODUCT), scene->seller, terms, 500);
    scene_offer(scene, 1, 500);
    assert_int_equal(find(scene)->n_matches, 2);

    restore_catalog(scene, scene->source + 1);
    assert_int_equal(find(scene)->n_matches, 0); /* nothing of a history that is over */
    assert_int_equal(lots_seen(scene), 0);
    scene_offer(scene, 1, 300);
    assert_int_equal(find(scene)->n_matches, 1);
    assert_int_equal(available(scene), 300);
    assert_int_equal(rows_of_generation(scene, &matching_lots, 1), 2);
    gm_kit_audit(scene->kit);

    gm_kit_advance(scene->kit, 3 * GM_MINUTE_MS);
    for (unsigned i = 0; matching_followed_tables[i] != NULL; i++) {
        const struct gm_table *table = matching_followed_tables[i];
        assert_int_equal(rows_of_generation(scene, table, 1), 0);
        assert_int_equal(rows_of_generation(scene, table, 2),
                         table == &matching_lot_documents ? 0 : 1);
    }
    assert_int_equal(find(scene)->n_matches, 1);
    gm_kit_audit(scene->kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_published_lot_is_found),
        SCENE_TEST(revised_terms_replace_what_stood),
        SCENE_TEST(a_revised_product_changes_all_its_lots),
        SCENE_TEST(a_withdrawn_lot_is_not_found),
        SCENE_TEST(a_lot_of_a_withdrawn_product_counts_as_withdrawn),
        SCENE_TEST(a_buyer_is_not_shown_its_own_goods),
        SCENE_TEST(stock_that_moves_is_what_can_be_had),
        SCENE_TEST(several_lots_move_with_one_order),
        SCENE_TEST(what_a_newer_catalog_says_besides_changes_nothing),
        SCENE_TEST(a_lot_in_terms_that_are_not_known_is_not_found),
        SCENE_TEST(another_history_is_followed_from_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
