#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"

#define TIME_MS INT64_C(1795564799999)

#define FIELDS(...)                \
    (const struct gm_log_field[])  \
    {                              \
        __VA_ARGS__ __VA_OPT__(, ) \
        {                          \
            .key = NULL            \
        }                          \
    }

/* The line as text, in a buffer that lives until the next call. */
static const char *rendered(enum gm_log_style style, const char *message,
                            const struct gm_log_field *fields)
{
    static char line[GM_LOG_LINE_MAX + 1];
    const size_t size =
        gm_log_render(style, TIME_MS, GM_LOG_WARN, "catalog", message, fields, line);
    assert_in_range(size, 1, GM_LOG_LINE_MAX);
    line[size] = '\0';
    assert_ptr_equal(strchr(line, '\n'), line + size - 1); /* one line */
    return line;
}

static json_t *parsed(const char *message, const struct gm_log_field *fields)
{
    json_error_t error;
    const char *line = rendered(GM_LOG_JSON, message, fields);
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) fail_msg("%s in %s", error.text, line);
    return json;
}

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    assert_non_null(text);
    return text;
}

static const struct gm_id example = {{0x01, 0x89, 0x0a, 0x5d, 0xac, 0x96, 0x7a, 0x3b, 0x8c, 0x4d,
                                      0x5e, 0x6f, 0x70, 0x81, 0x92, 0x03}};

static void a_json_line_has_its_head_and_every_kind_of_field(void **state)
{
    (void)state;
    const char *line = rendered(
        GM_LOG_JSON, "it happened",
        FIELDS(gm_log_u64("most", UINT64_MAX), gm_log_i64("least", INT64_MIN),
               gm_log_bool("yes", true), gm_log_bool("no", false),
               gm_log_text("text", "gốm \"sứ\""), gm_log_text("none", NULL),
               gm_log_hex("hex", gm_bytes("\x00\x9f\xff", 3)), gm_log_id("lot", GM_ID_lot, example),
               gm_log_status("status", GM_NO_SPACE), gm_log_errno("why", ENOSPC)));
    assert_string_equal(
        line, "{\"time\":\"2026-11-24T23:59:59.999Z\",\"level\":\"warn\",\"service\":\"catalog\","
              "\"message\":\"it happened\",\"most\":18446744073709551615,"
              "\"least\":-9223372036854775808,\"yes\":true,\"no\":false,"
              "\"text\":\"gốm \\\"sứ\\\"\",\"none\":\"\",\"hex\":\"009fff\","
              "\"lot\":\"lot_01h455vb4pf8xrrkaydxr834g3\",\"status\":\"no-space\","
              "\"why\":\"No space left on device\"}\n");
}

static void a_line_in_words_quotes_only_what_needs_it(void **state)
{
    (void)state;
    const char *line = rendered(
        GM_LOG_WORDS, "it happened",
        FIELDS(gm_log_u64("count", 7), gm_log_text("path", "var/catalog"), gm_log_text("empty", ""),
               gm_log_text("two", "a b"), gm_log_text("pair", "a=b"), gm_log_text("quote", "a\"b"),
               gm_log_text("vi", "gốm"), gm_log_hex("hex", gm_bytes("\x01", 1))));
    assert_string_equal(line, "2026-11-24T23:59:59.999Z warn  catalog: it happened count=7 "
                              "path=var/catalog empty=\"\" two=\"a b\" pair=\"a=b\" "
                              "quote=\"a\\\"b\" vi=\"gốm\" hex=01\n");
}

static void levels_take_the_same_width_in_words(void **state)
{
    (void)state;
    for (enum gm_log_level level = GM_LOG_DEBUG; level < GM_LOG_LEVEL_COUNT; level++) {
        char line[GM_LOG_LINE_MAX];
        const size_t size = gm_log_render(GM_LOG_WORDS, 0, level, "s", "m", FIELDS(), line);
        assert_int_equal(size, strlen("1970-01-01T00:00:00.000Z error s: m\n"));
        assert_non_null(gm_log_level_names[level]);
    }
    assert_null(gm_log_level_names[GM_LOG_LEVEL_COUNT]);
}

static void what_came_from_outside_cannot_forge_a_line_or_move_a_cursor(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *escaped;
    } rows[] = {
        {"a\nb", 3, "a\\nb"},
        {"\r\t\b\f", 4, "\\r\\t\\b\\f"},
        {"\",\"level\":\"error", 16, "\\\",\\\"level\\\":\\\"error"},
        {"\\", 1, "\\\\"},
        {"\x1b[2J", 4, "\\u001b[2J"},
        {"a\0b", 3, "a\\u0000b"},
        {"\x7f", 1, "\\u007f"},
        {"\xc2\x9b", 2, "\\u009b"}, /* a terminal's escape in one character */
        {"\xe2\x80\xa8", 3, "\\u2028"},
        {"\xe2\x80\xae", 3, "\\u202e"}, /* from right to left */
        {"\xe2\x81\xa6", 3, "\\u2066"},
        {"\xc3", 1, "\xef\xbf\xbd"},
        {"a\xff\xc3z", 4, "a\xef\xbf\xbd\xef\xbf\xbdz"},
        {"\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct gm_bytes text = gm_bytes(rows[i].bytes, rows[i].size);
        char expected[80];
        snprintf(expected, sizeof expected, "\"x\":\"%s\"}", rows[i].escaped);
        if (strstr(rendered(GM_LOG_JSON, "m", FIELDS(gm_log_bytes("x", text))), expected) == NULL) {
            fail_msg("row %d", (int)i);
        }
        snprintf(expected, sizeof expected, " x=\"%s\"\n", rows[i].escaped);
        if (strstr(rendered(GM_LOG_WORDS, "m", FIELDS(gm_log_bytes("x", text))), expected) ==
            NULL) {
            fail_msg("row %d in words", (int)i);
        }
    }
}

static void any_bytes_make_a_line_that_a_parser_reads(void **state)
{
    (void)state;
    struct gm_random random;
    gm_random_seed(&random, 9);
    for (int i = 0; i < 5000; i++) {
        uint8_t bytes[64];
        const size_t size = (size_t)gm_random_below(&random, sizeof bytes + 1);
        gm_random_bytes(&random, bytes, size);
        for (size_t b = 0; b < size; b++) {
            if (gm_random_chance(&random, 300000)) bytes[b] &= 0x1f;
            if (bytes[b] == 0) bytes[b] = 1; /* jansson's strings end at NUL */
        }
        json_t *json = parsed("m", FIELDS(gm_log_bytes("x", gm_bytes(bytes, size))));
        assert_true(gm_bytes_of_text(text_of(json, "x")).size >= size);
        json_decref(json);
    }
}

static void a_line_that_is_too_long_is_cut_stays_valid_and_says_so(void **state)
{
    (void)state;
    static char long_text[2 * GM_LOG_LINE_MAX];
    for (size_t length = GM_LOG_LINE_MAX - 200; length < GM_LOG_LINE_MAX + 20; length++) {
        memset(long_text, 'x', length);
        long_text[length] = '\0';
        json_t *json = parsed("m", FIELDS(gm_log_text("long", long_text), gm_log_u64("after", 5)));
        const bool cut = json_is_true(json_object_get(json, "cut"));
        const bool whole = json_object_get(json, "long") != NULL &&
                           strlen(text_of(json, "long")) == length &&
                           json_object_get(json, "after") != NULL;
        assert_true(cut != whole);
        json_decref(json);

        const char *words = rendered(GM_LOG_WORDS, long_text, FIELDS(gm_log_u64("after", 5)));
        const bool has_field = strstr(words, " after=5") != NULL;
        assert_true(has_field != (strstr(words, " cut=true\n") != NULL));
    }
    json_t *json = parsed(long_text, FIELDS());
    assert_true(json_is_true(json_object_get(json, "cut")));
    json_decref(json);
}

/* Fields of all lengths up to where the line ends, so that the cut falls on every part of one. */
static void a_cut_at_any_place_leaves_valid_json(void **state)
{
    (void)state;
    static char filler[GM_LOG_LINE_MAX];
    for (size_t length = GM_LOG_LINE_MAX - 300; length < GM_LOG_LINE_MAX - 80; length++) {
        memset(filler, 'f', length);
        filler[length] = '\0';
        static const char *const texts[] = {"gốm\n\"", "\xff\xff", "\x01\x02", ""};
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            json_t *json =
                parsed("m", FIELDS(gm_log_text("filler", filler), gm_log_text("text", texts[i]),
                                   gm_log_hex("hex", gm_bytes("abc", 3)),
                                   gm_log_u64("number", 12345678), gm_log_bool("flag", false)));
            json_decref(json);
        }
    }
}

struct capture {
    int lines;
    enum gm_log_level level;
    char line[GM_LOG_LINE_MAX + 1];
};

static void take(void *context, enum gm_log_level level, struct gm_bytes line)
{
    struct capture *capture = context;
    capture->lines++;
    capture->level = level;
    memcpy(capture->line, line.at, line.size);
    capture->line[line.size] = '\0';
}

static int evaluations;

static uint64_t counted(void)
{
    return (uint64_t)++evaluations;
}

static void levels_below_the_set_one_are_neither_written_nor_evaluated(void **state)
{
    (void)state;
    struct capture capture = {0};
    gm_log_set_sink(take, &capture, GM_LOG_JSON);
    gm_log_set_up("order", GM_LOG_WARN);
    evaluations = 0;
    gm_log(GM_LOG_DEBUG, "no", gm_log_u64("n", counted()));
    gm_log(GM_LOG_INFO, "no", gm_log_u64("n", counted()));
    assert_int_equal(capture.lines, 0);
    assert_int_equal(evaluations, 0);
    gm_log(GM_LOG_WARN, "yes", gm_log_u64("n", counted()));
    assert_int_equal(capture.lines, 1);
    gm_log(GM_LOG_ERROR, "without fields");
    assert_int_equal(capture.lines, 2);
    assert_int_equal(capture.level, GM_LOG_ERROR);
    assert_int_equal(evaluations, 1);
    assert_non_null(
        strstr(capture.line, "\"service\":\"order\",\"message\":\"without fields\"}\n"));
    gm_log_set_sink(NULL, NULL, GM_LOG_JSON);
}

static void without_a_sink_a_line_is_one_write_to_stderr_in_json_off_a_terminal(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    gm_log_set_up("catalog", GM_LOG_INFO);
    gm_log(GM_LOG_INFO, "first");
    gm_log(GM_LOG_INFO, "second", gm_log_u64("n", 2));
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    close(kept);
    close(ends[1]);

    char text[2 * GM_LOG_LINE_MAX];
    const ssize_t size = read(ends[0], text, sizeof text - 1);
    assert_true(size > 0);
    text[size] = '\0';
    close(ends[0]);
    assert_true(strncmp(text, "{\"time\":\"20", 11) == 0);
    assert_non_null(strstr(text, "\"message\":\"first\"}\n{"));
    assert_non_null(strstr(text, "\"message\":\"second\",\"n\":2}\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_json_line_has_its_head_and_every_kind_of_field),
        cmocka_unit_test(a_line_in_words_quotes_only_what_needs_it),
        cmocka_unit_test(levels_take_the_same_width_in_words),
        cmocka_unit_test(what_came_from_outside_cannot_forge_a_line_or_move_a_cursor),
        cmocka_unit_test(any_bytes_make_a_line_that_a_parser_reads),
        cmocka_unit_test(a_line_that_is_too_long_is_cut_stays_valid_and_says_so),
        cmocka_unit_test(a_cut_at_any_place_leaves_valid_json),
        cmocka_unit_test(levels_below_the_set_one_are_neither_written_nor_evaluated),
        cmocka_unit_test(without_a_sink_a_line_is_one_write_to_stderr_in_json_off_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
