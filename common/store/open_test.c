/* What a store is opened on: stamps, newer data, other owners. */
#include <dirent.h>
#include <sys/wait.h>

#include "store/env.h"
#include "store/fixture.h"
#include "store/stored.h"

static const struct gm_table hot = {.number = 1, .name = "hot"};
static const struct gm_table added = {.number = 2, .name = "added"};
static const struct gm_table *const tables[] = {&hot, NULL};
static const struct gm_table *const more_tables[] = {&hot, &added, NULL};

static struct gm_store_config config_of(const struct folder *folder)
{
    return (struct gm_store_config){
        .path = folder->path,
        .map_bytes = UINT64_C(1) << 26,
        .tables = tables,
        .service = "catalog",
        .journal_id = 42,
        .schema = 5,
        .small = true,
    };
}

/* Opens, expects that, and a sentence that has this in it. */
static void expect_refusal(const struct gm_store_config *config, enum gm_status expected,
                           const char *says)
{
    char why[256] = "";
    struct gm_store *store = NULL;
    const enum gm_status status = gm_store_open(config, why, sizeof why, &store);
    if (status != expected || strstr(why, says) == NULL) {
        fail_msg("%s: \"%s\" where \"%s\" was expected", gm_status_name(status), why, says);
    }
    assert_null(store);
}

static void a_new_store_takes_the_configs_stamps_and_keeps_them(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    struct gm_store_config config = config_of(&folder);
    for (int i = 0; i < 2; i++) {
        struct gm_store *store = store_open(&config);
        assert_true(gm_store_journal_id(store) == 42);
        assert_int_equal(gm_store_schema(store), 5);
        assert_true(gm_store_applied(store) == 0);
        assert_true(gm_store_hash(store) == 0);
        gm_store_close(store);
        config.journal_id = 0; /* whatever stands there */
    }
    folder_remove(&folder);
}

static void without_a_journal_id_nothing_is_made(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    struct gm_store_config config = config_of(&folder);
    config.journal_id = 0;
    expect_refusal(&config, GM_NOT_FOUND, folder.path);
    char file[PATH_MAX + 16];
    snprintf(file, sizeof file, "%s/data.mdb", folder.path);
    assert_int_not_equal(access(file, F_OK), 0);
    folder_remove(&folder);
}

static void tables_of_another_owner_are_refused(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    gm_store_close(store_open(&config));

    struct gm_store_config other = config;
    other.service = "order";
    expect_refusal(&other, GM_REFUSED, "belong to catalog, not to order");
    other = config;
    other.journal_id = 43;
    expect_refusal(&other, GM_REFUSED, "journal 000000000000002a, not to 000000000000002b");

    gm_store_close(store_open(&config)); /* a refusal leaves nothing behind */
    folder_remove(&folder);
}

static void what_is_no_store_is_refused(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_env_config env_config = {.path = folder.path,
                                             .make = true,
                                             .map_bytes = UINT64_C(1) << 26,
                                             .databases = 2,
                                             .readers = 2};
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&env_config, why, sizeof why, &env), GM_OK);
    MDB_txn *txn = NULL;
    MDB_dbi dbi;
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "entries", MDB_CREATE, &dbi), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    gm_env_close(&env);

    const struct gm_store_config config = config_of(&folder);
    expect_refusal(&config, GM_REFUSED, folder.path);
    folder_remove(&folder);
}

static void a_newer_schema_is_refused_and_an_older_one_is_told(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    struct gm_store_config config = config_of(&folder);
    gm_store_close(store_open(&config));

    config.schema = 4;
    expect_refusal(&config, GM_NEWER, "schema 5, newer than 4");

    config.schema = 6;
    struct gm_store *store = store_open(&config);
    assert_int_equal(gm_store_schema(store), 5); /* until a checkpoint has stamped ours */
    store_checkpoint(store, 0);
    assert_int_equal(gm_store_schema(store), 6);
    gm_store_close(store);
    config.schema = 5;
    expect_refusal(&config, GM_NEWER, "schema 6, newer than 5");
    folder_remove(&folder);
}

/* Puts bytes in the place of the stamps, sealed or not. */
static void write_stamps(const struct folder *folder, uint8_t *row, size_t size, bool sealed)
{
    const struct gm_env_config env_config = {
        .path = folder->path, .map_bytes = UINT64_C(1) << 26, .databases = 4, .readers = 2};
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&env_config, why, sizeof why, &env), GM_OK);
    MDB_txn *txn = NULL;
    MDB_dbi meta;
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    struct gm_part_key place;
    gm_part_key_begin(&place, 0, gm_bytes_of_text("stamps"));
    uint8_t stored[GM_STORED_BYTES_MAX];
    size = gm_stored_seal(stored, gm_part_key_bytes(&place, 0), gm_bytes(row, size), 0);
    if (!sealed) stored[0] ^= 0x40;
    MDB_val key = {.mv_size = 6, .mv_data = (char[]){"stamps"}};
    MDB_val value = {.mv_size = size, .mv_data = stored};
    assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    gm_env_close(&env);
}

static void a_newer_format_is_refused(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    gm_store_close(store_open(&config));
    uint8_t row[100] = {GM_STORE_FORMAT + 1}; /* of another size too, as a later one may be */
    write_stamps(&folder, row, sizeof row, true);
    expect_refusal(&config, GM_NEWER, "format newer than 1");
    folder_remove(&folder);
}

static void damaged_stamps_are_corrupt_and_not_newer(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    gm_store_close(store_open(&config));
    uint8_t row[GM_STAMPS_BYTES] = {GM_STORE_FORMAT};
    write_stamps(&folder, row, sizeof row, false);
    expect_refusal(&config, GM_CORRUPT, "damaged");
    folder_remove(&folder);
}

static void a_second_open_is_refused_here_and_in_another_process(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    expect_refusal(&config, GM_BUSY, "is open already");

    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char why[256] = "";
        struct gm_store *second = NULL;
        _exit(gm_store_open(&config, why, sizeof why, &second) == GM_BUSY ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    store_checkpoint(store, 3); /* and the first is none the worse */
    gm_store_close(store);
    folder_remove(&folder);
}

static void a_table_may_be_added_later(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    const struct gm_key key = key_of_u32(1);
    gm_store_put(store, &hot, &key, gm_bytes_of_text("kept"));
    store_checkpoint(store, 1);
    gm_store_close(store);

    config.tables = more_tables;
    store = store_open(&config);
    struct gm_bytes value;
    assert_int_equal(gm_rows_get(gm_store_rows(store), &added, &key, NULL, &value), GM_NOT_FOUND);
    gm_store_put(store, &added, &key, gm_bytes_of_text("new"));
    store_checkpoint(store, 2);
    gm_store_close(store);
    store = store_open(&config);
    assert_int_equal(gm_rows_get(gm_store_rows(store), &hot, &key, NULL, &value), GM_OK);
    assert_int_equal(gm_rows_get(gm_store_rows(store), &added, &key, NULL, &value), GM_OK);
    gm_store_close(store);
    folder_remove(&folder);
}

static void closing_accepts_null(void **state)
{
    (void)state;
    gm_store_close(NULL);
}

static size_t count_of(const char *folder)
{
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    size_t count = 0;
    while (readdir(entries) != NULL) {
        count++;
    }
    closedir(entries);
    return count;
}

static void closing_gives_back_descriptors_and_maps(void **state)
{
    (void)state;
    enum { STORES = 300 };
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    gm_store_close(store_open(&config));
    const size_t descriptors = count_of("/proc/self/fd");
    const size_t maps = count_of("/proc/self/map_files");
    for (int i = 0; i < STORES; i++) {
        struct gm_store *store = store_open(&config);
        store_checkpoint(store, (uint64_t)i);
        gm_store_close(store);
    }
    assert_int_equal(count_of("/proc/self/fd"), descriptors);
    assert_int_equal(count_of("/proc/self/map_files"), maps);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_store_takes_the_configs_stamps_and_keeps_them),
        cmocka_unit_test(without_a_journal_id_nothing_is_made),
        cmocka_unit_test(tables_of_another_owner_are_refused),
        cmocka_unit_test(what_is_no_store_is_refused),
        cmocka_unit_test(a_newer_schema_is_refused_and_an_older_one_is_told),
        cmocka_unit_test(a_newer_format_is_refused),
        cmocka_unit_test(damaged_stamps_are_corrupt_and_not_newer),
        cmocka_unit_test(a_second_open_is_refused_here_and_in_another_process),
        cmocka_unit_test(a_table_may_be_added_later),
        cmocka_unit_test(closing_accepts_null),
        cmocka_unit_test(closing_gives_back_descriptors_and_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
