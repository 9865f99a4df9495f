#include "runtime/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/random.h"

enum { MODEL_MAX = 512, STEPS = 20000 };

static struct gm_due due_of(int64_t at_ms, uint32_t kind, uint8_t id)
{
    return (struct gm_due){at_ms, kind, {{[GM_ID_BYTES - 1] = id}}};
}

static int by_place(const void *a, const void *b)
{
    const struct gm_due *x = a;
    const struct gm_due *y = b;
    if (x->at_ms != y->at_ms) return x->at_ms < y->at_ms ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return gm_id_compare(x->id, y->id);
}

static void an_empty_heap_has_nothing_due(void **state)
{
    (void)state;
    struct gm_heap heap = {0};
    struct gm_due due;
    assert_false(gm_heap_pop_due(&heap, INT64_MAX, &due));
    assert_true(gm_heap_next_ms(&heap) == INT64_MAX);
    gm_heap_release(&heap);
}

static void what_is_due_leaves_by_time_then_kind_then_id(void **state)
{
    (void)state;
    static const uint8_t order[] = {4, 1, 3, 0, 2};
    const struct gm_due sorted[] = {
        due_of(5, 2, 9), due_of(6, 1, 8), due_of(6, 2, 1), due_of(6, 2, 2), due_of(7, 1, 0),
    };
    struct gm_heap heap = {0};
    for (size_t i = 0; i < sizeof order; i++)
        gm_heap_push(&heap, sorted[order[i]]);
    for (size_t i = 0; i < sizeof order; i++) {
        struct gm_due due;
        assert_true(gm_heap_pop_due(&heap, 7, &due));
        assert_int_equal(by_place(&due, &sorted[i]), 0);
    }
    gm_heap_release(&heap);
}

static void nothing_leaves_before_its_time(void **state)
{
    (void)state;
    struct gm_heap heap = {0};
    struct gm_due due;
    gm_heap_push(&heap, due_of(10, 1, 1));
    assert_false(gm_heap_pop_due(&heap, 9, &due));
    assert_true(gm_heap_next_ms(&heap) == 10);
    assert_true(gm_heap_pop_due(&heap, 10, &due));
    assert_false(gm_heap_pop_due(&heap, INT64_MAX, &due));
    gm_heap_release(&heap);
}

/* A sorted array is the model. */
static void it_behaves_as_a_sorted_list_does(void **state)
{
    (void)state;
    struct gm_random random;
    gm_random_seed(&random, 7);
    struct gm_heap heap = {0};
    struct gm_due model[MODEL_MAX];
    size_t count = 0;
    for (int step = 0; step < STEPS; step++) {
        if (count < MODEL_MAX && gm_random_below(&random, 5) < 3) {
            const struct gm_due due =
                due_of(gm_random_between(&random, -20, 20), (uint32_t)gm_random_below(&random, 3),
                       (uint8_t)gm_random_below(&random, 8));
            gm_heap_push(&heap, due);
            model[count++] = due;
            qsort(model, count, sizeof *model, by_place);
        } else {
            const int64_t now_ms = gm_random_between(&random, -20, 20);
            struct gm_due due;
            const bool expected = count > 0 && model[0].at_ms <= now_ms;
            assert_int_equal(gm_heap_pop_due(&heap, now_ms, &due), expected);
            if (expected) {
                assert_int_equal(by_place(&due, &model[0]), 0);
                for (size_t i = 1; i < count; i++)
                    model[i - 1] = model[i];
                count--;
            }
        }
        assert_int_equal(heap.count, count);
        assert_true(gm_heap_next_ms(&heap) == (count == 0 ? INT64_MAX : model[0].at_ms));
    }
    gm_heap_release(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_nothing_due),
        cmocka_unit_test(what_is_due_leaves_by_time_then_kind_then_id),
        cmocka_unit_test(nothing_leaves_before_its_time),
        cmocka_unit_test(it_behaves_as_a_sorted_list_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
