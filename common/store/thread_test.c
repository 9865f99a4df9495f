/* The owner reads and writes while another thread runs checkpoints and tends, and others read
 * snapshots: what the thread sanitizer is to judge, and what the threads must see. */
#include <pthread.h>
#include <stdatomic.h>

#include "store/fixture.h"

static const struct gm_table stock = {.number = 1, .name = "stock"};
static const struct gm_table moves = {.number = 2, .name = "moves", .bulk = true};
static const struct gm_table *const tables[] = {&stock, &moves, NULL};

enum { LOTS = 3000, CHECKPOINTS = 60, COMMANDS = 2500, READERS = 2, UNITS = 1000 };

/* One job at a time goes to the checkpoint thread and comes back. */
struct desk {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct gm_checkpoint *job;  /* to be run */
    struct gm_checkpoint *done; /* to be thawed */
    bool over;
};

struct world {
    struct gm_store *store;
    struct desk desk;
    atomic_bool over; /* for the readers */
    atomic_uint snapshots_read;
};

static void *run_checkpoints(void *context)
{
    struct world *world = context;
    struct desk *desk = &world->desk;
    pthread_mutex_lock(&desk->lock);
    while (!desk->over) {
        struct gm_checkpoint *job = desk->job;
        desk->job = NULL;
        pthread_mutex_unlock(&desk->lock);
        const bool failed = job != NULL && gm_checkpoint_run(job) != GM_OK;
        const bool tended = gm_store_tend(world->store, 0);
        pthread_mutex_lock(&desk->lock);
        if (failed) abort();
        if (job != NULL) {
            desk->done = job;
            pthread_cond_broadcast(&desk->changed);
        } else if (!tended && !desk->over && desk->job == NULL) {
            pthread_cond_wait(&desk->changed, &desk->lock);
        }
    }
    pthread_mutex_unlock(&desk->lock);
    return NULL;
}

/* Every command moves units between two lots and writes a row of its own: whatever checkpoint a
 * snapshot is of, the units sum up and there are as many moves as it says. */
static void read_snapshot(struct gm_snapshot *snapshot)
{
    struct gm_cursor cursor;
    struct gm_bytes key;
    struct gm_bytes value;
    uint64_t units = 0;
    uint64_t rows = 0;
    gm_cursor_init(&cursor, snapshot, &stock, NULL);
    while (gm_cursor_next(&cursor, NULL, &key, &value) == GM_OK) {
        units += gm_get_u64(value.at);
    }
    gm_cursor_release(&cursor);
    gm_cursor_init(&cursor, snapshot, &moves, NULL);
    while (gm_cursor_next(&cursor, NULL, &key, &value) == GM_OK) {
        rows++;
    }
    gm_cursor_release(&cursor);
    const uint64_t applied = gm_snapshot_applied(snapshot);
    if (units != (applied == 0 ? 0 : (uint64_t)LOTS * UNITS) || rows != applied) abort();
}

static void *read_snapshots(void *context)
{
    struct world *world = context;
    do {
        struct gm_snapshot *snapshot = NULL;
        if (gm_snapshot_open(world->store, &snapshot) != GM_OK) abort();
        read_snapshot(snapshot);
        gm_snapshot_release(snapshot);
        atomic_fetch_add(&world->snapshots_read, 1);
    } while (!atomic_load(&world->over));
    return NULL;
}

static void put_units(struct gm_store *store, uint32_t lot, uint64_t units)
{
    const struct gm_key key = key_of_u32(lot);
    gm_store_put(store, &stock, &key, gm_bytes(&units, sizeof units));
}

/* Moves units between two lots, as the model says, and reads both back. */
static void command(struct gm_store *store, uint64_t *model, uint64_t seq, uint64_t *dice)
{
    uint32_t lots[2];
    lots[0] = (uint32_t)dice_below(dice, LOTS);
    lots[1] = (uint32_t)dice_below(dice, LOTS);
    for (int i = 0; i < 2; i++) {
        const struct gm_key key = key_of_u32(lots[i]);
        gm_rows_prefetch(gm_store_rows(store), &stock, &key);
        uint64_t units = 0;
        assert_int_equal(
            gm_rows_get_fixed(gm_store_rows(store), &stock, &key, &units, sizeof units), GM_OK);
        assert_true(units == model[lots[i]]);
    }
    const uint64_t moved = model[lots[0]] / 2;
    model[lots[0]] -= moved;
    model[lots[1]] += moved;
    put_units(store, lots[0], model[lots[0]]);
    put_units(store, lots[1], model[lots[1]]);

    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u64(&key, seq);
    gm_store_put(store, &moves, &key, gm_bytes_of_text("a row that never changes again"));
}

static void hand_over(struct desk *desk, struct gm_checkpoint *checkpoint)
{
    pthread_mutex_lock(&desk->lock);
    desk->job = checkpoint;
    pthread_cond_broadcast(&desk->changed);
    pthread_mutex_unlock(&desk->lock);
}

static struct gm_checkpoint *take_back(struct desk *desk, bool wait)
{
    pthread_mutex_lock(&desk->lock);
    while (wait && desk->done == NULL) {
        pthread_cond_wait(&desk->changed, &desk->lock);
    }
    struct gm_checkpoint *done = desk->done;
    desk->done = NULL;
    pthread_mutex_unlock(&desk->lock);
    return done;
}

static void own(struct world *world, uint64_t *model)
{
    struct gm_store *store = world->store;
    uint64_t dice = 6;
    uint64_t seq = 0;
    for (uint32_t lot = 0; lot < LOTS; lot++) {
        model[lot] = UNITS;
        put_units(store, lot, UNITS);
    }
    for (int checkpoints = 0; checkpoints < CHECKPOINTS; checkpoints++) {
        for (int i = 0; i < COMMANDS; i++) {
            command(store, model, ++seq, &dice);
        }
        hand_over(&world->desk, gm_store_freeze(store, seq));
        struct gm_checkpoint *done = NULL;
        for (int i = 0; i < COMMANDS && done == NULL; i++) { /* meanwhile it goes on */
            command(store, model, ++seq, &dice);
            done = take_back(&world->desk, false);
        }
        if (done == NULL) done = take_back(&world->desk, true);
        gm_store_thaw(store, done);
    }
}

static void the_owner_goes_on_while_checkpoints_run_and_snapshots_are_read(void **state)
{
    (void)state;
    static uint64_t model[LOTS];
    const struct folder folder = folder_make();
    const struct gm_store_config config = {
        .path = folder.path,
        .map_bytes = UINT64_C(1) << 30,
        .tables = tables,
        .service = "test",
        .journal_id = 42,
    };
    struct world world = {.store = store_open(&config)};
    pthread_mutex_init(&world.desk.lock, NULL);
    pthread_cond_init(&world.desk.changed, NULL);
    pthread_t writer;
    pthread_t readers[READERS];
    assert_int_equal(pthread_create(&writer, NULL, run_checkpoints, &world), 0);
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&readers[i], NULL, read_snapshots, &world), 0);
    }

    own(&world, model);

    atomic_store(&world.over, true);
    pthread_mutex_lock(&world.desk.lock);
    world.desk.over = true;
    pthread_cond_broadcast(&world.desk.changed);
    pthread_mutex_unlock(&world.desk.lock);
    assert_int_equal(pthread_join(writer, NULL), 0);
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    }
    assert_true(atomic_load(&world.snapshots_read) >= READERS);
    char why[256] = "";
    const enum gm_status status = store_check(world.store, why, sizeof why);
    if (status != GM_END) fail_msg("%s: %s", gm_status_name(status), why);
    gm_store_close(world.store);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_owner_goes_on_while_checkpoints_run_and_snapshots_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
