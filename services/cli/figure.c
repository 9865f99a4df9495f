#include "cli/figure.h"

#include <stdio.h>

#include "base/assert.h"
#include "base/time.h"

/* Signs that mean one currency alone. */
static const struct {
    const char *code;
    const char *sign;
} signs[] = {
    {"VND", "₫"}, {"VND", "đ"}, {"EUR", "€"}, {"GBP", "£"}, {"USD", "$"},
};

static char thousands_of(enum gm_language language)
{
    return language == GM_LANGUAGE_VI ? '.' : ',';
}

static char decimal_of(enum gm_language language)
{
    return language == GM_LANGUAGE_VI ? ',' : '.';
}

char *cli_figure_number(enum gm_language language, int64_t number, char ret[CLI_FIGURE_TEXT_MAX])
{
    return cli_number_write(number, 0, thousands_of(language), decimal_of(language), ret);
}

char *cli_figure_decimal(enum gm_language language, int64_t number, int decimals,
                         char ret[CLI_FIGURE_TEXT_MAX])
{
    for (; decimals > 0 && number % 10 == 0; decimals--) {
        number /= 10;
    }
    return cli_number_write(number, decimals, thousands_of(language), decimal_of(language), ret);
}

static const char *sign_of(const char *currency)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (strcmp(signs[i].code, currency) == 0) return signs[i].sign;
    }
    return NULL;
}

char *cli_figure_money(enum gm_language language, int64_t minor, const char *currency,
                       char ret[CLI_FIGURE_TEXT_MAX])
{
    struct gm_currency known = {0};
    const bool is_one = gm_currency_parse(currency, &known) == GM_OK;
    char number[CLI_NUMBER_TEXT_MAX];
    cli_number_write(minor, is_one ? gm_currency_exponent(known) : 0, thousands_of(language),
                     decimal_of(language), number);
    const char *sign = is_one ? sign_of(currency) : NULL;
    char code[4];
    const char *name = sign != NULL ? sign : gm_currency_text(known, code);
    if (language == GM_LANGUAGE_VI || name[0] == '\0') {
        snprintf(ret, CLI_FIGURE_TEXT_MAX, "%s%s%s", number, name[0] == '\0' ? "" : " ", name);
    } else {
        snprintf(ret, CLI_FIGURE_TEXT_MAX, "%s%s%s", name, sign != NULL ? "" : " ", number);
    }
    return ret;
}

char *cli_figure_day(enum gm_language language, int64_t day, char ret[CLI_FIGURE_TEXT_MAX])
{
    const int32_t within = day < 0 ? 0 : day > GM_DAY_MAX ? GM_DAY_MAX : (int32_t)day;
    return language == GM_LANGUAGE_VI ? gm_day_text_vi(within, ret) : gm_day_text(within, ret);
}

char *cli_figure_instant(enum gm_language language, int64_t time_ms, char ret[CLI_FIGURE_TEXT_MAX])
{
    const int32_t day = gm_day_of(time_ms);
    const int64_t second = (time_ms - gm_day_begins_ms(day)) / GM_SECOND_MS;
    cli_figure_day(language, day, ret);
    const size_t used = strlen(ret);
    snprintf(ret + used, CLI_FIGURE_TEXT_MAX - used, " %02d:%02d:%02d", (int)(second / 3600 % 24),
             (int)(second / 60 % 60), (int)(second % 60));
    return ret;
}

char *cli_figure_share(enum gm_language language, int64_t ppm, char ret[CLI_FIGURE_TEXT_MAX])
{
    enum { TENTH_OF_A_PERCENT_PPM = 1000 };
    char number[CLI_NUMBER_TEXT_MAX];
    cli_number_write(ppm / TENTH_OF_A_PERCENT_PPM, 1, thousands_of(language), decimal_of(language),
                     number);
    snprintf(ret, CLI_FIGURE_TEXT_MAX, "%s %%", number);
    return ret;
}

char *cli_figure_bytes(enum gm_language language, uint64_t bytes, char ret[CLI_FIGURE_TEXT_MAX])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    uint64_t below = 0; /* of one unit, in 1/1024 */
    for (; bytes >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++) {
        below = bytes % 1024;
        bytes /= 1024;
    }
    GM_ASSERT(bytes <= INT64_MAX / 10 - 10);
    char number[CLI_NUMBER_TEXT_MAX];
    const int64_t tenths = (int64_t)(bytes * 10 + below * 10 / 1024);
    cli_number_write(unit == 0 ? (int64_t)bytes : tenths, unit == 0 ? 0 : 1, thousands_of(language),
                     decimal_of(language), number);
    snprintf(ret, CLI_FIGURE_TEXT_MAX, "%s %s", number, units[unit]);
    return ret;
}

char *cli_figure_duration(uint64_t ms, char ret[CLI_FIGURE_TEXT_MAX])
{
    static const struct {
        const char *name;
        uint64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
    enum { UNIT_COUNT = sizeof units / sizeof *units };

    size_t unit = 0;
    while (unit + 1 < UNIT_COUNT && ms < units[unit].ms) {
        unit++;
    }
    const uint64_t whole = ms / units[unit].ms;
    const uint64_t rest = unit + 1 < UNIT_COUNT ? ms % units[unit].ms / units[unit + 1].ms : 0;
    if (rest == 0) {
        snprintf(ret, CLI_FIGURE_TEXT_MAX, "%llu %s", (unsigned long long)whole, units[unit].name);
    } else {
        snprintf(ret, CLI_FIGURE_TEXT_MAX, "%llu %s %llu %s", (unsigned long long)whole,
                 units[unit].name, (unsigned long long)rest, units[unit + 1].name);
    }
    return ret;
}

/* Takes the word off one end of text, where it stands there. */
static bool take_word(struct gm_bytes *text, const char *word)
{
    const size_t size = strlen(word);
    if (text->size <= size) return false;
    if (memcmp(text->at, word, size) == 0) {
        *text = gm_bytes(text->at + size, text->size - size);
        return true;
    }
    if (memcmp(text->at + text->size - size, word, size) != 0) return false;
    text->size -= size;
    return true;
}

enum cli_number_fault cli_figure_read_money(struct gm_bytes text, struct gm_currency currency,
                                            int64_t *ret_minor)
{
    char code[4];
    gm_currency_text(currency, code);
    while (text.size > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
        text = gm_bytes(text.at + 1, text.size - 1);
    }
    while (text.size > 0 && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t')) {
        text.size--;
    }
    bool taken = take_word(&text, code);
    for (size_t i = 0; i < sizeof signs / sizeof *signs && !taken; i++) {
        if (strcmp(signs[i].code, code) == 0) taken = take_word(&text, signs[i].sign);
    }
    return cli_number_read(text, gm_currency_exponent(currency), ret_minor);
}
