#include "base/option.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

struct unit {
    const char *name;
    int64_t size;
};

/* From the largest down; a number of bytes may go without. */
static const struct unit byte_units[] = {
    {"T", INT64_C(1) << 40},
    {"G", INT64_C(1) << 30},
    {"M", INT64_C(1) << 20},
    {"K", INT64_C(1) << 10},
    {"", 1},
    {NULL, 0},
};

static const struct unit duration_units[] = {
    {"h", GM_HOUR_MS}, {"min", GM_MINUTE_MS}, {"s", GM_SECOND_MS}, {"ms", 1}, {NULL, 0},
};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

static const struct unit *units_of(enum gm_option_kind kind)
{
    if (kind == GM_OPTION_BYTES) return byte_units;
    if (kind == GM_OPTION_DURATION) return duration_units;
    return no_units;
}

static int64_t max_of(const struct gm_option *option)
{
    return option->max == 0 ? INT64_MAX : option->max;
}

static void put(const struct gm_option *option, void *settings, const void *value, size_t size)
{
    GM_ASSERT(option->size == size);
    memcpy((char *)settings + option->offset, value, size);
}

static enum gm_status set_number(const struct gm_option *option, const char *text, void *settings)
{
    const bool negative = option->kind == GM_OPTION_INTEGER && text[0] == '-';
    const char *at = negative ? text + 1 : text;
    if (*at < '0' || *at > '9') return GM_MALFORMED;
    int64_t number = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        const int digit = negative ? -(*at - '0') : *at - '0';
        if (__builtin_mul_overflow(number, 10, &number)) return GM_MALFORMED;
        if (__builtin_add_overflow(number, digit, &number)) return GM_MALFORMED;
    }

    const struct unit *unit = units_of(option->kind);
    while (unit->name != NULL && strcmp(unit->name, at) != 0) {
        unit++;
    }
    /* Nothing is nothing in every unit. */
    const bool bare_zero = number == 0 && *at == '\0';
    if (unit->name == NULL && !bare_zero) return GM_MALFORMED;
    if (__builtin_mul_overflow(number, unit->size, &number)) return GM_MALFORMED;
    if (number < option->min || number > max_of(option)) return GM_MALFORMED;
    put(option, settings, &number, sizeof number);
    return GM_OK;
}

static enum gm_status set_boolean(const struct gm_option *option, const char *text, void *settings)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        {"yes", true}, {"true", true},   {"on", true},   {"1", true},
        {"no", false}, {"false", false}, {"off", false}, {"0", false},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, text) != 0) continue;
        put(option, settings, &words[i].value, sizeof words[i].value);
        return GM_OK;
    }
    return GM_MALFORMED;
}

static enum gm_status set_choice(const struct gm_option *option, const char *text, void *settings)
{
    for (int i = 0; option->choices[i] != NULL; i++) {
        if (strcmp(option->choices[i], text) != 0) continue;
        put(option, settings, &i, sizeof i);
        return GM_OK;
    }
    return GM_MALFORMED;
}

enum gm_status gm_option_set(const struct gm_option *option, const char *text, void *settings)
{
    switch (option->kind) {
    case GM_OPTION_TEXT:
        put(option, settings, &text, sizeof text);
        return GM_OK;
    case GM_OPTION_INTEGER:
    case GM_OPTION_BYTES:
    case GM_OPTION_DURATION:
        return set_number(option, text, settings);
    case GM_OPTION_BOOLEAN:
        return set_boolean(option, text, settings);
    case GM_OPTION_CHOICE:
        return set_choice(option, text, settings);
    }
    GM_UNREACHABLE();
}

enum { NUMBER_TEXT_MAX = 32 };

/* As one would write it: in the largest unit that divides it. */
static char *number_text(const struct gm_option *option, int64_t number, char ret[NUMBER_TEXT_MAX])
{
    const struct unit *unit = units_of(option->kind);
    while (unit[1].name != NULL && (number == 0 || number % unit->size != 0)) {
        unit++;
    }
    snprintf(ret, NUMBER_TEXT_MAX, "%lld%s", (long long)(number / unit->size), unit->name);
    return ret;
}

static void number_takes(const struct gm_option *option, const char *what,
                         char ret[GM_OPTION_TAKES_MAX])
{
    char min[NUMBER_TEXT_MAX], max[NUMBER_TEXT_MAX];
    number_text(option, option->min, min);
    number_text(option, max_of(option), max);
    if (max_of(option) < INT64_MAX) {
        snprintf(ret, GM_OPTION_TAKES_MAX, "%s from %s to %s", what, min, max);
    } else {
        snprintf(ret, GM_OPTION_TAKES_MAX, "%s of %s or more", what, min);
    }
}

static void choice_takes(const struct gm_option *option, char ret[GM_OPTION_TAKES_MAX])
{
    size_t used = (size_t)snprintf(ret, GM_OPTION_TAKES_MAX, "one of");
    for (int i = 0; option->choices[i] != NULL; i++) {
        used += (size_t)snprintf(ret + used, GM_OPTION_TAKES_MAX - used, "%s %s", i == 0 ? "" : ",",
                                 option->choices[i]);
        GM_ASSERT(used < GM_OPTION_TAKES_MAX);
    }
}

char *gm_option_takes(const struct gm_option *option, char ret[GM_OPTION_TAKES_MAX])
{
    switch (option->kind) {
    case GM_OPTION_TEXT:
        snprintf(ret, GM_OPTION_TAKES_MAX, "a text");
        return ret;
    case GM_OPTION_INTEGER:
        number_takes(option, "an integer", ret);
        return ret;
    case GM_OPTION_BYTES:
        number_takes(option, "a size (bytes, or with K, M, G, T)", ret);
        return ret;
    case GM_OPTION_DURATION:
        number_takes(option, "a duration (with ms, s, min, h)", ret);
        return ret;
    case GM_OPTION_BOOLEAN:
        snprintf(ret, GM_OPTION_TAKES_MAX, "yes or no");
        return ret;
    case GM_OPTION_CHOICE:
        choice_takes(option, ret);
        return ret;
    }
    GM_UNREACHABLE();
}
