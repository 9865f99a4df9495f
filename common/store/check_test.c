/* What the scrubber finds, and what reading a damaged row does. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/env.h"
#include "store/fixture.h"
#include "store/stored.h"

static const struct gm_table lots = {.number = 2, .name = "lots"};
static const struct gm_table own = {.number = 9, .name = "own", .unhashed = true};
static const struct gm_table *const tables[] = {&lots, &own, NULL};

enum { LARGE = 5000, ROWS = 40 };
static const char small_value[] = "the value whose bits will be flipped";
static const char own_value[] = "a value outside the state hash";

static struct gm_store_config config_of(const struct folder *folder)
{
    return (struct gm_store_config){
        .path = folder->path,
        .map_bytes = UINT64_C(1) << 26,
        .tables = tables,
        .service = "test",
        .journal_id = 42,
        .small = true,
    };
}

/* Rows in two tables; number 7 has a value in three parts whose bytes tell where they stand. */
static void make_store(const struct folder *folder)
{
    const struct gm_store_config config = config_of(folder);
    struct gm_store *store = store_open(&config);
    static uint8_t large[LARGE];
    for (size_t i = 0; i < LARGE; i += 2) {
        gm_put_u16(large + i, (uint16_t)(0x4000 + i));
    }
    for (uint32_t i = 0; i < ROWS; i++) {
        const struct gm_key key = key_of_u32(i);
        gm_store_put(store, &lots, &key, gm_bytes_of_text("some other value"));
    }
    const struct gm_key small_key = key_of_u32(3);
    gm_store_put(store, &lots, &small_key, gm_bytes_of_text(small_value));
    gm_store_put(store, &own, &small_key, gm_bytes_of_text(own_value));
    const struct gm_key large_key = key_of_u32(7);
    gm_store_put(store, &lots, &large_key, gm_bytes(large, sizeof large));
    store_checkpoint(store, 1);
    gm_store_close(store);
}

/* Flips one bit, `offset` bytes into each place of the data file where the pattern stands. */
static void flip(const struct folder *folder, struct gm_bytes pattern, size_t offset, uint8_t bit)
{
    char file[PATH_MAX + 16];
    snprintf(file, sizeof file, "%s/data.mdb", folder->path);
    const int fd = open(file, O_RDWR);
    assert_true(fd >= 0);
    struct stat stat;
    assert_int_equal(fstat(fd, &stat), 0);
    const size_t size = (size_t)stat.st_size;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    assert_int_equal(pread(fd, bytes, size, 0), size);
    size_t found = 0;
    for (size_t i = 0; i + pattern.size <= size; i++) {
        if (memcmp(bytes + i, pattern.at, pattern.size) != 0) continue;
        const uint8_t flipped = bytes[i + offset] ^ bit;
        assert_int_equal(pwrite(fd, &flipped, 1, (off_t)(i + offset)), 1);
        found++;
    }
    assert_true(found > 0);
    free(bytes);
    close(fd);
}

static enum gm_status check(const struct folder *folder, char *why, size_t why_size)
{
    const struct gm_store_config config = config_of(folder);
    struct gm_store *store = store_open(&config);
    const enum gm_status status = store_check(store, why, why_size);
    gm_store_close(store);
    return status;
}

static void a_whole_store_is_found_whole_whatever_the_step(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    make_store(&folder);
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    struct gm_snapshot *snapshot = NULL;
    assert_int_equal(gm_snapshot_open(store, &snapshot), GM_OK);
    for (uint64_t step = 1; step < ROWS + 5; step++) {
        struct gm_check check = {.table = 0};
        char why[256] = "";
        uint64_t calls = 1;
        enum gm_status status;
        while ((status = gm_store_check(snapshot, &check, step, why, sizeof why)) == GM_OK) {
            calls++;
            assert_true(check.rows <= calls * step);
        }
        assert_int_equal(status, GM_END);
        assert_true(check.rows == ROWS + 1);
        assert_true(check.parts == 2);
        assert_true(check.sum == gm_snapshot_hash(snapshot));
        assert_true(calls >= check.rows / step);
    }
    gm_snapshot_release(snapshot);
    gm_store_close(store);
    folder_remove(&folder);
}

static void every_flipped_bit_of_a_row_is_found(void **state)
{
    (void)state;
    const size_t stored = sizeof small_value - 1 + GM_TRAILER_BYTES;
    for (size_t bit = 0; bit < stored * 8; bit += 3) {
        const struct folder folder = folder_make();
        make_store(&folder);
        flip(&folder, gm_bytes_of_text(small_value), bit / 8, (uint8_t)(1 << bit % 8));
        char why[256] = "";
        assert_int_equal(check(&folder, why, sizeof why), GM_CORRUPT);
        assert_non_null(strstr(why, "table lots: the row with key 00000003"));
        folder_remove(&folder);
    }
}

static void a_flipped_bit_of_a_key_is_found(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    make_store(&folder);
    char pattern[4 + sizeof small_value] = {0, 0, 0, 3};
    memcpy(pattern + 4, small_value, sizeof small_value - 1);
    flip(&folder, gm_bytes(pattern, 4 + sizeof small_value - 1), 0, 1);
    char why[256] = "";
    assert_int_equal(check(&folder, why, sizeof why), GM_CORRUPT);
    assert_non_null(strstr(why, "the row with key 01000003"));
    folder_remove(&folder);
}

static void a_flipped_bit_of_a_part_is_found(void **state)
{
    (void)state;
    static const size_t places[] = {0, GM_PART_BYTES, 2 * (size_t)GM_PART_BYTES, LARGE - 8};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct folder folder = folder_make();
        make_store(&folder);
        uint8_t pattern[8];
        for (size_t at = 0; at < sizeof pattern; at += 2) {
            gm_put_u16(pattern + at, (uint16_t)(0x4000 + places[i] + at));
        }
        flip(&folder, gm_bytes(pattern, sizeof pattern), 5, 0x10);
        char why[256] = "";
        assert_int_equal(check(&folder, why, sizeof why), GM_CORRUPT);
        assert_non_null(strstr(why, "key 00000007"));
        folder_remove(&folder);
    }
}

static void damage_outside_the_state_hash_is_found_too(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    make_store(&folder);
    flip(&folder, gm_bytes_of_text(own_value), 4, 2);
    char why[256] = "";
    assert_int_equal(check(&folder, why, sizeof why), GM_CORRUPT);
    assert_non_null(strstr(why, "table own"));
    folder_remove(&folder);
}

/* What someone else's hands do to the file: a row or part changed with a right CRC. */
enum tampering { REMOVE_ROW, REMOVE_PART, ADD_PART, SHORTEN_PART, CHANGE_ROW };

static void tamper(const struct folder *folder, enum tampering tampering)
{
    const struct gm_env_config env_config = {
        .path = folder->path, .map_bytes = UINT64_C(1) << 26, .databases = 4, .readers = 2};
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&env_config, why, sizeof why, &env), GM_OK);
    MDB_txn *txn = NULL;
    MDB_dbi rows;
    MDB_dbi parts;
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "lots", 0, &rows), 0);
    assert_int_equal(mdb_dbi_open(txn, "parts", 0, &parts), 0);

    const struct gm_key small_key = key_of_u32(3);
    const struct gm_key large_key = key_of_u32(7);
    const bool of_part = tampering != REMOVE_ROW && tampering != CHANGE_ROW;
    struct gm_part_key part;
    gm_part_key_begin(&part, lots.number, gm_key_bytes(of_part ? &large_key : &small_key));
    const uint16_t number = !of_part ? 0 : tampering == ADD_PART ? 3 : 1;
    const struct gm_bytes place = gm_part_key_bytes(&part, number);
    uint8_t stored[GM_STORED_BYTES_MAX];
    const size_t size = gm_stored_seal(stored, place, gm_bytes_of_text("tampered"), 0);

    MDB_val key = gm_val(of_part ? place : gm_key_bytes(&small_key));
    MDB_val value = {.mv_size = size, .mv_data = stored};
    if (tampering == REMOVE_ROW || tampering == REMOVE_PART) {
        assert_int_equal(mdb_del(txn, of_part ? parts : rows, &key, NULL), 0);
    } else {
        assert_int_equal(mdb_put(txn, of_part ? parts : rows, &key, &value, 0), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
    gm_env_close(&env);
}

static void what_has_right_checksums_but_is_another_state_is_found(void **state)
{
    (void)state;
    static const struct {
        enum tampering tampering;
        const char *says;
    } cases[] = {
        {REMOVE_ROW, "state hash"},
        {REMOVE_PART, "key 00000007"},
        {ADD_PART, "3 parts of large values are stored, rows have 2"},
        {SHORTEN_PART, "key 00000007"},
        {CHANGE_ROW, "state hash"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct folder folder = folder_make();
        make_store(&folder);
        tamper(&folder, cases[i].tampering);
        char why[256] = "";
        assert_int_equal(check(&folder, why, sizeof why), GM_CORRUPT);
        if (strstr(why, cases[i].says) == NULL) fail_msg("%zu: %s", i, why);
        folder_remove(&folder);
    }
}

/* Runs in a child, whose last words come back: reads a row that is damaged in one way or other. */
enum reading { READ_LIVE, READ_SNAPSHOT, READ_CURSOR, PUT_OVER };

static void read_damaged(const struct folder *folder, enum reading reading)
{
    const struct gm_store_config config = config_of(folder);
    struct gm_store *store = store_open(&config);
    const struct gm_key key = key_of_u32(3);
    struct gm_snapshot *snapshot = NULL;
    struct gm_cursor cursor;
    struct gm_bytes found;
    struct gm_bytes value;
    enum gm_status status = gm_snapshot_open(store, &snapshot);
    if (reading == READ_LIVE) {
        status = gm_rows_get(gm_store_rows(store), &lots, &key, NULL, &value);
    } else if (reading == READ_SNAPSHOT) {
        status = gm_rows_get(gm_snapshot_rows(snapshot), &lots, &key, NULL, &value);
    } else if (reading == READ_CURSOR) {
        gm_cursor_init(&cursor, snapshot, &lots, &key);
        status = gm_cursor_next(&cursor, NULL, &found, &value);
    } else {
        gm_store_put(store, &lots, &key, gm_bytes_of_text("over it"));
    }
    _exit(status == GM_OK ? 0 : 1);
}

static void a_damaged_row_ends_the_process_with_its_name(void **state)
{
    (void)state;
    for (int reading = READ_LIVE; reading <= PUT_OVER; reading++) {
        const struct folder folder = folder_make();
        make_store(&folder);
        flip(&folder, gm_bytes_of_text(small_value), 10, 1);
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            dup2(ends[1], STDERR_FILENO);
            signal(SIGABRT, SIG_DFL); /* cmocka's would make a failed test of it */
            read_damaged(&folder, (enum reading)reading);
        }
        close(ends[1]);
        char words[512] = "";
        size_t size = 0;
        ssize_t got;
        while ((got = read(ends[0], words + size, sizeof words - 1 - size)) > 0) {
            size += (size_t)got;
        }
        close(ends[0]);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_non_null(strstr(words, "damaged row in table lots, key 00000003"));
        folder_remove(&folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_store_is_found_whole_whatever_the_step),
        cmocka_unit_test(every_flipped_bit_of_a_row_is_found),
        cmocka_unit_test(a_flipped_bit_of_a_key_is_found),
        cmocka_unit_test(a_flipped_bit_of_a_part_is_found),
        cmocka_unit_test(damage_outside_the_state_hash_is_found_too),
        cmocka_unit_test(what_has_right_checksums_but_is_another_state_is_found),
        cmocka_unit_test(a_damaged_row_ends_the_process_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
