#include "base/hash.h"

#include <sodium.h>

#include "base/assert.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

/* libsodium picks its fast BLAKE2b here; hashes before it are right too, only slower. */
__attribute__((constructor)) static void hash_init(void)
{
    const int result = sodium_init();
    GM_ASSERT(result >= 0);
}

uint32_t gm_crc32c_portable(uint32_t crc, const void *at, size_t size)
{
    /* The reflected polynomial 0x82f63b78 applied to each value of four bits. */
    static const uint32_t nibbles[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    const uint8_t *byte = at;
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= byte[i];
        crc = crc >> 4 ^ nibbles[crc & 15];
        crc = crc >> 4 ^ nibbles[crc & 15];
    }
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *at,
                                                               size_t size)
{
    const uint8_t *byte = at;
    uint64_t wide = (uint32_t)~crc;
    for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t), byte += sizeof(uint64_t)) {
        wide = _mm_crc32_u64(wide, gm_get_u64(byte));
    }
    uint32_t narrow = (uint32_t)wide;
    for (; size > 0; size--, byte++) {
        narrow = _mm_crc32_u8(narrow, *byte);
    }
    return ~narrow;
}
#endif

uint32_t gm_crc32c(uint32_t crc, const void *at, size_t size)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(crc, at, size);
#endif
    return gm_crc32c_portable(crc, at, size);
}

uint64_t gm_siphash(const void *at, size_t size)
{
    /* A constant of the format: another key would make every stored state hash wrong. */
    static const uint8_t key[] = "gomnet.state.v1";
    _Static_assert(sizeof key == crypto_shorthash_siphash24_KEYBYTES, "the NUL is its last byte");
    uint8_t hash[crypto_shorthash_siphash24_BYTES];
    crypto_shorthash_siphash24(hash, at, size, key);
    return gm_get_u64(hash);
}

static void blake2b(const struct gm_bytes *pieces, size_t count, uint8_t *hash, size_t hash_bytes)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, hash_bytes);
    for (size_t i = 0; i < count; i++) {
        crypto_generichash_update(&state, pieces[i].at, pieces[i].size);
    }
    crypto_generichash_final(&state, hash, hash_bytes);
}

struct gm_hash gm_blake2b(const struct gm_bytes *pieces, size_t count)
{
    struct gm_hash hash;
    blake2b(pieces, count, hash.v, sizeof hash.v);
    return hash;
}

struct gm_id gm_content_hash(uint16_t number, struct gm_bytes body)
{
    uint8_t prefix[sizeof number];
    gm_put_u16(prefix, number);
    const struct gm_bytes pieces[] = {gm_bytes(prefix, sizeof prefix), body};
    struct gm_id hash;
    blake2b(pieces, 2, hash.v, sizeof hash.v);
    return hash;
}
