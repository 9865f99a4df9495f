/* Rows that are put, read and deleted, one behaviour at a time. */
#include "store/fixture.h"

static const struct gm_table hot = {.number = 1, .name = "hot"};
static const struct gm_table bulk = {.number = 2, .name = "bulk", .bulk = true};
static const struct gm_table documents = {.number = 63, .name = "documents"};
static const struct gm_table own = {.number = 7, .name = "own", .unhashed = true};
static const struct gm_table *const tables[] = {&hot, &bulk, &documents, &own, NULL};

static struct gm_store_config config_of(const struct folder *folder)
{
    return (struct gm_store_config){
        .path = folder->path,
        .map_bytes = UINT64_C(1) << 30,
        .tables = tables,
        .service = "test",
        .journal_id = 42,
        .schema = 1,
        .small = true,
    };
}

static void a_delete_hides_the_row_in_lmdb_while_active_and_while_frozen(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    const struct gm_table *const both[] = {&hot, &bulk};
    for (size_t i = 0; i < 2; i++) {
        put_text(store, both[i], 1, "kept");
        put_text(store, both[i], 2, "gone");
    }
    store_checkpoint(store, 1);
    gm_store_close(store);
    store = store_open(&config); /* nothing in cache or overlay: the rows lie in LMDB alone */

    const struct gm_key key = key_of_u32(2);
    for (size_t i = 0; i < 2; i++) {
        gm_store_delete(store, both[i], &key);
        assert_true(has_text(store, both[i], 2, NULL));
    }
    struct gm_checkpoint *checkpoint = gm_store_freeze(store, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(has_text(store, both[i], 2, NULL));
    }
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    assert_true(has_text(store, &hot, 2, NULL)); /* the core still sees the LMDB of before */
    gm_store_thaw(store, checkpoint);
    for (size_t i = 0; i < 2; i++) {
        assert_true(has_text(store, both[i], 2, NULL));
        assert_true(has_text(store, both[i], 1, "kept"));
    }
    gm_store_close(store);
    folder_remove(&folder);
}

static void a_row_put_again_after_its_delete_was_frozen_is_there(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    put_text(store, &hot, 1, "first");
    store_checkpoint(store, 1);
    const struct gm_key key = key_of_u32(1);
    gm_store_delete(store, &hot, &key);
    struct gm_checkpoint *checkpoint = gm_store_freeze(store, 2);
    put_text(store, &hot, 1, "second");
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    gm_store_thaw(store, checkpoint);
    assert_true(has_text(store, &hot, 1, "second"));
    gm_store_close(store);

    store = store_open(&config); /* without its checkpoint it never was */
    assert_true(has_text(store, &hot, 1, NULL));
    gm_store_close(store);
    folder_remove(&folder);
}

static void parts_go_when_a_value_shrinks_and_when_it_is_deleted(void **state)
{
    (void)state;
    static const uint8_t zeros[GM_VALUE_BYTES_MAX];
    static const struct {
        size_t size; /* SIZE_MAX: deleted */
        size_t parts;
    } steps[] = {
        {61440, 30},   {1985, 1},     {1984, 0},
        {3968, 1},     {3969, 2},     {0, 0},
        {61440, 30},   {SIZE_MAX, 0}, {GM_VALUE_BYTES_MAX, 66},
        {SIZE_MAX, 0},
    };
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    const struct gm_key key = key_of_u32(1);
    const struct gm_key neighbour = key_of_u32(2);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct gm_store *store = store_open(&config);
        if (steps[i].size == SIZE_MAX) {
            gm_store_delete(store, &documents, &key);
        } else {
            gm_store_put(store, &documents, &key, gm_bytes(zeros, steps[i].size));
        }
        gm_store_put(store, &documents, &neighbour, gm_bytes(zeros, 5000));
        store_checkpoint(store, i + 1);
        gm_store_close(store);
        assert_int_equal(stored_parts(&folder), steps[i].parts + 2);
    }
    folder_remove(&folder);
}

static void the_state_hash_knows_neither_order_nor_history(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct folder other_folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    const struct gm_store_config other_config = config_of(&other_folder);
    struct gm_store *store = store_open(&config);
    struct gm_store *other = store_open(&other_config);
    assert_true(gm_store_hash(store) == 0);

    for (uint32_t i = 0; i < 50; i++) {
        put_text(store, &hot, i, "value");
    }
    for (uint32_t i = 100; i-- > 0;) {
        put_text(other, &hot, i, i % 2 == 0 ? "another value" : "value");
        put_text(other, &own, i, "not part of it");
        if (i == 60) store_checkpoint(other, 1);
    }
    store_checkpoint(other, 2);
    for (uint32_t i = 0; i < 100; i++) {
        const struct gm_key key = key_of_u32(i);
        if (i < 50) put_text(other, &hot, i, "value");
        if (i >= 50) gm_store_delete(other, &hot, &key);
    }
    assert_true(gm_store_hash(store) == gm_store_hash(other));
    assert_true(gm_store_hash(store) != 0);

    /* The same bytes in another table or under another key are another state. */
    const struct gm_key key = key_of_u32(49);
    const uint64_t before = gm_store_hash(other);
    gm_store_delete(other, &hot, &key);
    put_text(other, &bulk, 49, "value");
    assert_true(gm_store_hash(other) != before);
    gm_store_delete(other, &bulk, &key);
    put_text(other, &hot, 50, "value");
    assert_true(gm_store_hash(other) != before);

    /* Take all away and nothing is left. */
    for (uint32_t i = 0; i < 100; i++) {
        const struct gm_key each = key_of_u32(i);
        gm_store_delete(other, &hot, &each);
    }
    assert_true(gm_store_hash(other) == 0);
    gm_store_close(store);
    gm_store_close(other);
    folder_remove(&folder);
    folder_remove(&other_folder);
}

static void the_same_value_again_changes_nothing(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    put_text(store, &hot, 1, "value");
    put_text(store, &bulk, 1, "value");
    store_checkpoint(store, 1);
    put_text(store, &hot, 1, "value");
    put_text(store, &bulk, 1, "value");
    const struct gm_key key = key_of_u32(9);
    gm_store_delete(store, &hot, &key); /* nor does a delete of what is not there */
    assert_int_equal(gm_store_load(store).rows, 0);
    gm_store_close(store);
    folder_remove(&folder);
}

static void a_value_may_be_one_that_was_lent(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    struct gm_store_config config = config_of(&folder);
    config.cache_slots_max = 1; /* every row wants the same slot */
    struct gm_store *store = store_open(&config);
    put_text(store, &hot, 1, "from one to the other");
    put_text(store, &hot, 2, "old");
    store_checkpoint(store, 1);

    struct gm_bytes lent;
    const struct gm_key one = key_of_u32(1);
    const struct gm_key two = key_of_u32(2);
    for (int i = 0; i < 2; i++) { /* from LMDB, then from the cache */
        assert_int_equal(gm_rows_get(gm_store_rows(store), &hot, &one, NULL, &lent), GM_OK);
    }
    gm_store_put(store, &hot, &two, lent);
    assert_true(has_text(store, &hot, 2, "from one to the other"));

    /* And a piece of the row's own old value, in the cache or in the very place it goes to. */
    const struct gm_table *const both[] = {&hot, &bulk};
    for (size_t i = 0; i < 2; i++) {
        put_text(store, both[i], 2, "from one to the other");
        assert_int_equal(gm_rows_get(gm_store_rows(store), both[i], &two, NULL, &lent), GM_OK);
        gm_store_put(store, both[i], &two, gm_bytes(lent.at + 5, lent.size - 5));
        assert_true(has_text(store, both[i], 2, "one to the other"));
    }
    gm_store_close(store);
    folder_remove(&folder);
}

static void what_was_lent_stays_while_others_are_read(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    struct gm_store_config config = config_of(&folder);
    config.cache_slots_max = 1;
    struct gm_store *store = store_open(&config);
    put_text(store, &hot, 1, "one");
    put_text(store, &hot, 2, "two");
    store_checkpoint(store, 1);

    for (uint32_t number = 1; number <= 2; number++) {
        assert_true(has_text(store, &hot, number, number == 1 ? "one" : "two"));
        gm_store_end_loans(store);
    }
    struct gm_bytes lent; /* two is in the cache now */
    const struct gm_key two = key_of_u32(2);
    assert_int_equal(gm_rows_get(gm_store_rows(store), &hot, &two, NULL, &lent), GM_OK);
    assert_true(has_text(store, &hot, 1, "one"));
    assert_true(gm_bytes_equal(lent, gm_bytes_of_text("two")));
    gm_store_close(store);
    folder_remove(&folder);
}

static void a_fixed_row_is_copied_out(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    const struct gm_key key = key_of_u32(1);
    uint64_t row = 7;
    assert_int_equal(gm_rows_get_fixed(gm_store_rows(store), &hot, &key, &row, sizeof row),
                     GM_NOT_FOUND);
    assert_true(row == 7);
    const uint64_t stored = 1234567;
    gm_store_put(store, &hot, &key, gm_bytes(&stored, sizeof stored));
    gm_rows_prefetch(gm_store_rows(store), &hot, &key);
    assert_int_equal(gm_rows_get_fixed(gm_store_rows(store), &hot, &key, &row, sizeof row), GM_OK);
    assert_true(row == stored);
    gm_store_close(store);
    folder_remove(&folder);
}

static void a_full_arena_is_an_answer(void **state)
{
    (void)state;
    static const uint8_t zeros[5000];
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    const struct gm_key key = key_of_u32(1);
    gm_store_put(store, &documents, &key, gm_bytes(zeros, sizeof zeros));
    store_checkpoint(store, 1);

    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, sizeof zeros - 1), GM_OK);
    struct gm_bytes value = {.size = 3};
    assert_int_equal(gm_rows_get(gm_store_rows(store), &documents, &key, &arena, &value),
                     GM_TOO_LARGE);
    assert_int_equal(value.size, 3);
    gm_arena_release(&arena);
    gm_store_close(store);
    folder_remove(&folder);
}

static void a_checkpoint_without_changes_moves_applied(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    store_checkpoint(store, 17);
    assert_true(gm_store_applied(store) == 17);
    store_checkpoint(store, 17); /* and once more writes nothing */
    gm_store_close(store);
    store = store_open(&config);
    assert_true(gm_store_applied(store) == 17);
    gm_store_close(store);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_hides_the_row_in_lmdb_while_active_and_while_frozen),
        cmocka_unit_test(a_row_put_again_after_its_delete_was_frozen_is_there),
        cmocka_unit_test(parts_go_when_a_value_shrinks_and_when_it_is_deleted),
        cmocka_unit_test(the_state_hash_knows_neither_order_nor_history),
        cmocka_unit_test(the_same_value_again_changes_nothing),
        cmocka_unit_test(a_value_may_be_one_that_was_lent),
        cmocka_unit_test(what_was_lent_stays_while_others_are_read),
        cmocka_unit_test(a_fixed_row_is_copied_out),
        cmocka_unit_test(a_full_arena_is_an_answer),
        cmocka_unit_test(a_checkpoint_without_changes_moves_applied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
