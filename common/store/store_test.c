#include "store/store.h"

#include "base/hash.h"
#include "store/env.h"
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

/* ---- the model: what rows there are, in three states ---- */

enum { TABLES = 4, KEYS = 48, ROWS = TABLES * KEYS };

struct model_row {
    bool present;
    size_t size;
    uint64_t version; /* the value's bytes follow from it */
};

struct model {
    struct model_row rows[ROWS];
};

static const size_t sizes[] = {0,    1,    8,    255,  256,  257,   1983,  1984,
                               1985, 3968, 3969, 8000, 9000, 60000, 61440, GM_VALUE_BYTES_MAX};

static const struct gm_table *table_of(size_t row)
{
    return tables[row / KEYS];
}

/* Some keys are the beginning of others, some are as long as keys may be. */
static struct gm_key key_of(size_t row)
{
    const size_t number = row % KEYS;
    struct gm_key key;
    gm_key_begin(&key);
    if (number % 6 == 5) {
        for (int i = 0; i < GM_KEY_BYTES_MAX - 4; i++) {
            gm_key_u8(&key, 0xab);
        }
        gm_key_u32(&key, (uint32_t)number);
        return key;
    }
    for (size_t i = 0; i <= number / 3; i++) {
        gm_key_u8(&key, (uint8_t)(number % 3));
    }
    return key;
}

static struct gm_bytes value_of(const struct model_row *row)
{
    static uint8_t bytes[GM_VALUE_BYTES_MAX];
    uint64_t dice = row->version;
    for (size_t i = 0; i < row->size; i += sizeof dice) {
        const uint64_t next = dice_roll(&dice);
        const size_t left = row->size - i;
        memcpy(bytes + i, &next, left < sizeof next ? left : sizeof next);
    }
    return gm_bytes(bytes, row->size);
}

/* As the header words it, computed apart from the store. */
static uint64_t hash_of(const struct model *model)
{
    static uint8_t image[3 + GM_KEY_BYTES_MAX + GM_VALUE_BYTES_MAX];
    uint64_t sum = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (!model->rows[i].present || table_of(i)->unhashed) continue;
        const struct gm_key key = key_of(i);
        const struct gm_bytes value = value_of(&model->rows[i]);
        image[0] = table_of(i)->number;
        gm_put_u16(image + 1, key.size);
        memcpy(image + 3, key.v, key.size);
        memcpy(image + 3 + key.size, value.at, value.size);
        sum += gm_siphash(image, 3 + key.size + value.size);
    }
    return sum;
}

static void assert_row(const struct gm_rows *rows, const struct model *model, size_t i,
                       struct gm_arena *arena)
{
    const struct model_row *row = &model->rows[i];
    const struct gm_key key = key_of(i);
    struct gm_bytes value;
    const enum gm_status status = gm_rows_get(rows, table_of(i), &key, arena, &value);
    if (status != (row->present ? GM_OK : GM_NOT_FOUND)) {
        fail_msg("row %zu of %s: %s", i, table_of(i)->name, gm_status_name(status));
    }
    if (row->present && !gm_bytes_equal(value, value_of(row))) {
        fail_msg("row %zu of %s: another value", i, table_of(i)->name);
    }
    gm_arena_reset(arena);
}

static void assert_rows(const struct gm_rows *rows, const struct model *model,
                        struct gm_arena *arena)
{
    for (size_t i = 0; i < ROWS; i++) {
        assert_row(rows, model, i, arena);
    }
}

/* Rows of "parts" that stand in the file of a store that is closed. */
static size_t stored_parts(const struct folder *folder)
{
    const struct gm_env_config config = {
        .path = folder->path, .map_bytes = UINT64_C(1) << 30, .databases = 8, .readers = 4};
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_OK);
    MDB_txn *txn = NULL;
    MDB_dbi parts;
    MDB_stat stat;
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "parts", 0, &parts), 0);
    assert_int_equal(mdb_stat(txn, parts, &stat), 0);
    mdb_txn_abort(txn);
    gm_env_close(&env);
    return stat.ms_entries;
}

static size_t expected_parts(const struct model *model)
{
    size_t parts = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const struct model_row *row = &model->rows[i];
        if (row->present && row->size > 0) parts += (row->size - 1) / GM_PART_BYTES;
    }
    return parts;
}

/* ---- random commands ---- */

struct walk {
    struct folder folder;
    struct gm_store_config config;
    struct gm_store *store;
    struct gm_arena arena;
    struct gm_checkpoint *checkpoint; /* frozen; NULL where none */
    bool committed;                   /* and already run */
    struct model now;
    struct model frozen;
    struct model durable; /* what a reopening gives */
    uint64_t applied;
    uint64_t durable_applied;
    uint64_t versions;
    uint64_t dice;
};

static void walk_put(struct walk *walk)
{
    const size_t i = dice_below(&walk->dice, ROWS);
    struct model_row *row = &walk->now.rows[i];
    if (!row->present || dice_below(&walk->dice, 8) != 0) { /* else the same value again */
        row->version = ++walk->versions;
        if (!row->present || dice_below(&walk->dice, 2) == 0) {
            row->size = sizes[dice_below(&walk->dice, sizeof sizes / sizeof sizes[0])];
        }
        row->present = true;
    }
    const struct gm_key key = key_of(i);
    gm_store_put(walk->store, table_of(i), &key, value_of(row));
}

static void walk_delete(struct walk *walk)
{
    const size_t i = dice_below(&walk->dice, ROWS);
    const struct gm_key key = key_of(i);
    gm_store_delete(walk->store, table_of(i), &key);
    walk->now.rows[i].present = false;
}

static void walk_checkpoint(struct walk *walk)
{
    if (walk->checkpoint == NULL) {
        walk->checkpoint = gm_store_freeze(walk->store, ++walk->applied);
        assert_non_null(walk->checkpoint);
        assert_true(gm_checkpoint_applied(walk->checkpoint) == walk->applied);
        walk->frozen = walk->now;
        walk->committed = false;
    } else if (!walk->committed) {
        assert_null(gm_store_freeze(walk->store, walk->applied + 1));
        assert_int_equal(gm_checkpoint_run(walk->checkpoint), GM_OK);
        walk->committed = true;
        walk->durable = walk->frozen;
        walk->durable_applied = gm_checkpoint_applied(walk->checkpoint);
    } else {
        gm_store_thaw(walk->store, walk->checkpoint);
        assert_true(gm_store_applied(walk->store) == walk->durable_applied);
        walk->checkpoint = NULL;
    }
}

static void walk_reopen(struct walk *walk)
{
    gm_store_close(walk->store);
    assert_int_equal(stored_parts(&walk->folder), expected_parts(&walk->durable));
    walk->store = store_open(&walk->config);
    walk->checkpoint = NULL;
    walk->now = walk->durable;
    walk->applied = walk->durable_applied;
    assert_true(gm_store_applied(walk->store) == walk->durable_applied);
    char why[256] = "";
    const enum gm_status status = store_check(walk->store, why, sizeof why);
    if (status != GM_END) fail_msg("%s: %s", gm_status_name(status), why);
}

static void the_store_does_what_a_table_in_memory_does(void **state)
{
    (void)state;
    enum { STEPS = 6000 };
    const char *given = getenv("GM_SEED");
    const uint64_t seed = given == NULL ? 5 : strtoull(given, NULL, 10);
    print_message("GM_SEED=%llu\n", (unsigned long long)seed);

    static struct walk walk;
    walk = (struct walk){.folder = folder_make(), .dice = seed};
    walk.config = config_of(&walk.folder);
    walk.store = store_open(&walk.config);
    assert_int_equal(gm_arena_init(&walk.arena, GM_VALUE_BYTES_MAX), GM_OK);
    for (int step = 0; step < STEPS; step++) {
        const uint64_t choice = dice_below(&walk.dice, 1000);
        if (choice < 500) {
            walk_put(&walk);
        } else if (choice < 700) {
            walk_delete(&walk);
        } else if (choice < 940) {
            const size_t i = dice_below(&walk.dice, ROWS);
            assert_row(gm_store_rows(walk.store), &walk.now, i, &walk.arena);
        } else if (choice < 985) {
            walk_checkpoint(&walk);
        } else if (choice < 990) {
            walk_reopen(&walk);
        } else {
            assert_rows(gm_store_rows(walk.store), &walk.now, &walk.arena);
            assert_true(gm_store_hash(walk.store) == hash_of(&walk.now));
        }
    }
    gm_store_close(walk.store);
    gm_arena_release(&walk.arena);
    folder_remove(&walk.folder);
}

/* ---- single behaviours ---- */

static void put_text(struct gm_store *store, const struct gm_table *table, uint32_t number,
                     const char *text)
{
    const struct gm_key key = key_of_u32(number);
    gm_store_put(store, table, &key, gm_bytes_of_text(text));
}

static bool has_text(struct gm_store *store, const struct gm_table *table, uint32_t number,
                     const char *text)
{
    const struct gm_key key = key_of_u32(number);
    struct gm_bytes value;
    const enum gm_status status = gm_rows_get(gm_store_rows(store), table, &key, NULL, &value);
    if (text == NULL) return status == GM_NOT_FOUND;
    return status == GM_OK && gm_bytes_equal(value, gm_bytes_of_text(text));
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
        {60 * 1024, 30}, {1985, 1},     {1984, 0},
        {3968, 1},       {3969, 2},     {0, 0},
        {60 * 1024, 30}, {SIZE_MAX, 0}, {GM_VALUE_BYTES_MAX, 66},
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

    /* And a piece of the row's own old value. */
    assert_int_equal(gm_rows_get(gm_store_rows(store), &hot, &two, NULL, &lent), GM_OK);
    gm_store_put(store, &hot, &two, gm_bytes(lent.at + 5, lent.size - 5));
    assert_true(has_text(store, &hot, 2, "one to the other"));
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

static void a_snapshot_tells_how_many_rows_its_table_has(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    static const uint8_t large[5 * GM_PART_BYTES];
    for (uint32_t i = 0; i < 3; i++) {
        struct gm_key key;
        gm_key_begin(&key);
        gm_key_u32(&key, i);
        gm_store_put(store, &documents, &key,
                     gm_bytes(large, sizeof large)); /* parts are no rows */
        if (i < 2) gm_store_put(store, &bulk, &key, gm_bytes(NULL, 0));
    }
    store_checkpoint(store, 1);
    struct gm_key first;
    gm_key_begin(&first);
    gm_key_u32(&first, 0);
    gm_store_delete(store, &documents, &first);

    struct gm_snapshot *snapshot = NULL;
    assert_int_equal(gm_snapshot_open(store, &snapshot), GM_OK);
    assert_int_equal(gm_snapshot_count(snapshot, &documents), 3);
    assert_int_equal(gm_snapshot_count(snapshot, &bulk), 2);
    assert_int_equal(gm_snapshot_count(snapshot, &hot), 0);
    gm_snapshot_release(snapshot);
    gm_store_close(store);
    folder_remove(&folder);
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
    const uint32_t large = rows_until_due(store, &hot, 60 * 1024);
    assert_in_range(large, GM_OVERLAY_BYTES_MAX / (61 * 1024), GM_OVERLAY_BYTES_MAX / (60 * 1024));
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
        cmocka_unit_test(the_store_does_what_a_table_in_memory_does),
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
        cmocka_unit_test(a_snapshot_tells_how_many_rows_its_table_has),
        cmocka_unit_test(a_checkpoint_comes_due_at_each_of_its_three_limits),
        cmocka_unit_test(a_half_that_is_due_still_takes_the_largest_command),
        cmocka_unit_test(space_tells_map_file_and_what_is_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
