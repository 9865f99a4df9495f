#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command.h"
#include "cli/label.h"
#include "cli/member.h"
#include "cli/message.h"
#include "cli/settings.h"
#include "cli/show.h"

/* ---- commands ---- */

typedef void each_command(const struct cli_command *command);

static void for_each(each_command *check)
{
    for (size_t g = 0; cli_command_groups[g] != NULL; g++) {
        for (const struct cli_command *c = cli_command_groups[g]; c->words != NULL; c++) {
            check(c);
        }
    }
}

static void check_texts(const struct cli_command *command)
{
    for (int language = 0; language < GM_LANGUAGE_COUNT; language++) {
        assert_true(command->help[language][0] != '\0');
        for (const struct cli_input *in = command->inputs; in != NULL && in->name != NULL; in++) {
            if (in->help[language] == NULL || in->help[language][0] == '\0')
                fail_msg("%s: %s has no help", command->words, in->name);
        }
    }
}

static void every_command_and_input_has_help_in_both_languages(void **state)
{
    (void)state;
    for_each(check_texts);
}

static void check_path(const struct cli_command *command, const ProtobufCMessageDescriptor *message,
                       const char *path)
{
    for (;;) {
        const size_t size = strcspn(path, ".");
        const ProtobufCFieldDescriptor *field = cli_message_field(message, gm_bytes(path, size));
        if (field == NULL) {
            fail_msg("%s: %s leads nowhere", command->words, path);
            return;
        }
        if (path[size] == '\0') return;
        assert_int_equal(field->type, PROTOBUF_C_TYPE_MESSAGE);
        message = field->descriptor;
        path += size + 1;
    }
}

static void check_paths(const struct cli_command *command)
{
    const struct gm_method *method = cli_method_of(command); /* asserts that it is there */
    if (method == NULL) return;
    /* `match` takes what SubmitSourcingRequest takes. */
    if (strcmp(command->words, "match") == 0)
        method = gm_method_named("matching", "SubmitSourcingRequest");
    for (const struct cli_input *in = command->inputs; in != NULL && in->name != NULL; in++) {
        if (in->path != NULL) check_path(command, method->request->descriptor, in->path);
    }
}

static void every_input_fills_a_field_of_its_request(void **state)
{
    (void)state;
    for_each(check_paths);
}

static void every_method_that_members_may_call_has_a_command(void **state)
{
    (void)state;
    for (unsigned i = 0; i < gm_method_count; i++) {
        const struct gm_method *method = &gm_methods[i];
        if (method->number <= GM_METHOD_HOST_MAX || method->caller != GM_CALLER_MEMBER) continue;
        bool found = false;
        for (size_t g = 0; cli_command_groups[g] != NULL; g++) {
            for (const struct cli_command *c = cli_command_groups[g]; c->words != NULL; c++) {
                found = found || cli_method_of(c) == method;
            }
        }
        if (!found) fail_msg("nothing calls %s", method->name);
    }
}

static void check_dry_run(const struct cli_command *command)
{
    const struct gm_method *method = cli_method_of(command);
    if (method != NULL && method->kind == GM_METHOD_COMMAND) assert_true(cli_writes(command));
    if (method != NULL && method->kind != GM_METHOD_COMMAND) assert_false(cli_writes(command));
    if (strcmp(command->words, "import") == 0) assert_true(cli_writes(command));
}

static void every_command_that_writes_takes_dry_run(void **state)
{
    (void)state;
    for_each(check_dry_run);
}

/* ---- words and labels ---- */

static unsigned placeholders(const char *text)
{
    unsigned set = 0;
    for (; *text != '\0'; text++) {
        if (*text == '{') set |= 1U << (text[1] - '0');
    }
    return set;
}

static void sentences_take_the_same_values_in_both_languages(void **state)
{
    (void)state;
    for (enum cli_word word = CLI_SAY_NOTHING; word < CLI_SAY_COUNT; word++) {
        const char *en = cli_word_text(GM_LANGUAGE_EN, word);
        const char *vi = cli_word_text(GM_LANGUAGE_VI, word);
        if (placeholders(en) != placeholders(vi)) fail_msg("\"%s\" and \"%s\"", en, vi);
        assert_true((en[0] == '\0') == (word == CLI_SAY_NOTHING));
    }
}

static void check_labels(const ProtobufCMessageDescriptor *message, unsigned depth)
{
    if (depth == 8) return;
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        char label[64];
        (void)snprintf(label, sizeof label, "%s", field->name);
        if (cli_label_of(label, GM_LANGUAGE_VI) == label)
            fail_msg("%s.%s has no name", message->short_name, field->name);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) check_labels(field->descriptor, depth + 1);
        if (field->type != PROTOBUF_C_TYPE_ENUM) continue;
        const ProtobufCEnumDescriptor *values = field->descriptor;
        for (unsigned v = 0; v < values->n_values; v++) {
            const char *name = values->values[v].name;
            /* A copy, since a linker may keep equal literals once. */
            char asked[64];
            (void)snprintf(asked, sizeof asked, "%s", name);
            if (values->values[v].value != 0 && cli_label_of_value(asked, GM_LANGUAGE_VI) == asked)
                fail_msg("%s has no name", name);
        }
    }
}

static void every_field_and_value_of_a_reply_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < gm_method_count; i++) {
        /* Chunks of a stream are not shown but their events. */
        if (gm_methods[i].kind != GM_METHOD_STREAM) check_labels(gm_methods[i].reply, 0);
    }
}

static void every_list_is_shown_as_a_table(void **state)
{
    (void)state;
    unsigned lists = 0;
    for (unsigned i = 0; i < gm_method_count; i++) {
        const ProtobufCFieldDescriptor *field = cli_list_field(gm_methods[i].reply);
        if (field == NULL) continue;
        assert_int_equal(field->label, PROTOBUF_C_LABEL_REPEATED);
        assert_int_equal(field->type, PROTOBUF_C_TYPE_MESSAGE);
        lists++;
    }
    assert_int_equal(lists, 5);
}

/* ---- who acts, and in which language ---- */

static void a_plain_name_is_always_the_same_member(void **state)
{
    (void)state;
    struct gm_id one, two, other;
    char text[GM_ID_TEXT_MAX];
    assert_int_equal(cli_member_parse(gm_bytes_of_text("workshop:bat-trang-1"), &one), GM_OK);
    assert_int_equal(cli_member_parse(gm_bytes_of_text("Workshop:Bat-Trang-1"), &two), GM_OK);
    assert_int_equal(cli_member_parse(gm_bytes_of_text("workshop:bat-trang-2"), &other), GM_OK);
    assert_true(gm_id_equal(one, two));
    assert_false(gm_id_equal(one, other));
    /* For ever: what it derived yesterday stands in journals. */
    assert_string_equal(gm_id_text(GM_ID_member, one, text), "mbr_01hk153x00ekdv56tjbmarbvtt");
    assert_int_equal(cli_member_parse(gm_bytes_of_text(text), &two), GM_OK);
    assert_true(gm_id_equal(one, two));
}

static void what_is_no_name_is_no_member(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "a b", "xưởng", "a/b", "mbr_", "mbr_1", "lot_01h2xcejqtf2nbrexx3vqjhp41x!"};
    struct gm_id id;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (cli_member_parse(gm_bytes_of_text(rows[i]), &id) != GM_MALFORMED)
            fail_msg("\"%s\"", rows[i]);
    }
    char longest[CLI_MEMBER_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    assert_int_equal(cli_member_parse(gm_bytes(longest, CLI_MEMBER_NAME_MAX), &id), GM_OK);
    assert_int_equal(cli_member_parse(gm_bytes(longest, CLI_MEMBER_NAME_MAX + 1), &id),
                     GM_MALFORMED);
}

static void the_language_is_that_of_the_option_then_of_the_environment(void **state)
{
    (void)state;
    static const struct {
        int option;
        char *variables[4];
        enum gm_language language;
    } rows[] = {
        {0, {NULL}, GM_LANGUAGE_EN},
        {0, {(char *)"LANG=vi_VN.UTF-8", NULL}, GM_LANGUAGE_VI},
        {0, {(char *)"LANG=vi", NULL}, GM_LANGUAGE_VI},
        {0, {(char *)"LANG=vilnius", NULL}, GM_LANGUAGE_EN},
        {0, {(char *)"LANG=vi_VN", (char *)"LC_MESSAGES=en_GB", NULL}, GM_LANGUAGE_EN},
        {0, {(char *)"LC_MESSAGES=vi_VN", (char *)"LANG=C", NULL}, GM_LANGUAGE_VI},
        {0, {(char *)"LC_ALL=C", (char *)"LANG=vi_VN", NULL}, GM_LANGUAGE_EN},
        {0, {(char *)"LC_ALL=", (char *)"LANG=vi_VN", NULL}, GM_LANGUAGE_VI},
        {1, {(char *)"LANG=vi_VN", NULL}, GM_LANGUAGE_EN},
        {2, {(char *)"LC_ALL=C", NULL}, GM_LANGUAGE_VI},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cli_settings settings = {.language = rows[i].option};
        if (cli_language_of(&settings, rows[i].variables) != rows[i].language)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_and_input_has_help_in_both_languages),
        cmocka_unit_test(every_input_fills_a_field_of_its_request),
        cmocka_unit_test(every_method_that_members_may_call_has_a_command),
        cmocka_unit_test(every_command_that_writes_takes_dry_run),
        cmocka_unit_test(sentences_take_the_same_values_in_both_languages),
        cmocka_unit_test(every_field_and_value_of_a_reply_has_a_name),
        cmocka_unit_test(every_list_is_shown_as_a_table),
        cmocka_unit_test(a_plain_name_is_always_the_same_member),
        cmocka_unit_test(what_is_no_name_is_no_member),
        cmocka_unit_test(the_language_is_that_of_the_option_then_of_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
