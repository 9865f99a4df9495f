#include "journal/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/sample.h"

enum {
    ARENA_BYTES = 4 * 1024 * 1024,
    SEED = 20241124,

    /* As drawn in entry.h, again on purpose. */
    AT_CRC = 0,
    AT_SIZE = 4,
    AT_FORMAT = 8,
    AT_KIND = 9,
    AT_SEQ = 16,
    AT_EVENT_COUNT = 128,
    AT_FOREIGN_COUNT = 130,
    AT_REPLY_BYTES = 132,
};

struct fixture {
    struct gm_arena arena;
    struct gm_random random;
    uint8_t *encoded; /* GM_ENTRY_BYTES_MAX */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(gm_arena_init(&fixture->arena, ARENA_BYTES), GM_OK);
    fixture->encoded = malloc(GM_ENTRY_BYTES_MAX);
    assert_non_null(fixture->encoded);
    gm_random_seed(&fixture->random, SEED);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    gm_arena_release(&fixture->arena);
    free(fixture->encoded);
    free(fixture);
    return 0;
}

static void assert_run_equal(struct gm_bytes a, struct gm_bytes b)
{
    assert_true(gm_bytes_equal(a, b));
}

static void assert_entry_equal(const struct gm_entry *a, const struct gm_entry *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->method, b->method);
    assert_int_equal(a->reason, b->reason);
    assert_int_equal(a->status, b->status);
    assert_true(a->seq == b->seq);
    assert_true(a->time_ms == b->time_ms);
    assert_true(gm_id_equal(a->id, b->id));
    assert_true(gm_id_equal(a->command_id, b->command_id));
    assert_true(gm_id_equal(a->member, b->member));
    assert_true(gm_id_equal(a->gateway, b->gateway));
    assert_true(gm_id_equal(a->content_hash, b->content_hash));
    assert_true(gm_id_equal(a->trace_id, b->trace_id));
    assert_true(a->source_journal == b->source_journal);
    assert_true(a->from == b->from);
    assert_true(a->through == b->through);
    assert_int_equal(gm_hash_compare(&a->source_hash, &b->source_hash), 0);
    assert_int_equal(a->event_count, b->event_count);
    for (size_t i = 0; i < a->event_count; i++) {
        assert_run_equal(a->events[i], b->events[i]);
    }
    assert_int_equal(a->foreign_count, b->foreign_count);
    for (size_t i = 0; i < a->foreign_count; i++) {
        assert_true(a->foreign[i].seq == b->foreign[i].seq);
        assert_true(a->foreign[i].time_ms == b->foreign[i].time_ms);
        assert_run_equal(a->foreign[i].event, b->foreign[i].event);
    }
    assert_run_equal(a->reply, b->reply);
}

/* Encodes into a block of exactly that size, so that the address sanitizer sees a byte too many. */
static struct gm_bytes encode(const struct gm_entry *entry)
{
    const size_t size = gm_entry_bytes(entry);
    uint8_t *at = malloc(size);
    assert_non_null(at);
    gm_entry_encode(entry, at);
    return gm_bytes(at, size);
}

static void release(struct gm_bytes encoded)
{
    free((void *)encoded.at);
}

/* An inner field was changed: makes the CRC right again. */
static void reseal(uint8_t *at, size_t size)
{
    gm_put_u32(at + AT_CRC, gm_crc32c(0, at + AT_SIZE, size - AT_SIZE));
}

static enum gm_status decode(struct fixture *fixture, struct gm_bytes bytes)
{
    struct gm_entry entry;
    size_t taken;
    gm_arena_reset(&fixture->arena);
    return gm_entry_decode(bytes, &fixture->arena, &entry, &taken);
}

/* From "cd59..." to bytes; returns their count. */
static size_t from_hex(const char *hex, uint8_t *ret)
{
    size_t count = 0;
    for (; hex[2 * count] != '\0'; count++) {
        const char digits[] = {hex[2 * count], hex[2 * count + 1], '\0'};
        ret[count] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return count;
}

static struct gm_id id_from(uint8_t first)
{
    struct gm_id id;
    for (size_t i = 0; i < GM_ID_BYTES; i++) {
        id.v[i] = (uint8_t)(first + i);
    }
    return id;
}

/* The format is final: these bytes were made from the drawn table by another program. */
static void the_golden_command_is_written_and_read(void **state)
{
    struct fixture *fixture = *state;
    static const char hex[] = "cd59cdf296000000010102010000000029000000000000007be897b69a010000"
                              "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
                              "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"
                              "505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f"
                              "020000000200000004000000626f776c000000006f6b";
    const struct gm_bytes events[] = {gm_bytes_of_text("bowl"), gm_bytes_of_text("")};
    const struct gm_entry entry = {
        .kind = GM_ENTRY_COMMAND,
        .method = 0x0102,
        .seq = 41,
        .time_ms = INT64_C(1764000000123),
        .id = id_from(0x10),
        .command_id = id_from(0x20),
        .member = id_from(0x30),
        .gateway = id_from(0x40),
        .content_hash = id_from(0x50),
        .trace_id = id_from(0x60),
        .event_count = 2,
        .events = events,
        .reply = gm_bytes_of_text("ok"),
    };
    uint8_t golden[256];
    const size_t size = from_hex(hex, golden);
    const struct gm_bytes encoded = encode(&entry);
    assert_int_equal(encoded.size, size);
    assert_memory_equal(encoded.at, golden, size);
    release(encoded);

    struct gm_entry read;
    size_t taken;
    assert_int_equal(gm_entry_decode(gm_bytes(golden, size), &fixture->arena, &read, &taken),
                     GM_OK);
    assert_int_equal(taken, size);
    assert_entry_equal(&read, &entry);
}

static void the_golden_chunk_is_written_and_read(void **state)
{
    struct fixture *fixture = *state;
    static const char hex[] = "f99a05a8f400000001040700000000002a000000000000007ce897b69a010000"
                              "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
                              "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"
                              "505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f"
                              "0100020000000000887766554433221109000000000000000a00000000000000"
                              "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
                              "0400000076617365090000000000000000e897b69a010000040000006b696c6e"
                              "0a0000000000000001e897b69a01000000000000";
    const struct gm_bytes event = gm_bytes_of_text("vase");
    const struct gm_foreign_event foreign[] = {
        {.seq = 9, .time_ms = INT64_C(1764000000000), .event = gm_bytes_of_text("kiln")},
        {.seq = 10, .time_ms = INT64_C(1764000000001), .event = gm_bytes(NULL, 0)},
    };
    struct gm_entry entry = {
        .kind = GM_ENTRY_FOLLOW,
        .method = 7,
        .seq = 42,
        .time_ms = INT64_C(1764000000124),
        .id = id_from(0x10),
        .command_id = id_from(0x20),
        .member = id_from(0x30),
        .gateway = id_from(0x40),
        .content_hash = id_from(0x50),
        .trace_id = id_from(0x60),
        .source_journal = UINT64_C(0x1122334455667788),
        .from = 9,
        .through = 10,
        .event_count = 1,
        .events = &event,
        .foreign_count = 2,
        .foreign = foreign,
    };
    for (size_t i = 0; i < GM_HASH_BYTES; i++) {
        entry.source_hash.v[i] = (uint8_t)(0x80 + i);
    }
    uint8_t golden[256];
    const size_t size = from_hex(hex, golden);
    const struct gm_bytes encoded = encode(&entry);
    assert_int_equal(encoded.size, size);
    assert_memory_equal(encoded.at, golden, size);
    release(encoded);

    struct gm_entry read;
    size_t taken;
    assert_int_equal(gm_entry_decode(gm_bytes(golden, size), &fixture->arena, &read, &taken),
                     GM_OK);
    assert_entry_equal(&read, &entry);
}

static void a_random_entry_of_any_kind_reads_back_as_written(void **state)
{
    struct fixture *fixture = *state;
    for (int round = 0; round < 2000; round++) {
        gm_arena_reset(&fixture->arena);
        const enum gm_entry_kind kind =
            (enum gm_entry_kind)(1 + gm_random_below(&fixture->random, GM_ENTRY_KIND_COUNT - 1));
        const uint64_t seq = 1 + gm_random_below(&fixture->random, UINT64_MAX - 1);
        const struct gm_entry entry = sample_entry(&fixture->random, &fixture->arena, kind, seq);
        const struct gm_bytes encoded = encode(&entry);
        assert_int_equal(gm_entry_peek(encoded), encoded.size);
        assert_true(gm_entry_peek_seq(encoded) == seq);

        struct gm_entry read;
        size_t taken;
        assert_int_equal(gm_entry_decode(encoded, &fixture->arena, &read, &taken), GM_OK);
        assert_int_equal(taken, encoded.size);
        assert_entry_equal(&read, &entry);
        release(encoded);
    }
}

static void an_entry_of_the_largest_size_with_the_most_events_reads_back(void **state)
{
    struct fixture *fixture = *state;
    enum { EVENTS = (GM_ENTRY_BYTES_MAX - GM_ENTRY_HEAD_BYTES) / 4 };
    struct gm_bytes *events = GM_ARENA_ARRAY(&fixture->arena, struct gm_bytes, EVENTS);
    assert_non_null(events);
    const struct gm_entry entry = {
        .kind = GM_ENTRY_COMMAND,
        .seq = 1,
        .event_count = EVENTS,
        .events = events,
    };
    assert_int_equal(gm_entry_bytes(&entry), GM_ENTRY_BYTES_MAX);
    const struct gm_bytes encoded = encode(&entry);
    struct gm_entry read;
    size_t taken;
    assert_int_equal(gm_entry_decode(encoded, &fixture->arena, &read, &taken), GM_OK);
    assert_entry_equal(&read, &entry);
    release(encoded);
}

static void what_follows_an_entry_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_entry first =
        sample_entry(&fixture->random, &fixture->arena, GM_ENTRY_TIMER, 1);
    const struct gm_entry second =
        sample_entry(&fixture->random, &fixture->arena, GM_ENTRY_ANSWER, 2);
    const size_t first_bytes = gm_entry_bytes(&first);
    const size_t all = first_bytes + gm_entry_bytes(&second);
    gm_entry_encode(&first, fixture->encoded);
    gm_entry_encode(&second, fixture->encoded + first_bytes);

    struct gm_entry read;
    size_t taken;
    assert_int_equal(
        gm_entry_decode(gm_bytes(fixture->encoded, all), &fixture->arena, &read, &taken), GM_OK);
    assert_int_equal(taken, first_bytes);
    assert_entry_equal(&read, &first);
}

static void every_truncation_is_refused(void **state)
{
    struct fixture *fixture = *state;
    for (int kind = GM_ENTRY_COMMAND; kind < GM_ENTRY_KIND_COUNT; kind++) {
        gm_arena_reset(&fixture->arena);
        const struct gm_entry entry =
            sample_entry(&fixture->random, &fixture->arena, (enum gm_entry_kind)kind, 5);
        const struct gm_bytes whole = encode(&entry);
        for (size_t size = 0; size < whole.size; size++) {
            uint8_t *cut = malloc(size + 1);
            assert_non_null(cut);
            memcpy(cut + 1, whole.at, size);
            assert_int_equal(decode(fixture, gm_bytes(cut + 1, size)), GM_CORRUPT);
            assert_int_equal(gm_entry_peek(gm_bytes(cut + 1, size)), 0);
            free(cut);
        }
        release(whole);
    }
}

static void every_changed_byte_is_refused(void **state)
{
    struct fixture *fixture = *state;
    for (int kind = GM_ENTRY_COMMAND; kind < GM_ENTRY_KIND_COUNT; kind++) {
        gm_arena_reset(&fixture->arena);
        const struct gm_entry entry =
            sample_entry(&fixture->random, &fixture->arena, (enum gm_entry_kind)kind, 5);
        const struct gm_bytes encoded = encode(&entry);
        uint8_t *bytes = (uint8_t *)encoded.at;
        for (size_t i = 0; i < encoded.size; i++) {
            for (int change = 1; change < 256; change++) {
                bytes[i] ^= (uint8_t)change;
                assert_int_equal(decode(fixture, encoded), GM_CORRUPT);
                bytes[i] ^= (uint8_t)change;
            }
        }
        assert_int_equal(decode(fixture, encoded), GM_OK);
        release(encoded);
    }
}

/* With a right CRC: whoever wrote this was wrong about the sizes inside. */
static void inner_sizes_that_do_not_add_up_are_refused(void **state)
{
    struct fixture *fixture = *state;
    enum {
        FIRST_EVENT = GM_ENTRY_HEAD_BYTES + GM_ENTRY_FOLLOW_BYTES,
        FIRST_FOREIGN = FIRST_EVENT + 8
    };
    static const struct {
        const char *label;
        size_t at;
        size_t width;
        uint32_t value;
    } rows[] = {
        {"one event fewer", AT_EVENT_COUNT, 2, 0},
        {"one event more", AT_EVENT_COUNT, 2, 2},
        {"the most events", AT_EVENT_COUNT, 2, UINT16_MAX},
        {"one foreign event fewer", AT_FOREIGN_COUNT, 2, 0},
        {"one foreign event more", AT_FOREIGN_COUNT, 2, 2},
        {"the most foreign events", AT_FOREIGN_COUNT, 2, UINT16_MAX},
        {"an empty reply", AT_REPLY_BYTES, 4, 0},
        {"a shorter reply", AT_REPLY_BYTES, 4, 1},
        {"a longer reply", AT_REPLY_BYTES, 4, 3},
        {"the longest reply", AT_REPLY_BYTES, 4, UINT32_MAX},
        {"a shorter event", FIRST_EVENT, 4, 3},
        {"a longer event", FIRST_EVENT, 4, 5},
        {"the longest event", FIRST_EVENT, 4, UINT32_MAX},
        {"a shorter foreign event", FIRST_FOREIGN + 16, 4, 3},
        {"a longer foreign event", FIRST_FOREIGN + 16, 4, 5},
        {"the longest foreign event", FIRST_FOREIGN + 16, 4, UINT32_MAX},
    };
    const struct gm_bytes event = gm_bytes_of_text("vase");
    const struct gm_foreign_event foreign = {.event = gm_bytes_of_text("kiln")};
    const struct gm_entry entry = {
        .kind = GM_ENTRY_FOLLOW,
        .seq = 1,
        .event_count = 1,
        .events = &event,
        .foreign_count = 1,
        .foreign = &foreign,
        .reply = gm_bytes_of_text("ok"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("  %s\n", rows[i].label);
        const struct gm_bytes encoded = encode(&entry);
        uint8_t *bytes = (uint8_t *)encoded.at;
        memcpy(bytes + rows[i].at, &rows[i].value, rows[i].width);
        reseal(bytes, encoded.size);
        assert_int_equal(decode(fixture, encoded), GM_CORRUPT);
        release(encoded);
    }
}

static void a_source_that_is_missing_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_entry entry = {.kind = GM_ENTRY_COMMAND, .seq = 1};
    const struct gm_bytes encoded = encode(&entry);
    uint8_t *bytes = (uint8_t *)encoded.at;
    bytes[AT_KIND] = GM_ENTRY_FOLLOW;
    reseal(bytes, encoded.size);
    assert_int_equal(decode(fixture, encoded), GM_CORRUPT);
    release(encoded);
}

static void later_formats_and_kinds_are_newer_and_none_is_corrupt(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *label;
        size_t at;
        uint8_t value;
        enum gm_status expected;
    } rows[] = {
        {"format 0", AT_FORMAT, 0, GM_CORRUPT},
        {"this format", AT_FORMAT, GM_ENTRY_FORMAT, GM_OK},
        {"the next format", AT_FORMAT, GM_ENTRY_FORMAT + 1, GM_NEWER},
        {"no kind", AT_KIND, GM_ENTRY_NONE, GM_CORRUPT},
        {"the last kind", AT_KIND, GM_ENTRY_KIND_COUNT - 1, GM_OK},
        {"the next kind", AT_KIND, GM_ENTRY_KIND_COUNT, GM_NEWER},
        {"sequence number 0", AT_SEQ, 0, GM_CORRUPT},
    };
    const struct gm_entry entry = {.kind = GM_ENTRY_COMMAND, .seq = 1};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("  %s\n", rows[i].label);
        const struct gm_bytes encoded = encode(&entry);
        uint8_t *bytes = (uint8_t *)encoded.at;
        bytes[rows[i].at] = rows[i].value;
        reseal(bytes, encoded.size);
        assert_int_equal(decode(fixture, encoded), rows[i].expected);
        release(encoded);
    }
}

static void an_arena_that_is_full_takes_nothing_and_fills_nothing(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_bytes events[4] = {{0}};
    const struct gm_foreign_event foreign[4] = {{0}};
    const struct gm_entry entry = {
        .kind = GM_ENTRY_FOLLOW,
        .seq = 1,
        .event_count = 4,
        .events = events,
        .foreign_count = 4,
        .foreign = foreign,
    };
    const struct gm_bytes encoded = encode(&entry);
    for (size_t room = 0; room < sizeof events + sizeof foreign; room += 16) {
        struct gm_arena small;
        assert_int_equal(gm_arena_init(&small, room), GM_OK);
        struct gm_entry read = {.seq = 77};
        size_t taken = 77;
        assert_int_equal(gm_entry_decode(encoded, &small, &read, &taken), GM_TOO_LARGE);
        assert_int_equal(read.seq, 77);
        assert_int_equal(taken, 77);
        assert_int_equal(gm_arena_mark(&small), 0);
        gm_arena_release(&small);
    }
    assert_int_equal(decode(fixture, encoded), GM_OK);
    release(encoded);
}

static void peeking_believes_a_size_only_where_the_bytes_are_there(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *label;
        size_t held;
        uint32_t size;
        size_t expected;
    } rows[] = {
        {"nothing", 0, 0, 0},
        {"less than a head", GM_ENTRY_HEAD_BYTES - 1, GM_ENTRY_HEAD_BYTES - 1, 0},
        {"a size below the head's", 500, GM_ENTRY_HEAD_BYTES - 1, 0},
        {"a head", GM_ENTRY_HEAD_BYTES, GM_ENTRY_HEAD_BYTES, GM_ENTRY_HEAD_BYTES},
        {"all that is held", 500, 500, 500},
        {"one byte more than is held", 500, 501, 0},
        {"the largest", GM_ENTRY_BYTES_MAX, GM_ENTRY_BYTES_MAX, GM_ENTRY_BYTES_MAX},
        {"over the largest", GM_ENTRY_BYTES_MAX + 1, GM_ENTRY_BYTES_MAX + 1, 0},
        {"the largest number", 500, UINT32_MAX, 0},
    };
    (void)fixture;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("  %s\n", rows[i].label);
        uint8_t *at = calloc(1, rows[i].held + 1);
        assert_non_null(at);
        if (rows[i].held >= AT_SIZE + 4) gm_put_u32(at + AT_SIZE, rows[i].size);
        assert_int_equal(gm_entry_peek(gm_bytes(at, rows[i].held)), rows[i].expected);
        free(at);
    }
}

static void garbage_is_refused_whatever_its_length(void **state)
{
    struct fixture *fixture = *state;
    for (int round = 0; round < 20000; round++) {
        const size_t size = gm_random_below(&fixture->random, 600);
        uint8_t *at = malloc(size + 1);
        assert_non_null(at);
        gm_random_bytes(&fixture->random, at, size);
        /* Every other round passes peek, so that the checks behind it are reached. */
        if (round % 2 == 0 && size >= GM_ENTRY_HEAD_BYTES) gm_put_u32(at + AT_SIZE, (uint32_t)size);
        const struct gm_bytes bytes = gm_bytes(at, size);
        assert_true(gm_entry_peek(bytes) <= size);
        assert_false(gm_entry_intact(bytes));
        assert_int_equal(decode(fixture, bytes), GM_CORRUPT);
        free(at);
    }
}

/* As above, but with a right CRC: nothing may be read outside the bytes, whatever it decodes to. */
static void garbage_with_a_right_crc_never_reads_past_its_end(void **state)
{
    struct fixture *fixture = *state;
    int refused = 0;
    for (int round = 0; round < 20000; round++) {
        gm_arena_reset(&fixture->arena);
        const struct gm_entry entry = sample_entry(
            &fixture->random, &fixture->arena,
            (enum gm_entry_kind)(1 + gm_random_below(&fixture->random, GM_ENTRY_KIND_COUNT - 1)),
            1);
        const struct gm_bytes encoded = encode(&entry);
        uint8_t *bytes = (uint8_t *)encoded.at;
        for (int changes = 0; changes < 4; changes++) {
            const size_t from = AT_EVENT_COUNT;
            const size_t at = from + gm_random_below(&fixture->random, encoded.size - from);
            bytes[at] = (uint8_t)gm_random_u64(&fixture->random);
        }
        reseal(bytes, encoded.size);
        struct gm_entry read;
        size_t taken;
        if (gm_entry_decode(encoded, &fixture->arena, &read, &taken) != GM_OK) {
            refused++;
        } else {
            volatile uint8_t touched = 0; /* the last byte of all that was lent */
            for (size_t i = 0; i < read.event_count; i++) {
                if (read.events[i].size > 0) touched = read.events[i].at[read.events[i].size - 1];
            }
            if (read.reply.size > 0) touched = read.reply.at[read.reply.size - 1];
            (void)touched;
            assert_int_equal(taken, encoded.size);
        }
        release(encoded);
    }
    assert_true(refused > 1000);
}

static void the_hash_of_an_entry_is_that_of_all_its_bytes(void **state)
{
    struct fixture *fixture = *state;
    const struct gm_entry entry =
        sample_entry(&fixture->random, &fixture->arena, GM_ENTRY_COMMAND, 9);
    const struct gm_bytes encoded = encode(&entry);
    const struct gm_hash hash = gm_entry_hash(encoded);
    const struct gm_hash expected = gm_blake2b(&encoded, 1);
    assert_int_equal(gm_hash_compare(&hash, &expected), 0);
    ((uint8_t *)encoded.at)[encoded.size - 1] ^= 1;
    const struct gm_hash other = gm_entry_hash(encoded);
    assert_int_not_equal(gm_hash_compare(&hash, &other), 0);
    release(encoded);
}

/* Whether encoding this ends the process by an assertion. */
static bool encoding_aborts(const struct gm_entry *entry, uint8_t *at)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        if (setrlimit(RLIMIT_CORE, &no_core) != 0) _exit(1);
        if (freopen("/dev/null", "w", stderr) == NULL) _exit(1);
        gm_entry_encode(entry, at);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void what_could_not_be_read_again_is_not_written(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t large[GM_ENTRY_BYTES_MAX];
    struct gm_entry entry = {.kind = GM_ENTRY_COMMAND, .seq = 1};
    assert_false(encoding_aborts(&entry, fixture->encoded));

    entry.reply = gm_bytes(large, GM_ENTRY_BYTES_MAX - GM_ENTRY_HEAD_BYTES);
    assert_false(encoding_aborts(&entry, fixture->encoded));
    entry.reply.size++;
    assert_true(encoding_aborts(&entry, fixture->encoded));

    entry.reply.size = 0;
    entry.seq = 0;
    assert_true(encoding_aborts(&entry, fixture->encoded));
    entry.seq = 1;
    entry.kind = GM_ENTRY_NONE;
    assert_true(encoding_aborts(&entry, fixture->encoded));
    entry.kind = GM_ENTRY_KIND_COUNT;
    assert_true(encoding_aborts(&entry, fixture->encoded));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_golden_command_is_written_and_read),
        TEST(the_golden_chunk_is_written_and_read),
        TEST(a_random_entry_of_any_kind_reads_back_as_written),
        TEST(an_entry_of_the_largest_size_with_the_most_events_reads_back),
        TEST(what_follows_an_entry_is_left_alone),
        TEST(every_truncation_is_refused),
        TEST(every_changed_byte_is_refused),
        TEST(inner_sizes_that_do_not_add_up_are_refused),
        TEST(a_source_that_is_missing_is_refused),
        TEST(later_formats_and_kinds_are_newer_and_none_is_corrupt),
        TEST(an_arena_that_is_full_takes_nothing_and_fills_nothing),
        TEST(peeking_believes_a_size_only_where_the_bytes_are_there),
        TEST(garbage_is_refused_whatever_its_length),
        TEST(garbage_with_a_right_crc_never_reads_past_its_end),
        TEST(the_hash_of_an_entry_is_that_of_all_its_bytes),
        TEST(what_could_not_be_read_again_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
