#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

enum { CAPACITY = 256 };

static int set_up(void **state)
{
    static struct gm_arena arena;
    *state = &arena;
    return gm_arena_init(&arena, CAPACITY) == GM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    gm_arena_release(*state);
    return 0;
}

static void pieces_are_aligned_and_do_not_overlap(void **state)
{
    struct gm_arena *arena = *state;
    uint8_t *a = gm_arena_alloc(arena, 1);
    uint8_t *b = gm_arena_alloc(arena, 17);
    uint8_t *c = gm_arena_alloc(arena, 16);
    assert_int_equal((uintptr_t)a % 16, 0);
    assert_int_equal((uintptr_t)b % 16, 0);
    assert_int_equal((uintptr_t)c % 16, 0);
    assert_true(b >= a + 1);
    assert_true(c >= b + 17);
}

static void the_last_byte_is_handed_out_and_one_more_is_not(void **state)
{
    struct gm_arena *arena = *state;
    assert_null(gm_arena_alloc(arena, CAPACITY + 1));
    assert_non_null(gm_arena_alloc(arena, CAPACITY));
    assert_null(gm_arena_alloc(arena, 1));
    gm_arena_reset(arena);
    assert_non_null(gm_arena_alloc(arena, 1));
    assert_null(gm_arena_alloc(arena, CAPACITY - 15)); /* 16 are gone, with the padding */
    assert_non_null(gm_arena_alloc(arena, CAPACITY - 16));
}

static void padding_alone_can_fill_it(void **state)
{
    struct gm_arena *arena = *state;
    assert_non_null(gm_arena_alloc(arena, CAPACITY - 1));
    assert_null(gm_arena_alloc(arena, 1));
}

static void a_size_that_would_wrap_is_refused(void **state)
{
    struct gm_arena *arena = *state;
    assert_non_null(gm_arena_alloc(arena, 3));
    assert_null(gm_arena_alloc(arena, SIZE_MAX));
    assert_null(gm_arena_alloc(arena, SIZE_MAX - 15));
    assert_null(gm_arena_copy_text(arena, gm_bytes("", SIZE_MAX)));
    assert_null(GM_ARENA_ARRAY(arena, uint64_t, SIZE_MAX / 8 + 2));
    assert_non_null(GM_ARENA_ARRAY(arena, uint64_t, 4));
}

static void what_was_used_before_a_reset_comes_back_zeroed_by_zalloc(void **state)
{
    struct gm_arena *arena = *state;
    memset(gm_arena_alloc(arena, 64), 0xff, 64);
    gm_arena_reset(arena);
    const uint8_t *again = gm_arena_zalloc(arena, 64);
    for (int i = 0; i < 64; i++) {
        assert_int_equal(again[i], 0);
    }
}

static void rewind_gives_back_what_came_after_the_mark(void **state)
{
    struct gm_arena *arena = *state;
    char *kept = gm_arena_copy_text(arena, gm_bytes_of_text("kept"));
    const size_t mark = gm_arena_mark(arena);
    void *tried = gm_arena_alloc(arena, 40);
    gm_arena_rewind(arena, mark);
    assert_ptr_equal(gm_arena_alloc(arena, 40), tried);
    assert_string_equal(kept, "kept");
}

static void copies_are_equal_and_text_ends_in_nul(void **state)
{
    struct gm_arena *arena = *state;
    const struct gm_bytes text = gm_bytes("gốm rest", strlen("gốm"));
    assert_string_equal(gm_arena_copy_text(arena, text), "gốm");
    assert_string_equal(gm_arena_copy_text(arena, gm_bytes(NULL, 0)), "");
    assert_memory_equal(gm_arena_copy(arena, "a\0b", 3), "a\0b", 3);
    assert_non_null(gm_arena_copy(arena, NULL, 0));
}

static void formatted_text_is_as_long_as_it_has_to_be(void **state)
{
    struct gm_arena *arena = *state;
    assert_string_equal(gm_arena_format(arena, "%s, %d", "gốm", 7), "gốm, 7");
    assert_string_equal(gm_arena_format(arena, "%s", ""), "");
    gm_arena_reset(arena);
    assert_null(gm_arena_format(arena, "%*s", CAPACITY, "")); /* no room for the NUL */
    assert_int_equal(strlen(gm_arena_format(arena, "%*s", CAPACITY - 1, "")), CAPACITY - 1);
}

static void releasing_nothing_or_twice_is_harmless(void **state)
{
    (void)state;
    struct gm_arena arena;
    gm_arena_release(NULL);
    assert_int_equal(gm_arena_init(&arena, 0), GM_OK);
    assert_null(gm_arena_alloc(&arena, 1));
    gm_arena_release(&arena);
    gm_arena_release(&arena);
}

static void what_is_not_handed_out_is_poisoned(void **state)
{
#if defined(__SANITIZE_ADDRESS__)
    struct gm_arena *arena = *state;
    uint8_t *at = gm_arena_alloc(arena, 20);
    assert_false(__asan_address_is_poisoned(at + 19));
    assert_true(__asan_address_is_poisoned(at + 20));
    gm_arena_reset(arena);
    assert_true(__asan_address_is_poisoned(at));
#else
    (void)state;
    skip();
#endif
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(pieces_are_aligned_and_do_not_overlap),
        TEST(the_last_byte_is_handed_out_and_one_more_is_not),
        TEST(padding_alone_can_fill_it),
        TEST(a_size_that_would_wrap_is_refused),
        TEST(what_was_used_before_a_reset_comes_back_zeroed_by_zalloc),
        TEST(rewind_gives_back_what_came_after_the_mark),
        TEST(copies_are_equal_and_text_ends_in_nul),
        TEST(formatted_text_is_as_long_as_it_has_to_be),
        cmocka_unit_test(releasing_nothing_or_twice_is_harmless),
        TEST(what_is_not_handed_out_is_poisoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
