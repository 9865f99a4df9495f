#include <stdlib.h>

#include "journal/conformance_world.h"

enum {
    STEPS = 600,
    MODEL_BATCHES_MAX = STEPS + 1,
    MISFITS = 4, /* ways in which a batch is made not to fit */
};

/* What the history has to be: copies of what was acked, or landed unknown. */
struct model {
    struct gm_batch batches[MODEL_BATCHES_MAX];
    size_t count;
    struct gm_journal_tail tail;
    uint64_t forks;
};

static void model_append(struct model *model, const struct gm_batch *batch)
{
    uint8_t *entries = malloc(batch->entries.size);
    assert_non_null(entries);
    memcpy(entries, batch->entries.at, batch->entries.size);
    model->batches[model->count] = *batch;
    model->batches[model->count++].entries.at = entries;
    model->tail.seq = gm_batch_last_seq(batch);
    model->tail.hash = batch->hash;
    model->tail.fold_version = batch->fold_version;
}

/* Forgets all but the first count batches. */
static void model_cut(struct model *model, size_t count)
{
    while (model->count > count) {
        free((void *)model->batches[--model->count].entries.at);
    }
}

/* The index of the batch that holds seq, or count. */
static size_t model_find(const struct model *model, uint64_t seq)
{
    size_t i = 0;
    while (i < model->count && seq > gm_batch_last_seq(&model->batches[i])) {
        i++;
    }
    return seq == 0 ? model->count : i;
}

static struct gm_batch random_batch(struct world *world, const struct model *model)
{
    struct gm_random *random = &world->random;
    const size_t each =
        gm_random_below(random, 20) == 0 ? 5000 : 140 + gm_random_below(random, 400);
    return sample_batch(random, &model->tail, 1 + (uint32_t)gm_random_below(random, 12), each,
                        world->entries);
}

static void try_append(struct world *world, struct model *model)
{
    struct gm_batch batch = random_batch(world, model);
    const enum gm_append expected = model->tail.epoch == 0 ? GM_APPEND_REJECTED : GM_APPEND_ACKED;
    assert_int_equal(gm_journal_append(world->journal, &batch), expected);
    if (expected == GM_APPEND_ACKED) model_append(model, &batch);
}

static void try_stale(struct world *world, struct model *model)
{
    if (model->tail.epoch == 0) return;
    struct gm_batch batch = random_batch(world, model);
    batch.epoch = gm_random_below(&world->random, model->tail.epoch);
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_FENCED);
}

static void try_misfit(struct world *world, struct model *model)
{
    struct gm_batch batch = random_batch(world, model);
    switch (gm_random_below(&world->random, MISFITS)) {
    case 0:
        batch.first_seq += 1 + gm_random_below(&world->random, 9);
        break;
    case 1:
        batch.first_seq = gm_random_below(&world->random, batch.first_seq);
        break;
    case 2:
        batch.journal_id ^= UINT64_C(1) << gm_random_below(&world->random, 64);
        break;
    default:
        batch.epoch += 1 + gm_random_below(&world->random, 9);
        break;
    }
    assert_int_equal(gm_journal_append(world->journal, &batch), GM_APPEND_REJECTED);
}

static void try_fence(struct world *world, struct model *model)
{
    assert_true(world_fence(world) == ++model->tail.epoch);
}

static void try_reopen(struct world *world, struct model *model)
{
    (void)model;
    world_reopen(world);
}

static void try_probe(struct world *world, struct model *model)
{
    uint64_t first_seq = 0;
    const struct gm_id unknown = sample_id(&world->random);
    assert_int_equal(gm_journal_probe(world->journal, unknown, &first_seq), GM_NOT_FOUND);
    if (model->count == 0) return;
    const struct gm_batch *batch = &model->batches[gm_random_below(&world->random, model->count)];
    assert_int_equal(gm_journal_probe(world->journal, batch->batch_id, &first_seq), GM_OK);
    assert_true(first_seq == batch->first_seq);
}

static void try_read(struct world *world, struct model *model)
{
    const uint64_t seq = gm_random_below(&world->random, model->tail.seq + 3);
    const size_t held = model_find(model, seq);
    struct gm_batch batch;
    const enum gm_status status = gm_journal_read(world->journal, seq, world->buffer, &batch);
    assert_int_equal(status, held < model->count ? GM_OK : GM_NOT_FOUND);
    if (status == GM_OK) assert_batch_equal(&batch, &model->batches[held]);
}

static void try_follow(struct world *world, struct model *model)
{
    struct gm_random *random = &world->random;
    const uint64_t seq = gm_random_below(random, model->tail.seq + 3);
    const size_t held = model_find(model, seq);
    struct gm_hash hash = {{0}};
    if (held < model->count) hash = model->batches[held].hash;
    const bool is_wrong = gm_random_below(random, 4) == 0;
    if (is_wrong) hash.v[gm_random_below(random, GM_HASH_BYTES)] ^= 4;

    const size_t next = seq == 0 ? 0 : held + 1;
    enum gm_status expected = next < model->count ? GM_OK : GM_END;
    if (seq != 0 && (held == model->count || is_wrong)) expected = GM_NOT_FOUND;
    struct gm_batch batch;
    const enum gm_status status =
        gm_journal_follow(world->journal, seq, &hash, world->buffer, &batch);
    assert_int_equal(status, expected);
    if (status == GM_OK) assert_batch_equal(&batch, &model->batches[next]);
}

static void try_fault(struct world *world, struct model *model)
{
    static const enum gm_journal_fault faults[] = {
        GM_JOURNAL_FENCE_FIRST,
        GM_JOURNAL_UNKNOWN_LANDED,
        GM_JOURNAL_UNKNOWN_LOST,
        GM_JOURNAL_REJECT,
    };
    const enum gm_journal_fault fault = faults[gm_random_below(&world->random, 4)];
    const struct gm_journal_backend *backend = world->backend;
    if (model->tail.epoch == 0) return; /* the append is rejected before it can fail */
    if (backend->fail_next == NULL || !backend->fail_next(world->place, fault)) return;

    struct gm_batch batch = random_batch(world, model);
    const enum gm_append outcome = gm_journal_append(world->journal, &batch);
    uint64_t first_seq;
    if (fault == GM_JOURNAL_FENCE_FIRST) {
        assert_int_equal(outcome, GM_APPEND_FENCED);
        model->tail.epoch++;
        return;
    }
    if (fault == GM_JOURNAL_REJECT) {
        assert_int_equal(outcome, GM_APPEND_REJECTED);
        return;
    }
    assert_int_equal(outcome, GM_APPEND_UNKNOWN);
    world_reopen(world);
    const enum gm_status status = gm_journal_probe(world->journal, batch.batch_id, &first_seq);
    assert_int_equal(status, fault == GM_JOURNAL_UNKNOWN_LANDED ? GM_OK : GM_NOT_FOUND);
    if (status == GM_OK) model_append(model, &batch);
}

/* Goes on with a fork in place of the history. */
static void try_fork(struct world *world, struct model *model)
{
    const struct gm_journal_backend *backend = world->backend;
    if (backend->fork == NULL || model->count == 0) return;
    const uint64_t through = 1 + gm_random_below(&world->random, model->tail.seq);
    const size_t held = model_find(model, through);
    const uint64_t id = WORLD_FORK_ID + model->forks++;
    void *place = backend->fork(world->place, world->journal, through, id);
    assert_non_null(place);
    gm_journal_close(world->journal);
    backend->remove(world->place);
    world->place = place;
    world->journal = backend->open(place);

    model_cut(model, held + 1);
    const struct gm_batch *last = &model->batches[held];
    model->tail.parent_id = model->tail.journal_id;
    model->tail.parent_through = gm_batch_last_seq(last);
    model->tail.journal_id = id;
    model->tail.seq = gm_batch_last_seq(last);
    model->tail.hash = last->hash;
    model->tail.fold_version = last->fold_version;
}

static void random_histories_agree_with_a_model(void **state)
{
    struct world *world = *state;
    static const struct {
        void (*act)(struct world *, struct model *);
        uint32_t weight; /* in a hundred */
    } rows[] = {
        {try_append, 50}, {try_stale, 5},   {try_misfit, 5}, {try_fence, 4}, {try_reopen, 4},
        {try_probe, 8},   {try_follow, 10}, {try_read, 8},   {try_fault, 5}, {try_fork, 1},
    };
    struct model *model = calloc(1, sizeof *model);
    assert_non_null(model);
    model->tail.journal_id = WORLD_JOURNAL_ID;
    for (int step = 0; step < STEPS; step++) {
        uint64_t drawn = gm_random_below(&world->random, 100);
        size_t row = 0;
        while (drawn >= rows[row].weight) {
            drawn -= rows[row++].weight;
        }
        rows[row].act(world, model);
        const struct gm_journal_tail tail = world_tail(world);
        assert_tail_equal(&tail, &model->tail);
    }
    assert_true(model->count > 0);
    for (size_t i = 0; i < model->count; i++) {
        const struct gm_batch batch = world_read(world, model->batches[i].first_seq);
        assert_batch_equal(&batch, &model->batches[i]);
    }
    model_cut(model, 0);
    free(model);
}

int conformance_random_run(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(random_histories_agree_with_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
