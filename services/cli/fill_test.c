#include "cli/fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalog.pb-c.h"
#include "cli/message.h"
#include "matching.pb-c.h"
#include "wire/check.h"

enum { ARENA_BYTES = 256 * 1024, SMALL_ARENA_BYTES = 16 };

static struct gm_arena arena;
static struct cli_filling filling;

static int set_up(void **state)
{
    (void)state;
    if (gm_arena_init(&arena, ARENA_BYTES) != GM_OK) return -1;
    filling = (struct cli_filling){.arena = &arena, .language = GM_LANGUAGE_EN};
    return gm_currency_parse("VND", &filling.currency) == GM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gm_arena_release(&arena);
    return 0;
}

static void values_are_read_by_what_they_mean(void **state)
{
    (void)state;
    Catalog__PublishLotRequest lot = CATALOG__PUBLISH_LOT_REQUEST__INIT;
    assert_true(cli_fill(&filling, &lot.base, "terms.min_order", "1.200"));
    assert_true(cli_fill(&filling, &lot.base, "terms.incoterm", "fca"));
    assert_true(cli_fill(&filling, &lot.base, "terms.tiers", "10:90.000"));
    assert_true(cli_fill(&filling, &lot.base, "terms.tiers", "100:80,000"));
    assert_true(cli_fill(&filling, &lot.base, "terms.tiers[1].from_quantity", "200"));
    assert_true(cli_fill(&filling, &lot.base, "terms.pack", "CT:10:5.000"));
    assert_int_equal(lot.terms->min_order, 1200);
    assert_int_equal(lot.terms->incoterm, COMMON__INCOTERM__FCA);
    assert_int_equal(lot.terms->n_tiers, 2);
    assert_int_equal(lot.terms->tiers[0]->unit_price_minor, 90000);
    assert_int_equal(lot.terms->tiers[1]->from_quantity, 200);
    assert_int_equal(lot.terms->pack->gross_g, 5000);

    Catalog__PublishProductRequest product = CATALOG__PUBLISH_PRODUCT_REQUEST__INIT;
    assert_true(cli_fill(&filling, &product.base, "terms.recycled_ppm", "12.5%"));
    assert_int_equal(product.terms->recycled_ppm, 125000);
    assert_true(cli_fill(&filling, &product.base, "terms.names", "vi:Bát: men ngọc=1"));
    assert_string_equal(product.terms->names[0]->language, "vi");
    assert_string_equal(product.terms->names[0]->text, "Bát: men ngọc=1");
}

static void money_has_the_decimals_of_the_currency_before_it(void **state)
{
    (void)state;
    Catalog__PublishLotRequest lot = CATALOG__PUBLISH_LOT_REQUEST__INIT;
    assert_true(cli_fill(&filling, &lot.base, "terms.currency", "eur"));
    assert_string_equal(lot.terms->currency, "EUR");
    assert_true(cli_fill(&filling, &lot.base, "terms.tiers", "1:12,50"));
    assert_int_equal(lot.terms->tiers[0]->unit_price_minor, 1250);
    assert_false(cli_fill(&filling, &lot.base, "terms.tiers", "1:1.200"));
    assert_string_equal(filling.why, cli_word_text(GM_LANGUAGE_EN, CLI_SAY_NUMBER_AMBIGUOUS));
}

static void a_sourcing_line_is_written_in_parts(void **state)
{
    (void)state;
    Matching__SourcingRequest request = MATCHING__SOURCING_REQUEST__INIT;
    assert_true(cli_fill(&filling, &request.base, "lines",
                         "bowl:1.200:body=stoneware:price_cap=90.000:needed_by=24/12/2026:"
                         "distance_cap=500:excluded=workshop:worst_grade=b"));
    const Matching__SourcingLine *line = request.lines[0];
    assert_string_equal(line->category, "bowl");
    assert_int_equal(line->quantity, 1200);
    assert_string_equal(line->body, "stoneware");
    assert_int_equal(line->price_cap_minor, 90000);
    assert_int_equal(line->price_cap_case, MATCHING__SOURCING_LINE__PRICE_CAP_PRICE_CAP_MINOR);
    assert_int_equal(line->needed_by, 20811);
    assert_int_equal(line->distance_cap_km, 500);
    assert_int_equal(line->n_excluded, 1);
    assert_int_equal(line->worst_grade, COMMON__GRADE__B);
    assert_int_equal(line->over_case, MATCHING__SOURCING_LINE__OVER__NOT_SET);
}

static void an_empty_value_clears_the_field(void **state)
{
    (void)state;
    Catalog__AdjustRequest request = CATALOG__ADJUST_REQUEST__INIT;
    assert_true(cli_fill(&filling, &request.base, "note", "x"));
    assert_true(cli_fill(&filling, &request.base, "note", ""));
    assert_true(cli_fill(&filling, &request.base, "quantity", "5"));
    assert_true(cli_fill(&filling, &request.base, "quantity", ""));
    assert_int_equal(protobuf_c_message_get_packed_size(&request.base), 0);
}

static void what_will_not_do_is_said_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text;
        enum cli_word word;
    } rows[] = {
        {"quantity", "many", CLI_SAY_NUMBER_NONE},
        {"quantity", "-1", CLI_SAY_NUMBER_NEGATIVE},
        {"quantity", "1.5", CLI_SAY_NUMBER_TOO_FINE},
        {"quantity", "1.2E+06", CLI_SAY_NUMBER_SCIENTIFIC},
    };
    Catalog__AdjustRequest request = CATALOG__ADJUST_REQUEST__INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(cli_fill(&filling, &request.base, rows[i].path, rows[i].text));
        assert_string_equal(filling.why, cli_word_text(GM_LANGUAGE_EN, rows[i].word));
    }
    assert_false(cli_fill(&filling, &request.base, "reason", "STOLEN"));
    assert_string_equal(filling.why, "It is one of COUNTED, BROKEN, LOST, SAMPLE.");
    assert_false(cli_fill(&filling, &request.base, "lot_id", "prd_01h2xcejqtf2nbrexx3vqjhp41"));
    assert_string_equal(filling.why, "An id looks like lot_01h2xcejqtf2nbrexx3vqjhp41.");
    Matching__SourcingRequest sourcing = MATCHING__SOURCING_REQUEST__INIT;
    assert_false(cli_fill(&filling, &sourcing.base, "air", "maybe"));
    assert_false(cli_fill(&filling, &sourcing.base, "close_day", "31/02/2026"));
    assert_false(cli_fill(&filling, &sourcing.base, "currency", "XXX"));
    Catalog__PublishLotRequest lot = CATALOG__PUBLISH_LOT_REQUEST__INIT;
    assert_false(cli_fill(&filling, &lot.base, "terms.tiers", "1:2:3"));
    assert_string_equal(filling.why, "It is written from_quantity:unit_price_minor.");
}

static void a_number_that_its_field_cannot_hold_is_too_large(void **state)
{
    (void)state;
    Catalog__PublishProductRequest product = CATALOG__PUBLISH_PRODUCT_REQUEST__INIT;
    assert_true(cli_fill(&filling, &product.base, "terms.set_pieces", "4294967295"));
    assert_false(cli_fill(&filling, &product.base, "terms.set_pieces", "4294967296"));
}

static void a_full_arena_is_an_answer(void **state)
{
    (void)state;
    struct gm_arena small;
    assert_int_equal(gm_arena_init(&small, SMALL_ARENA_BYTES), GM_OK);
    filling.arena = &small;
    Catalog__PublishLotRequest lot = CATALOG__PUBLISH_LOT_REQUEST__INIT;
    assert_false(cli_fill(&filling, &lot.base, "terms.tiers", "10:90.000"));
    gm_arena_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_are_read_by_what_they_mean, set_up, tear_down),
        cmocka_unit_test_setup_teardown(money_has_the_decimals_of_the_currency_before_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_sourcing_line_is_written_in_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_value_clears_the_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_will_not_do_is_said_in_a_sentence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_number_that_its_field_cannot_hold_is_too_large, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_arena_is_an_answer, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
