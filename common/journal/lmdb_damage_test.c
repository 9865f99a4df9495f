/* What a newer program or a failing disk leaves behind is told apart from what is sound: by open
 * near the tail, by read wherever it is. */
#include "journal/lmdb.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "journal/lmdb_fixture.h"

/* A stamp that was changed and is whole: another program wrote it so. */
static void seal_stamp(uint8_t *value, size_t size)
{
    gm_put_u32(value + size - 4, gm_crc32c(gm_crc32c(0, "journal", 7), value, size - 4));
}

static void make_newer(uint8_t *value, size_t *size)
{
    value[0]++;
    seal_stamp(value, *size);
}
static void make_format_zero(uint8_t *value, size_t *size)
{
    value[0] = 0;
    seal_stamp(value, *size);
}
static void leave_only_format(uint8_t *value, size_t *size)
{
    *size = 4 + 4;
    seal_stamp(value, *size);
}
static void leave_only_crc(uint8_t *value, size_t *size)
{
    *size = 4;
    seal_stamp(value, *size);
}
static void leave_too_little_for_a_crc(uint8_t *value, size_t *size)
{
    (void)value;
    *size = 3;
}
static void lengthen_the_service(uint8_t *value, size_t *size)
{
    memset(value + 40, 'k', GM_JOURNAL_SERVICE_MAX + 1);
    *size = 40 + GM_JOURNAL_SERVICE_MAX + 1 + 4;
    seal_stamp(value, *size);
}

static void a_stamp_that_says_too_little_or_too_much_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        fixture_change *change;
        enum gm_status expected;
    } rows[] = {
        {"the next format", make_newer, GM_NEWER},
        {"format 0", make_format_zero, GM_CORRUPT},
        {"the format alone", leave_only_format, GM_CORRUPT},
        {"a CRC alone", leave_only_crc, GM_CORRUPT},
        {"less than a CRC", leave_too_little_for_a_crc, GM_CORRUPT},
        {"a service's name that is too long", lengthen_the_service, GM_CORRUPT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("  %s\n", rows[i].label);
        void *own;
        fixture_setup(&own);
        struct fixture *fixture = own;
        fixture_close(fixture);
        fixture_change_row(fixture, "meta", fixture_stamp_key(), rows[i].change);
        assert_int_equal(fixture_open(fixture), rows[i].expected);
        fixture_teardown(&own);
    }
}

static void a_journal_of_a_later_format_is_newer(void **state)
{
    struct fixture *fixture = *state;
    fixture_append(fixture, 1, 200);
    fixture_close(fixture);
    fixture_change_row(fixture, "meta", fixture_stamp_key(), make_newer);
    assert_int_equal(fixture_open(fixture), GM_NEWER);
    assert_non_null(strstr(fixture->why, "newer version"));
}

static void make_batch_newer(uint8_t *value, size_t *size)
{
    uint8_t key[8];
    const struct gm_bytes key_bytes = fixture_batch_key(key, 1);
    value[0]++;
    gm_put_u32(value + *size - 4,
               gm_crc32c(gm_crc32c(0, key_bytes.at, key_bytes.size), value, *size - 4));
}

static void a_batch_of_a_later_format_is_newer(void **state)
{
    struct fixture *fixture = *state;
    fixture_append(fixture, 1, 200);
    fixture_close(fixture);
    uint8_t key[8];
    fixture_change_row(fixture, "batches", fixture_batch_key(key, 1), make_batch_newer);
    assert_int_equal(fixture_open(fixture), GM_NEWER);
}

static void flip_first(uint8_t *value, size_t *size)
{
    (void)size;
    value[0] ^= 1;
}
static void flip_middle(uint8_t *value, size_t *size)
{
    value[*size / 2] ^= 0x10;
}
static void flip_last(uint8_t *value, size_t *size)
{
    value[*size - 1] ^= 0x80;
}
static void shorten(uint8_t *value, size_t *size)
{
    (void)value;
    (*size)--;
}
static void lengthen(uint8_t *value, size_t *size)
{
    value[(*size)++] = 0;
}
static void drop(uint8_t *value, size_t *size)
{
    (void)value;
    *size = 0;
}
static void invent(uint8_t *value, size_t *size)
{
    *size = 150;
    memset(value, 7, *size);
}

/* Three batches, of entries 1 to 2, 3 to 5 and 6; entries are of two parts. */
enum { EACH = 2500 };

static const struct damage {
    const char *label;
    const char *database;
    uint8_t seq; /* of the row; 0: the stamp */
    uint8_t part;
    fixture_change *change;
} damages[] = {
    {"a bit of the stamp's format", "meta", 0, 0, flip_first},
    {"a bit of the stamp", "meta", 0, 0, flip_middle},
    {"a bit of the stamp's CRC", "meta", 0, 0, flip_last},
    {"a stamp cut short", "meta", 0, 0, shorten},
    {"no stamp", "meta", 0, 0, drop},
    {"a bit of the last header's format", "batches", 6, 0, flip_first},
    {"a bit of the last header", "batches", 6, 0, flip_middle},
    {"a bit of the last header's CRC", "batches", 6, 0, flip_last},
    {"a header cut short", "batches", 6, 0, shorten},
    {"a header that grew", "batches", 6, 0, lengthen},
    {"a bit of an earlier header", "batches", 3, 0, flip_middle},
    {"the last header lost", "batches", 6, 0, drop},
    {"a header in the middle lost", "batches", 3, 0, drop},
    {"a bit of an entry", "entries", 6, 0, flip_middle},
    {"a bit of an entry's CRC", "entries", 6, 0, flip_first},
    {"a bit of a second part", "entries", 6, 1, flip_last},
    {"a bit of an entry of an earlier batch", "entries", 1, 0, flip_middle},
    {"a part cut short", "entries", 6, 0, shorten},
    {"a last part cut short", "entries", 6, 1, shorten},
    {"a last part that grew", "entries", 6, 1, lengthen},
    {"a first part lost", "entries", 6, 0, drop},
    {"a last part lost", "entries", 6, 1, drop},
    {"an entry's part lost in the middle", "entries", 4, 1, drop},
    {"a part too many", "entries", 4, 2, invent},
    {"an entry beyond the last batch", "entries", 7, 0, invent},
};

static void append_three(struct fixture *fixture)
{
    fixture_append(fixture, 2, EACH);
    fixture_append(fixture, 3, EACH);
    fixture_append(fixture, 1, EACH);
}

static void damage_row(struct fixture *fixture, const struct damage *damage)
{
    uint8_t key[10];
    struct gm_bytes row = fixture_stamp_key();
    if (strcmp(damage->database, "batches") == 0) row = fixture_batch_key(key, damage->seq);
    if (strcmp(damage->database, "entries") == 0)
        row = fixture_entry_key(key, damage->seq, damage->part);
    fixture_change_row(fixture, damage->database, row, damage->change);
}

static void damage_near_the_tail_is_found_by_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        print_message("  %s\n", damages[i].label);
        void *own;
        fixture_setup(&own);
        struct fixture *fixture = own;
        append_three(fixture);
        fixture_close(fixture);
        damage_row(fixture, &damages[i]);
        assert_int_equal(fixture_open(fixture), GM_CORRUPT);
        assert_null(fixture->journal);
        assert_non_null(strstr(fixture->why, fixture->path));
        fixture_teardown(&own);
    }
}

/* More than open looks at lies between the damage and the tail. */
static void damage_before_the_tail_is_found_by_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const struct damage *damage = &damages[i];
        if (damage->seq == 0 || damage->seq == 7) continue;
        print_message("  %s\n", damage->label);
        void *own;
        fixture_setup(&own);
        struct fixture *fixture = own;
        append_three(fixture);
        fixture_append(fixture, 4, GM_ENTRY_BYTES_MAX);
        fixture_append(fixture, 4, GM_ENTRY_BYTES_MAX);
        fixture_close(fixture);
        damage_row(fixture, damage);
        assert_int_equal(fixture_open(fixture), GM_OK);
        struct gm_batch batch;
        assert_int_equal(gm_journal_read(fixture->journal, damage->seq, fixture->buffer, &batch),
                         GM_CORRUPT);
        assert_int_equal(gm_journal_read(fixture->journal, 7, fixture->buffer, &batch), GM_OK);
        fixture_teardown(&own);
    }
}

/* Batches that are right by themselves and wrong where they stand, put at the end or with one more,
 * that follows them, behind. */
static void puts_no_flaw(struct gm_journal_tail *tail)
{
    (void)tail;
}
static void names_another_predecessor(struct gm_journal_tail *tail)
{
    tail->hash.v[0] ^= 1;
}
static void is_of_another_journal(struct gm_journal_tail *tail)
{
    tail->journal_id++;
}
static void is_of_a_later_epoch(struct gm_journal_tail *tail)
{
    tail->epoch++;
}
static void leaves_a_gap(struct gm_journal_tail *tail)
{
    tail->seq++;
}

static struct gm_batch put_at(struct fixture *fixture, const struct gm_journal_tail *tail)
{
    struct gm_batch batch = sample_batch(&fixture->random, tail, 2, 200, fixture->entries);
    batch.previous = tail->hash;
    gm_batch_seal(&batch);
    fixture_put_batch(fixture, &batch);
    return batch;
}

static void a_chain_that_does_not_hold_is_found_by_open(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        void (*bend)(struct gm_journal_tail *);
        const char *sentence; /* part of it; NULL: nothing is wrong */
    } rows[] = {
        {"no flaw", puts_no_flaw, NULL},
        {"another predecessor", names_another_predecessor, "is not the one"},
        {"another journal", is_of_another_journal, "of another journal"},
        {"a later epoch than was taken", is_of_a_later_epoch, "later epoch"},
        {"a gap", leaves_a_gap, "cannot be read"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int more_behind = 0; more_behind < 2; more_behind++) {
            print_message("  %s%s\n", rows[i].label, more_behind ? ", and more behind" : "");
            void *own;
            fixture_setup(&own);
            struct fixture *fixture = own;
            fixture_append(fixture, 2, 200);
            struct gm_journal_tail tail;
            assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
            fixture_close(fixture);
            struct gm_journal_tail bent = tail;
            rows[i].bend(&bent);
            const struct gm_batch batch = put_at(fixture, &bent);
            tail.seq = gm_batch_last_seq(&batch);
            tail.hash = batch.hash;
            if (more_behind) put_at(fixture, &tail);
            const enum gm_status expected = rows[i].sentence == NULL ? GM_OK : GM_CORRUPT;
            assert_int_equal(fixture_open(fixture), expected);
            if (expected != GM_OK) assert_non_null(strstr(fixture->why, rows[i].sentence));
            fixture_teardown(&own);
        }
    }
}

static struct gm_bytes row_to_put; /* what put_row writes */

static void put_row(uint8_t *value, size_t *size)
{
    memcpy(value, row_to_put.at, row_to_put.size);
    *size = row_to_put.size;
}

/* Entry 3 ends one batch and begins the next: each is whole, as both read the same row. */
static void batches_that_overlap_are_found_by_open(void **state)
{
    struct fixture *fixture = *state;
    static const size_t each = 200;
    const struct gm_batch first = fixture_append(fixture, 3, each);
    uint8_t entries[400];
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
    sample_batch(&fixture->random, &tail, 1, each, entries + each);
    memcpy(entries, first.entries.at + 2 * each, each);
    fixture_close(fixture);

    struct gm_batch second = first;
    second.first_seq = 3;
    second.count = 2;
    second.previous = first.hash;
    second.entries = gm_bytes(entries, sizeof entries);
    gm_batch_seal(&second);
    uint8_t key[10];
    uint8_t head[GM_BATCH_STORED_BYTES + 4];
    gm_batch_encode_head(&second, head);
    const struct gm_bytes head_key = fixture_batch_key(key, 3);
    gm_put_u32(head + GM_BATCH_STORED_BYTES,
               gm_crc32c(gm_crc32c(0, head_key.at, head_key.size), head, GM_BATCH_STORED_BYTES));
    row_to_put = gm_bytes(head, sizeof head);
    fixture_change_row(fixture, "batches", head_key, put_row);
    row_to_put = gm_bytes(entries + each, each);
    fixture_change_row(fixture, "entries", fixture_entry_key(key, 4, 0), put_row);
    assert_int_equal(fixture_open(fixture), GM_CORRUPT);
    assert_non_null(strstr(fixture->why, "overlaps"));
}

static void a_first_batch_that_names_one_before_it_is_found_by_open(void **state)
{
    struct fixture *fixture = *state;
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
    fixture_close(fixture);
    tail.hash.v[31] = 1;
    put_at(fixture, &tail);
    assert_int_equal(fixture_open(fixture), GM_CORRUPT);
    assert_non_null(strstr(fixture->why, "is the first"));
}

/* A history that begins later is one whose older part was trimmed. */
static void a_trimmed_history_opens_and_does_not_read_what_is_gone(void **state)
{
    struct fixture *fixture = *state;
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(fixture->journal, &tail), GM_OK);
    fixture_close(fixture);
    gm_random_bytes(&fixture->random, tail.hash.v, GM_HASH_BYTES);
    tail.seq = 100;
    const struct gm_batch first = put_at(fixture, &tail);
    assert_int_equal(fixture_open(fixture), GM_OK);
    struct gm_batch batch;
    assert_int_equal(gm_journal_read(fixture->journal, 100, fixture->buffer, &batch), GM_NOT_FOUND);
    assert_int_equal(gm_journal_read(fixture->journal, 101, fixture->buffer, &batch), GM_OK);
    /* Who has followed as far as the trim goes on; who is further back starts again. */
    assert_int_equal(
        gm_journal_follow(fixture->journal, 100, &first.previous, fixture->buffer, &batch), GM_OK);
    assert_int_equal(
        gm_journal_follow(fixture->journal, 99, &first.previous, fixture->buffer, &batch),
        GM_NOT_FOUND);
    assert_int_equal(
        gm_journal_follow(fixture->journal, 0, &first.previous, fixture->buffer, &batch),
        GM_NOT_FOUND);
    fixture_append(fixture, 1, 200);
}

static void a_bit_flipped_in_the_file_is_found_by_open(void **state)
{
    struct fixture *fixture = *state;
    char path[GM_PATH_MAX];
    fixture_append(fixture, 1, 300);
    fixture_close(fixture);

    const int fd = open(fixture_file(fixture, "data.mdb", path), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    static uint8_t bytes[64 * 1024];
    const ssize_t size = pread(fd, bytes, sizeof bytes, 0);
    assert_true(size > 0);
    const uint8_t *found = memmem(bytes, (size_t)size, "clay", 4); /* where sample entries begin */
    assert_non_null(found);
    const uint8_t flipped = found[100] ^ 2;
    assert_int_equal(pwrite(fd, &flipped, 1, found + 100 - bytes), 1);
    close(fd);
    assert_int_equal(fixture_open(fixture), GM_CORRUPT);
}

static void a_file_cut_short_is_found_by_open(void **state)
{
    struct fixture *fixture = *state;
    char path[GM_PATH_MAX];
    fixture_append(fixture, 100, 1000);
    struct gm_journal_space space;
    gm_journal_space(fixture->journal, &space);
    fixture_close(fixture);
    assert_int_equal(truncate(fixture_file(fixture, "data.mdb", path), (off_t)space.used_bytes - 1),
                     0);
    assert_int_equal(fixture_open(fixture), GM_CORRUPT);
    assert_non_null(strstr(fixture->why, "cut short"));
}

static void a_copy_of_damaged_history_is_not_made(void **state)
{
    struct fixture *fixture = *state;
    char path[GM_PATH_MAX];
    fixture_file(fixture, "copy", path);
    append_three(fixture);
    fixture_append(fixture, 4, GM_ENTRY_BYTES_MAX);
    fixture_close(fixture);
    uint8_t key[10];
    fixture_change_row(fixture, "entries", fixture_entry_key(key, 4, 1), flip_middle);
    assert_int_equal(fixture_open(fixture), GM_OK);
    assert_int_equal(
        gm_journal_lmdb_fork(fixture->journal, 10, 99, path, fixture->why, sizeof fixture->why),
        GM_CORRUPT);

    struct gm_journal_lmdb_config config = fixture_config(fixture);
    config.path = path;
    struct gm_journal *copy = NULL;
    config.journal_id = 0;
    assert_int_not_equal(gm_journal_lmdb_open(&config, fixture->why, sizeof fixture->why, &copy),
                         GM_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_journal_of_a_later_format_is_newer),
        cmocka_unit_test(a_stamp_that_says_too_little_or_too_much_is_refused),
        TEST(a_batch_of_a_later_format_is_newer),
        cmocka_unit_test(damage_near_the_tail_is_found_by_open),
        cmocka_unit_test(damage_before_the_tail_is_found_by_read),
        cmocka_unit_test(a_chain_that_does_not_hold_is_found_by_open),
        TEST(batches_that_overlap_are_found_by_open),
        TEST(a_first_batch_that_names_one_before_it_is_found_by_open),
        TEST(a_trimmed_history_opens_and_does_not_read_what_is_gone),
        TEST(a_bit_flipped_in_the_file_is_found_by_open),
        TEST(a_file_cut_short_is_found_by_open),
        TEST(a_copy_of_damaged_history_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
