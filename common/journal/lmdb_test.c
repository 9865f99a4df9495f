#include "journal/lmdb.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "journal/lmdb_fixture.h"
#include "journal/lmdb_journal.h"

static void readers_beyond_the_fixed_number_are_busy_and_the_writer_is_not(void **state)
{
    struct fixture *fixture = *state;
    struct lmdb_journal *lmdb = (struct lmdb_journal *)fixture->journal;
    MDB_txn *held[GM_JOURNAL_READERS];
    const struct gm_batch batch = fixture_append(fixture, 1, 200);
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
    struct gm_batch next = sample_batch(&fixture->random, &tail, 1, 200, fixture->entries);
    for (size_t i = 0; i < GM_JOURNAL_READERS; i++) {
        assert_int_equal(gm_journal_lmdb_begin(lmdb, MDB_RDONLY, &held[i]), GM_OK);
    }
    struct gm_batch read;
    uint64_t first_seq;
    assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_BUSY);
    assert_int_equal(gm_journal_read(fixture->journal, 1, fixture->buffer, &read), GM_BUSY);
    assert_int_equal(gm_journal_follow(fixture->journal, 1, &batch.hash, fixture->buffer, &read),
                     GM_BUSY);
    assert_int_equal(gm_journal_probe(fixture->journal, batch.batch_id, &first_seq), GM_BUSY);
    assert_int_equal(gm_journal_append(fixture->journal, &next), GM_APPEND_ACKED);
    for (size_t i = 0; i < GM_JOURNAL_READERS; i++) {
        mdb_txn_abort(held[i]);
    }
    assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
}

static void a_second_open_is_refused_while_the_first_lasts(void **state)
{
    struct fixture *fixture = *state;
    struct gm_journal *first = fixture->journal;
    struct gm_journal *second = NULL;
    const struct gm_journal_lmdb_config config = fixture_config(fixture);
    assert_int_equal(gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &second),
                     GM_BUSY);
    assert_null(second);
    assert_non_null(strstr(fixture->why, fixture->path));
    fixture_append(fixture, 1, 200); /* the first is none the worse for it */
    assert_ptr_equal(fixture->journal, first);
    fixture_close(fixture);
    assert_int_equal(fixture_open(fixture), GM_OK);
}

static void the_journal_of_another_service_is_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture_close(fixture);
    struct gm_journal_lmdb_config config = fixture_config(fixture);
    struct gm_journal *journal = NULL;
    config.service = "kilns";
    assert_int_equal(gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &journal),
                     GM_REFUSED);
    assert_null(journal);
    assert_non_null(strstr(fixture->why, "of kiln, not of kilns"));
    assert_int_equal(fixture_open(fixture), GM_OK);
}

static void an_existing_journal_keeps_its_id(void **state)
{
    struct fixture *fixture = *state;
    fixture_close(fixture);
    struct gm_journal_lmdb_config config = fixture_config(fixture);
    struct gm_journal_tail tail;
    for (uint64_t id = 0; id < 3; id++) {
        config.journal_id = id;
        assert_int_equal(
            gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &fixture->journal),
            GM_OK);
        assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
        assert_true(tail.journal_id == FIXTURE_JOURNAL_ID);
        fixture_close(fixture);
    }
}

static void without_an_id_nothing_is_made(void **state)
{
    struct fixture *fixture = *state;
    char path[GM_PATH_MAX];
    assert_int_equal(gm_path_join(fixture->path, "other", path), GM_OK);
    const struct gm_journal_lmdb_config config = {.path = path, .service = "kiln"};
    struct gm_journal *journal = NULL;
    assert_int_equal(gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &journal),
                     GM_NOT_FOUND);
    assert_null(journal);
    assert_int_not_equal(access(path, F_OK), 0);
}

static struct gm_bytes drawn_row; /* what look saw, in drawn_bytes */
static uint8_t drawn_bytes[4096];

static void look(uint8_t *value, size_t *size)
{
    assert_true(*size > 0);
    memcpy(drawn_bytes, value, *size);
    drawn_row = gm_bytes(drawn_bytes, *size);
}

static void rows_lie_as_drawn(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_batch batch = fixture_append(fixture, 2, 1984 + 1984 + 32);
    fixture_close(fixture);
    static const size_t part_bytes[] = {1984, 1984, 32};
    uint8_t key[10];
    const uint8_t *expected = batch.entries.at;
    for (uint8_t seq = 1; seq <= 2; seq++) {
        for (uint8_t part = 0; part < 3; part++) {
            fixture_change_row(fixture, "entries", fixture_entry_key(key, seq, part), look);
            assert_int_equal(drawn_row.size, part_bytes[part]);
            assert_memory_equal(drawn_row.at, expected, drawn_row.size);
            expected += drawn_row.size;
        }
    }

    uint8_t head[GM_BATCH_STORED_BYTES];
    const struct gm_bytes head_key = fixture_batch_key(key, 1);
    gm_batch_encode_head(&batch, head);
    fixture_change_row(fixture, "batches", head_key, look);
    assert_int_equal(drawn_row.size, sizeof head + 4);
    assert_memory_equal(drawn_row.at, head, sizeof head);
    assert_int_equal(gm_get_u32(drawn_row.at + sizeof head),
                     gm_crc32c(gm_crc32c(0, head_key.at, 8), head, sizeof head));

    static const uint8_t stamp[44] = {
        1, 0, 0, 0, 0, 0, 0, 0, 0x67, 0x6f, 0x6d, [32] = 1, [40] = 'k', 'i', 'l', 'n',
    };
    fixture_change_row(fixture, "meta", fixture_stamp_key(), look);
    assert_int_equal(drawn_row.size, sizeof stamp + 4);
    assert_memory_equal(drawn_row.at, stamp, sizeof stamp);
    assert_int_equal(gm_get_u32(drawn_row.at + sizeof stamp),
                     gm_crc32c(gm_crc32c(0, "journal", 7), stamp, sizeof stamp));
}

/* Pages of their own would have to be found in runs: minutes, in a file with many free ones. */
static void no_row_takes_pages_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    for (size_t each = 1900; each < 2100; each++) {
        fixture_append(fixture, 1, each);
    }
    fixture_append(fixture, 4, GM_ENTRY_BYTES_MAX);
    struct lmdb_journal *lmdb = (struct lmdb_journal *)fixture->journal;
    const MDB_dbi databases[] = {lmdb->rows.entries, lmdb->rows.batches, lmdb->rows.meta};
    MDB_txn *txn;
    assert_int_equal(gm_journal_lmdb_begin(lmdb, MDB_RDONLY, &txn), GM_OK);
    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++) {
        MDB_stat stat;
        assert_int_equal(mdb_stat(txn, databases[i], &stat), 0);
        assert_true(stat.ms_entries > 0);
        assert_int_equal(stat.ms_overflow_pages, 0);
    }
    mdb_txn_abort(txn);
}

/* ---- space ---- */

static void a_full_map_rejects_and_keeps_what_was_acked(void **state)
{
    struct fixture *fixture = *state;
    struct gm_journal_lmdb_config config = fixture_config(fixture);
    fixture_close(fixture);
    config.map_bytes = UINT64_C(2) << 20;
    assert_int_equal(
        gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &fixture->journal), GM_OK);
    struct gm_journal_tail tail;
    struct gm_batch batch;
    enum gm_append outcome;
    do {
        assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
        batch = sample_batch(&fixture->random, &tail, 50, 1000, fixture->entries);
        outcome = gm_journal_append(fixture->journal, &batch);
    } while (outcome == GM_APPEND_ACKED);
    assert_int_equal(outcome, GM_APPEND_REJECTED);
    assert_true(tail.seq > 1000);

    struct gm_journal_tail after;
    assert_int_equal(gm_journal_tail(fixture->journal, &after), GM_OK);
    assert_true(after.seq == tail.seq);
    uint64_t first_seq;
    assert_int_equal(gm_journal_probe(fixture->journal, batch.batch_id, &first_seq), GM_NOT_FOUND);
    /* It is not over: with more room it goes on. */
    fixture_close(fixture);
    assert_int_equal(fixture_open(fixture), GM_OK);
    assert_int_equal(gm_journal_append(fixture->journal, &batch), GM_APPEND_ACKED);
    assert_int_equal(gm_journal_read(fixture->journal, 1, fixture->buffer, &batch), GM_OK);
}

/* Where the last page goes differs from size to size: to a row, or in the commit to the list of
 * free pages. Either is found before anything is written. */
static void a_full_map_rejects_wherever_it_is_met(void **state)
{
    (void)state;
    enum { PAGE_BYTES = 4096, PAGES_MIN = 60, PAGES_MAX = 80 };
    for (uint64_t pages = PAGES_MIN; pages < PAGES_MAX; pages++) {
        void *own;
        fixture_setup(&own);
        struct fixture *fixture = own;
        fixture_close(fixture);
        struct gm_journal_lmdb_config config = fixture_config(fixture);
        config.map_bytes = pages * PAGE_BYTES;
        assert_int_equal(
            gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &fixture->journal),
            GM_OK);
        enum gm_append outcome;
        struct gm_journal_tail tail;
        do {
            assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
            struct gm_batch batch =
                sample_batch(&fixture->random, &tail, 1, 1500, fixture->entries);
            outcome = gm_journal_append(fixture->journal, &batch);
        } while (outcome == GM_APPEND_ACKED);
        assert_int_equal(outcome, GM_APPEND_REJECTED);
        fixture_close(fixture);
        assert_int_equal(fixture_open(fixture), GM_OK);
        struct gm_journal_tail after;
        assert_int_equal(gm_journal_tail(fixture->journal, &after), GM_OK);
        assert_true(after.seq == tail.seq);
        fixture_teardown(&own);
    }
}

/* A folder on a disk, or NULL where there is none: in memory nothing is filled. */
static char *folder_on_disk(void)
{
    struct statfs found;
    char *path = strdup("/var/tmp/gomnet-XXXXXX");
    assert_non_null(path);
    if (statfs("/var/tmp", &found) != 0 || found.f_type == TMPFS_MAGIC || mkdtemp(path) == NULL) {
        free(path);
        return NULL;
    }
    return path;
}

static void move_to_disk(struct fixture *fixture)
{
    char *path = folder_on_disk();
    if (path == NULL) skip();
    fixture_close(fixture);
    gm_temp_dir_free(fixture->path);
    fixture->path = path;
}

static void tending_fills_the_file_ahead_and_harms_nothing(void **state)
{
    struct fixture *fixture = *state;
    enum { MAP_BYTES = 8 * 1024 * 1024 };
    move_to_disk(fixture);
    struct gm_journal_lmdb_config config = fixture_config(fixture);
    config.map_bytes = MAP_BYTES;
    assert_int_equal(
        gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &fixture->journal), GM_OK);
    uint64_t epoch;
    assert_int_equal(gm_journal_fence(fixture->journal, &epoch), GM_OK);
    fixture_append(fixture, 20, 3000);

    struct gm_journal_space before;
    struct gm_journal_space after;
    gm_journal_space(fixture->journal, &before);
    assert_true(gm_journal_tend(fixture->journal, 0));
    gm_journal_space(fixture->journal, &after);
    assert_true(after.file_bytes > before.file_bytes);
    assert_true(after.used_bytes == before.used_bytes);
    fixture_append(fixture, 20, 3000); /* into what was filled */
    while (gm_journal_tend(fixture->journal, 0)) {
    }
    gm_journal_space(fixture->journal, &after);
    assert_true(after.file_bytes >=
                MAP_BYTES); /* all that the map can use, which is below 64 MiB */
    assert_true(after.file_bytes < MAP_BYTES + 2 * 1024 * 1024);
    fixture_append(fixture, 20, 3000);

    fixture_close(fixture);
    assert_int_equal(fixture_open(fixture), GM_OK);
    for (uint64_t seq = 1; seq <= 60; seq++) {
        struct gm_batch batch;
        assert_int_equal(gm_journal_read(fixture->journal, seq, fixture->buffer, &batch), GM_OK);
    }
}

static void tending_stays_above_the_floor(void **state)
{
    struct fixture *fixture = *state;
    move_to_disk(fixture);
    assert_int_equal(fixture_open(fixture), GM_OK);
    struct gm_journal_space before;
    struct gm_journal_space after;
    gm_journal_space(fixture->journal, &before);
    assert_false(gm_journal_tend(fixture->journal, before.disk_free_bytes + (UINT64_C(1) << 40)));
    gm_journal_space(fixture->journal, &after);
    assert_true(after.file_bytes == before.file_bytes);
}

/* ---- copies ---- */

static enum gm_status fork_to(struct fixture *fixture, uint64_t through, const char *path)
{
    fixture->why[0] = '\0';
    return gm_journal_lmdb_fork(fixture->journal, through, 99, path, fixture->why,
                                sizeof fixture->why);
}

static void a_copy_of_many_megabytes_is_whole(void **state)
{
    struct fixture *fixture = *state;
    char path[GM_PATH_MAX];
    fixture_file(fixture, "copy", path);
    for (int i = 0; i < 10; i++) {
        fixture_append(fixture, 4, GM_ENTRY_BYTES_MAX);
    }
    assert_int_equal(fork_to(fixture, 38, path), GM_OK);
    struct gm_journal_lmdb_config config = fixture_config(fixture);
    config.path = path;
    struct gm_journal *copy = NULL;
    assert_int_equal(gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &copy),
                     GM_OK);
    uint64_t seq = 0;
    struct gm_hash hash = {{0}};
    struct gm_batch batch;
    enum gm_status status;
    while ((status = gm_journal_follow(copy, seq, &hash, fixture->buffer, &batch)) == GM_OK) {
        seq = gm_batch_last_seq(&batch);
        hash = batch.hash;
    }
    assert_int_equal(status, GM_END);
    assert_true(seq == 40);
    gm_journal_close(copy);
}

static void a_copy_onto_a_journal_is_refused_and_leaves_it_alone(void **state)
{
    struct fixture *fixture = *state;
    char path[GM_PATH_MAX];
    fixture_file(fixture, "copy", path);
    fixture_append(fixture, 2, 200);
    assert_int_equal(fork_to(fixture, 2, path), GM_OK);
    fixture_append(fixture, 2, 200);
    assert_int_equal(fork_to(fixture, 4, path), GM_REFUSED);
    assert_non_null(strstr(fixture->why, "already holds a journal"));
    assert_int_equal(fork_to(fixture, 4, fixture->path), GM_BUSY);

    struct gm_journal_lmdb_config config = fixture_config(fixture);
    config.path = path;
    struct gm_journal *copy = NULL;
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &copy),
                     GM_OK);
    assert_int_equal(gm_journal_tail(copy, &tail), GM_OK);
    assert_true(tail.seq == 2);
    gm_journal_close(copy);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_second_open_is_refused_while_the_first_lasts),
        TEST(the_journal_of_another_service_is_refused),
        TEST(an_existing_journal_keeps_its_id),
        TEST(without_an_id_nothing_is_made),
        TEST(rows_lie_as_drawn),
        TEST(no_row_takes_pages_of_its_own),
        TEST(readers_beyond_the_fixed_number_are_busy_and_the_writer_is_not),
        TEST(a_full_map_rejects_and_keeps_what_was_acked),
        cmocka_unit_test(a_full_map_rejects_wherever_it_is_met),
        TEST(tending_fills_the_file_ahead_and_harms_nothing),
        TEST(tending_stays_above_the_floor),
        TEST(a_copy_of_many_megabytes_is_whole),
        TEST(a_copy_onto_a_journal_is_refused_and_leaves_it_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
