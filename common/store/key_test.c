#include "store/key.h"

#include "store/fixture.h"

/* A part as the tests know it: a kind and its value; text of at most a few bytes. */
enum kind { U8, U16, U32, U64, I64, ID, TEXT, KIND_COUNT };

struct part {
    enum kind kind;
    uint64_t number;
    struct gm_id id;
    size_t size;
    uint8_t text[6];
};

enum { PARTS_MAX = 4, ROUNDS = 20000 };

static void append(struct gm_key *key, const struct part *part)
{
    switch (part->kind) {
    case U8:
        gm_key_u8(key, (uint8_t)part->number);
        return;
    case U16:
        gm_key_u16(key, (uint16_t)part->number);
        return;
    case U32:
        gm_key_u32(key, (uint32_t)part->number);
        return;
    case U64:
        gm_key_u64(key, part->number);
        return;
    case I64:
        gm_key_i64(key, (int64_t)part->number);
        return;
    case ID:
        gm_key_id(key, part->id);
        return;
    case TEXT:
        gm_key_text(key, gm_bytes(part->text, part->size));
        return;
    case KIND_COUNT:
        break;
    }
    fail();
}

/* The order that the parts' own types have. */
static int compare(const struct part *a, const struct part *b)
{
    switch (a->kind) {
    case U8:
    case U16:
    case U32:
    case U64:
        return (a->number > b->number) - (a->number < b->number);
    case I64:
        return ((int64_t)a->number > (int64_t)b->number) -
               ((int64_t)a->number < (int64_t)b->number);
    case ID:
        return gm_id_compare(a->id, b->id);
    case TEXT:
        return gm_bytes_compare(gm_bytes(a->text, a->size), gm_bytes(b->text, b->size));
    case KIND_COUNT:
        break;
    }
    fail();
    return 0;
}

static void read_back(struct gm_key_reader *reader, const struct part *part)
{
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    int64_t i64 = 0;
    struct gm_id id = {{0}};
    uint8_t text[GM_KEY_BYTES_MAX];
    size_t size = SIZE_MAX;

    switch (part->kind) {
    case U8:
        assert_int_equal(gm_key_read_u8(reader, &u8), GM_OK);
        assert_int_equal(u8, part->number);
        return;
    case U16:
        assert_int_equal(gm_key_read_u16(reader, &u16), GM_OK);
        assert_int_equal(u16, part->number);
        return;
    case U32:
        assert_int_equal(gm_key_read_u32(reader, &u32), GM_OK);
        assert_int_equal(u32, part->number);
        return;
    case U64:
        assert_int_equal(gm_key_read_u64(reader, &u64), GM_OK);
        assert_true(u64 == part->number);
        return;
    case I64:
        assert_int_equal(gm_key_read_i64(reader, &i64), GM_OK);
        assert_true(i64 == (int64_t)part->number);
        return;
    case ID:
        assert_int_equal(gm_key_read_id(reader, &id), GM_OK);
        assert_true(gm_id_equal(id, part->id));
        return;
    case TEXT:
        assert_int_equal(gm_key_read_text(reader, text, &size), GM_OK);
        assert_true(gm_bytes_equal(gm_bytes(text, size), gm_bytes(part->text, part->size)));
        return;
    case KIND_COUNT:
        break;
    }
    fail();
}

/* Few distinct values, with the borders among them, so that equal and neighbouring parts are
 * common. */
static struct part roll_part(uint64_t *dice, enum kind kind)
{
    static const uint64_t borders[] = {0,          1,         0x7f,       0x80,
                                       0xff,       0x7fff,    0xffff,     0x80000000,
                                       0xffffffff, INT64_MAX, 1ULL << 63, UINT64_MAX};
    static const uint64_t masks[] = {
        [U8] = 0xff, [U16] = 0xffff, [U32] = 0xffffffff, [U64] = UINT64_MAX, [I64] = UINT64_MAX};
    static const uint8_t letters[] = {0x00, 0x01, 'a', 0xfe, 0xff};

    struct part part = {.kind = kind};
    if (kind == ID) {
        part.id.v[dice_below(dice, GM_ID_BYTES)] = (uint8_t)dice_below(dice, 256);
    } else if (kind == TEXT) {
        part.size = dice_below(dice, sizeof part.text + 1);
        for (size_t i = 0; i < part.size; i++) {
            part.text[i] = letters[dice_below(dice, sizeof letters)];
        }
    } else {
        part.number = borders[dice_below(dice, sizeof borders / sizeof borders[0])];
        if (dice_below(dice, 3) == 0) part.number = dice_roll(dice);
        part.number &= masks[kind];
    }
    return part;
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void order_of_keys_is_order_of_parts(void **state)
{
    (void)state;
    uint64_t dice = 1;
    for (int round = 0; round < ROUNDS; round++) {
        const size_t count = 1 + dice_below(&dice, PARTS_MAX);
        struct gm_key a;
        struct gm_key b;
        gm_key_begin(&a);
        gm_key_begin(&b);
        int expected = 0;
        for (size_t i = 0; i < count; i++) {
            const enum kind kind = (enum kind)dice_below(&dice, KIND_COUNT);
            const struct part of_a = roll_part(&dice, kind);
            const struct part of_b = dice_below(&dice, 2) ? of_a : roll_part(&dice, kind);
            append(&a, &of_a);
            append(&b, &of_b);
            if (expected == 0) expected = compare(&of_a, &of_b);
        }
        assert_int_equal(sign(gm_bytes_compare(gm_key_bytes(&a), gm_key_bytes(&b))),
                         sign(expected));
    }
}

static void parts_read_back_as_they_were(void **state)
{
    (void)state;
    uint64_t dice = 2;
    for (int round = 0; round < ROUNDS; round++) {
        struct part parts[PARTS_MAX];
        const size_t count = 1 + dice_below(&dice, PARTS_MAX);
        struct gm_key key;
        gm_key_begin(&key);
        for (size_t i = 0; i < count; i++) {
            parts[i] = roll_part(&dice, (enum kind)dice_below(&dice, KIND_COUNT));
            append(&key, &parts[i]);
        }
        struct gm_key_reader reader = {gm_key_bytes(&key)};
        for (size_t i = 0; i < count; i++) {
            read_back(&reader, &parts[i]);
        }
        assert_int_equal(reader.rest.size, 0);
    }
}

static void every_kind_has_the_bytes_that_the_header_draws(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
                                       0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 'a',  0x00, 0xff, 'b',  0x00, 0x00};
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u8(&key, 1);
    gm_key_u16(&key, 0x0203);
    gm_key_u32(&key, 0x04050607);
    gm_key_i64(&key, -1);
    gm_key_text(&key, gm_bytes("a\0b", 3));
    assert_int_equal(key.size, sizeof expected);
    assert_memory_equal(key.v, expected, sizeof expected);
}

static void a_part_that_does_not_fit_marks_the_key_full(void **state)
{
    (void)state;
    static const uint8_t letters[GM_KEY_BYTES_MAX] = {'x'};
    struct gm_key key;
    gm_key_begin(&key);
    for (int i = 0; i < GM_KEY_BYTES_MAX - 4; i++) {
        gm_key_u8(&key, 7);
    }
    gm_key_u32(&key, 9);
    assert_false(key.full);
    assert_int_equal(key.size, GM_KEY_BYTES_MAX);
    gm_key_u8(&key, 7);
    assert_true(key.full);
    assert_int_equal(key.size, GM_KEY_BYTES_MAX);

    gm_key_begin(&key);
    gm_key_text(&key, gm_bytes(letters, sizeof letters));
    assert_true(key.full);
    gm_key_u8(&key, 7); /* once full, always full: a hole in the middle would be another key */
    assert_true(key.full);
}

static void what_is_no_such_part_is_malformed_and_nothing_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        const char *at;
        size_t size;
    } texts[] = {
        {"empty", "", 0},
        {"not closed", "abc", 3},
        {"half closed", "abc\0", 4},
        {"escape of something else", "a\0\x01\0\0", 5},
        {"ends in an escape", "a\0\xff", 3},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct gm_key_reader reader = {gm_bytes(texts[i].at, texts[i].size)};
        uint8_t text[8] = {0x5a};
        size_t size = 99;
        if (gm_key_read_text(&reader, text, &size) != GM_MALFORMED) fail_msg("%s", texts[i].label);
        assert_int_equal(reader.rest.size, texts[i].size);
        assert_int_equal(size, 99);
        assert_int_equal(text[0], 0x5a);
    }

    struct gm_key_reader reader = {gm_bytes("1234567", 7)};
    uint64_t u64 = 5;
    int64_t i64 = 5;
    struct gm_id id;
    assert_int_equal(gm_key_read_u64(&reader, &u64), GM_MALFORMED);
    assert_int_equal(gm_key_read_i64(&reader, &i64), GM_MALFORMED);
    assert_int_equal(gm_key_read_id(&reader, &id), GM_MALFORMED);
    assert_int_equal(reader.rest.size, 7);
    assert_true(u64 == 5 && i64 == 5);

    reader.rest = gm_bytes(NULL, 0);
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    assert_int_equal(gm_key_read_u8(&reader, &u8), GM_MALFORMED);
    assert_int_equal(gm_key_read_u16(&reader, &u16), GM_MALFORMED);
    assert_int_equal(gm_key_read_u32(&reader, &u32), GM_MALFORMED);
}

static void the_key_after_a_prefix_is_above_all_that_begin_with_it(void **state)
{
    (void)state;
    struct gm_key key;
    gm_key_begin(&key);
    gm_key_u32(&key, 0x0102ffff);
    assert_true(gm_key_after_prefix(&key));
    assert_int_equal(key.size, 2);
    assert_memory_equal(key.v, "\x01\x03", 2);

    gm_key_begin(&key);
    gm_key_u16(&key, 0x0709);
    assert_true(gm_key_after_prefix(&key));
    assert_int_equal(key.size, 2);
    assert_memory_equal(key.v, "\x07\x0a", 2);

    gm_key_begin(&key);
    gm_key_u32(&key, UINT32_MAX);
    assert_false(gm_key_after_prefix(&key));
    assert_int_equal(key.size, 4);

    gm_key_begin(&key);
    assert_false(gm_key_after_prefix(&key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_keys_is_order_of_parts),
        cmocka_unit_test(parts_read_back_as_they_were),
        cmocka_unit_test(every_kind_has_the_bytes_that_the_header_draws),
        cmocka_unit_test(a_part_that_does_not_fit_marks_the_key_full),
        cmocka_unit_test(what_is_no_such_part_is_malformed_and_nothing_is_taken),
        cmocka_unit_test(the_key_after_a_prefix_is_above_all_that_begin_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
