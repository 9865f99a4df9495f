#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void crc32c_has_its_published_check_values(void **state)
{
    (void)state;
    uint8_t bytes[32];
    assert_int_equal(gm_crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(gm_crc32c(0, NULL, 0), 0);
    /* RFC 3720, B.4 */
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(gm_crc32c(0, bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(gm_crc32c(0, bytes, sizeof bytes), 0x62a8ab43);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    assert_int_equal(gm_crc32c(0, bytes, sizeof bytes), 0x46dd794e);
    assert_int_equal(gm_crc32c_portable(0, "123456789", 9), 0xe3069283);
}

static void both_paths_of_crc32c_agree_at_every_length_and_alignment(void **state)
{
    (void)state;
    uint8_t bytes[96];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 151 + 7);
    }
    for (size_t from = 0; from < 16; from++) {
        for (size_t size = 0; from + size <= sizeof bytes; size++) {
            assert_int_equal(gm_crc32c(0x1234567, bytes + from, size),
                             gm_crc32c_portable(0x1234567, bytes + from, size));
        }
    }
}

static void crc32c_of_pieces_is_that_of_the_whole(void **state)
{
    (void)state;
    const char text[] = "a kiln holds what its shelves hold";
    const uint32_t whole = gm_crc32c(0, text, sizeof text);
    for (size_t cut = 0; cut <= sizeof text; cut++) {
        const uint32_t first = gm_crc32c(0, text, cut);
        assert_int_equal(gm_crc32c(first, text + cut, sizeof text - cut), whole);
    }
}

/* The key is part of the format: stored state hashes depend on these very numbers. */
static void siphash_is_pinned_by_the_format(void **state)
{
    (void)state;
    assert_true(gm_siphash("", 0) == UINT64_C(0x716cd290a2d32156));
    assert_true(gm_siphash("gomnet", 6) == UINT64_C(0x465844338078f2c8));
}

static void blake2b_has_its_published_value(void **state)
{
    (void)state;
    /* BLAKE2b-256 of nothing and of "abc" */
    static const uint8_t of_nothing[] = {
        0x0e, 0x57, 0x51, 0xc0, 0x26, 0xe5, 0x43, 0xb2, 0xe8, 0xab, 0x2e,
        0xb0, 0x60, 0x99, 0xda, 0xa1, 0xd1, 0xe5, 0xdf, 0x47, 0x77, 0x8f,
        0x77, 0x87, 0xfa, 0xab, 0x45, 0xcd, 0xf1, 0x2f, 0xe3, 0xa8,
    };
    static const uint8_t of_abc[] = {
        0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42, 0x39, 0x72, 0x31, 0x71, 0xef,
        0x3f, 0xee, 0x98, 0x57, 0x9b, 0x94, 0x96, 0x4e, 0x3b, 0xb1, 0xcb,
        0x3e, 0x42, 0x72, 0x62, 0xc8, 0xc0, 0x68, 0xd5, 0x23, 0x19,
    };
    assert_memory_equal(gm_blake2b(NULL, 0).v, of_nothing, GM_HASH_BYTES);
    const struct gm_bytes pieces[] = {gm_bytes("a", 1), gm_bytes(NULL, 0), gm_bytes("bc", 2)};
    assert_memory_equal(gm_blake2b(pieces, 3).v, of_abc, GM_HASH_BYTES);
}

static void a_content_hash_depends_on_number_and_body(void **state)
{
    (void)state;
    const struct gm_id hash = gm_content_hash(7, gm_bytes("body", 4));
    static const uint8_t expected[GM_ID_BYTES] = {
        0x97, 0xc8, 0x35, 0xed, 0xc7, 0x96, 0x73, 0x68,
        0xf7, 0x03, 0x23, 0x2e, 0x6f, 0x59, 0x2b, 0x9e,
    };
    assert_memory_equal(hash.v, expected, GM_ID_BYTES);
    assert_false(gm_id_equal(hash, gm_content_hash(8, gm_bytes("body", 4))));
    assert_false(gm_id_equal(hash, gm_content_hash(7, gm_bytes("bodz", 4))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_has_its_published_check_values),
        cmocka_unit_test(both_paths_of_crc32c_agree_at_every_length_and_alignment),
        cmocka_unit_test(crc32c_of_pieces_is_that_of_the_whole),
        cmocka_unit_test(siphash_is_pinned_by_the_format),
        cmocka_unit_test(blake2b_has_its_published_value),
        cmocka_unit_test(a_content_hash_depends_on_number_and_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
