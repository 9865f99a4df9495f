#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "cli/csv/export.h"
#include "cli/csv/plan.h"
#include "methods.h"
#include "wire/check.h"

enum { ARENA_BYTES = 64 * 1024 * 1024 };

struct bench {
    struct gm_arena arena;
    struct csv_sheet sheet;
    struct csv_faults faults;
    struct csv_plan plan;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    assert_int_equal(gm_arena_init(&bench->arena, ARENA_BYTES), GM_OK);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    csv_faults_release(&bench->faults);
    gm_arena_release(&bench->arena);
    free(bench);
    return 0;
}

static bool read_text(struct bench *bench, const char *text)
{
    csv_faults_release(&bench->faults);
    return csv_sheet_read(gm_bytes_of_text(text), &bench->arena, &bench->sheet, &bench->faults);
}

static void assert_fault(const struct bench *bench, uint64_t index, uint64_t line, unsigned column,
                         enum csv_problem problem)
{
    assert_true(index < bench->faults.count);
    assert_int_equal(bench->faults.rows[index].line, line);
    assert_int_equal(bench->faults.rows[index].column, column);
    assert_int_equal(bench->faults.rows[index].problem, problem);
}

/* ---- sheets ---- */

static void a_sheet_is_read_whatever_separates_and_ends_its_cells(void **state)
{
    struct bench *bench = *state;
    static const char *const files[] = {
        "sku,name_vi\nA-1,Bát\nB-2,\"Đĩa, lớn\"\n",
        "\xef\xbb\xbfsku;name_vi\r\nA-1;Bát\r\nB-2;Đĩa, lớn\r\n",
        "SKU\tName_VI\n A-1 \tBát\n\n\t\nB-2\tĐĩa, lớn",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_true(read_text(bench, files[i]));
        assert_int_equal(bench->sheet.row_count, 2);
        assert_int_equal(csv_sheet_column(&bench->sheet, "name_vi"), 1);
        assert_string_equal(bench->sheet.rows[0].cells[0], "A-1");
        assert_string_equal(bench->sheet.rows[0].cells[1], "Bát");
        assert_string_equal(bench->sheet.rows[1].cells[1], "Đĩa, lớn");
    }
}

static void rows_know_their_line_though_cells_break_over_lines(void **state)
{
    struct bench *bench = *state;
    assert_true(read_text(bench, "sku,note\nA,\"one\ntwo\"\n\nB,x\nC\n"));
    assert_int_equal(bench->sheet.row_count, 3);
    assert_int_equal(bench->sheet.rows[0].line, 2);
    assert_string_equal(bench->sheet.rows[0].cells[1], "one\ntwo");
    assert_int_equal(bench->sheet.rows[1].line, 5);
    assert_int_equal(bench->sheet.rows[2].line, 6);
    assert_string_equal(bench->sheet.rows[2].cells[1], "");
}

static void a_sheet_that_cannot_be_read_says_why(void **state)
{
    struct bench *bench = *state;
    assert_false(read_text(bench, "sku\n\xff\n"));
    assert_fault(bench, 0, 0, 0, CSV_NOT_UTF8);
    assert_false(read_text(bench, "sku\n\"open\n"));
    assert_int_equal(bench->faults.rows[0].problem, CSV_BROKEN_QUOTES);
    assert_false(read_text(bench, "sku\nab\"c\n"));
    assert_int_equal(bench->faults.rows[0].problem, CSV_BROKEN_QUOTES);
    assert_false(read_text(bench, "\n\n"));
    assert_fault(bench, 0, 0, 0, CSV_NO_HEADER);
    assert_true(read_text(bench, "sku,body\nA,b,c\n"));
    assert_fault(bench, 0, 2, 0, CSV_CELLS_SURPLUS);
}

/* ---- products ---- */

static const char product_header[] = "sku,name_vi,name_en,category,body,base_unit,mass_g,assumed\n";

static bool plan_products(struct bench *bench, const char *rows,
                          Catalog__ProductView *const *existing, size_t count)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "%s%s", product_header, rows);
    return read_text(bench, text) && csv_plan_products(&bench->sheet, existing, count,
                                                       &bench->arena, &bench->plan, &bench->faults);
}

static void a_new_product_is_published_with_what_its_row_says(void **state)
{
    struct bench *bench = *state;
    assert_true(plan_products(
        bench, "bat-1,Bát men ngọc,Celadon bowl,bowl,stoneware,c62,450,mass_g body\n", NULL, 0));
    assert_int_equal(bench->faults.count, 0);
    assert_int_equal(bench->plan.actions[CSV_NEW], 1);
    assert_int_equal(bench->plan.rows[0].commands[0].method, GM_METHOD_CATALOG_PUBLISH_PRODUCT);
    const Catalog__PublishProductRequest *request =
        (const Catalog__PublishProductRequest *)bench->plan.rows[0].commands[0].message;
    assert_string_equal(request->sku, "BAT-1");
    assert_int_equal(request->terms->n_names, 2);
    assert_string_equal(request->terms->names[0]->text, "Bát men ngọc");
    assert_int_equal(request->terms->base_unit, COMMON__UNIT__C62);
    assert_int_equal(request->terms->mass_g, 450);
    assert_int_equal(request->terms->n_assumed, 2);
    assert_string_equal(request->terms->assumed[1], "body");
}

static void a_bad_row_is_named_with_line_and_column(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *row;
        unsigned column;
        enum csv_problem problem;
        enum gm_reason reason;
    } rows[] = {
        {",n,,bowl,,C62,450,\n", 1, CSV_REFUSED, GM_REASON_FIELD_MISSING},
        {"a b,n,,bowl,,C62,450,\n", 1, CSV_REFUSED, GM_REASON_BAD_TEXT},
        {"A,n,,bowl,,BOX,450,\n", 6, CSV_NOT_LISTED, 0},
        {"A,n,,bowl,,C62,heavy,\n", 7, CSV_NO_NUMBER, 0},
        {"A,n,,bowl,,C62,-5,\n", 7, CSV_NEGATIVE, 0},
        {"A,n,,bowl,,C62,4.5E+02,\n", 7, CSV_SCIENTIFIC, 0},
        {"A,n,,bowl,,C62,12.5,\n", 7, CSV_TOO_FINE, 0},
        {"A,n,,bowl,,C62,600000,\n", 7, CSV_REFUSED, GM_REASON_OUT_OF_RANGE},
        {"A,n,,,,C62,450,\n", 4, CSV_REFUSED, GM_REASON_FIELD_MISSING},
        {"A,n,,bowl,,,450,\n", 6, CSV_REFUSED, GM_REASON_FIELD_MISSING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(plan_products(bench, rows[i].row, NULL, 0));
        assert_int_equal(bench->plan.actions[CSV_BAD], 1);
        assert_int_equal(bench->plan.rows[0].command_count, 0);
        assert_fault(bench, 0, 2, rows[i].column, rows[i].problem);
        assert_int_equal(bench->faults.rows[0].reason, rows[i].reason);
        for (enum gm_language language = GM_LANGUAGE_EN; language <= GM_LANGUAGE_VI; language++) {
            char text[CSV_FAULT_TEXT_MAX];
            assert_non_null(strchr(csv_fault_text(&bench->faults.rows[0], language, text), '2'));
        }
    }
}

static void a_key_that_stands_twice_is_bad_the_second_time(void **state)
{
    struct bench *bench = *state;
    assert_true(
        plan_products(bench, "A,n,,bowl,,C62,1,\nB,n,,bowl,,C62,1,\na,n,,bowl,,C62,1,\n", NULL, 0));
    assert_int_equal(bench->plan.actions[CSV_NEW], 2);
    assert_int_equal(bench->plan.rows[2].action, CSV_BAD);
    assert_int_equal(bench->faults.rows[0].problem, CSV_ROW_TWICE);
    assert_int_equal(bench->faults.rows[0].other_line, 2);
}

static void unknown_double_and_missing_columns_stop_the_file(void **state)
{
    struct bench *bench = *state;
    assert_true(read_text(bench, "sku,colour\nA,red\n"));
    assert_false(
        csv_plan_products(&bench->sheet, NULL, 0, &bench->arena, &bench->plan, &bench->faults));
    assert_fault(bench, 0, 1, 2, CSV_COLUMN_UNKNOWN);
    assert_true(read_text(bench, "sku,body,SKU\nA,b,A\n"));
    assert_false(
        csv_plan_products(&bench->sheet, NULL, 0, &bench->arena, &bench->plan, &bench->faults));
    assert_fault(bench, 0, 1, 3, CSV_COLUMN_TWICE);
    assert_true(read_text(bench, "grade\nA\n"));
    assert_false(csv_plan_lots(&bench->sheet, NULL, 0, NULL, 0, &bench->arena, &bench->plan,
                               &bench->faults));
    assert_fault(bench, 0, 1, 0, CSV_COLUMN_MISSING);
}

/* ---- views as the catalog would give them ---- */

static Catalog__ProductView *view_of(struct bench *bench, const struct csv_planned *row)
{
    const Catalog__PublishProductRequest *request =
        (const Catalog__PublishProductRequest *)row->commands[0].message;
    static const struct gm_id product_id = {{1, 2, 3}};
    Catalog__Product product = CATALOG__PRODUCT__INIT;
    product.product_id = gm_message_bytes(&product_id);
    product.seller = gm_message_bytes(&product_id);
    product.sku = request->sku;
    product.terms = request->terms;
    Catalog__ProductView view = CATALOG__PRODUCT_VIEW__INIT;
    view.product = &product;
    view.state = CATALOG__LISTING_STATE__LISTED;
    view.revision = 7;
    const struct gm_bytes packed = gm_message_pack(&view.base, &bench->arena);
    return (Catalog__ProductView *)gm_message_unpack(packed, &catalog__product_view__descriptor,
                                                     &bench->arena);
}

static Catalog__LotView *lot_view_of(struct bench *bench, const struct csv_planned *row)
{
    const Catalog__PublishLotRequest *request =
        (const Catalog__PublishLotRequest *)row->commands[0].message;
    static const struct gm_id lot_id = {{4, 5, 6}};
    Catalog__Lot lot = CATALOG__LOT__INIT;
    lot.lot_id = gm_message_bytes(&lot_id);
    lot.product_id = request->product_id;
    lot.sku = row->sku;
    lot.lot_code = row->lot_code;
    lot.terms = request->terms;
    Catalog__LotView view = CATALOG__LOT_VIEW__INIT;
    view.lot = &lot;
    view.revision = 3;
    view.on_hand = request->on_hand;
    const struct gm_bytes packed = gm_message_pack(&view.base, &bench->arena);
    return (Catalog__LotView *)gm_message_unpack(packed, &catalog__lot_view__descriptor,
                                                 &bench->arena);
}

static const char product_rows[] =
    "BAT-1,Bát men ngọc,Celadon bowl,bowl,stoneware,C62,450,mass_g\n";

static Catalog__ProductView *known_product(struct bench *bench)
{
    assert_true(plan_products(bench, product_rows, NULL, 0));
    return view_of(bench, &bench->plan.rows[0]);
}

static void an_unchanged_product_sends_nothing_and_a_changed_one_is_revised(void **state)
{
    struct bench *bench = *state;
    Catalog__ProductView *view = known_product(bench);
    assert_true(plan_products(bench, product_rows, &view, 1));
    assert_int_equal(bench->plan.actions[CSV_SAME], 1);
    assert_int_equal(bench->plan.rows[0].command_count, 0);

    assert_true(read_text(bench, "sku,mass_g\nbat-1,460\n"));
    assert_true(
        csv_plan_products(&bench->sheet, &view, 1, &bench->arena, &bench->plan, &bench->faults));
    assert_int_equal(bench->plan.actions[CSV_CHANGED], 1);
    const Catalog__ReviseProductRequest *request =
        (const Catalog__ReviseProductRequest *)bench->plan.rows[0].commands[0].message;
    assert_int_equal(bench->plan.rows[0].commands[0].method, GM_METHOD_CATALOG_REVISE_PRODUCT);
    assert_int_equal(request->revision, 7);
    assert_int_equal(request->terms->mass_g, 460);
    /* Columns that the file does not have keep what stands. */
    assert_int_equal(request->terms->n_names, 2);
    assert_string_equal(request->terms->category, "bowl");
}

/* ---- lots ---- */

static const char lot_header[] = "sku,lot_code,on_hand,currency,tier1_from,tier1_price,tier2_from,"
                                 "tier2_price,min_order,order_multiple,"
                                 "ship_from,incoterm,grade,pack_code,pack_units,pack_gross_g,"
                                 "firing_output_g,firing1_energy,firing1_quantity\n";

static bool plan_lots(struct bench *bench, const char *header, const char *rows,
                      Catalog__ProductView *product, Catalog__LotView *const *existing,
                      size_t count)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "%s%s", header, rows);
    return read_text(bench, text) && csv_plan_lots(&bench->sheet, &product, 1, existing, count,
                                                   &bench->arena, &bench->plan, &bench->faults);
}

static const char lot_rows[] =
    "BAT-1,,500,VND,20,90.000,100,\"80,000\",20,10,VN-BAT-TRANG,EXW,A,CT,10,5000,"
    "600000,LPG,150000\n";

static void a_new_lot_is_published_and_amounts_are_never_multiplied(void **state)
{
    struct bench *bench = *state;
    Catalog__ProductView *product = known_product(bench);
    assert_true(plan_lots(bench, lot_header, lot_rows, product, NULL, 0));
    assert_int_equal(bench->faults.count, 0);
    const Catalog__PublishLotRequest *request =
        (const Catalog__PublishLotRequest *)bench->plan.rows[0].commands[0].message;
    assert_string_equal(request->lot_code, "MAIN");
    assert_int_equal(request->on_hand, 500);
    assert_int_equal(request->terms->tiers[0]->unit_price_minor, 90000);
    assert_int_equal(request->terms->tiers[1]->unit_price_minor, 80000);
    assert_int_equal(request->terms->pack->gross_g, 5000);
    assert_int_equal(request->terms->firing->sources[0]->energy, COMMON__ENERGY__LPG);

    static const char euro[] =
        "sku,currency,min_order,order_multiple,ship_from,incoterm,grade,tier1_price\n";
    static const struct {
        const char *row;
        int64_t minor; /* -1: refused */
    } prices[] = {
        {"BAT-1,EUR,1,1,VN-HANOI,EXW,A,12.5\n", 1250},
        {"BAT-1,EUR,1,1,VN-HANOI,EXW,A,\"12,50\"\n", 1250},
        {"BAT-1,EUR,1,1,VN-HANOI,EXW,A,\"1,200.50\"\n", 120050},
        {"BAT-1,EUR,1,1,VN-HANOI,EXW,A,1.200\n", -1},
        {"BAT-1,VND,1,1,VN-HANOI,EXW,A,1.200.000\n", 1200000},
        {"BAT-1,VND,1,1,VN-HANOI,EXW,A,69000.00\n", 69000},
        {"BAT-1,VND,1,1,VN-HANOI,EXW,A,69000.5\n", -1},
    };
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        assert_true(plan_lots(bench, euro, prices[i].row, product, NULL, 0));
        assert_int_equal(bench->plan.actions[prices[i].minor < 0 ? CSV_BAD : CSV_NEW], 1);
        if (prices[i].minor < 0) {
            assert_int_equal(bench->faults.rows[0].column, 8);
            continue;
        }
        request = (const Catalog__PublishLotRequest *)bench->plan.rows[0].commands[0].message;
        assert_int_equal(request->terms->tiers[0]->unit_price_minor, prices[i].minor);
        assert_int_equal(request->terms->tiers[0]->from_quantity, 1);
    }
}

static void stock_alone_is_counted_and_terms_alone_are_revised(void **state)
{
    struct bench *bench = *state;
    Catalog__ProductView *product = known_product(bench);
    assert_true(plan_lots(bench, lot_header, lot_rows, product, NULL, 0));
    Catalog__LotView *view = lot_view_of(bench, &bench->plan.rows[0]);
    assert_true(plan_lots(bench, lot_header, lot_rows, product, &view, 1));
    assert_int_equal(bench->plan.actions[CSV_SAME], 1);

    assert_true(plan_lots(bench, "sku,on_hand\n", "BAT-1,480\n", product, &view, 1));
    assert_int_equal(bench->plan.rows[0].command_count, 1);
    assert_int_equal(bench->plan.rows[0].commands[0].method, GM_METHOD_CATALOG_ADJUST);
    assert_true(plan_lots(bench, "sku,on_hand,grade\n", "BAT-1,480,B\n", product, &view, 1));
    assert_int_equal(bench->plan.rows[0].command_count, 2);
    assert_int_equal(bench->plan.rows[0].commands[0].method, GM_METHOD_CATALOG_REVISE_LOT);
    assert_true(plan_lots(bench, "sku,on_hand\n", "BAT-1,\n", product, &view, 1));
    assert_int_equal(bench->plan.actions[CSV_SAME], 1);
}

static void lots_of_unknown_products_and_broken_groups_are_named(void **state)
{
    struct bench *bench = *state;
    Catalog__ProductView *product = known_product(bench);
    assert_true(plan_lots(bench, "sku,on_hand\n", "NONE,1\n", product, NULL, 0));
    assert_fault(bench, 0, 2, 1, CSV_PRODUCT_UNKNOWN);
    assert_true(plan_lots(bench, "sku,pack_code,pack_units,pack_gross_g\n", "BAT-1,CT,,5000\n",
                          product, NULL, 0));
    assert_fault(bench, 0, 2, 2, CSV_GROUP_BROKEN);
    assert_true(plan_lots(bench, "sku,tier1_from,tier1_price\n", "BAT-1,5,\n", product, NULL, 0));
    assert_fault(bench, 0, 2, 2, CSV_GROUP_BROKEN);
    assert_true(plan_lots(bench, "sku,firing_output_g,firing1_energy,firing1_quantity\n",
                          "BAT-1,,LPG,5\n", product, NULL, 0));
    assert_fault(bench, 0, 2, 2, CSV_GROUP_BROKEN);
}

/* ---- round trip ---- */

static bool read_file(struct bench *bench, FILE *file)
{
    static char text[65536];
    rewind(file);
    const size_t size = fread(text, 1, sizeof text, file);
    csv_faults_release(&bench->faults);
    return csv_sheet_read(gm_bytes(text, size), &bench->arena, &bench->sheet, &bench->faults);
}

static void what_is_exported_and_imported_changes_nothing(void **state)
{
    struct bench *bench = *state;
    assert_true(plan_products(
        bench, "BAT-1,\"=Bát \"\"men\"\" ngọc, 2\",'-x,bowl,stoneware,C62,450,mass_g body\n", NULL,
        0));
    Catalog__ProductView *product = view_of(bench, &bench->plan.rows[0]);
    assert_string_equal(product->product->terms->names[0]->text, "=Bát \"men\" ngọc, 2");
    assert_string_equal(product->product->terms->names[1]->text, "-x");
    assert_true(plan_lots(bench, lot_header, lot_rows, product, NULL, 0));
    Catalog__LotView *lot = lot_view_of(bench, &bench->plan.rows[0]);

    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(csv_export_products(file, &product, 1, &bench->arena), GM_OK);
    assert_true(read_file(bench, file));
    assert_true(
        csv_plan_products(&bench->sheet, &product, 1, &bench->arena, &bench->plan, &bench->faults));
    assert_int_equal(bench->faults.count, 0);
    assert_int_equal(bench->plan.actions[CSV_SAME], 1);
    fclose(file);

    file = tmpfile();
    assert_non_null(file);
    assert_int_equal(csv_export_lots(file, &lot, 1, &bench->arena), GM_OK);
    assert_true(read_file(bench, file));
    assert_true(csv_plan_lots(&bench->sheet, &product, 1, &lot, 1, &bench->arena, &bench->plan,
                              &bench->faults));
    assert_int_equal(bench->faults.count, 0);
    assert_int_equal(bench->plan.actions[CSV_SAME], 1);
    fclose(file);
}

static void no_exported_cell_begins_like_a_formula(void **state)
{
    struct bench *bench = *state;
    assert_true(plan_products(bench, "BAT-1,\"=1+1\",@x,bowl,+a,C62,450,\n", NULL, 0));
    Catalog__ProductView *product = known_product(bench);
    product->product->terms->names[0]->text = "=cmd()";
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(csv_export_products(file, &product, 1, &bench->arena), GM_OK);
    static char text[4096];
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_null(strstr(text, ",="));
    assert_null(strstr(text, ",\"="));
    assert_non_null(strstr(text, "\"'=cmd()\""));
    assert_memory_equal(text, "\xef\xbb\xbfsku,", 7);
    assert_non_null(strstr(text, "\r\n"));
    fclose(file);
}

static void command_ids_stay_the_same_within_the_day(void **state)
{
    struct bench *bench = *state;
    assert_true(plan_products(bench, "A,n,,bowl,,C62,1,\nB,n,,bowl,,C62,1,\n", NULL, 0));
    const int64_t noon = 20000 * GM_DAY_MS + GM_DAY_MS / 2;
    const struct gm_id id = csv_plan_command_id(&bench->sheet, &bench->plan.rows[0], 0, noon);
    assert_true(gm_id_is_v7(id));
    assert_int_equal(gm_id_time_ms(id), 20000 * GM_DAY_MS);
    assert_true(
        gm_id_equal(id, csv_plan_command_id(&bench->sheet, &bench->plan.rows[0], 0, noon + 1)));
    assert_false(
        gm_id_equal(id, csv_plan_command_id(&bench->sheet, &bench->plan.rows[1], 0, noon)));
    assert_false(
        gm_id_equal(id, csv_plan_command_id(&bench->sheet, &bench->plan.rows[0], 1, noon)));
    assert_false(gm_id_equal(
        id, csv_plan_command_id(&bench->sheet, &bench->plan.rows[0], 0, noon + GM_DAY_MS)));
    struct csv_sheet other = bench->sheet;
    other.hash.v[0] ^= 1;
    assert_false(gm_id_equal(id, csv_plan_command_id(&other, &bench->plan.rows[0], 0, noon)));
}

#define IN_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BENCH(a_sheet_is_read_whatever_separates_and_ends_its_cells),
        IN_BENCH(rows_know_their_line_though_cells_break_over_lines),
        IN_BENCH(a_sheet_that_cannot_be_read_says_why),
        IN_BENCH(a_new_product_is_published_with_what_its_row_says),
        IN_BENCH(a_bad_row_is_named_with_line_and_column),
        IN_BENCH(a_key_that_stands_twice_is_bad_the_second_time),
        IN_BENCH(unknown_double_and_missing_columns_stop_the_file),
        IN_BENCH(an_unchanged_product_sends_nothing_and_a_changed_one_is_revised),
        IN_BENCH(a_new_lot_is_published_and_amounts_are_never_multiplied),
        IN_BENCH(stock_alone_is_counted_and_terms_alone_are_revised),
        IN_BENCH(lots_of_unknown_products_and_broken_groups_are_named),
        IN_BENCH(what_is_exported_and_imported_changes_nothing),
        IN_BENCH(no_exported_cell_begins_like_a_formula),
        IN_BENCH(command_ids_stay_the_same_within_the_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
