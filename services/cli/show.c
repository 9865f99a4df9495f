#include "cli/show.h"

#include <string.h>

#include "base/assert.h"
#include "catalog.pb-c.h"
#include "cli/figure.h"
#include "cli/json.h"
#include "cli/label.h"
#include "cli/meaning.h"
#include "cli/message.h"
#include "cli/show_match.h"
#include "cli/value.h"
#include "cli/width.h"
#include "common.pb-c.h"
#include "matching.pb-c.h"
#include "order.pb-c.h"

enum { COLUMNS_MAX = CLI_TABLE_COLUMNS_MAX };

/* What a list shows of each row, as paths; what is not named here is seen with `show` or --json. */
static const struct {
    const ProtobufCMessageDescriptor *row;
    const char *columns[COLUMNS_MAX];
} views[] = {
    {&catalog__product_view__descriptor,
     {"product.sku", "product.terms.names", "product.terms.category", "product.terms.body",
      "product.terms.base_unit", "product.terms.mass_g", "state", "revision",
      "product.product_id"}},
    {&catalog__lot_view__descriptor,
     {"lot.sku", "lot.lot_code", "lot.terms.grade", "on_hand", "reserved", "lot.terms.tiers",
      "lot.terms.min_order", "lot.terms.lead_time_days", "lot.terms.ship_from", "state",
      "lot.lot_id"}},
    {&catalog__lot_reservation__descriptor, {"order_id", "quantity"}},
    {&matching__sourcing_summary__descriptor,
     {"request_id", "state", "line_count", "close_day", "submitted_ms", "buyer_reference"}},
    {&order__order_summary__descriptor,
     {"order_id", "state", "total", "line_count", "placed_ms", "buyer_reference", "buyer",
      "seller"}},
};

static const char *copied(struct cli *cli, const char *text)
{
    return gm_arena_copy_text(cli->arena, gm_bytes_of_text(text));
}

/* ---- values ---- */

const char *cli_shown_name(struct cli *cli, const ProtobufCMessage *message,
                           const ProtobufCFieldDescriptor *field)
{
    const char *const wanted[] = {cli->language == GM_LANGUAGE_VI ? "vi" : "en", "vi", "en"};
    const size_t count = cli_message_count(message, field);
    for (size_t w = 0; w < 3; w++) {
        for (size_t i = 0; i < count; i++) {
            const Common__LocalText *text =
                (const Common__LocalText *)cli_message_inner(message, field, i);
            if (strcmp(text->language, wanted[w]) == 0) return text->text;
        }
    }
    return count == 0 ? ""
                      : ((const Common__LocalText *)cli_message_inner(message, field, 0))->text;
}

static const char *shown_number(struct cli *cli, struct cli_meaning meaning, __int128 number,
                                const char *currency)
{
    char text[CLI_FIGURE_TEXT_MAX];
    const int64_t value = number > INT64_MAX ? INT64_MAX : (int64_t)number;
    switch (meaning.kind) {
    case CLI_MEANS_DAY:
        return value == 0 ? "" : copied(cli, cli_figure_day(cli->language, value, text));
    case CLI_MEANS_INSTANT:
        return value == 0 ? "" : copied(cli, cli_figure_instant(cli->language, value, text));
    case CLI_MEANS_DURATION:
        return copied(cli, cli_figure_duration((uint64_t)value, text));
    case CLI_MEANS_MONEY:
        return copied(cli, cli_figure_money(cli->language, value, currency, text));
    case CLI_MEANS_SHARE:
        return copied(cli, cli_figure_share(cli->language, value, text));
    case CLI_MEANS_GRAMS:
        return gm_arena_format(cli->arena, "%s g", cli_figure_number(cli->language, value, text));
    case CLI_MEANS_KM:
        return gm_arena_format(cli->arena, "%s km", cli_figure_number(cli->language, value, text));
    case CLI_MEANS_BYTES:
        return copied(cli, cli_figure_bytes(cli->language, (uint64_t)value, text));
    case CLI_MEANS_HASH:
        return gm_arena_format(cli->arena, "%016llx", (unsigned long long)number);
    case CLI_MEANS_REASON:
        return value > 0 && value < GM_REASON_COUNT ? gm_reason_row((enum gm_reason)value)->word
                                                    : "";
    case CLI_MEANS_ITSELF:
    case CLI_MEANS_ID:
    case CLI_MEANS_HEX:
    case CLI_MEANS_TOKEN:
        return copied(cli, cli_figure_number(cli->language, value, text));
    }
    GM_UNREACHABLE();
}

static const char *shown_message(struct cli *cli, const ProtobufCMessage *inner)
{
    if (inner == NULL) return "";
    if (inner->descriptor == &common__money__descriptor) {
        const Common__Money *money = (const Common__Money *)inner;
        char text[CLI_FIGURE_TEXT_MAX];
        return copied(cli, cli_figure_money(cli->language, money->minor, money->currency, text));
    }
    const char *list = ""; /* as it is written in parts */
    for (unsigned i = 0; i < inner->descriptor->n_fields && list != NULL; i++) {
        const char *text = cli_shown(cli, inner, &inner->descriptor->fields[i], "");
        if (text == NULL) return NULL;
        list = gm_arena_format(cli->arena, "%s%s%s", list, i == 0 ? "" : ":", text);
    }
    return list;
}

static const char *shown_one(struct cli *cli, const ProtobufCMessage *message,
                             const ProtobufCFieldDescriptor *field, size_t index,
                             const char *currency)
{
    const struct cli_meaning meaning = cli_meaning_of(message->descriptor, field, NULL);
    const void *at = cli_message_at(message, field, index);
    if (field->type == PROTOBUF_C_TYPE_STRING) return cli_message_text(message, field, index);
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return cli_value_bytes(meaning, *(const ProtobufCBinaryData *)at, cli->arena);
    if (field->type == PROTOBUF_C_TYPE_BOOL)
        return *(const protobuf_c_boolean *)at ? (cli->language == GM_LANGUAGE_VI ? "có" : "yes")
                                               : "";
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        const int value = *(const int *)at;
        const ProtobufCEnumValue *named =
            protobuf_c_enum_descriptor_get_value(field->descriptor, value);
        if (value == 0) return "";
        return named == NULL ? "?" : cli_label_of_value(named->name, cli->language);
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return shown_message(cli, cli_message_inner(message, field, index));
    return shown_number(cli, meaning, cli_value_number(field->type, at), currency);
}

/* The first tier, and that there are more. */
static const char *shown_tiers(struct cli *cli, const ProtobufCMessage *message,
                               const ProtobufCFieldDescriptor *field, const char *currency)
{
    const size_t count = cli_message_count(message, field);
    if (count == 0) return "";
    const Common__PriceTier *first =
        (const Common__PriceTier *)cli_message_inner(message, field, 0);
    const Common__PriceTier *last =
        (const Common__PriceTier *)cli_message_inner(message, field, count - 1);
    char most[CLI_FIGURE_TEXT_MAX], least[CLI_FIGURE_TEXT_MAX];
    cli_figure_money(cli->language, first->unit_price_minor, currency, most);
    cli_figure_money(cli->language, last->unit_price_minor, currency, least);
    return count == 1 ? copied(cli, most) : gm_arena_format(cli->arena, "%s .. %s", most, least);
}

static bool is_assumed(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = cli_message_field_named(message->descriptor, "assumed");
    if (field == NULL) return false;
    for (size_t i = 0; i < cli_message_count(message, field); i++) {
        if (strcmp(cli_message_text(message, field, i), name) == 0) return true;
    }
    return false;
}

const char *cli_shown(struct cli *cli, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, const char *currency)
{
    const char *text = "";
    const size_t count = cli_message_count(message, field);
    if (field->descriptor == &common__local_text__descriptor) {
        text = cli_shown_name(cli, message, field);
    } else if (field->descriptor == &common__price_tier__descriptor) {
        text = shown_tiers(cli, message, field, currency);
    } else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        for (size_t i = 0; i < count && text != NULL; i++) {
            const char *one = shown_one(cli, message, field, i, currency);
            if (one == NULL) return NULL;
            text = gm_arena_format(cli->arena, "%s%s%s", text, i == 0 ? "" : ", ", one);
        }
    } else if (count > 0) {
        text = shown_one(cli, message, field, 0, currency);
    }
    if (text != NULL && text[0] != '\0' && is_assumed(message, field->name))
        text = gm_arena_format(cli->arena, "%s*", text);
    return text;
}

/* ---- lists ---- */

/* Names of one value; to the right in a table. */
static bool is_number(const ProtobufCFieldDescriptor *field)
{
    return field->descriptor == &common__price_tier__descriptor ||
           field->descriptor == &common__money__descriptor ||
           (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_BYTES &&
            field->type != PROTOBUF_C_TYPE_ENUM && field->type != PROTOBUF_C_TYPE_BOOL &&
            field->type != PROTOBUF_C_TYPE_MESSAGE);
}

static const char *currency_in(const ProtobufCMessage *message, const char *above)
{
    const ProtobufCFieldDescriptor *field =
        cli_message_field_named(message->descriptor, "currency");
    if (field == NULL) return above;
    const char *own = cli_message_text(message, field, 0);
    return own[0] == '\0' ? above : own;
}

static const ProtobufCFieldDescriptor *field_at(const ProtobufCMessageDescriptor *descriptor,
                                                const char *path)
{
    for (;;) {
        const size_t size = strcspn(path, ".");
        const ProtobufCFieldDescriptor *field = cli_message_field(descriptor, gm_bytes(path, size));
        GM_ASSERT(field != NULL);
        if (path[size] == '\0') return field;
        descriptor = field->descriptor;
        path += size + 1;
    }
}

static enum cli_exit print_rows(struct cli *cli, const ProtobufCMessageDescriptor *row,
                                const char *const *columns, const char *indent,
                                const ProtobufCMessage *const *rows, size_t count,
                                const char *currency)
{
    struct cli_table table;
    cli_table_init(&table, cli->arena, indent);
    for (size_t c = 0; c < COLUMNS_MAX && columns[c] != NULL; c++) {
        const ProtobufCFieldDescriptor *field = field_at(row, columns[c]);
        cli_table_column(&table, cli_label_of(field->name, cli->language), is_number(field));
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t c = 0; c < COLUMNS_MAX && columns[c] != NULL; c++) {
            const ProtobufCFieldDescriptor *field = NULL;
            const ProtobufCMessage *owner = cli_message_follow(rows[i], columns[c], &field);
            const char *text =
                owner == NULL ? "" : cli_shown(cli, owner, field, currency_in(owner, currency));
            if (text == NULL || cli_table_cell(&table, text) != GM_OK) return cli_overflow(cli);
        }
    }
    cli_table_print(&table, cli->out);
    return CLI_EXIT_OK;
}

enum cli_exit cli_show_rows(struct cli *cli, const ProtobufCMessageDescriptor *row,
                            const ProtobufCMessage *const *rows, size_t count)
{
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        if (views[i].row == row) return print_rows(cli, row, views[i].columns, "", rows, count, "");
    }
    /* Every field of it, in order. */
    const char *columns[COLUMNS_MAX] = {NULL};
    for (unsigned f = 0; f < row->n_fields && f < COLUMNS_MAX; f++) {
        columns[f] = row->fields[f].name;
    }
    return print_rows(cli, row, columns, "", rows, count, "");
}

const ProtobufCFieldDescriptor *cli_list_field(const ProtobufCMessageDescriptor *reply)
{
    if (reply == &matching__find_matches_reply__descriptor ||
        cli_message_field_named(reply, "next_token") == NULL)
        return NULL;
    return &reply->fields[0];
}

/* ---- one thing ---- */

struct block {
    struct cli *cli;
    struct cli_table table; /* label: value */
    bool full;
};

static void put_line(struct block *block, const char *label, const char *text)
{
    const char *name = gm_arena_format(block->cli->arena, "%s:", label);
    block->full = block->full || name == NULL || text == NULL ||
                  cli_table_cell(&block->table, name) != GM_OK ||
                  cli_table_cell(&block->table, text) != GM_OK;
}

static void put_languages(struct block *block, const ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field)
{
    for (size_t i = 0; i < cli_message_count(message, field); i++) {
        const Common__LocalText *text =
            (const Common__LocalText *)cli_message_inner(message, field, i);
        const char *label =
            gm_arena_format(block->cli->arena, "%s (%s)",
                            cli_label_of(field->name, block->cli->language), text->language);
        if (label != NULL) put_line(block, label, text->text);
    }
}

static bool is_nested_list(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->label == PROTOBUF_C_LABEL_REPEATED;
}

static void put_fields(struct block *block, const ProtobufCMessage *message, const char *currency)
{
    currency = currency_in(message, currency);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (!cli_message_has(message, field)) continue;
        if (field->descriptor == &common__local_text__descriptor ||
            field->descriptor == &common__local_block__descriptor) {
            put_languages(block, message, field); /* the two have the same fields */
            continue;
        }
        if (is_nested_list(field)) continue;
        const bool inner = field->type == PROTOBUF_C_TYPE_MESSAGE &&
                           field->descriptor != &common__money__descriptor;
        if (inner) {
            put_fields(block, cli_message_inner(message, field, 0), currency);
            continue;
        }
        const char *text = cli_shown(block->cli, message, field, currency);
        if (text == NULL || text[0] != '\0')
            put_line(block, cli_label_of(field->name, block->cli->language), text);
    }
}

/* Lists of messages, each as a table under its name. */
static enum cli_exit put_lists(struct cli *cli, const ProtobufCMessage *message,
                               const char *currency)
{
    enum cli_exit code = CLI_EXIT_OK;
    currency = currency_in(message, currency);
    for (unsigned i = 0; i < message->descriptor->n_fields && code == CLI_EXIT_OK; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (field->type != PROTOBUF_C_TYPE_MESSAGE || !cli_message_has(message, field) ||
            field->descriptor == &common__local_text__descriptor ||
            field->descriptor == &common__local_block__descriptor)
            continue;
        if (!is_nested_list(field)) {
            code = put_lists(cli, cli_message_inner(message, field, 0), currency);
            continue;
        }
        const ProtobufCMessageDescriptor *row = field->descriptor;
        const char *columns[COLUMNS_MAX] = {NULL};
        for (unsigned f = 0; f < row->n_fields && f < COLUMNS_MAX; f++) {
            columns[f] = row->fields[f].name;
        }
        fprintf(cli->out, "%s%s:\n", cli_label_of(field->name, cli->language),
                is_assumed(message, field->name) ? "*" : "");
        code = print_rows(cli, row, columns, "  ", cli_message_at(message, field, 0),
                          cli_message_count(message, field), currency);
    }
    return code;
}

static bool any_assumed(const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (!cli_message_has(message, field)) continue;
        if (strcmp(field->name, "assumed") == 0) return true;
        if (field->type != PROTOBUF_C_TYPE_MESSAGE) continue;
        for (size_t at = 0; at < cli_message_count(message, field); at++) {
            if (any_assumed(cli_message_inner(message, field, at))) return true;
        }
    }
    return false;
}

enum cli_exit cli_show(struct cli *cli, const ProtobufCMessage *message)
{
    if (cli->settings.json) {
        cli_put_json(cli, cli_json_of(message));
        return CLI_EXIT_OK;
    }
    struct block block = {.cli = cli};
    cli_table_init(&block.table, cli->arena, "");
    cli_table_column(&block.table, "", false);
    cli_table_column(&block.table, "", false);
    put_fields(&block, message, "");
    if (block.full) return cli_overflow(cli);
    cli_table_print(&block.table, cli->out);
    const enum cli_exit code = put_lists(cli, message, "");
    if (code == CLI_EXIT_OK && any_assumed(message)) CLI_TELL(cli, CLI_SAY_ASSUMED, "");
    return code;
}
