/* How much a half takes, when a checkpoint is due, and what space is told. */
#include "store/fixture.h"

static const struct gm_table hot = {.number = 1, .name = "hot"};
static const struct gm_table bulk = {.number = 2, .name = "bulk", .bulk = true};
static const struct gm_table documents = {.number = 63, .name = "documents"};
static const struct gm_table *const tables[] = {&hot, &bulk, &documents, NULL};

enum { DOCUMENT = 61440 }; /* bytes of a large one */

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

/* Fills the active half with rows of a table until it is due; returns how many that took. */
static uint32_t rows_until_due(struct gm_store *store, const struct gm_table *table, size_t size)
{
    static const uint8_t zeros[GM_VALUE_BYTES_MAX];
    uint32_t number = 0;
    while (!gm_store_load(store).due) {
        assert_true(gm_store_has_room(store));
        const struct gm_key key = key_of_u32(number++);
        gm_store_put(store, table, &key, gm_bytes(zeros, size));
    }
    return number;
}

static void a_checkpoint_comes_due_at_each_of_its_three_limits(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    assert_false(gm_store_load(store).due);
    assert_int_equal(rows_until_due(store, &hot, 8), GM_OVERLAY_STATE_ROWS_MAX);
    assert_int_equal(gm_store_load(store).state_rows, GM_OVERLAY_STATE_ROWS_MAX);
    gm_store_close(store);

    store = store_open(&config);
    assert_int_equal(rows_until_due(store, &bulk, 8), GM_OVERLAY_ROWS_MAX);
    assert_int_equal(gm_store_load(store).state_rows, 0);
    gm_store_close(store);

    store = store_open(&config);
    const uint32_t large = rows_until_due(store, &hot, DOCUMENT);
    assert_in_range(large, GM_OVERLAY_BYTES_MAX / (DOCUMENT + 64), GM_OVERLAY_BYTES_MAX / DOCUMENT);
    assert_true(gm_store_load(store).bytes >= GM_OVERLAY_BYTES_MAX);
    gm_store_close(store);
    folder_remove(&folder);
}

static void a_half_that_is_due_still_takes_the_largest_command(void **state)
{
    (void)state;
    static const uint8_t zeros[GM_VALUE_BYTES_MAX];
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    rows_until_due(store, &bulk, 8);
    while (gm_store_has_room(store)) {
        put_text(store, &bulk, GM_OVERLAY_ROWS_MAX, "one beyond");
    }
    for (uint32_t i = 1; i < GM_OVERLAY_COMMAND_ROWS; i++) {
        put_text(store, &bulk, GM_OVERLAY_ROWS_MAX + i, "of the largest");
    }
    assert_false(gm_store_has_room(store));
    struct gm_checkpoint *checkpoint = gm_store_freeze(store, 1);
    assert_non_null(checkpoint);
    assert_true(gm_store_has_room(store)); /* of the other half */
    put_text(store, &bulk, 1, "meanwhile");
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    gm_store_thaw(store, checkpoint);
    assert_true(has_text(store, &bulk, GM_OVERLAY_ROWS_MAX + 1, "of the largest"));
    assert_true(has_text(store, &bulk, 1, "meanwhile"));
    store_checkpoint(store, 2);

    while (gm_store_has_room(store)) { /* the same by bytes */
        const struct gm_key key = key_of_u32(gm_store_load(store).rows);
        gm_store_put(store, &documents, &key, gm_bytes(zeros, sizeof zeros));
    }
    const uint64_t end = gm_store_load(store).bytes + GM_OVERLAY_COMMAND_BYTES;
    while (gm_store_load(store).bytes + sizeof zeros + 64 + 4 < end - sizeof zeros) {
        const struct gm_key key = key_of_u32(gm_store_load(store).rows);
        gm_store_put(store, &documents, &key, gm_bytes(zeros, sizeof zeros));
    }
    store_checkpoint(store, 3);
    char why[256] = "";
    assert_int_equal(store_check(store, why, sizeof why), GM_END);
    gm_store_close(store);
    folder_remove(&folder);
}

static void space_tells_map_file_and_what_is_in_use(void **state)
{
    (void)state;
    static const uint8_t zeros[60 * 1024];
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    struct gm_store_space empty;
    struct gm_store_space full;
    struct gm_store_space emptied;
    gm_store_space(store, &empty);
    assert_true(empty.map_bytes == config.map_bytes);
    assert_true(empty.used_bytes > 0 && empty.used_bytes <= empty.file_bytes);
    assert_true(empty.disk_free_bytes > 0);

    for (uint32_t i = 0; i < 100; i++) {
        const struct gm_key key = key_of_u32(i);
        gm_store_put(store, &documents, &key, gm_bytes(zeros, sizeof zeros));
    }
    store_checkpoint(store, 1);
    gm_store_space(store, &full);
    assert_true(full.used_bytes >= empty.used_bytes + 100 * sizeof zeros);

    for (uint32_t i = 0; i < 100; i++) {
        const struct gm_key key = key_of_u32(i);
        gm_store_delete(store, &documents, &key);
    }
    store_checkpoint(store, 2);
    gm_store_space(store, &emptied);
    assert_true(emptied.used_bytes < full.used_bytes / 4); /* free again, though the file stays */
    assert_true(emptied.file_bytes >= full.file_bytes);
    gm_store_close(store);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_comes_due_at_each_of_its_three_limits),
        cmocka_unit_test(a_half_that_is_due_still_takes_the_largest_command),
        cmocka_unit_test(space_tells_map_file_and_what_is_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
