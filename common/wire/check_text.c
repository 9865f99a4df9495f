#include "wire/check_text.h"

#include <string.h>

#include "base/assert.h"
#include "base/numbers.h"
#include "base/text.h"
#include "wire/check_bytes.h"

/* Locale has no say in what a code is. */
static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_letter(char c)
{
    return is_lower(c) || is_upper(c);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char upper(char c)
{
    return is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

static char lower(char c)
{
    return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

static bool is_slug(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!is_lower(*text) && !is_digit(*text) && *text != '_' && *text != '-') return false;
    }
    return true;
}

static bool is_letters(const char *text, size_t size, size_t count)
{
    for (size_t i = 0; i < size; i++) {
        if (!is_letter(text[i])) return false;
    }
    return size == count;
}

static void make_upper(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        text[i] = upper(text[i]);
    }
}

static enum gm_reason check_currency(char *text, size_t size)
{
    struct gm_currency currency;
    make_upper(text, size);
    const bool listed = is_letters(text, size, 3) && gm_currency_parse(text, &currency) == GM_OK &&
                        gm_currency_known(currency);
    return listed ? GM_REASON_NONE : GM_REASON_BAD_TEXT;
}

enum { SUBTAG_BYTES_MAX = 8, LANGUAGE_BYTES_MIN = 2 };

/* One part between hyphens, in its case: a region VN, a script Hans, all else lower. */
static bool check_subtag(char *text, size_t size, bool first)
{
    if (size == 0 || size > SUBTAG_BYTES_MAX) return false;
    if (first && size < LANGUAGE_BYTES_MIN) return false;
    for (size_t i = 0; i < size; i++) {
        if (!is_letter(text[i]) && (first || !is_digit(text[i]))) return false;
        text[i] = lower(text[i]);
    }
    if (!first && size == 2) make_upper(text, 2);
    if (!first && size == 4) make_upper(text, 1);
    return true;
}

/* BCP 47 by its form; which tags are registered changes every few months. */
static enum gm_reason check_language(char *text, size_t size)
{
    size_t from = 0;
    for (size_t i = 0; i <= size; i++) {
        if (i < size && text[i] != '-') continue;
        if (!check_subtag(text + from, i - from, from == 0)) return GM_REASON_BAD_TEXT;
        from = i + 1;
    }
    return GM_REASON_NONE;
}

static bool is_code(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!is_upper(*text) && !is_digit(*text) && strchr("._/-", *text) == NULL) return false;
    }
    return true;
}

/* text is clean, not empty, within its limit, and ours to change. */
static enum gm_reason check_form(enum gm_text_form form, char *text, size_t size)
{
    switch (form) {
    case GM_FORM_LINE:
    case GM_FORM_BLOCK:
        return GM_REASON_NONE;
    case GM_FORM_CODE:
        make_upper(text, size);
        return is_code(text) ? GM_REASON_NONE : GM_REASON_BAD_TEXT;
    case GM_FORM_LANGUAGE:
        return check_language(text, size);
    case GM_FORM_CURRENCY:
        return check_currency(text, size);
    case GM_FORM_SLUG:
        return is_slug(text) ? GM_REASON_NONE : GM_REASON_BAD_TEXT;
    case GM_FORM_COUNTRY:
        make_upper(text, size);
        return is_letters(text, size, 2) ? GM_REASON_NONE : GM_REASON_BAD_TEXT;
    }
    GM_UNREACHABLE();
}

enum gm_reason gm_check_text(const char *text, const struct gm_limit *limit, struct gm_arena *arena,
                             const char **ret_text)
{
    const enum gm_text_form form = (enum gm_text_form)limit->text;
    const enum gm_text_kind kind = form == GM_FORM_BLOCK ? GM_TEXT_BLOCK : GM_TEXT_LINE;
    const struct gm_bytes raw = gm_bytes_of_text(text);
    struct gm_bytes clean;
    if (raw.size > gm_text_raw_bytes_max(limit)) return GM_REASON_FIELD_TOO_LONG;
    const enum gm_status status = gm_text_clean(arena, raw, kind, &clean);
    if (status == GM_TOO_LARGE) return GM_REASON_BAD_FRAME;
    if (status != GM_OK) return GM_REASON_BAD_TEXT;
    if (clean.size > limit->max_bytes) return GM_REASON_FIELD_TOO_LONG;

    const bool free_text = form == GM_FORM_LINE || form == GM_FORM_BLOCK;
    if (clean.size == 0 || (free_text && clean.at == raw.at && clean.size == raw.size)) {
        *ret_text = clean.size == 0 ? "" : text;
        return GM_REASON_NONE;
    }
    char *copy = gm_arena_copy_text(arena, clean);
    if (copy == NULL) return GM_REASON_BAD_FRAME;
    const enum gm_reason reason = check_form(form, copy, clean.size);
    if (reason == GM_REASON_NONE) *ret_text = copy;
    return reason;
}
