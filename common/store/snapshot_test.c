#include "store/fixture.h"

static const struct gm_table before = {.number = 1, .name = "before"};
static const struct gm_table lots = {.number = 2, .name = "lots"};
static const struct gm_table after = {.number = 3, .name = "after"};
static const struct gm_table *const tables[] = {&before, &lots, &after, NULL};

static struct gm_store_config config_of(const struct folder *folder)
{
    return (struct gm_store_config){
        .path = folder->path,
        .map_bytes = UINT64_C(1) << 28,
        .tables = tables,
        .service = "test",
        .journal_id = 42,
        .small = true,
    };
}

/* A folder with an open store in it, for each test. */
struct world {
    struct folder folder;
    struct gm_store *store;
};

static int set_up(void **state)
{
    struct world *world = malloc(sizeof *world);
    assert_non_null(world);
    world->folder = folder_make();
    const struct gm_store_config config = config_of(&world->folder);
    world->store = store_open(&config);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    gm_store_close(world->store);
    folder_remove(&world->folder);
    free(world);
    return 0;
}

static struct gm_snapshot *snapshot_of(struct gm_store *store)
{
    struct gm_snapshot *snapshot = NULL;
    assert_int_equal(gm_snapshot_open(store, &snapshot), GM_OK);
    return snapshot;
}

static void assert_text(const struct gm_snapshot *snapshot, uint32_t number, const char *text)
{
    const struct gm_key key = key_of_u32(number);
    struct gm_bytes value;
    const enum gm_status status =
        gm_rows_get(gm_snapshot_rows(snapshot), &lots, &key, NULL, &value);
    assert_int_equal(status, text == NULL ? GM_NOT_FOUND : GM_OK);
    if (text != NULL) assert_true(gm_bytes_equal(value, gm_bytes_of_text(text)));
}

static void a_snapshot_sees_the_last_checkpoint_only(void **state)
{
    struct gm_store *store = ((struct world *)*state)->store;
    put_text(store, &lots, 1, "checkpointed");
    struct gm_checkpoint *checkpoint = gm_store_freeze(store, 7);
    const uint64_t hash = gm_store_hash(store);
    put_text(store, &lots, 1, "later");
    put_text(store, &lots, 2, "later");

    struct gm_snapshot *snapshot = snapshot_of(store);
    assert_true(gm_snapshot_applied(snapshot) == 0);
    assert_true(gm_snapshot_hash(snapshot) == 0);
    assert_text(snapshot, 1, NULL);
    gm_snapshot_release(snapshot);

    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    snapshot = snapshot_of(store); /* at once, before the thaw */
    assert_true(gm_snapshot_applied(snapshot) == 7);
    assert_true(gm_snapshot_hash(snapshot) == hash);
    assert_text(snapshot, 1, "checkpointed");
    assert_text(snapshot, 2, NULL);
    gm_snapshot_release(snapshot);
    gm_store_thaw(store, checkpoint);
}

static void a_snapshot_stays_as_it_is_while_checkpoints_go_on(void **state)
{
    struct gm_store *store = ((struct world *)*state)->store;
    put_text(store, &lots, 1, "first");
    put_text(store, &lots, 2, "deleted later");
    store_checkpoint(store, 1);
    struct gm_snapshot *first = snapshot_of(store);

    char text[32];
    const struct gm_key two = key_of_u32(2);
    gm_store_delete(store, &lots, &two);
    for (uint32_t i = 2; i < 30; i++) {
        snprintf(text, sizeof text, "%u", i);
        put_text(store, &lots, 1, text);
        put_text(store, &lots, 100 + i, text);
        store_checkpoint(store, i);
    }
    struct gm_snapshot *last = snapshot_of(store);
    assert_text(first, 1, "first");
    assert_text(first, 2, "deleted later");
    assert_text(first, 102, NULL);
    assert_true(gm_snapshot_applied(first) == 1);
    assert_text(last, 1, "29");
    assert_text(last, 2, NULL);
    assert_text(last, 129, "29");
    gm_snapshot_release(last);
    gm_snapshot_release(first);
}

static void when_all_readers_are_taken_the_next_is_told_busy(void **state)
{
    struct gm_store *store = ((struct world *)*state)->store;
    put_text(store, &lots, 1, "row");
    store_checkpoint(store, 1);
    struct gm_snapshot *taken[GM_READERS_MAX];
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < GM_READERS_MAX; i++) {
            taken[i] = snapshot_of(store);
            assert_text(taken[i], 1, "row");
        }
        struct gm_snapshot *none = NULL;
        assert_int_equal(gm_snapshot_open(store, &none), GM_BUSY);
        assert_null(none);

        gm_snapshot_release(taken[5]);
        taken[5] = snapshot_of(store);
        store_checkpoint(store, 2 + (uint64_t)round); /* the store itself is not kept from work */
        for (size_t i = 0; i < GM_READERS_MAX; i++) {
            gm_snapshot_release(taken[i]);
        }
    }
    gm_snapshot_release(NULL);
}

/* Reads the table from `from` on and expects these keys. */
static void expect_keys(struct gm_snapshot *snapshot, const struct gm_table *table,
                        const struct gm_key *from, const uint32_t *numbers, size_t count)
{
    struct gm_cursor cursor;
    gm_cursor_init(&cursor, snapshot, table, from);
    struct gm_bytes key;
    struct gm_bytes value;
    for (size_t i = 0; i < count; i++) {
        const struct gm_key expected = key_of_u32(numbers[i]);
        assert_int_equal(gm_cursor_next(&cursor, NULL, &key, &value), GM_OK);
        assert_true(gm_bytes_equal(key, gm_key_bytes(&expected)));
    }
    for (int i = 0; i < 2; i++) { /* and is at its end for good */
        assert_int_equal(gm_cursor_next(&cursor, NULL, &key, &value), GM_END);
    }
    gm_cursor_release(&cursor);
}

static void a_cursor_keeps_to_its_table_and_begins_where_it_is_told(void **state)
{
    struct gm_store *store = ((struct world *)*state)->store;
    put_text(store, &before, 900, "of the table before");
    put_text(store, &after, 1, "of the table after");
    put_text(store, &lots, 20, "b");
    put_text(store, &lots, 10, "a");
    put_text(store, &lots, 30, "c");
    store_checkpoint(store, 1);
    struct gm_snapshot *snapshot = snapshot_of(store);

    static const uint32_t all[] = {10, 20, 30};
    static const struct {
        uint32_t from;
        size_t skipped;
    } rows[] = {{0, 0}, {10, 0}, {11, 1}, {20, 1}, {30, 2}, {31, 3}, {UINT32_MAX, 3}};
    expect_keys(snapshot, &lots, NULL, all, 3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct gm_key from = key_of_u32(rows[i].from);
        expect_keys(snapshot, &lots, &from, all + rows[i].skipped, 3 - rows[i].skipped);
    }
    gm_snapshot_release(snapshot);
}

static void a_cursor_over_an_empty_table_is_at_its_end(void **state)
{
    struct gm_store *store = ((struct world *)*state)->store;
    put_text(store, &before, 1, "row");
    put_text(store, &after, 1, "row");
    store_checkpoint(store, 1);
    struct gm_snapshot *snapshot = snapshot_of(store);
    expect_keys(snapshot, &lots, NULL, NULL, 0);
    const struct gm_key from = key_of_u32(1);
    expect_keys(snapshot, &lots, &from, NULL, 0);
    gm_snapshot_release(snapshot);
}

static void a_prefix_is_read_with_the_key_that_comes_after_it(void **state)
{
    struct gm_store *store = ((struct world *)*state)->store;
    for (uint32_t kind = 1; kind <= 3; kind++) {
        for (uint32_t number = 0; number < 200; number++) {
            put_text(store, &lots, kind << 16 | number, "row");
        }
    }
    store_checkpoint(store, 1);
    struct gm_snapshot *snapshot = snapshot_of(store);
    struct gm_key from;
    gm_key_begin(&from);
    gm_key_u16(&from, 2);
    struct gm_key to = from;
    assert_true(gm_key_after_prefix(&to));

    struct gm_cursor cursor;
    gm_cursor_init(&cursor, snapshot, &lots, &from);
    struct gm_bytes key;
    struct gm_bytes value;
    uint32_t read = 0;
    while (gm_cursor_next(&cursor, NULL, &key, &value) == GM_OK &&
           gm_bytes_compare(key, gm_key_bytes(&to)) < 0) {
        const struct gm_key expected = key_of_u32(2 << 16 | read++);
        assert_true(gm_bytes_equal(key, gm_key_bytes(&expected)));
    }
    assert_int_equal(read, 200);
    gm_cursor_release(&cursor);
    gm_snapshot_release(snapshot);
}

static void a_cursor_puts_parts_together_and_waits_for_room(void **state)
{
    struct gm_store *store = ((struct world *)*state)->store;
    static uint8_t bytes[60 * 1024];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7 >> 3);
    }
    for (uint32_t number = 1; number <= 3; number++) {
        const struct gm_key key = key_of_u32(number);
        gm_store_put(store, &lots, &key, gm_bytes(bytes, sizeof bytes - number));
    }
    store_checkpoint(store, 1);
    struct gm_snapshot *snapshot = snapshot_of(store);
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, sizeof bytes + 1000), GM_OK); /* one, not two */

    struct gm_cursor cursor;
    gm_cursor_init(&cursor, snapshot, &lots, NULL);
    struct gm_bytes key;
    struct gm_bytes value;
    for (uint32_t number = 1; number <= 3; number++) {
        if (number > 1) {
            assert_int_equal(gm_cursor_next(&cursor, &arena, &key, &value), GM_TOO_LARGE);
            gm_arena_reset(&arena);
        }
        const struct gm_key expected = key_of_u32(number);
        assert_int_equal(gm_cursor_next(&cursor, &arena, &key, &value), GM_OK);
        assert_true(gm_bytes_equal(key, gm_key_bytes(&expected)));
        assert_true(gm_bytes_equal(value, gm_bytes(bytes, sizeof bytes - number)));
    }
    assert_int_equal(gm_cursor_next(&cursor, &arena, &key, &value), GM_END);
    gm_cursor_release(&cursor);
    gm_arena_release(&arena);
    gm_snapshot_release(snapshot);
}

static void a_snapshot_tells_how_many_rows_its_table_has(void **state)
{
    struct gm_store *store = ((struct world *)*state)->store;
    static const uint8_t large[5 * GM_PART_BYTES];
    for (uint32_t number = 0; number < 3; number++) {
        const struct gm_key key = key_of_u32(number);
        gm_store_put(store, &lots, &key, gm_bytes(large, sizeof large)); /* parts are no rows */
        if (number < 2) gm_store_put(store, &after, &key, gm_bytes(NULL, 0));
    }
    store_checkpoint(store, 1);
    const struct gm_key first = key_of_u32(0);
    gm_store_delete(store, &lots, &first); /* of the state after it */

    struct gm_snapshot *snapshot = snapshot_of(store);
    assert_int_equal(gm_snapshot_count(snapshot, &lots), 3);
    assert_int_equal(gm_snapshot_count(snapshot, &after), 2);
    assert_int_equal(gm_snapshot_count(snapshot, &before), 0);
    gm_snapshot_release(snapshot);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_snapshot_sees_the_last_checkpoint_only),
        TEST(a_snapshot_stays_as_it_is_while_checkpoints_go_on),
        TEST(a_snapshot_tells_how_many_rows_its_table_has),
        TEST(when_all_readers_are_taken_the_next_is_told_busy),
        TEST(a_cursor_keeps_to_its_table_and_begins_where_it_is_told),
        TEST(a_cursor_over_an_empty_table_is_at_its_end),
        TEST(a_prefix_is_read_with_the_key_that_comes_after_it),
        TEST(a_cursor_puts_parts_together_and_waits_for_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
