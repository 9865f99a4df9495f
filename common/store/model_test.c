/* The store against a table in memory, over random commands, checkpoints and reopenings. */
#include "base/hash.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_store_does_what_a_table_in_memory_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
