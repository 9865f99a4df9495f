#include "cli/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalog.pb-c.h"
#include "cli/meaning.h"
#include "cli/message.h"
#include "wire.pb-c.h"
#include "wire/check.h"
#include "wire/sample.h"

enum { ARENA_BYTES = 8 * 1024 * 1024, SAMPLES = 20 };

static struct gm_arena arena;

static int set_up(void **state)
{
    (void)state;
    return gm_arena_init(&arena, ARENA_BYTES) == GM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gm_arena_release(&arena);
    return 0;
}

static void every_request_comes_back_from_its_json(void **state)
{
    (void)state;
    struct gm_random dice;
    gm_random_seed(&dice, 5);
    for (unsigned i = 0; i < gm_method_count * SAMPLES; i++) {
        const struct gm_method *method = &gm_methods[i / SAMPLES];
        gm_arena_reset(&arena);
        const ProtobufCMessage *message = gm_sample_message(method->request, &dice, &arena);
        json_t *json = cli_json_of(message);
        ProtobufCMessage *back = cli_message_new(method->request->descriptor, &arena);
        char path[CLI_JSON_PATH_MAX];
        if (cli_json_fill(json, back, &arena, path) != GM_OK)
            fail_msg("%s: at \"%s\"", method->name, path);
        const struct gm_bytes first = gm_message_pack(message, &arena);
        const struct gm_bytes second = gm_message_pack(back, &arena);
        if (!gm_bytes_equal(first, second)) fail_msg("%s is another", method->name);
        json_decref(json);
    }
}

static void every_reply_has_all_its_fields_in_json(void **state)
{
    (void)state;
    for (unsigned i = 0; i < gm_method_count; i++) {
        gm_arena_reset(&arena);
        const ProtobufCMessage *reply = cli_message_new(gm_methods[i].reply, &arena);
        json_t *json = cli_json_of(reply);
        for (unsigned f = 0; f < gm_methods[i].reply->n_fields; f++) {
            assert_non_null(json_object_get(json, gm_methods[i].reply->fields[f].name));
        }
        json_decref(json);
    }
}

/* The rules of requests state which bytes are ids. */
static void walk(const struct gm_rules *rules, const char *arm, unsigned *ids)
{
    for (unsigned i = 0; i < rules->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &rules->descriptor->fields[i];
        const struct cli_meaning meaning = cli_meaning_of(rules->descriptor, field, arm);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) walk(rules->limits[i].rules, field->name, ids);
        if (field->type != PROTOBUF_C_TYPE_BYTES) continue;
        if (meaning.kind == CLI_MEANS_ITSELF)
            fail_msg("%s.%s means nothing", rules->descriptor->short_name, field->name);
        if ((meaning.kind == CLI_MEANS_ID) != (rules->limits[i].id_kind >= 0))
            fail_msg("%s.%s", rules->descriptor->short_name, field->name);
        if (meaning.kind != CLI_MEANS_ID) continue;
        assert_int_equal(meaning.id_kind, rules->limits[i].id_kind);
        (*ids)++;
    }
}

static void ids_are_of_the_kinds_that_the_rules_state(void **state)
{
    (void)state;
    unsigned ids = 0;
    for (unsigned i = 0; i < gm_method_count; i++) {
        walk(gm_methods[i].request, NULL, &ids);
    }
    assert_true(ids > 30);
}

static bool ends_in(const char *name, const char *end)
{
    const size_t size = strlen(name), tail = strlen(end);
    return size > tail && strcmp(name + size - tail, end) == 0;
}

/* A name that ends in a unit means something in that unit. */
static void check_unit(const ProtobufCMessageDescriptor *message,
                       const ProtobufCFieldDescriptor *field, const char *arm)
{
    static const char *const units[] = {"_minor", "_ms", "_ppm", "_g", "_km", "_bytes"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (ends_in(field->name, units[i]) &&
            cli_meaning_of(message, field, arm).kind == CLI_MEANS_ITSELF)
            fail_msg("%s.%s means nothing", message->short_name, field->name);
    }
}

/* Replies and events have no rules. */
static void check_bytes(const ProtobufCMessageDescriptor *descriptor, const char *arm,
                        unsigned depth)
{
    if (depth == GM_MESSAGE_DEPTH_MAX) return;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            check_bytes(field->descriptor, field->name, depth + 1);
        check_unit(descriptor, field, arm);
        if (field->type == PROTOBUF_C_TYPE_BYTES &&
            cli_meaning_of(descriptor, field, arm).kind == CLI_MEANS_ITSELF)
            fail_msg("%s.%s means nothing", descriptor->short_name, field->name);
    }
}

static void bytes_and_units_of_every_reply_mean_something(void **state)
{
    (void)state;
    for (unsigned i = 0; i < gm_method_count; i++) {
        check_bytes(gm_methods[i].reply, NULL, 0);
    }
    check_bytes(&catalog__event__descriptor, NULL, 0);
}

static void a_lot_is_read_as_people_write_it(void **state)
{
    (void)state;
    static const char text[] =
        "{\"lot\": {\"seller\": \"workshop:bat-trang-1\", \"sku\": \"BT-1\", \"terms\": {"
        "\"currency\": \"VND\", \"tiers\": [{\"from_quantity\": 1, \"unit_price_minor\": "
        "\"90000\"}],"
        "\"incoterm\": \"exw\", \"grade\": \"A\", \"pack\": null}}, \"on_hand\": 5}";
    json_t *json = json_loads(text, 0, NULL);
    Catalog__LotView view = CATALOG__LOT_VIEW__INIT;
    char path[CLI_JSON_PATH_MAX];
    assert_int_equal(cli_json_fill(json, &view.base, &arena, path), GM_OK);
    assert_string_equal(view.lot->sku, "BT-1");
    assert_int_equal(view.lot->seller.len, GM_ID_BYTES);
    assert_int_equal(view.lot->terms->tiers[0]->unit_price_minor, 90000);
    assert_int_equal(view.lot->terms->incoterm, COMMON__INCOTERM__EXW);
    assert_null(view.lot->terms->pack);
    assert_int_equal(view.on_hand, 5);
    json_decref(json);
}

static void what_is_wrong_is_named_by_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *text, *path;
    } rows[] = {
        {"[]", ""},
        {"{\"colour\": 1}", "colour"},
        {"{\"on_hand\": true}", "on_hand"},
        {"{\"on_hand\": \"many\"}", "on_hand"},
        {"{\"on_hand\": 1.5}", "on_hand"},
        {"{\"state\": \"SOLD\"}", "state"},
        {"{\"lot\": {\"lot_id\": \"prd_01h2xcejqtf2nbrexx3vqjhp41\"}}", "lot.lot_id"},
        {"{\"lot\": {\"terms\": {\"lead_time_days\": -1}}}", "lot.terms.lead_time_days"},
        {"{\"lot\": {\"terms\": {\"tiers\": {}}}}", "lot.terms.tiers"},
        {"{\"lot\": {\"terms\": {\"tiers\": [{}, {\"price\": 1}]}}}", "lot.terms.tiers[1].price"},
        {"{\"lot\": {\"terms\": {\"assumed\": [1]}}}", "lot.terms.assumed[0]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *json = json_loads(rows[i].text, 0, NULL);
        assert_non_null(json);
        Catalog__LotView view = CATALOG__LOT_VIEW__INIT;
        char path[CLI_JSON_PATH_MAX];
        assert_int_equal(cli_json_fill(json, &view.base, &arena, path), GM_MALFORMED);
        assert_string_equal(path, rows[i].path);
        json_decref(json);
    }
}

static void json_says_ids_enums_and_hashes_by_name(void **state)
{
    (void)state;
    struct gm_id id = gm_id_of_content(1, gm_bytes_of_text("x"));
    char text[GM_ID_TEXT_MAX];
    Catalog__ListingChanged changed = CATALOG__LISTING_CHANGED__INIT;
    changed.id = gm_message_bytes(&id);
    changed.revision = 3;
    Catalog__Event event = CATALOG__EVENT__INIT;
    event.event_case = CATALOG__EVENT__EVENT_PRODUCT_WITHDRAWN;
    event.product_withdrawn = &changed;
    json_t *json = cli_json_of(&event.base);
    assert_int_equal(json_object_size(json), 1);
    json_t *inner = json_object_get(json, "product_withdrawn");
    assert_string_equal(json_string_value(json_object_get(inner, "id")),
                        gm_id_text(GM_ID_product, id, text));
    json_decref(json);

    Wire__Position position = WIRE__POSITION__INIT;
    position.journal_id = 0xfedcba9876543210;
    position.seq = UINT64_MAX;
    json = cli_json_of(&position.base);
    assert_string_equal(json_string_value(json_object_get(json, "journal_id")), "fedcba9876543210");
    assert_string_equal(json_string_value(json_object_get(json, "seq")), "18446744073709551615");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_request_comes_back_from_its_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_reply_has_all_its_fields_in_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_are_of_the_kinds_that_the_rules_state, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(bytes_and_units_of_every_reply_mean_something, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_lot_is_read_as_people_write_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_named_by_its_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_says_ids_enums_and_hashes_by_name, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
