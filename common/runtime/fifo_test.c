#include "runtime/fifo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "base/random.h"

enum { MODEL_MAX = 300, STEPS = 20000, SIZE_MAX_BYTES = 200 * 1024 };

static void an_empty_queue_has_no_first(void **state)
{
    (void)state;
    struct gm_fifo fifo = {0};
    assert_null(gm_fifo_front(&fifo));
    gm_fifo_release(&fifo);
}

static void records_are_aligned_whatever_their_sizes(void **state)
{
    (void)state;
    struct gm_fifo fifo = {0};
    for (size_t size = 1; size < 40; size++)
        assert_int_equal((uintptr_t)gm_fifo_push(&fifo, size) % 8, 0);
    gm_fifo_release(&fifo);
}

/* The record itself says what it is: its size, its number, and a last byte. */
static void fill(uint8_t *record, size_t size, uint64_t number)
{
    memset(record, (int)(number & 0xff), size);
    memcpy(record, &number, sizeof number);
}

static void check(const uint8_t *record, size_t size, uint64_t number)
{
    uint64_t found;
    memcpy(&found, record, sizeof found);
    assert_true(found == number);
    assert_int_equal(record[size - 1], size > sizeof number ? (number & 0xff) : record[size - 1]);
}

/* Sizes from a few bytes to more than a chunk holds; what was pushed stays where it is. */
static void records_leave_whole_and_in_order(void **state)
{
    (void)state;
    struct {
        size_t size;
        const uint8_t *at;
    } model[MODEL_MAX];
    struct gm_random random;
    gm_random_seed(&random, 3);
    struct gm_fifo fifo = {0};
    uint64_t pushed = 0;
    uint64_t popped = 0;
    for (int step = 0; step < STEPS; step++) {
        const bool filling = step / 500 % 2 == 0;
        if (pushed - popped < MODEL_MAX && gm_random_below(&random, 4) < (filling ? 3U : 1U)) {
            size_t size = 8 + gm_random_below(&random, 3000);
            if (gm_random_chance(&random, 10000))
                size = gm_random_below(&random, SIZE_MAX_BYTES) + 8;
            uint8_t *record = gm_fifo_push(&fifo, size);
            fill(record, size, pushed);
            model[pushed % MODEL_MAX].size = size;
            model[pushed % MODEL_MAX].at = record;
            pushed++;
        } else if (popped < pushed) {
            const uint8_t *record = gm_fifo_front(&fifo);
            assert_ptr_equal(record, model[popped % MODEL_MAX].at);
            check(record, model[popped % MODEL_MAX].size, popped);
            gm_fifo_pop(&fifo);
            popped++;
        } else {
            assert_null(gm_fifo_front(&fifo));
        }
        assert_true(fifo.count == pushed - popped);
    }
    gm_fifo_release(&fifo);
}

static void bytes_count_what_is_queued_and_return_to_zero(void **state)
{
    (void)state;
    struct gm_fifo fifo = {0};
    for (int round = 0; round < 3; round++) {
        uint64_t bytes = 0;
        for (int i = 0; i < 100; i++) {
            (void)gm_fifo_push(&fifo, 5000);
            assert_true(fifo.bytes >= bytes + 5000);
            bytes = fifo.bytes;
        }
        for (int i = 0; i < 100; i++)
            gm_fifo_pop(&fifo);
        assert_true(fifo.bytes == 0);
        assert_null(gm_fifo_front(&fifo));
    }
    gm_fifo_release(&fifo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_queue_has_no_first),
        cmocka_unit_test(records_are_aligned_whatever_their_sizes),
        cmocka_unit_test(records_leave_whole_and_in_order),
        cmocka_unit_test(bytes_count_what_is_queued_and_return_to_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
