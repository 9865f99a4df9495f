#include "runtime/idmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"

enum { KEYS = 700, STEPS = 100000 };

static void an_empty_map_holds_nothing(void **state)
{
    (void)state;
    struct gm_idmap map = {0};
    const struct gm_id key = {{1}};
    assert_null(gm_idmap_get(&map, key));
    assert_null(gm_idmap_take(&map, key));
    gm_idmap_release(&map);
}

static void a_second_put_replaces_the_first(void **state)
{
    (void)state;
    int values[2];
    struct gm_idmap map = {0};
    const struct gm_id key = {{0}}; /* a key like any other */
    gm_idmap_put(&map, key, &values[0]);
    gm_idmap_put(&map, key, &values[1]);
    assert_int_equal(map.count, 1);
    assert_ptr_equal(gm_idmap_take(&map, key), &values[1]);
    assert_null(gm_idmap_get(&map, key));
    assert_int_equal(map.count, 0);
    gm_idmap_release(&map);
}

/* Keys of every kind that the host has: numbers, peers, random ids. */
static struct gm_id key_of(uint32_t number)
{
    struct gm_id key = {{0}};
    const uint32_t kind = number % 3;
    if (kind == 0) {
        gm_put_u64(key.v, number);
    } else if (kind == 1) {
        key.v[0] = 5;
        gm_put_u32(key.v + 2, number);
    } else {
        struct gm_random random;
        gm_random_seed(&random, number);
        gm_random_bytes(&random, key.v, sizeof key.v);
    }
    return key;
}

/* An array indexed by the key's number is the model. Few enough keys that slots collide, and that
 * a hole is closed over the end of the array many times. */
static void it_behaves_as_an_array_does(void **state)
{
    (void)state;
    static int values[KEYS];
    static void *model[KEYS];
    struct gm_random random;
    gm_random_seed(&random, 11);
    struct gm_idmap map = {0};
    uint32_t count = 0;
    for (int step = 0; step < STEPS; step++) {
        const uint32_t number = (uint32_t)gm_random_below(&random, KEYS);
        const struct gm_id key = key_of(number);
        assert_ptr_equal(gm_idmap_get(&map, key), model[number]);
        /* It fills in some thousands of steps and empties in the next. */
        const bool filling = step / 4000 % 2 == 0;
        if (gm_random_below(&random, 4) < (filling ? 3U : 1U)) {
            if (model[number] == NULL) count++;
            model[number] = &values[gm_random_below(&random, KEYS)];
            gm_idmap_put(&map, key, model[number]);
        } else {
            assert_ptr_equal(gm_idmap_take(&map, key), model[number]);
            if (model[number] != NULL) count--;
            model[number] = NULL;
        }
        assert_int_equal(map.count, count);
    }
    for (uint32_t number = 0; number < KEYS; number++)
        assert_ptr_equal(gm_idmap_get(&map, key_of(number)), model[number]);
    gm_idmap_release(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_holds_nothing),
        cmocka_unit_test(a_second_put_replaces_the_first),
        cmocka_unit_test(it_behaves_as_an_array_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
