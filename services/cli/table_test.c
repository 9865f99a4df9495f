#include "cli/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/width.h"

static void width_is_what_a_terminal_shows(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t cells;
    } rows[] = {
        {"", 0},
        {"bowl", 4},
        {"Bát Tràng", 9},
        {"Ba\xcc\x81t", 3},                                  /* the mark apart */
        {"e\xcc\x82\xcc\xa3", 1},                            /* two marks */
        {"\xe9\x99\xb6\xe7\x93\xb7", 4},                     /* two wide characters */
        {"\xf0\x9f\x8f\xba", 2},                             /* an amphora */
        {"\xe2\x9d\xa4\xef\xb8\x8f", 2},                     /* a heart shown as an emoji */
        {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8e\xa8", 2}, /* woman, joiner, palette */
        {"\xf0\x9f\x87\xbb\xf0\x9f\x87\xb3", 2},             /* a flag */
        {"\xff", 1},
        {"a\tb", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (cli_width(rows[i].text) != rows[i].cells) {
            fail_msg("row %zu: %zu cells", i, cli_width(rows[i].text));
        }
    }
}

struct world {
    struct gm_arena arena;
    char *text;
    size_t size;
    FILE *out;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_int_equal(gm_arena_init(&world->arena, 64 * 1024), GM_OK);
    world->out = open_memstream(&world->text, &world->size);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    fclose(world->out);
    free(world->text);
    gm_arena_release(&world->arena);
    free(world);
    return 0;
}

static void fill(struct cli_table *table, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(cli_table_cell(table, cells[i]), GM_OK);
    }
}

static void columns_stand_under_each_other(void **state)
{
    struct world *world = *state;
    struct cli_table table;
    cli_table_init(&table, &world->arena, "  ");
    cli_table_column(&table, "sku", false);
    cli_table_column(&table, "name", false);
    cli_table_column(&table, "price", true);
    cli_table_column(&table, "note", false);
    static const char *const cells[] = {"BT-1",  "Bát",  "9.000 ₫",   "", /* row */
                                        "BT-22", "陶瓷", "120.000 ₫", "x"};
    fill(&table, cells, 8);
    cli_table_print(&table, world->out);
    fflush(world->out);
    assert_string_equal(world->text, "  sku    name      price  note\n"
                                     "  BT-1   Bát     9.000 ₫\n"
                                     "  BT-22  陶瓷  120.000 ₫  x\n");
}

static void columns_without_anything_are_left_out(void **state)
{
    struct world *world = *state;
    struct cli_table table;
    cli_table_init(&table, &world->arena, "");
    cli_table_column(&table, "a", false);
    cli_table_column(&table, "empty", true);
    cli_table_column(&table, "b", true);
    static const char *const cells[] = {"1", "", "2", "", "", "22"};
    fill(&table, cells, 6);
    cli_table_print(&table, world->out);
    fflush(world->out);
    assert_string_equal(world->text, "a   b\n"
                                     "1   2\n"
                                     "   22\n");
}

static void a_table_without_rows_prints_nothing(void **state)
{
    struct world *world = *state;
    struct cli_table table;
    cli_table_init(&table, &world->arena, "");
    cli_table_column(&table, "a", false);
    cli_table_print(&table, world->out);
    fflush(world->out);
    assert_string_equal(world->text, "");
}

static void what_would_move_the_cursor_is_replaced(void **state)
{
    struct world *world = *state;
    cli_put_text(world->out, "a\x1b[2Jb\n\xff");
    fflush(world->out);
    assert_string_equal(world->text, "a\xef\xbf\xbd[2Jb\xef\xbf\xbd\xef\xbf\xbd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_is_what_a_terminal_shows),
        cmocka_unit_test_setup_teardown(columns_stand_under_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_without_anything_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_table_without_rows_prints_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_would_move_the_cursor_is_replaced, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
