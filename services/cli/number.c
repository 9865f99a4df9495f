#include "cli/number.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/text.h"

enum {
    DIGITS_MAX = 40, /* written ones; more are no number that we hold */
    GROUP = 3,       /* digits between two marks */
    MARK_APOSTROPHE = '\'',
    MARK_SPACE = ' ', /* also the no-break ones */
    NO_BREAK_SPACE = 0xa0,
    NARROW_NO_BREAK_SPACE = 0x202f,
    RIGHT_QUOTE = 0x2019, /* what a word processor makes of an apostrophe */
};
#define NUMBER_MAX INT64_C(1000000000000000000)

/* A number taken apart: digits, and after how many of them which mark stands. */
struct parts {
    uint8_t digits[DIGITS_MAX];
    int digit_count;
    struct {
        uint32_t mark;
        int after; /* digits before it */
    } marks[DIGITS_MAX];
    int mark_count;
};

static struct gm_bytes trim(struct gm_bytes text)
{
    struct gm_bytes rest = text;
    uint32_t c;
    while (gm_text_next(&rest, &c) && gm_text_is_space(c)) {
        text = rest;
    }
    /* From the end: the longest tail of white space. */
    size_t keep = 0;
    for (rest = text; gm_text_next(&rest, &c);) {
        if (!gm_text_is_space(c)) keep = text.size - rest.size;
    }
    return gm_bytes(text.at, rest.size == 0 ? keep : text.size);
}

static uint32_t mark_of(uint32_t c)
{
    if (c == NO_BREAK_SPACE || c == NARROW_NO_BREAK_SPACE) return MARK_SPACE;
    if (c == RIGHT_QUOTE) return MARK_APOSTROPHE;
    return c == '.' || c == ',' || c == MARK_SPACE || c == MARK_APOSTROPHE ? c : 0;
}

static enum cli_number_fault take_apart(struct gm_bytes text, struct parts *parts)
{
    uint32_t c;
    while (gm_text_next(&text, &c)) {
        if (c >= '0' && c <= '9') {
            if (parts->digit_count == DIGITS_MAX) return CLI_NUMBER_TOO_LARGE;
            parts->digits[parts->digit_count++] = (uint8_t)(c - '0');
            continue;
        }
        if ((c == 'e' || c == 'E') && parts->digit_count > 0) return CLI_NUMBER_SCIENTIFIC;
        const uint32_t mark = mark_of(c);
        const int previous = parts->mark_count == 0 ? 0 : parts->marks[parts->mark_count - 1].after;
        /* A mark stands between digits. */
        if (mark == 0 || parts->digit_count == previous) return CLI_NUMBER_NO_NUMBER;
        parts->marks[parts->mark_count].mark = mark;
        parts->marks[parts->mark_count++].after = parts->digit_count;
    }
    const bool ends_in_mark =
        parts->mark_count > 0 && parts->marks[parts->mark_count - 1].after == parts->digit_count;
    if (text.size > 0 || parts->digit_count == 0 || ends_in_mark) return CLI_NUMBER_NO_NUMBER;
    return CLI_NUMBER_FINE;
}

/* The first count marks are of one kind and the digits between them, up to `end`, stand in threes.
 */
static bool are_groups(const struct parts *parts, int count, int end)
{
    if (count == 0) return true;
    if (parts->marks[0].after > GROUP || parts->digits[0] == 0) return false;
    for (int i = 0; i < count; i++) {
        const int next = i + 1 < count ? parts->marks[i + 1].after : end;
        if (next - parts->marks[i].after != GROUP) return false;
        if (parts->marks[i].mark != parts->marks[0].mark) return false;
    }
    return true;
}

static enum cli_number_fault value_of(const struct parts *parts, int whole, int decimals,
                                      int64_t *ret_number)
{
    int64_t number = 0;
    const int fraction = parts->digit_count - whole;
    for (int i = 0; i < whole + decimals; i++) {
        const int digit = i < parts->digit_count ? parts->digits[i] : 0;
        if (number > (NUMBER_MAX - digit) / 10) return CLI_NUMBER_TOO_LARGE;
        number = number * 10 + digit;
    }
    for (int i = decimals; i < fraction; i++) {
        if (parts->digits[whole + i] != 0) return CLI_NUMBER_TOO_FINE;
    }
    *ret_number = number;
    return CLI_NUMBER_FINE;
}

static enum cli_number_fault understand(const struct parts *parts, int decimals,
                                        int64_t *ret_number)
{
    if (parts->mark_count == 0) return value_of(parts, parts->digit_count, decimals, ret_number);

    const int last = parts->mark_count - 1;
    const uint32_t mark = parts->marks[last].mark;
    const int fraction = parts->digit_count - parts->marks[last].after;
    const bool grouped = are_groups(parts, parts->mark_count, parts->digit_count);
    const bool can_be_decimal = (mark == '.' || mark == ',') &&
                                are_groups(parts, last, parts->marks[last].after) &&
                                (last == 0 || parts->marks[0].mark != mark);
    if (grouped) {
        if (can_be_decimal && decimals > 0) return CLI_NUMBER_AMBIGUOUS;
        return value_of(parts, parts->digit_count, decimals, ret_number);
    }
    if (!can_be_decimal) return CLI_NUMBER_NO_NUMBER;
    if (fraction == GROUP) {
        /* 1200.000 or 1.200,000 may be a group gone wrong. */
        const bool plainly_decimal =
            decimals >= GROUP &&
            (last > 0 || (parts->marks[0].after == 1 && parts->digits[0] == 0));
        if (!plainly_decimal) return CLI_NUMBER_AMBIGUOUS;
    }
    return value_of(parts, parts->marks[last].after, decimals, ret_number);
}

enum cli_number_fault cli_number_read(struct gm_bytes text, int decimals, int64_t *ret_number)
{
    GM_ASSERT(decimals >= 0 && decimals <= CLI_NUMBER_DECIMALS_MAX);
    text = trim(text);
    if (text.size == 0) return CLI_NUMBER_EMPTY;
    struct parts parts = {0};
    const bool negative = text.at[0] == '-';
    if (negative) text = gm_bytes(text.at + 1, text.size - 1);
    enum cli_number_fault fault = take_apart(text, &parts);
    if (fault == CLI_NUMBER_FINE && negative) fault = CLI_NUMBER_NEGATIVE;
    return fault == CLI_NUMBER_FINE ? understand(&parts, decimals, ret_number) : fault;
}

char *cli_number_write(int64_t number, int decimals, char thousands, char decimal,
                       char ret[CLI_NUMBER_TEXT_MAX])
{
    GM_ASSERT(decimals >= 0 && decimals <= CLI_NUMBER_DECIMALS_MAX);
    /* From the last digit to the first; the magnitude of INT64_MIN fits the unsigned type. */
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char reversed[CLI_NUMBER_TEXT_MAX];
    int size = 0;
    for (int digit = 0; rest > 0 || digit <= decimals; digit++) {
        if (digit == decimals && decimals > 0) reversed[size++] = decimal;
        const int place = digit - decimals;
        if (place > 0 && place % GROUP == 0 && thousands != 0) reversed[size++] = thousands;
        reversed[size++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (number < 0) reversed[size++] = '-';
    for (int i = 0; i < size; i++) {
        ret[i] = reversed[size - 1 - i];
    }
    ret[size] = '\0';
    return ret;
}

char *cli_number_write_plain(int64_t number, int decimals, char decimal,
                             char ret[CLI_NUMBER_TEXT_MAX])
{
    cli_number_write(number, decimals, 0, decimal, ret);
    if (decimals != GROUP) return ret;
    /* Three decimals could be a group: a fourth says that they are not. */
    const size_t size = strlen(ret);
    GM_ASSERT(size + 1 < CLI_NUMBER_TEXT_MAX);
    ret[size] = '0';
    ret[size + 1] = '\0';
    return ret;
}
