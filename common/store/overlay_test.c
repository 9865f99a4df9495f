#include "store/overlay.h"

#include <sys/mman.h>

#include "store/fixture.h"

static const struct gm_table hot = {.number = 1, .name = "hot"};
static const struct gm_table bulk = {.number = 2, .name = "bulk", .bulk = true};

static const uint64_t seed = 11;

static void *reserve(void)
{
    void *memory = mmap(NULL, gm_half_memory_bytes(), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(memory != MAP_FAILED);
    return memory;
}

static void put(struct gm_half *half, const struct gm_table *table, uint32_t number,
                const char *text)
{
    const struct gm_key key = key_of_u32(number);
    const struct gm_bytes bytes = gm_key_bytes(&key);
    const uint64_t hash = gm_row_hash(seed, table->number, bytes);
    struct gm_overlay_row *row = gm_half_find(half, hash, table->number, bytes);
    row = gm_half_place(half, row, hash, table, bytes, strlen(text));
    row->value_size = (uint32_t)strlen(text);
    memcpy(row->image + GM_IMAGE_HEAD_BYTES + bytes.size, text, strlen(text));
}

static const struct gm_overlay_row *find(const struct gm_half *half, const struct gm_table *table,
                                         uint32_t number)
{
    const struct gm_key key = key_of_u32(number);
    const struct gm_bytes bytes = gm_key_bytes(&key);
    return gm_half_find(half, gm_row_hash(seed, table->number, bytes), table->number, bytes);
}

static bool holds(const struct gm_half *half, const struct gm_table *table, uint32_t number,
                  const char *text)
{
    const struct gm_overlay_row *row = find(half, table, number);
    return row != NULL && gm_bytes_equal(gm_overlay_value(row), gm_bytes_of_text(text));
}

static void every_row_is_found_again_while_the_index_grows(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    void *memory = reserve();
    struct gm_half half;
    gm_half_init(&half, memory, 4);
    char text[16];
    for (uint32_t i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "value %u", i);
        put(&half, i % 2 == 0 ? &hot : &bulk, i, text);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "value %u", i);
        assert_true(holds(&half, i % 2 == 0 ? &hot : &bulk, i, text));
        assert_null(find(&half, i % 2 == 0 ? &bulk : &hot, i));
    }
    assert_int_equal(half.rows, COUNT);
    assert_int_equal(half.state_rows, COUNT / 2);
    munmap(memory, gm_half_memory_bytes());
}

static void a_value_that_fits_its_place_is_written_there(void **state)
{
    (void)state;
    void *memory = reserve();
    struct gm_half half;
    gm_half_init(&half, memory, 4);
    put(&half, &hot, 1, "twelve bytes");
    const size_t used = half.used;
    put(&half, &hot, 1, "TWELVE BYTES");
    put(&half, &hot, 1, "few");
    put(&half, &hot, 1, "twelve again");
    assert_int_equal(half.used, used);
    put(&half, &hot, 1, "too many bytes for the place that it has");
    assert_true(half.used > used);
    assert_true(holds(&half, &hot, 1, "too many bytes for the place that it has"));
    assert_int_equal(half.rows, 1);
    munmap(memory, gm_half_memory_bytes());
}

static void a_cleared_half_is_empty_however_often_it_was_cleared(void **state)
{
    (void)state;
    enum { OLD = 40, CLEARS = 1100 }; /* generations come round twice */
    void *memory = reserve();
    struct gm_half half;
    gm_half_init(&half, memory, 128);
    for (uint32_t number = 0; number < OLD; number++) {
        put(&half, &hot, number, "old");
    }
    for (uint32_t i = 0; i < CLEARS; i++) {
        gm_half_clear(&half);
        assert_int_equal(half.rows, 0);
        assert_int_equal(half.used, 0);
        put(&half, &hot, OLD, "new");
        assert_true(holds(&half, &hot, OLD, "new"));
        for (uint32_t number = 0; number < OLD; number++) {
            assert_null(find(&half, &hot, number));
        }
    }
    munmap(memory, gm_half_memory_bytes());
}

static void count_row(struct gm_overlay_row *row, void *context)
{
    assert_int_equal(row->value_size, 1);
    ++*(uint32_t *)context;
}

static void a_walk_meets_every_row_once_and_no_cleared_one(void **state)
{
    (void)state;
    void *memory = reserve();
    struct gm_half half;
    gm_half_init(&half, memory, 4);
    put(&half, &hot, 77, "old");
    gm_half_clear(&half);
    for (uint32_t i = 0; i < 1000; i++) {
        put(&half, &hot, i, "1");
    }
    uint32_t met = 0;
    gm_half_each(&half, count_row, &met);
    assert_int_equal(met, 1000);
    munmap(memory, gm_half_memory_bytes());
}

static void preparing_changes_no_byte_and_comes_to_an_end(void **state)
{
    (void)state;
    void *memory = reserve();
    struct gm_half half;
    gm_half_init(&half, memory, 512);
    assert_false(gm_half_prepare(&half)); /* what is not used is not touched */
    for (uint32_t i = 0; i < 200; i++) {
        put(&half, &hot, i, "prepared");
    }
    int stretches = 0;
    while (gm_half_prepare(&half)) {
        stretches++;
    }
    assert_in_range(stretches, 0, 8);
    for (uint32_t i = 0; i < 1000; i++) {
        put(&half, &hot, i, "prepared");
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(holds(&half, &hot, i, "prepared"));
    }
    munmap(memory, gm_half_memory_bytes());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_again_while_the_index_grows),
        cmocka_unit_test(a_value_that_fits_its_place_is_written_there),
        cmocka_unit_test(a_cleared_half_is_empty_however_often_it_was_cleared),
        cmocka_unit_test(a_walk_meets_every_row_once_and_no_cleared_one),
        cmocka_unit_test(preparing_changes_no_byte_and_comes_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
