/* What README.md says of the wire is so: its worked example is what we write, byte for byte, and
 * its tables hold every method, header field and status code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "catalog.pb-c.h"
#include "wire.pb-c.h"
#include "wire/check.h"
#include "wire/envelope.h"
#include "wire/frames.h"
#include "wire/method.h"

enum { README_BYTES_MAX = 256 * 1024, ARENA_BYTES = 2 * README_BYTES_MAX, FRAME_BYTES_MAX = 4096 };

static struct gm_arena arena;
static const char *readme;

/* ---- the worked example ---- */

static const struct gm_id command_id = {{0x01, 0xa2, 0x0c, 0xc8, 0x8e, 0x80, 0x70, 0x01, 0x80, 0x02,
                                         0x03, 0x04, 0x05, 0x06, 0x07, 0x08}};
static const struct gm_id member = {{0x01, 0xa1, 0xc2, 0x5e, 0x40, 0x00, 0x70, 0x11, 0x80, 0x12,
                                     0x13, 0x14, 0x15, 0x16, 0x17, 0x18}};
static const struct gm_id lot_id = {{0x01, 0xa1, 0xe0, 0x00, 0x12, 0x34, 0x70, 0x21, 0x80, 0x22,
                                     0x23, 0x24, 0x25, 0x26, 0x27, 0x28}};
static const struct gm_position position = {UINT64_C(0x8f3a52c107d4e96b), 1042};

static struct gm_bytes request_header(uint8_t *at)
{
    const struct gm_request_header header = {
        .protocol = GM_PROTOCOL,
        .method = gm_method_named("catalog", "Restock")->number,
        .request_id = 1,
        .command_id = command_id,
        .timeout_ms = 5000,
        .member = member,
        .language = GM_LANGUAGE_VI,
    };
    return gm_bytes(at, gm_request_header_encode(&header, at));
}

static struct gm_bytes request_body(uint8_t *at)
{
    Catalog__RestockRequest message = CATALOG__RESTOCK_REQUEST__INIT;
    message.lot_id = gm_message_bytes(&lot_id);
    message.quantity = 24;
    message.reason = CATALOG__RESTOCK_REASON__PRODUCED;
    return gm_bytes(at, catalog__restock_request__pack(&message, at));
}

static struct gm_bytes reply_header(uint8_t *at)
{
    const struct gm_reply_header header = {.request_id = 1, .position = position, .recorded = true};
    return gm_bytes(at, gm_reply_header_encode(&header, at));
}

static struct gm_bytes reply_body(uint8_t *at)
{
    Catalog__StockReply message = CATALOG__STOCK_REPLY__INIT;
    message.lot_id = gm_message_bytes(&lot_id);
    message.revision = 7;
    message.on_hand = 144;
    message.reserved = 36;
    return gm_bytes(at, catalog__stock_reply__pack(&message, at));
}

static struct gm_bytes refusal_header(uint8_t *at)
{
    const struct gm_reply_header header = {
        .request_id = 1,
        .status = (uint16_t)gm_reason_row(GM_REASON_LOT_UNKNOWN)->status,
        .position = position,
        .recorded = true,
    };
    return gm_bytes(at, gm_reply_header_encode(&header, at));
}

static struct gm_bytes refusal_body(uint8_t *at)
{
    const struct gm_refusal refusal = {.reason = GM_REASON_LOT_UNKNOWN, .field = "lot_id"};
    return gm_bytes(at, gm_refusal_encode(&refusal, GM_LANGUAGE_VI, at));
}

/* The bytes in the code block below the comment that names the frame: two hex digits each, up to
 * two spaces, behind which the line says what they are. */
static size_t bytes_in_readme(const char *name, uint8_t *bytes)
{
    char marker[64];
    snprintf(marker, sizeof marker, "<!-- frame: %s -->", name);
    const char *at = strstr(readme, marker);
    if (at == NULL) {
        fail_msg("README.md has no '%s'", marker);
        return 0;
    }
    at = strstr(at, "```\n") + 4;
    size_t size = 0;
    while (strncmp(at, "```", 3) != 0) {
        while (isxdigit((unsigned char)at[0]) && isxdigit((unsigned char)at[1])) {
            const char digits[3] = {at[0], at[1], '\0'};
            assert_true(size < FRAME_BYTES_MAX);
            bytes[size++] = (uint8_t)strtoul(digits, NULL, 16);
            at += at[2] == ' ' && at[3] != ' ' ? 3 : 2;
        }
        at = strchr(at, '\n') + 1;
    }
    return size;
}

static void the_worked_example_is_what_we_write(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct gm_bytes (*encode)(uint8_t *at);
    } frames[] = {
        {"request header", request_header}, {"request body", request_body},
        {"reply header", reply_header},     {"reply body", reply_body},
        {"refusal header", refusal_header}, {"refusal body", refusal_body},
    };
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        static uint8_t ours[FRAME_BYTES_MAX], theirs[FRAME_BYTES_MAX];
        const struct gm_bytes frame = frames[i].encode(ours);
        const size_t size = bytes_in_readme(frames[i].name, theirs);
        if (gm_bytes_equal(frame, gm_bytes(theirs, size))) continue;
        print_error("README.md is wrong, the %s is\n", frames[i].name);
        for (size_t k = 0; k < frame.size; k++) {
            print_error("%02x%s", frame.at[k], k + 1 < frame.size ? " " : "\n");
        }
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void ids_are_shown_as_people_see_them(void **state)
{
    (void)state;
    char text[GM_ID_TEXT_MAX];
    assert_non_null(strstr(readme, gm_id_text(GM_ID_member, member, text)));
    assert_non_null(strstr(readme, gm_id_text(GM_ID_lot, lot_id, text)));
    assert_non_null(strstr(readme, gm_id_text(GM_ID_command, command_id, text)));
}

static void the_example_passes_the_door(void **state)
{
    (void)state;
    uint8_t bytes[FRAME_BYTES_MAX];
    struct gm_request_header header;
    assert_int_equal(gm_request_header_decode(request_header(bytes), &header), GM_REASON_NONE);
    assert_true(gm_id_is_v7(header.command_id));
    ProtobufCMessage *message;
    char field[GM_FIELD_PATH_BYTES_MAX + 1];
    assert_int_equal(gm_message_check(request_body(bytes), gm_method_find(107)->request, &arena,
                                      &message, field),
                     GM_REASON_NONE);
}

/* ---- tables ---- */

static void expect_row(const char *row)
{
    if (strstr(readme, row) == NULL) fail_msg("README.md has no row\n%s", row);
}

static const char *kind_of(const struct gm_method *method)
{
    switch (method->kind) {
    case GM_METHOD_COMMAND:
        return method->caller == GM_CALLER_SERVICE ? "command, services only" : "command";
    case GM_METHOD_QUERY:
        return "query";
    case GM_METHOD_SEARCH:
        return "search";
    case GM_METHOD_STREAM:
        return "stream";
    }
    return "";
}

static void every_method_stands_in_the_table(void **state)
{
    (void)state;
    unsigned rows = 0;
    for (unsigned i = 0; i < gm_method_count; i++) {
        const struct gm_method *method = &gm_methods[i];
        char row[256];
        snprintf(row, sizeof row, "| %u | %s | %s | %s | %s | %s |", method->number,
                 method->service, method->name, kind_of(method),
                 method->request->descriptor->short_name, method->reply->short_name);
        expect_row(row);
    }
    for (const char *at = strstr(readme, "| number | service |"); at[0] == '|';
         at = strchr(at, '\n') + 1) {
        rows++;
    }
    assert_int_equal(rows, gm_method_count + 2); /* and the two of its head */
}

static void every_field_of_the_headers_stands_in_a_table(void **state)
{
    (void)state;
    static const ProtobufCMessageDescriptor *const messages[] = {
        &wire__request_header__descriptor, &wire__reply_header__descriptor,
        &wire__refusal__descriptor, &wire__refused_line__descriptor, &wire__position__descriptor};
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        for (unsigned f = 0; f < messages[i]->n_fields; f++) {
            char row[128];
            snprintf(row, sizeof row, "| %u | `%s` |", messages[i]->fields[f].id,
                     messages[i]->fields[f].name);
            expect_row(row);
        }
    }
}

static void every_status_code_stands_in_the_table(void **state)
{
    (void)state;
    for (unsigned code = 0; code < GM_CODE_COUNT; code++) {
        char row[64];
        snprintf(row, sizeof row, "| %u | %s |", code, gm_code_name((enum gm_code)code));
        expect_row(row);
    }
}

static void the_limits_are_those_of_the_code(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        unsigned limit;
        const char *unit;
    } rows[] = {
        {"frame of a request", GM_MESSAGE_BYTES_MAX / (1024 * 1024), " MiB |"},
        {"request header", GM_REQUEST_HEADER_BYTES_MAX, " bytes |"},
        {"reply, chunk of a stream", GM_REPLY_BODY_BYTES_MAX / 1024, " KiB |"},
        {"answer to a command", GM_REFUSAL_BYTES_MAX, " bytes |"},
        {"positions in a request", GM_POSITIONS_MAX, " |"},
        {"timeout", GM_TIMEOUT_MS_MAX / 1000, " s |"},
        {"requests in flight per connection", GM_IN_FLIGHT_MEMBER, "; 2,048 for a service |"},
        {"routing id", GM_PEER_BYTES_MAX, " bytes |"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char row[128];
        snprintf(row, sizeof row, "| %s | %u%s", rows[i].what, rows[i].limit, rows[i].unit);
        expect_row(row);
    }
    assert_int_equal(GM_IN_FLIGHT_SERVICE, 2048);
}

int main(void)
{
    char path[GM_PATH_MAX];
    struct gm_bytes text;
    const char *source = getenv("GM_SOURCE_DIR");
    if (gm_arena_init(&arena, ARENA_BYTES) != GM_OK ||
        gm_path_join(source == NULL ? "." : source, "proto/README.md", path) != GM_OK ||
        gm_file_read(path, README_BYTES_MAX, &arena, &text) != GM_OK) {
        fprintf(stderr, "proto/README.md cannot be read\n");
        return 1;
    }
    readme = (const char *)text.at;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example_is_what_we_write),
        cmocka_unit_test(ids_are_shown_as_people_see_them),
        cmocka_unit_test(the_example_passes_the_door),
        cmocka_unit_test(every_method_stands_in_the_table),
        cmocka_unit_test(every_field_of_the_headers_stands_in_a_table),
        cmocka_unit_test(every_status_code_stands_in_the_table),
        cmocka_unit_test(the_limits_are_those_of_the_code),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gm_arena_release(&arena);
    return failed;
}
