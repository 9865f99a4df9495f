#include "journal/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sodium.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/sample.h"

enum { SEED = 7 };

static const struct gm_journal_tail tail = {
    .journal_id = UINT64_C(0x0807060504030201),
    .epoch = 5,
    .seq = 40,
};

struct fixture {
    struct gm_random random;
    uint8_t *entries; /* GM_BATCH_BYTES_MAX */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->entries = malloc(GM_BATCH_BYTES_MAX);
    assert_non_null(fixture->entries);
    gm_random_seed(&fixture->random, SEED);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->entries);
    free(fixture);
    return 0;
}

static struct gm_batch sealed(struct fixture *fixture, uint32_t count, size_t each)
{
    struct gm_batch batch = sample_batch(&fixture->random, &tail, count, each, fixture->entries);
    gm_random_bytes(&fixture->random, batch.previous.v, GM_HASH_BYTES);
    gm_batch_seal(&batch);
    return batch;
}

/* As drawn in entry.h, by hand and with libsodium alone. */
static void hash_as_drawn(const struct gm_batch *batch, uint8_t ret[32])
{
    uint8_t *drawn = calloc(1, 104 + 32 * (size_t)batch->count);
    assert_non_null(drawn);
    const uint32_t format = 1;
    const uint32_t entry_bytes = (uint32_t)batch->entries.size;
    memcpy(drawn + 0, &format, 4);
    memcpy(drawn + 4, &batch->fold_version, 4);
    memcpy(drawn + 8, &batch->journal_id, 8);
    memcpy(drawn + 16, batch->batch_id.v, 16);
    memcpy(drawn + 32, &batch->epoch, 8);
    memcpy(drawn + 40, &batch->first_seq, 8);
    memcpy(drawn + 48, &batch->count, 4);
    memcpy(drawn + 52, &entry_bytes, 4);
    memcpy(drawn + 56, &batch->state_hash, 8);
    drawn[64] = batch->state_known ? 1 : 0;
    memcpy(drawn + 72, batch->previous.v, 32);
    const uint8_t *entry = batch->entries.at;
    for (uint32_t i = 0; i < batch->count; i++) {
        uint32_t size;
        memcpy(&size, entry + 4, 4);
        crypto_generichash(drawn + 104 + 32 * (size_t)i, 32, entry, size, NULL, 0);
        entry += size;
    }
    crypto_generichash(ret, 32, drawn, 104 + 32 * (size_t)batch->count, NULL, 0);
    free(drawn);
}

static void the_hash_is_over_the_header_as_drawn(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        uint32_t count;
        size_t each;
    } rows[] = {{1, 136}, {2, 140}, {17, 333}, {4, GM_ENTRY_BYTES_MAX}, {4096, 256}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gm_batch batch = sealed(fixture, rows[i].count, rows[i].each);
        uint8_t expected[32];
        hash_as_drawn(&batch, expected);
        assert_memory_equal(batch.hash.v, expected, 32);

        batch.state_known = false;
        gm_batch_seal(&batch);
        hash_as_drawn(&batch, expected);
        assert_memory_equal(batch.hash.v, expected, 32);
    }
}

static size_t from_hex(const char *hex, uint8_t *ret)
{
    size_t count = 0;
    for (; hex[2 * count] != '\0'; count++) {
        const char digits[] = {hex[2 * count], hex[2 * count + 1], '\0'};
        ret[count] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return count;
}

/* The format is final: these bytes were made from the drawn table by another program. The entries
 * are the golden ones of entry_test.c. */
static void the_golden_batch_is_written_and_read(void **state)
{
    (void)state;
    static const char entries_hex[] =
        "cd59cdf296000000010102010000000029000000000000007be897b69a010000"
        "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
        "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"
        "505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f"
        "020000000200000004000000626f776c000000006f6b"
        "f99a05a8f400000001040700000000002a000000000000007ce897b69a010000"
        "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
        "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"
        "505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f"
        "0100020000000000887766554433221109000000000000000a00000000000000"
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
        "0400000076617365090000000000000000e897b69a010000040000006b696c6e"
        "0a0000000000000001e897b69a01000000000000";
    static const char head_hex[] =
        "01000000030000000102030405060708a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
        "05000000000000002900000000000000020000008a0100001032547698badcfe"
        "0100000000000000c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7"
        "d8d9dadbdcdddedf6cf512a81a7fb409b31e1e1362cb2e54df4f0aa3f51dfee4"
        "5a8f34250ae847b8";
    uint8_t entries[512];
    uint8_t head[GM_BATCH_STORED_BYTES];
    const size_t entry_bytes = from_hex(entries_hex, entries);
    assert_int_equal(from_hex(head_hex, head), sizeof head);

    struct gm_batch batch = {
        .fold_version = 3,
        .journal_id = UINT64_C(0x0807060504030201),
        .epoch = 5,
        .first_seq = 41,
        .count = 2,
        .state_hash = UINT64_C(0xfedcba9876543210),
        .state_known = true,
        .entries = gm_bytes(entries, entry_bytes),
    };
    for (size_t i = 0; i < GM_ID_BYTES; i++) {
        batch.batch_id.v[i] = (uint8_t)(0xa0 + i);
    }
    for (size_t i = 0; i < GM_HASH_BYTES; i++) {
        batch.previous.v[i] = (uint8_t)(0xc0 + i);
    }
    gm_batch_seal(&batch);
    uint8_t written[GM_BATCH_STORED_BYTES];
    gm_batch_encode_head(&batch, written);
    assert_memory_equal(written, head, sizeof head);

    struct gm_batch read;
    uint32_t read_bytes;
    assert_int_equal(gm_batch_decode_head(gm_bytes(head, sizeof head), &read, &read_bytes), GM_OK);
    assert_int_equal(read_bytes, entry_bytes);
    read.entries = gm_bytes(entries, entry_bytes);
    assert_int_equal(gm_batch_verify(&read), GM_OK);
}

static void a_head_reads_back_as_written(void **state)
{
    struct fixture *fixture = *state;
    for (int round = 0; round < 200; round++) {
        const uint32_t count = 1 + (uint32_t)gm_random_below(&fixture->random, 20);
        struct gm_batch batch = sealed(fixture, count, 136);
        batch.state_known = round % 2 == 0;
        uint8_t head[GM_BATCH_STORED_BYTES];
        gm_batch_encode_head(&batch, head);
        struct gm_batch read;
        uint32_t entry_bytes;
        assert_int_equal(gm_batch_decode_head(gm_bytes(head, sizeof head), &read, &entry_bytes),
                         GM_OK);
        assert_int_equal(entry_bytes, batch.entries.size);
        assert_int_equal(read.fold_version, batch.fold_version);
        assert_true(read.journal_id == batch.journal_id);
        assert_true(gm_id_equal(read.batch_id, batch.batch_id));
        assert_true(read.epoch == batch.epoch);
        assert_true(read.first_seq == batch.first_seq);
        assert_int_equal(read.count, batch.count);
        assert_true(read.state_hash == batch.state_hash);
        assert_int_equal(read.state_known, batch.state_known);
        assert_int_equal(gm_hash_compare(&read.previous, &batch.previous), 0);
        assert_int_equal(gm_hash_compare(&read.hash, &batch.hash), 0);
        assert_null(read.entries.at);
        assert_int_equal(read.entries.size, 0);
        assert_true(gm_batch_last_seq(&read) == batch.first_seq + count - 1);
    }
}

/* Head or entries, one bit: no batch is taken for another. */
static void every_flipped_bit_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_batch batch = sealed(fixture, 3, 200);
    uint8_t head[GM_BATCH_STORED_BYTES];
    gm_batch_encode_head(&batch, head);
    for (size_t bit = 0; bit < 8 * (sizeof head + batch.entries.size); bit++) {
        uint8_t *byte =
            bit / 8 < sizeof head ? &head[bit / 8] : &fixture->entries[bit / 8 - sizeof head];
        *byte ^= (uint8_t)(1U << bit % 8);
        struct gm_batch read;
        uint32_t entry_bytes;
        enum gm_status status =
            gm_batch_decode_head(gm_bytes(head, sizeof head), &read, &entry_bytes);
        if (status == GM_OK && entry_bytes > batch.entries.size) status = GM_CORRUPT;
        if (status == GM_OK) {
            read.entries = gm_bytes(fixture->entries, entry_bytes);
            status = gm_batch_verify(&read);
        }
        /* The format of a head stands before the hash that protects it: that is its reader's
         * trailer. */
        if (bit / 8 < 4 && bit != 0) {
            assert_int_equal(status, GM_NEWER);
        } else {
            assert_int_equal(status, GM_CORRUPT);
        }
        *byte ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(gm_batch_verify(&batch), GM_OK);
}

static void a_head_outside_its_limits_is_refused(void **state)
{
    struct fixture *fixture = *state;
    enum {
        AT_FIRST_SEQ = 40,
        AT_COUNT = 48,
        AT_ENTRY_BYTES = 52,
        AT_STATE_KNOWN = 64,
        AT_ZERO = 65
    };
    static const struct {
        const char *label;
        size_t at;
        size_t width;
        uint64_t value;
        enum gm_status expected;
    } rows[] = {
        {"no entries", AT_COUNT, 4, 0, GM_CORRUPT},
        {"the most entries", AT_COUNT, 4, GM_BATCH_ENTRIES_MAX, GM_OK},
        {"one entry too many", AT_COUNT, 4, GM_BATCH_ENTRIES_MAX + 1, GM_CORRUPT},
        {"the most bytes", AT_ENTRY_BYTES, 4, GM_BATCH_BYTES_MAX, GM_OK},
        {"a byte too many", AT_ENTRY_BYTES, 4, GM_BATCH_BYTES_MAX + 1, GM_CORRUPT},
        {"first sequence number 0", AT_FIRST_SEQ, 8, 0, GM_CORRUPT},
        {"first sequence number 1", AT_FIRST_SEQ, 8, 1, GM_OK},
        {"sequence numbers that wrap", AT_FIRST_SEQ, 8, UINT64_MAX, GM_CORRUPT},
        {"a state hash known twice", AT_STATE_KNOWN, 1, 2, GM_CORRUPT},
        {"a byte that is zero set", AT_ZERO, 1, 1, GM_CORRUPT},
        {"the last byte that is zero set", AT_ZERO + 6, 1, 1, GM_CORRUPT},
    };
    const struct gm_batch batch = sealed(fixture, 3, 200);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("  %s\n", rows[i].label);
        uint8_t head[GM_BATCH_STORED_BYTES];
        gm_batch_encode_head(&batch, head);
        memcpy(head + rows[i].at, &rows[i].value, rows[i].width);
        struct gm_batch read;
        uint32_t entry_bytes;
        assert_int_equal(gm_batch_decode_head(gm_bytes(head, sizeof head), &read, &entry_bytes),
                         rows[i].expected);
    }
}

static void a_head_of_another_length_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_batch batch = sealed(fixture, 1, 136);
    uint8_t head[GM_BATCH_STORED_BYTES + 1] = {0};
    gm_batch_encode_head(&batch, head);
    for (size_t size = 0; size <= sizeof head; size++) {
        struct gm_batch read;
        uint32_t entry_bytes;
        const enum gm_status status =
            gm_batch_decode_head(gm_bytes(head, size), &read, &entry_bytes);
        assert_int_equal(status, size == GM_BATCH_STORED_BYTES ? GM_OK : GM_CORRUPT);
    }
}

static void entries_that_do_not_belong_to_the_header_are_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_batch good = sealed(fixture, 4, 150);
    static uint8_t swapped[4 * 150];
    memcpy(swapped, fixture->entries, sizeof swapped);
    memcpy(swapped + 150, fixture->entries + 300, 150);
    memcpy(swapped + 300, fixture->entries + 150, 150);

    struct gm_batch batch = good;
    batch.entries = gm_bytes(swapped, sizeof swapped);
    assert_int_equal(gm_batch_verify(&batch), GM_CORRUPT);

    batch = good;
    batch.entries.size -= 150;
    assert_int_equal(gm_batch_verify(&batch), GM_CORRUPT);
    batch.count--;
    assert_int_equal(gm_batch_verify(&batch), GM_CORRUPT);

    batch = good;
    batch.first_seq++;
    assert_int_equal(gm_batch_verify(&batch), GM_CORRUPT);
    batch = good;
    batch.count = 0;
    assert_int_equal(gm_batch_verify(&batch), GM_CORRUPT);
    assert_int_equal(gm_batch_verify(&good), GM_OK);
}

static bool sealing_aborts(struct gm_batch batch)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        if (setrlimit(RLIMIT_CORE, &no_core) != 0) _exit(1);
        if (freopen("/dev/null", "w", stderr) == NULL) _exit(1);
        gm_batch_seal(&batch);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void entries_that_would_not_verify_are_not_sealed(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_batch good = sealed(fixture, 4, 150);
    assert_false(sealing_aborts(good));

    struct gm_batch batch = good;
    batch.count++;
    assert_true(sealing_aborts(batch));
    batch = good;
    batch.count--;
    assert_true(sealing_aborts(batch));
    batch = good;
    batch.first_seq++;
    assert_true(sealing_aborts(batch));
    batch = good;
    batch.entries.size--;
    assert_true(sealing_aborts(batch));
    fixture->entries[149] ^= 1;
    assert_true(sealing_aborts(good));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_hash_is_over_the_header_as_drawn),
        TEST(the_golden_batch_is_written_and_read),
        TEST(a_head_reads_back_as_written),
        TEST(every_flipped_bit_is_refused),
        TEST(a_head_outside_its_limits_is_refused),
        TEST(a_head_of_another_length_is_refused),
        TEST(entries_that_do_not_belong_to_the_header_are_refused),
        TEST(entries_that_would_not_verify_are_not_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
