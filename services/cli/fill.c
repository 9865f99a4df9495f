#include "cli/fill.h"

#include <string.h>
#include <strings.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/figure.h"
#include "cli/meaning.h"
#include "cli/message.h"
#include "cli/value.h"

enum { PERCENT_DECIMALS = 4 }; /* of a share: 12.3456 % is 123,456 ppm */

enum cli_word cli_number_word(enum cli_number_fault fault)
{
    static const enum cli_word words[CLI_NUMBER_FAULT_COUNT] = {
        [CLI_NUMBER_FINE] = CLI_SAY_NOTHING,
        [CLI_NUMBER_EMPTY] = CLI_SAY_NUMBER_EMPTY,
        [CLI_NUMBER_NO_NUMBER] = CLI_SAY_NUMBER_NONE,
        [CLI_NUMBER_NEGATIVE] = CLI_SAY_NUMBER_NEGATIVE,
        [CLI_NUMBER_SCIENTIFIC] = CLI_SAY_NUMBER_SCIENTIFIC,
        [CLI_NUMBER_AMBIGUOUS] = CLI_SAY_NUMBER_AMBIGUOUS,
        [CLI_NUMBER_TOO_FINE] = CLI_SAY_NUMBER_TOO_FINE,
        [CLI_NUMBER_TOO_LARGE] = CLI_SAY_NUMBER_TOO_LARGE,
    };
    GM_ASSERT(fault < CLI_NUMBER_FAULT_COUNT);
    return words[fault];
}

static bool fail(struct cli_filling *filling, enum cli_word word, const char *value)
{
    filling->why = CLI_SAY(filling->arena, filling->language, word, value);
    return false;
}

static bool full(struct cli_filling *filling)
{
    return fail(filling, CLI_SAY_ARENA_FULL, "");
}

/* ---- numbers ---- */

static enum cli_number_fault read_share(struct gm_bytes text, int64_t *ret_ppm)
{
    if (text.at[text.size - 1] != '%') return cli_number_read(text, 0, ret_ppm);
    text.size--;
    return cli_number_read(text, PERCENT_DECIMALS, ret_ppm);
}

static bool fill_day(struct cli_filling *filling, struct gm_bytes text, bool is_instant,
                     int64_t *ret_number)
{
    int32_t day;
    if (gm_day_parse(text, &day) != GM_OK) return fail(filling, CLI_SAY_BAD_DAY, "");
    *ret_number = is_instant ? gm_day_begins_ms(day) : day;
    return true;
}

static bool fill_number(struct cli_filling *filling, const ProtobufCFieldDescriptor *field,
                        struct cli_meaning meaning, struct gm_bytes text, void *place)
{
    int64_t number = 0;
    enum cli_number_fault fault = CLI_NUMBER_FINE;
    if (meaning.kind == CLI_MEANS_DAY || meaning.kind == CLI_MEANS_INSTANT) {
        if (!fill_day(filling, text, meaning.kind == CLI_MEANS_INSTANT, &number)) return false;
    } else if (meaning.kind == CLI_MEANS_MONEY) {
        fault = cli_figure_read_money(text, filling->currency, &number);
    } else if (meaning.kind == CLI_MEANS_SHARE) {
        fault = read_share(text, &number);
    } else {
        fault = cli_number_read(text, 0, &number);
    }
    if (fault != CLI_NUMBER_FINE) return fail(filling, cli_number_word(fault), "");
    if (cli_value_store_number(field->type, number, place) == GM_OK) return true;
    return fail(filling, CLI_SAY_NUMBER_TOO_LARGE, "");
}

/* ---- words ---- */

static bool fill_boolean(struct cli_filling *filling, struct gm_bytes text, void *place)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false},
                 {"1", true},   {"0", false},  {"có", true},   {"không", false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!gm_bytes_equal(gm_bytes_of_text(words[i].word), text)) continue;
        *(protobuf_c_boolean *)place = words[i].value;
        return true;
    }
    return fail(filling, CLI_SAY_BAD_BOOLEAN, "");
}

static bool fill_enum(struct cli_filling *filling, const ProtobufCEnumDescriptor *descriptor,
                      struct gm_bytes text, void *place)
{
    if (cli_value_read_enum(descriptor, text, place) == GM_OK) return true;
    const char *names = "";
    for (unsigned i = 0; i < descriptor->n_values && names != NULL; i++) {
        if (descriptor->values[i].value == 0) continue;
        names = gm_arena_format(filling->arena, "%s%s%s", names, names[0] == '\0' ? "" : ", ",
                                descriptor->values[i].name);
    }
    return names == NULL ? full(filling) : fail(filling, CLI_SAY_NO_SUCH_VALUE, names);
}

static bool fill_bytes(struct cli_filling *filling, struct cli_meaning meaning,
                       struct gm_bytes text, void *place)
{
    const enum gm_status status = cli_value_read_bytes(meaning, text, filling->arena, place);
    if (status == GM_OK) return true;
    if (status == GM_TOO_LARGE) return full(filling);
    if (meaning.kind != CLI_MEANS_ID) return fail(filling, CLI_SAY_BAD_BYTES, "");
    if (meaning.id_kind == GM_ID_member) return fail(filling, CLI_SAY_BAD_MEMBER, "");
    return fail(filling, CLI_SAY_BAD_ID, gm_id_prefix(meaning.id_kind));
}

static bool fill_text(struct cli_filling *filling, const ProtobufCFieldDescriptor *field,
                      struct gm_bytes text, void *place)
{
    char *copy = gm_arena_copy_text(filling->arena, text);
    if (copy == NULL) return full(filling);
    *(const char **)place = copy;
    if (strcmp(field->name, "currency") != 0) return true;
    /* A currency is stored in capitals; who writes vnd means VND. */
    for (char *at = copy; *at != '\0'; at++) {
        if (*at >= 'a' && *at <= 'z') *at = (char)(*at - 'a' + 'A');
    }
    struct gm_currency currency;
    if (gm_currency_parse(copy, &currency) != GM_OK || !gm_currency_known(currency))
        return fail(filling, CLI_SAY_BAD_CURRENCY, "");
    filling->currency = currency;
    return true;
}

/* ---- messages in parts ---- */

const char *cli_fill_form(const ProtobufCMessageDescriptor *descriptor, struct gm_arena *arena)
{
    const char *form = "";
    for (unsigned i = 0; i < descriptor->n_fields && form != NULL; i++) {
        form =
            gm_arena_format(arena, "%s%s%s", form, i == 0 ? "" : ":", descriptor->fields[i].name);
    }
    return form;
}

static bool fill_value(struct cli_filling *filling, const ProtobufCMessageDescriptor *owner,
                       const ProtobufCFieldDescriptor *field, struct gm_bytes text, void *place);

/* One value more, or the value. */
static bool put(struct cli_filling *filling, ProtobufCMessage *message,
                const ProtobufCFieldDescriptor *field, struct gm_bytes text)
{
    void *place = field->label == PROTOBUF_C_LABEL_REPEATED
                      ? cli_message_append(message, field, filling->arena)
                      : cli_message_slot(message, field);
    if (place == NULL) return full(filling);
    return fill_value(filling, message->descriptor, field, text, place);
}

/* name=value, where name is a field's; price_cap also means price_cap_minor, mass mass_g. */
static const ProtobufCFieldDescriptor *named_part(const ProtobufCMessageDescriptor *descriptor,
                                                  struct gm_bytes *part)
{
    const uint8_t *sign = memchr(part->at, '=', part->size);
    if (sign == NULL) return NULL;
    const size_t size = (size_t)(sign - part->at);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const char *name = descriptor->fields[i].name;
        if (strncmp(name, (const char *)part->at, size) != 0) continue;
        const char *rest = name + size;
        if (*rest != '\0' && strcmp(rest, "_minor") != 0 && strcmp(rest, "_g") != 0 &&
            strcmp(rest, "_km") != 0)
            continue;
        *part = gm_bytes(sign + 1, part->size - size - 1);
        return &descriptor->fields[i];
    }
    return NULL;
}

static bool fill_parts(struct cli_filling *filling, ProtobufCMessage *message, struct gm_bytes text)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    unsigned next = 0; /* the field that a part without a name fills */
    while (text.size > 0) {
        const bool takes_rest = next + 1 == descriptor->n_fields &&
                                descriptor->fields[next].type == PROTOBUF_C_TYPE_STRING;
        const uint8_t *colon = takes_rest ? NULL : memchr(text.at, ':', text.size);
        struct gm_bytes part =
            gm_bytes(text.at, colon == NULL ? text.size : (size_t)(colon - text.at));
        text = colon == NULL ? gm_bytes(NULL, 0) : gm_bytes(colon + 1, text.size - part.size - 1);
        const ProtobufCFieldDescriptor *field = takes_rest ? NULL : named_part(descriptor, &part);
        if (field == NULL) {
            if (next == descriptor->n_fields) {
                const char *form = cli_fill_form(descriptor, filling->arena);
                return form == NULL ? full(filling) : fail(filling, CLI_SAY_BAD_PARTS, form);
            }
            field = &descriptor->fields[next++];
        }
        if (part.size > 0 && !put(filling, message, field, part)) return false;
    }
    return true;
}

static bool fill_value(struct cli_filling *filling, const ProtobufCMessageDescriptor *owner,
                       const ProtobufCFieldDescriptor *field, struct gm_bytes text, void *place)
{
    const struct cli_meaning meaning = cli_meaning_of(owner, field, NULL);
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE: {
        ProtobufCMessage **inner = place;
        *inner = cli_message_new(field->descriptor, filling->arena);
        return *inner == NULL ? full(filling) : fill_parts(filling, *inner, text);
    }
    case PROTOBUF_C_TYPE_STRING:
        return fill_text(filling, field, text, place);
    case PROTOBUF_C_TYPE_BYTES:
        return fill_bytes(filling, meaning, text, place);
    case PROTOBUF_C_TYPE_ENUM:
        return fill_enum(filling, field->descriptor, text, place);
    case PROTOBUF_C_TYPE_BOOL:
        return fill_boolean(filling, text, place);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return fill_number(filling, field, meaning, text, place);
    }
    GM_UNREACHABLE();
}

/* ---- paths ---- */

/* Name and index of a path's first step; *path goes on behind it. index -1: none. */
static const ProtobufCFieldDescriptor *step(const ProtobufCMessageDescriptor *descriptor,
                                            const char **path, long *ret_index)
{
    const size_t size = strcspn(*path, ".[");
    const ProtobufCFieldDescriptor *field = cli_message_field(descriptor, gm_bytes(*path, size));
    GM_ASSERT(field != NULL);
    *path += size;
    *ret_index = -1;
    if (**path == '[') {
        char *end;
        *ret_index = strtol(*path + 1, &end, 10);
        GM_ASSERT(*end == ']');
        *path = end + 1;
    }
    if (**path == '.') (*path)++;
    return field;
}

bool cli_fill(struct cli_filling *filling, ProtobufCMessage *message, const char *path,
              const char *text)
{
    for (;;) {
        long index;
        const ProtobufCFieldDescriptor *field = step(message->descriptor, &path, &index);
        if (*path == '\0') {
            GM_ASSERT(index < 0);
            if (text[0] != '\0') return put(filling, message, field, gm_bytes_of_text(text));
            cli_message_clear(message, field);
            return true;
        }
        GM_ASSERT(field->type == PROTOBUF_C_TYPE_MESSAGE);
        if (index < 0) {
            message = cli_message_open(message, field, filling->arena);
        } else {
            const size_t count = cli_message_count(message, field);
            GM_ASSERT((size_t)index <= count);
            if ((size_t)index == count) {
                ProtobufCMessage **place = cli_message_append(message, field, filling->arena);
                if (place != NULL) *place = cli_message_new(field->descriptor, filling->arena);
                if (place == NULL || *place == NULL) return full(filling);
            }
            message = *(ProtobufCMessage *const *)cli_message_at(message, field, (size_t)index);
        }
        if (message == NULL) return full(filling);
    }
}
