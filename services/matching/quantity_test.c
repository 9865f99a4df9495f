#include "matching/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
    const char *label;
    enum engine_split split;
    bool is_sold_out;
    int64_t quantity, over_ppm;
    int64_t on_hand, reserved, min_order, multiple;
    int64_t sellable, most, t, n;
};

#define WHOLE ENGINE_SPLIT_WHOLE
#define SPLIT ENGINE_SPLIT_SPLIT

static const struct row rows[] = {
    {"exactly a multiple", WHOLE, false, 100, 100000, 500, 0, 20, 10, 500, 110, 100, 100},
    {"rounded up to the multiple", WHOLE, false, 91, 100000, 500, 0, 20, 10, 500, 100, 100, 100},
    {"up to the least order", WHOLE, false, 5, 100000, 500, 0, 20, 10, 500, 5, 20, 20},
    {"the surplus is floored", WHOLE, false, 19, 100000, 500, 0, 1, 1, 500, 20, 19, 19},
    {"no surplus", WHOLE, false, 19, 0, 500, 0, 1, 1, 500, 19, 19, 19},
    {"the largest figures", WHOLE, false, 1000000000, 1000000000, 1000000000, 0, 1000000000,
     1000000000, 1000000000, 1001000000000, 1000000000, 1000000000},

    {"what is reserved is not for sale", WHOLE, false, 100, 0, 119, 20, 10, 10, 90, 100, 100, 90},
    {"what is left of a multiple neither", WHOLE, false, 100, 0, 109, 0, 10, 10, 100, 100, 100,
     100},
    {"one short of a multiple", WHOLE, false, 100, 0, 99, 0, 10, 10, 90, 100, 100, 90},
    {"all that is left", WHOLE, false, 100, 0, 30, 10, 20, 10, 20, 100, 100, 20},
    {"one short of the least order", WHOLE, true, 100, 0, 29, 10, 20, 10, 10, 100, 100, 10},
    {"nothing left", WHOLE, true, 100, 0, 20, 20, 20, 10, 0, 100, 100, 0},

    {"a part rounds up while the buyer takes it", SPLIT, false, 91, 100000, 500, 0, 20, 10, 500,
     100, 100, 100},
    {"else down", SPLIT, false, 91, 98900, 500, 0, 20, 10, 500, 99, 90, 90},
    {"down to nothing is the least order", SPLIT, false, 5, 0, 500, 0, 20, 10, 500, 5, 20, 20},
    {"a part of what is asked", SPLIT, false, 100, 0, 55, 0, 20, 10, 50, 100, 100, 50},
};

static void a_line_takes_what_suits_it_of_what_there_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        const struct engine_lot lot = {
            .on_hand = row->on_hand,
            .reserved = row->reserved,
            .min_order = row->min_order,
            .order_multiple = row->multiple,
        };
        const struct engine_request_line line = {
            .quantity = row->quantity,
            .over_ppm = row->over_ppm,
        };
        const struct engine_quantities got = engine_quantities(&lot, &line, row->split);
        print_message("%s\n", row->label);
        assert_int_equal(got.sellable, row->sellable);
        assert_int_equal(got.most, row->most);
        assert_int_equal(got.t, row->t);
        assert_int_equal(got.n, row->n);
        assert_int_equal(engine_is_sold_out(&lot, &got), row->is_sold_out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_takes_what_suits_it_of_what_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
