#include "wire/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "wire.pb-c.h"
#include "wire/scan.h"

enum { ROUNDS = 20000 };

static struct gm_random dice;

/* Mostly small, so that every length of a varint is met, and 0. */
static uint64_t any_u64(void)
{
    return gm_random_u64(&dice) >> gm_random_below(&dice, 64) >> (gm_random_below(&dice, 8) == 0);
}

static bool any_bool(void)
{
    return gm_random_chance(&dice, 500000);
}

static struct gm_id any_id(void)
{
    struct gm_id id = {{0}};
    if (any_bool()) gm_random_bytes(&dice, id.v, sizeof id.v);
    return id;
}

static struct gm_request_header any_request(void)
{
    struct gm_request_header header = {
        .protocol = (uint32_t)any_u64(),
        .method = (uint32_t)any_u64(),
        .request_id = any_u64() | 1,
        .command_id = any_id(),
        .timeout_ms = (uint32_t)any_u64(),
        .member = any_id(),
        .trace_id = any_id(),
        .language = any_bool() ? GM_LANGUAGE_VI : GM_LANGUAGE_EN,
        .dry_run = any_bool(),
        .until_settled = any_bool(),
        .position_count = (uint8_t)gm_random_below(&dice, GM_POSITIONS_MAX + 1),
    };
    for (unsigned i = 0; i < header.position_count; i++) {
        header.positions[i] = (struct gm_position){any_u64(), any_u64()};
    }
    return header;
}

static void assert_requests_equal(const struct gm_request_header *a,
                                  const struct gm_request_header *b)
{
    assert_int_equal(a->protocol, b->protocol);
    assert_int_equal(a->method, b->method);
    assert_int_equal(a->request_id, b->request_id);
    assert_true(gm_id_equal(a->command_id, b->command_id));
    assert_int_equal(a->timeout_ms, b->timeout_ms);
    assert_true(gm_id_equal(a->member, b->member));
    assert_true(gm_id_equal(a->trace_id, b->trace_id));
    assert_int_equal(a->language, b->language);
    assert_int_equal(a->dry_run, b->dry_run);
    assert_int_equal(a->until_settled, b->until_settled);
    assert_int_equal(a->position_count, b->position_count);
    for (unsigned i = 0; i < a->position_count; i++) {
        assert_int_equal(a->positions[i].journal_id, b->positions[i].journal_id);
        assert_int_equal(a->positions[i].seq, b->positions[i].seq);
    }
}

static void assert_id_field(ProtobufCBinaryData field, struct gm_id id)
{
    assert_int_equal(field.len, gm_id_is_zero(id) ? 0 : GM_ID_BYTES);
    if (field.len > 0) assert_memory_equal(field.data, id.v, GM_ID_BYTES);
}

static void request_headers_are_what_the_generated_codec_says(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const struct gm_request_header header = any_request();
        uint8_t bytes[GM_REQUEST_HEADER_BYTES_MAX];
        const size_t size = gm_request_header_encode(&header, bytes);
        Wire__RequestHeader *theirs = wire__request_header__unpack(NULL, size, bytes);
        assert_non_null(theirs);
        assert_int_equal(theirs->protocol, header.protocol);
        assert_int_equal(theirs->method, header.method);
        assert_int_equal(theirs->request_id, header.request_id);
        assert_id_field(theirs->command_id, header.command_id);
        assert_int_equal(theirs->timeout_ms, header.timeout_ms);
        assert_id_field(theirs->member, header.member);
        assert_int_equal(strlen(theirs->traceparent),
                         gm_id_is_zero(header.trace_id) ? 0 : GM_TRACEPARENT_BYTES);
        assert_string_equal(theirs->language, header.language == GM_LANGUAGE_VI ? "vi" : "");
        assert_int_equal(theirs->dry_run, header.dry_run);
        assert_int_equal(theirs->until_settled, header.until_settled);
        assert_int_equal(theirs->n_positions, header.position_count);
        for (unsigned i = 0; i < header.position_count; i++) {
            assert_int_equal(theirs->positions[i]->journal_id, header.positions[i].journal_id);
            assert_int_equal(theirs->positions[i]->seq, header.positions[i].seq);
        }
        assert_int_equal(theirs->base.n_unknown_fields, 0);

        /* And theirs, packed, is ours again, to the byte and to the field. */
        uint8_t packed[GM_REQUEST_HEADER_BYTES_MAX];
        assert_int_equal(wire__request_header__get_packed_size(theirs), size);
        assert_int_equal(wire__request_header__pack(theirs, packed), size);
        assert_memory_equal(packed, bytes, size);
        wire__request_header__free_unpacked(theirs, NULL);

        struct gm_request_header back;
        assert_int_equal(gm_request_header_decode(gm_bytes(bytes, size), &back), GM_REASON_NONE);
        assert_requests_equal(&back, &header);
    }
}

static void reply_headers_are_what_the_generated_codec_says(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const struct gm_reply_header header = {
            .request_id = any_u64() | 1,
            .status = (uint16_t)gm_random_below(&dice, GM_CODE_COUNT),
            .position = {any_u64(), any_u64()},
            .recorded = any_bool(),
            .more = any_bool(),
        };
        uint8_t bytes[GM_REPLY_HEADER_BYTES_MAX];
        const size_t size = gm_reply_header_encode(&header, bytes);
        assert_true(size <= GM_REPLY_HEADER_BYTES_MAX);
        Wire__ReplyHeader *theirs = wire__reply_header__unpack(NULL, size, bytes);
        assert_non_null(theirs);
        assert_int_equal(theirs->request_id, header.request_id);
        assert_int_equal(theirs->status, header.status);
        assert_int_equal(theirs->journal_id, header.position.journal_id);
        assert_int_equal(theirs->seq, header.position.seq);
        assert_int_equal(theirs->recorded, header.recorded);
        assert_int_equal(theirs->more, header.more);
        assert_int_equal(theirs->base.n_unknown_fields, 0);
        wire__reply_header__free_unpacked(theirs, NULL);

        struct gm_reply_header back;
        assert_int_equal(gm_reply_header_decode(gm_bytes(bytes, size), &back), GM_OK);
        assert_int_equal(back.request_id, header.request_id);
        assert_int_equal(back.status, header.status);
        assert_int_equal(back.position.journal_id, header.position.journal_id);
        assert_int_equal(back.position.seq, header.position.seq);
        assert_int_equal(back.recorded, header.recorded);
        assert_int_equal(back.more, header.more);
    }
}

static void the_largest_reply_header_has_33_bytes(void **state)
{
    (void)state;
    const struct gm_reply_header header = {.request_id = UINT64_MAX,
                                           .status = GM_CODE_UNAUTHENTICATED,
                                           .position = {UINT64_MAX, UINT64_MAX},
                                           .recorded = true,
                                           .more = true};
    uint8_t bytes[GM_REPLY_HEADER_BYTES_MAX];
    assert_int_equal(gm_reply_header_encode(&header, bytes), GM_REPLY_HEADER_BYTES_MAX);
}

static void a_header_that_is_cut_off_anywhere_is_refused_under_its_request_id(void **state)
{
    (void)state;
    struct gm_request_header header = any_request();
    header.position_count = GM_POSITIONS_MAX;
    gm_random_bytes(&dice, header.trace_id.v, GM_ID_BYTES);
    uint8_t bytes[GM_REQUEST_HEADER_BYTES_MAX];
    const size_t size = gm_request_header_encode(&header, bytes);
    size_t whole = 0; /* cuts between two fields: a shorter header, and well-formed */
    for (size_t cut = 0; cut < size; cut++) {
        struct gm_request_header back;
        const enum gm_reason reason = gm_request_header_decode(gm_bytes(bytes, cut), &back);
        if (reason == GM_REASON_NONE) {
            whole++;
            assert_true(back.request_id == header.request_id);
        } else {
            assert_int_equal(reason, GM_REASON_BAD_FRAME);
        }
        if (cut > 6 + 6 + 9) assert_true(back.request_id == header.request_id);
    }
    assert_in_range(whole, 4, 11);
}

static void append(uint8_t *bytes, size_t *size, const void *more, size_t more_size)
{
    memcpy(bytes + *size, more, more_size);
    *size += more_size;
}

/* A header with request id 7, and one field more. */
static enum gm_reason decode_with(const void *more, size_t more_size,
                                  struct gm_request_header *ret_header)
{
    uint8_t bytes[2 * GM_REQUEST_HEADER_BYTES_MAX];
    size_t size = gm_request_header_encode(
        &(struct gm_request_header){.protocol = GM_PROTOCOL, .method = 107, .request_id = 7},
        bytes);
    append(bytes, &size, more, more_size);
    const enum gm_reason reason = gm_request_header_decode(gm_bytes(bytes, size), ret_header);
    assert_int_equal(ret_header->request_id, 7);
    return reason;
}

static void fields_of_the_wrong_type_or_size_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        enum gm_reason reason;
        uint8_t size;
        uint8_t bytes[20];
    } rows[] = {
        {"an id of 15 bytes", GM_REASON_BAD_ID, 17, {0x22, 15, 1}},
        {"an id of 17 bytes", GM_REASON_BAD_ID, 19, {0x32, 17, 1}},
        {"an id of 16 bytes", GM_REASON_NONE, 18, {0x32, 16, 1}},
        {"an id of none", GM_REASON_NONE, 2, {0x32, 0}},
        {"an id as a number", GM_REASON_BAD_FRAME, 2, {0x20, 1}},
        {"a timeout as bytes", GM_REASON_BAD_FRAME, 2, {0x2a, 0}},
        {"a timeout of 33 bits", GM_REASON_BAD_FRAME, 6, {0x28, 128, 128, 128, 128, 16}},
        {"a request id as a varint", GM_REASON_BAD_FRAME, 2, {0x18, 1}},
        {"a language as a number", GM_REASON_BAD_FRAME, 2, {0x40, 1}},
        {"a traceparent as a number", GM_REASON_BAD_FRAME, 2, {0x38, 1}},
        {"a flag as bytes", GM_REASON_BAD_FRAME, 2, {0x4a, 0}},
        {"a position as a number", GM_REASON_BAD_FRAME, 2, {0x58, 1}},
        {"a position whose inside is cut", GM_REASON_BAD_FRAME, 4, {0x5a, 2, 0x09, 1}},
        {"a position with a varint", GM_REASON_BAD_FRAME, 4, {0x5a, 2, 0x08, 1}},
        {"an unknown field", GM_REASON_NONE, 4, {0xa2, 0x06, 1, 9}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gm_request_header header;
        const enum gm_reason reason = decode_with(rows[i].bytes, rows[i].size, &header);
        if (reason != rows[i].reason) fail_msg("%s: %d", rows[i].label, (int)reason);
    }
}

static void five_positions_are_too_many(void **state)
{
    (void)state;
    uint8_t positions[2 * 5];
    for (size_t i = 0; i < sizeof positions; i += 2) {
        positions[i] = 0x5a;
        positions[i + 1] = 0;
    }
    struct gm_request_header header;
    assert_int_equal(decode_with(positions, 8, &header), GM_REASON_NONE);
    assert_int_equal(header.position_count, 4);
    assert_int_equal(decode_with(positions, 10, &header), GM_REASON_TOO_MANY);
}

static void a_header_of_513_bytes_is_refused_and_one_of_512_is_not(void **state)
{
    (void)state;
    struct gm_request_header header;
    uint8_t unknown[600] = {0};
    const size_t used = 2 + 2 + 9; /* of the header without it */
    const size_t fill = GM_REQUEST_HEADER_BYTES_MAX - used;
    unknown[0] = 0xa2; /* number 100 */
    unknown[1] = 0x06;
    unknown[2] = (uint8_t)(0x80 | ((fill - 4) & 0x7f));
    unknown[3] = (uint8_t)((fill - 4) >> 7);
    assert_int_equal(decode_with(unknown, fill, &header), GM_REASON_NONE);
    unknown[2]++;
    assert_int_equal(decode_with(unknown, fill + 1, &header), GM_REASON_BAD_FRAME);
}

static void a_header_without_a_request_id_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[GM_REQUEST_HEADER_BYTES_MAX];
    struct gm_request_header header = {.protocol = GM_PROTOCOL, .method = 107};
    const size_t size = gm_request_header_encode(&header, bytes);
    assert_int_equal(gm_request_header_decode(gm_bytes(bytes, size), &header), GM_REASON_BAD_FRAME);
    assert_int_equal(gm_request_header_decode((struct gm_bytes){0}, &header), GM_REASON_BAD_FRAME);
}

static void the_trace_id_is_taken_from_a_well_formed_traceparent_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool taken;
    } rows[] = {
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
        {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011", false},
        {"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bg-01", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t field[80];
        const uint8_t *end = gm_scan_put_bytes(field, 7, gm_bytes_of_text(rows[i].text));
        struct gm_request_header header;
        assert_int_equal(decode_with(field, (size_t)(end - field), &header), GM_REASON_NONE);
        assert_int_equal(!gm_id_is_zero(header.trace_id), rows[i].taken);
        if (rows[i].taken) assert_int_equal(header.trace_id.v[0], 0x4b);
    }
}

static void vietnamese_is_for_those_who_ask_for_it(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        enum gm_language language;
    } rows[] = {{"vi", GM_LANGUAGE_VI},     {"vi-VN", GM_LANGUAGE_VI}, {"vie", GM_LANGUAGE_EN},
                {"en", GM_LANGUAGE_EN},     {"v", GM_LANGUAGE_EN},     {"", GM_LANGUAGE_EN},
                {"zh-Hans", GM_LANGUAGE_EN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t field[80];
        const uint8_t *end = gm_scan_put_bytes(field, 8, gm_bytes_of_text(rows[i].tag));
        struct gm_request_header header;
        assert_int_equal(decode_with(field, (size_t)(end - field), &header), GM_REASON_NONE);
        assert_int_equal(header.language, rows[i].language);
    }
}

static void a_status_that_is_not_known_is_unknown(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x09, 7, 0, 0, 0, 0, 0, 0, 0, 0x10, 99};
    struct gm_reply_header header;
    assert_int_equal(gm_reply_header_decode(gm_bytes(bytes, sizeof bytes), &header), GM_OK);
    assert_int_equal(header.status, GM_CODE_UNKNOWN);
}

static void a_broken_reply_header_is_malformed_and_leaves_the_result_alone(void **state)
{
    (void)state;
    static const uint8_t cut[] = {0x09, 7, 0, 0};
    static const uint8_t wrong[] = {0x09, 7, 0, 0, 0, 0, 0, 0, 0, 0x18, 1};
    struct gm_reply_header header = {.request_id = 42};
    assert_int_equal(gm_reply_header_decode(gm_bytes(cut, sizeof cut), &header), GM_MALFORMED);
    assert_int_equal(gm_reply_header_decode(gm_bytes(wrong, sizeof wrong), &header), GM_MALFORMED);
    assert_int_equal(header.request_id, 42);
}

/* ---- refusals ---- */

static struct gm_refusal any_refusal(enum gm_reason reason)
{
    struct gm_refusal refusal = {
        .reason = reason,
        .retry_after_ms = (uint32_t)any_u64(),
        .line_count = (uint8_t)gm_random_below(&dice, GM_REFUSED_LINES_MAX + 1),
    };
    if (any_bool()) memcpy(refusal.field, "lines[3].quantity", 18);
    for (unsigned i = 0; i < refusal.line_count; i++) {
        refusal.lines[i] = (struct gm_refused_line){
            .line = (uint16_t)(any_u64() % 1000),
            .reason = (uint16_t)gm_random_below(&dice, GM_REASON_COUNT),
        };
        if (any_bool()) {
            refusal.lines[i].available = gm_random_between(&dice, -5, 1000000000);
        } else {
            refusal.lines[i].unit_price_minor = gm_random_between(&dice, 0, 1000000000000);
        }
    }
    return refusal;
}

static void assert_lines_equal(const struct gm_refused_line *ours, const Wire__RefusedLine *theirs)
{
    assert_int_equal(theirs->line, ours->line);
    assert_int_equal(theirs->reason, ours->reason);
    assert_int_equal(theirs->available, ours->available);
    assert_int_equal(theirs->unit_price_minor, ours->unit_price_minor);
}

static void refusals_are_what_the_generated_codec_says(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const struct gm_reason_row *row = &gm_reasons[gm_random_below(&dice, gm_reason_count)];
        const enum gm_language language = any_bool() ? GM_LANGUAGE_VI : GM_LANGUAGE_EN;
        const struct gm_refusal refusal = any_refusal((enum gm_reason)row->number);
        uint8_t bytes[GM_REFUSAL_BYTES_MAX];
        const size_t size = gm_refusal_encode(&refusal, language, bytes);
        Wire__Refusal *theirs = wire__refusal__unpack(NULL, size, bytes);
        assert_non_null(theirs);
        assert_string_equal(theirs->reason, row->word);
        assert_string_equal(theirs->sentence, row->sentence[language]);
        assert_string_equal(theirs->field, refusal.field);
        assert_int_equal(theirs->retry_after_ms, refusal.retry_after_ms);
        assert_true(theirs->n_lines <= refusal.line_count);
        for (size_t i = 0; i < theirs->n_lines; i++) {
            assert_lines_equal(&refusal.lines[i], theirs->lines[i]);
        }
        const size_t lines = theirs->n_lines;
        wire__refusal__free_unpacked(theirs, NULL);

        struct gm_refusal back;
        struct gm_bytes sentence;
        assert_int_equal(gm_refusal_decode(gm_bytes(bytes, size), &back, &sentence), GM_OK);
        assert_int_equal(back.reason, refusal.reason);
        assert_string_equal(back.field, refusal.field);
        assert_true(gm_bytes_equal(sentence, gm_bytes_of_text(row->sentence[language])));
        assert_int_equal(back.line_count, lines);
        assert_memory_equal(back.lines, refusal.lines, lines * sizeof *back.lines);
    }
}

static size_t lines_that_fit(enum gm_reason reason, enum gm_language language,
                             struct gm_refused_line line)
{
    struct gm_refusal refusal = {.reason = reason, .line_count = GM_REFUSED_LINES_MAX};
    for (unsigned i = 0; i < GM_REFUSED_LINES_MAX; i++) {
        refusal.lines[i] = line;
    }
    uint8_t bytes[GM_REFUSAL_BYTES_MAX];
    const size_t size = gm_refusal_encode(&refusal, language, bytes);
    assert_true(size <= GM_REFUSAL_BYTES_MAX);
    struct gm_refusal back;
    assert_int_equal(gm_refusal_decode(gm_bytes(bytes, size), &back, NULL), GM_OK);
    return back.line_count;
}

static void twenty_lines_fit_beside_the_longest_sentence_in_both_languages(void **state)
{
    (void)state;
    const struct gm_refused_line few = {999, GM_REASON_COUNT - 1, 1000000000, 0};
    const struct gm_refused_line price = {999, GM_REASON_COUNT - 1, 0, 1000000000000};
    for (unsigned i = 0; i < gm_reason_count; i++) {
        for (int language = 0; language < GM_LANGUAGE_COUNT; language++) {
            const enum gm_reason reason = (enum gm_reason)gm_reasons[i].number;
            const enum gm_language in = (enum gm_language)language;
            assert_int_equal(lines_that_fit(reason, in, few), GM_REFUSED_LINES_MAX);
            assert_int_equal(lines_that_fit(reason, in, price), GM_REFUSED_LINES_MAX);
        }
    }
}

static void lines_that_would_pass_the_limit_are_left_out_from_the_last(void **state)
{
    (void)state;
    struct gm_refusal refusal = {.reason = GM_REASON_TOO_FEW_AVAILABLE,
                                 .retry_after_ms = UINT32_MAX,
                                 .line_count = GM_REFUSED_LINES_MAX};
    for (unsigned i = 0; i < GM_REFUSED_LINES_MAX; i++) {
        refusal.lines[i] = (struct gm_refused_line){UINT16_MAX, UINT16_MAX, -1, -1};
    }
    size_t largest = 0;
    for (size_t length = 0; length <= GM_FIELD_PATH_BYTES_MAX; length++) {
        memset(refusal.field, 'f', length);
        uint8_t bytes[GM_REFUSAL_BYTES_MAX];
        const size_t size = gm_refusal_encode(&refusal, GM_LANGUAGE_VI, bytes);
        assert_true(size <= sizeof bytes);
        if (size > largest) largest = size;
        struct gm_refusal back = {0};
        assert_int_equal(gm_refusal_decode(gm_bytes(bytes, size), &back, NULL), GM_OK);
        assert_in_range(back.line_count, 10, GM_REFUSED_LINES_MAX - 1);
        assert_int_equal(back.retry_after_ms, UINT32_MAX);
        assert_memory_equal(back.lines, refusal.lines, back.line_count * sizeof *back.lines);
    }
    assert_int_equal(largest, GM_REFUSAL_BYTES_MAX); /* not one byte is wasted */
}

static void a_word_from_a_newer_table_is_read_as_no_reason(void **state)
{
    (void)state;
    uint8_t bytes[200];
    uint8_t *end = gm_scan_put_bytes(bytes, 1, gm_bytes_of_text("MOON_FULL"));
    struct gm_refusal refusal;
    assert_int_equal(gm_refusal_decode(gm_bytes(bytes, (size_t)(end - bytes)), &refusal, NULL),
                     GM_OK);
    assert_int_equal(refusal.reason, GM_REASON_NONE);
    end = gm_scan_put_bytes(
        bytes, 1, gm_bytes_of_text("A_WORD_OF_MORE_THAN_THIRTY_TWO_BYTES_IS_NOT_READ_AT_ALL"));
    assert_int_equal(gm_refusal_decode(gm_bytes(bytes, (size_t)(end - bytes)), &refusal, NULL),
                     GM_OK);
    assert_int_equal(refusal.reason, GM_REASON_NONE);
}

static void a_refusal_of_any_bytes_is_read_or_malformed(void **state)
{
    (void)state;
    unsigned malformed = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct gm_refusal refusal = any_refusal(GM_REASON_TOO_FEW_AVAILABLE);
        uint8_t bytes[GM_REFUSAL_BYTES_MAX];
        size_t size = gm_refusal_encode(&refusal, GM_LANGUAGE_EN, bytes);
        bytes[gm_random_below(&dice, size)] ^= (uint8_t)(1 << gm_random_below(&dice, 8));
        if (any_bool()) size = gm_random_below(&dice, size + 1);
        malformed += gm_refusal_decode(gm_bytes(bytes, size), &refusal, NULL) == GM_MALFORMED;
        assert_true(refusal.line_count <= GM_REFUSED_LINES_MAX);
    }
    assert_true(malformed > 0 && malformed < ROUNDS);
}

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    printf("seed %llu\n", (unsigned long long)seed);
    gm_random_seed(&dice, seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_headers_are_what_the_generated_codec_says),
        cmocka_unit_test(reply_headers_are_what_the_generated_codec_says),
        cmocka_unit_test(the_largest_reply_header_has_33_bytes),
        cmocka_unit_test(a_header_that_is_cut_off_anywhere_is_refused_under_its_request_id),
        cmocka_unit_test(fields_of_the_wrong_type_or_size_are_refused),
        cmocka_unit_test(five_positions_are_too_many),
        cmocka_unit_test(a_header_of_513_bytes_is_refused_and_one_of_512_is_not),
        cmocka_unit_test(a_header_without_a_request_id_is_refused),
        cmocka_unit_test(the_trace_id_is_taken_from_a_well_formed_traceparent_only),
        cmocka_unit_test(vietnamese_is_for_those_who_ask_for_it),
        cmocka_unit_test(a_status_that_is_not_known_is_unknown),
        cmocka_unit_test(a_broken_reply_header_is_malformed_and_leaves_the_result_alone),
        cmocka_unit_test(refusals_are_what_the_generated_codec_says),
        cmocka_unit_test(twenty_lines_fit_beside_the_longest_sentence_in_both_languages),
        cmocka_unit_test(lines_that_would_pass_the_limit_are_left_out_from_the_last),
        cmocka_unit_test(a_word_from_a_newer_table_is_read_as_no_reason),
        cmocka_unit_test(a_refusal_of_any_bytes_is_read_or_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
