#include "journal/lmdb_fixture.h"

#include <stdlib.h>

#include "store/env_faults.h"

struct gm_journal_lmdb_config fixture_config(const struct fixture *fixture)
{
    return (struct gm_journal_lmdb_config){
        .path = fixture->path,
        .map_bytes = FIXTURE_MAP_BYTES,
        .journal_id = FIXTURE_JOURNAL_ID,
        .service = "kiln",
    };
}

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->path = gm_temp_dir_new();
    fixture->entries = malloc(GM_BATCH_BYTES_MAX);
    assert_non_null(fixture->entries);
    fixture->buffer = malloc(GM_BATCH_BYTES_MAX);
    assert_non_null(fixture->buffer);
    gm_random_seed(&fixture->random, 5);
    assert_int_equal(fixture_open(fixture), GM_OK);
    uint64_t epoch;
    assert_int_equal(gm_journal_fence(fixture->journal, &epoch), GM_OK);
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    env_faults_disarm();
    fixture_close(fixture);
    gm_temp_dir_free(fixture->path);
    free(fixture->entries);
    free(fixture->buffer);
    free(fixture);
    return 0;
}

void fixture_close(struct fixture *fixture)
{
    gm_journal_close(fixture->journal);
    fixture->journal = NULL;
}

enum gm_status fixture_open(struct fixture *fixture)
{
    const struct gm_journal_lmdb_config config = fixture_config(fixture);
    fixture->why[0] = '\0';
    return gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &fixture->journal);
}

struct gm_batch fixture_append(struct fixture *fixture, uint32_t count, size_t each)
{
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
    struct gm_batch batch = sample_batch(&fixture->random, &tail, count, each, fixture->entries);
    assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_ACKED);
    return batch;
}

char *fixture_file(struct fixture *fixture, const char *name, char ret_path[GM_PATH_MAX])
{
    assert_int_equal(gm_path_join(fixture->path, name, ret_path), GM_OK);
    return ret_path;
}

struct gm_bytes fixture_batch_key(uint8_t *at, uint8_t seq)
{
    memset(at, 0, 8);
    at[7] = seq;
    return gm_bytes(at, 8);
}

struct gm_bytes fixture_entry_key(uint8_t *at, uint8_t seq, uint8_t part)
{
    fixture_batch_key(at, seq);
    at[8] = 0;
    at[9] = part;
    return gm_bytes(at, 10);
}

struct gm_bytes fixture_stamp_key(void)
{
    return gm_bytes_of_text("journal");
}

/* The environment as any program may open it, in a write transaction. */
static MDB_env *open_raw(struct fixture *fixture, MDB_txn **ret_txn)
{
    MDB_env *env;
    assert_null(fixture->journal);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, GM_JOURNAL_DATABASES), 0);
    assert_int_equal(mdb_env_set_mapsize(env, FIXTURE_MAP_BYTES), 0);
    assert_int_equal(mdb_env_open(env, fixture->path, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, ret_txn), 0);
    return env;
}

void fixture_change_row(struct fixture *fixture, const char *database, struct gm_bytes key,
                        fixture_change *change)
{
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_env *env = open_raw(fixture, &txn);
    assert_int_equal(mdb_dbi_open(txn, database, 0, &dbi), 0);

    MDB_val row_key = {.mv_size = key.size, .mv_data = (void *)key.at};
    MDB_val found;
    uint8_t value[4096];
    size_t size = 0;
    const int result = mdb_get(txn, dbi, &row_key, &found);
    if (result == 0) {
        size = found.mv_size;
        memcpy(value, found.mv_data, size);
    } else {
        assert_int_equal(result, MDB_NOTFOUND);
    }
    change(value, &size);
    MDB_val changed = {.mv_size = size, .mv_data = value};
    if (size > 0) {
        assert_int_equal(mdb_put(txn, dbi, &row_key, &changed, 0), 0);
    } else {
        assert_int_equal(mdb_del(txn, dbi, &row_key, NULL), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

void fixture_put_batch(struct fixture *fixture, const struct gm_batch *batch)
{
    MDB_txn *txn;
    struct gm_journal_rows rows;
    MDB_env *env = open_raw(fixture, &txn);
    assert_int_equal(gm_journal_rows_open(txn, &rows), GM_OK);
    assert_int_equal(gm_journal_rows_put(&rows, txn, batch), GM_OK);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}
