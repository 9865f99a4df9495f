#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/time.h"

enum {
    TAIL_BYTES = sizeof "\",\"cut\":true}\n", /* always kept free for the end of a line */
    BODY_MAX = GM_LOG_LINE_MAX - TAIL_BYTES,
    REPLACEMENT = 0xfffd,
};

const char *const gm_log_level_names[GM_LOG_LEVEL_COUNT + 1] = {
    [GM_LOG_DEBUG] = "debug",
    [GM_LOG_INFO] = "info",
    [GM_LOG_WARN] = "warn",
    [GM_LOG_ERROR] = "error",
};

static struct {
    const char *service;
    enum gm_log_level level;
    enum gm_log_style style;
    gm_log_sink *sink;
    void *context;
} logger = {.service = "gomnet", .level = GM_LOG_INFO};

/* A line as it grows. Once something did not fit nothing more is put in. */
struct line {
    char *at;
    size_t used;
    bool cut;
};

static bool put(struct line *line, const char *at, size_t size)
{
    /* A closing quote may have taken it past BODY_MAX. */
    if (line->cut || line->used + size > BODY_MAX) {
        line->cut = true;
        return false;
    }
    memcpy(line->at + line->used, at, size);
    line->used += size;
    return true;
}

static bool put_text(struct line *line, const char *text)
{
    return put(line, text, strlen(text));
}

/* The end of a string or line, for which there is always room. */
static void put_tail(struct line *line, const char *text)
{
    const size_t size = strlen(text);
    GM_ASSERT(size <= GM_LOG_LINE_MAX - line->used);
    memcpy(line->at + line->used, text, size);
    line->used += size;
}

/* What ends a line for some readers, or turns the order of what a terminal shows. */
static bool misleads(uint32_t code_point)
{
    return (code_point >= 0x2028 && code_point <= 0x202e) ||
           (code_point >= 0x2066 && code_point <= 0x2069) || gm_text_is_control(code_point);
}

static bool put_escaped(struct line *line, uint32_t code_point)
{
    static const char shorts[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                  ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    char text[8];
    if (code_point < sizeof shorts && shorts[code_point] != 0) {
        const char escape[2] = {'\\', shorts[code_point]};
        return put(line, escape, sizeof escape);
    }
    if (misleads(code_point)) {
        const int length = snprintf(text, sizeof text, "\\u%04x", (unsigned)code_point);
        return put(line, text, (size_t)length);
    }
    return put(line, text, gm_text_encode(code_point, (uint8_t *)text));
}

static void put_characters(struct line *line, struct gm_bytes text)
{
    bool fits = true;
    while (fits && text.size > 0) {
        uint32_t code_point;
        if (!gm_text_next(&text, &code_point)) {
            text = gm_bytes(text.at + 1, text.size - 1);
            code_point = REPLACEMENT;
        }
        fits = put_escaped(line, code_point);
    }
}

static void put_quoted(struct line *line, struct gm_bytes text)
{
    if (!put_text(line, "\"")) return;
    put_characters(line, text);
    put_tail(line, "\"");
}

static void put_hex(struct line *line, struct gm_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    bool fits = true;
    for (size_t i = 0; fits && i < bytes.size; i++) {
        const char pair[2] = {digits[bytes.at[i] >> 4], digits[bytes.at[i] & 15]};
        fits = put(line, pair, sizeof pair);
    }
}

/* Whether a value needs quotes on a terminal. */
static bool is_word(struct gm_bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = text.at[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=') return false;
    }
    return text.size > 0;
}

static void put_string(struct line *line, enum gm_log_style style, struct gm_bytes text)
{
    if (style == GM_LOG_WORDS && is_word(text)) {
        put_characters(line, text);
    } else {
        put_quoted(line, text);
    }
}

static void put_value(struct line *line, enum gm_log_style style, const struct gm_log_field *field)
{
    char text[GM_ID_TEXT_MAX];
    switch (field->type) {
    case GM_LOG_FIELD_U64:
        snprintf(text, sizeof text, "%llu", (unsigned long long)field->u64);
        put_text(line, text);
        return;
    case GM_LOG_FIELD_I64:
        snprintf(text, sizeof text, "%lld", (long long)field->i64);
        put_text(line, text);
        return;
    case GM_LOG_FIELD_BOOL:
        put_text(line, field->flag ? "true" : "false");
        return;
    case GM_LOG_FIELD_TEXT:
        put_string(line, style, field->bytes);
        return;
    case GM_LOG_FIELD_HEX:
        if (style == GM_LOG_WORDS) {
            put_hex(line, field->bytes);
        } else if (put_text(line, "\"")) {
            put_hex(line, field->bytes);
            put_tail(line, "\"");
        }
        return;
    case GM_LOG_FIELD_ID:
        gm_id_text(field->id.kind, field->id.id, text);
        put_string(line, style, gm_bytes_of_text(text));
        return;
    case GM_LOG_FIELD_END:
        break;
    }
    GM_UNREACHABLE();
}

/* A field of which not even the beginning of its value fits is left off whole. */
static void put_field(struct line *line, enum gm_log_style style, const struct gm_log_field *field)
{
    const size_t before = line->used;
    if (style == GM_LOG_JSON) {
        put_text(line, ",");
        put_quoted(line, gm_bytes_of_text(field->key));
        put_text(line, ":");
    } else {
        put_text(line, " ");
        put_text(line, field->key);
        put_text(line, "=");
    }
    const size_t value_at = line->used;
    if (!line->cut) put_value(line, style, field);
    if (line->cut && line->used == value_at) line->used = before;
}

static void put_head(struct line *line, enum gm_log_style style, int64_t time_ms,
                     enum gm_log_level level, const char *service, const char *message)
{
    char time[GM_INSTANT_TEXT_MAX];
    gm_instant_text(time_ms, time);
    if (style == GM_LOG_JSON) {
        put_text(line, "{\"time\":\"");
        put_text(line, time);
        put_text(line, "\",\"level\":\"");
        put_text(line, gm_log_level_names[level]);
        put_text(line, "\",\"service\":");
        put_quoted(line, gm_bytes_of_text(service));
        put_text(line, ",\"message\":");
        put_quoted(line, gm_bytes_of_text(message));
        return;
    }
    put_text(line, time);
    put_text(line, " ");
    put_text(line, gm_log_level_names[level]);
    put_text(line, strlen(gm_log_level_names[level]) < 5 ? "  " : " "); /* a column of its own */
    put_characters(line, gm_bytes_of_text(service));
    put_text(line, ": ");
    put_characters(line, gm_bytes_of_text(message));
}

size_t gm_log_render(enum gm_log_style style, int64_t time_ms, enum gm_log_level level,
                     const char *service, const char *message, const struct gm_log_field *fields,
                     char ret_line[GM_LOG_LINE_MAX])
{
    GM_ASSERT(level < GM_LOG_LEVEL_COUNT);
    struct line line = {.at = ret_line};
    put_head(&line, style, time_ms, level, service, message);
    for (const struct gm_log_field *field = fields; field->type != GM_LOG_FIELD_END; field++) {
        put_field(&line, style, field);
    }
    if (style == GM_LOG_JSON) {
        put_tail(&line, line.cut ? ",\"cut\":true}\n" : "}\n");
    } else {
        put_tail(&line, line.cut ? " cut=true\n" : "\n");
    }
    return line.used;
}

struct gm_log_field gm_log_errno(const char *key, int number)
{
    return gm_log_text(key, strerrordesc_np(number));
}

void gm_log_set_up(const char *service, enum gm_log_level level)
{
    GM_ASSERT(level < GM_LOG_LEVEL_COUNT);
    logger.service = service;
    logger.level = level;
    if (logger.sink == NULL) logger.style = isatty(STDERR_FILENO) ? GM_LOG_WORDS : GM_LOG_JSON;
}

void gm_log_set_sink(gm_log_sink *sink, void *context, enum gm_log_style style)
{
    logger.sink = sink;
    logger.context = context;
    logger.style = style;
}

bool gm_log_enabled(enum gm_log_level level)
{
    return level >= logger.level;
}

void gm_log_write(enum gm_log_level level, const char *message, const struct gm_log_field *fields)
{
    char line[GM_LOG_LINE_MAX];
    const int64_t time_ms = gm_clock_read_system().wall_ms;
    const size_t size =
        gm_log_render(logger.style, time_ms, level, logger.service, message, fields, line);
    if (logger.sink != NULL) {
        logger.sink(logger.context, level, gm_bytes(line, size));
        return;
    }
    /* What does not get through is lost: there is nowhere to say so. */
    if (write(STDERR_FILENO, line, size) < 0) return;
}
