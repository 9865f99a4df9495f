/* base/log.h - one line per event: JSON for machines, words on a terminal. A message is a fixed
 * phrase, what varies are typed fields; there are no format strings, and what came from outside
 * cannot forge a line, end a string or move a cursor:
 *
 *   gm_log(GM_LOG_INFO, "checkpoint committed", gm_log_u64("seq", seq), gm_log_text("path", path));
 *
 *   {"time":"2026-11-24T23:59:59.999Z","level":"info","service":"catalog",
 *    "message":"checkpoint committed","seq":812,"path":"var/catalog"}               (on one line)
 *   2026-11-24T23:59:59.999Z info  catalog: checkpoint committed seq=812 path=var/catalog
 *
 * Invalid UTF-8 is replaced by U+FFFD. A line is GM_LOG_LINE_MAX bytes at most: what does not fit
 * is left off and the line says so ("cut":true). Set up once, before there are threads; then any
 * thread may log. The time of a line is the system's wall clock, for people: nothing is decided by
 * it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/status.h"

/* PIPE_BUF: a write of so much into a pipe is never mixed with another's. */
enum { GM_LOG_LINE_MAX = 4096 };

enum gm_log_level { GM_LOG_DEBUG, GM_LOG_INFO, GM_LOG_WARN, GM_LOG_ERROR, GM_LOG_LEVEL_COUNT };

/* "debug", "info", "warn", "error", then NULL: the choices of an option. */
extern const char *const gm_log_level_names[GM_LOG_LEVEL_COUNT + 1];

/* Made by the functions below; borrows what it is given until the line is written. */
struct gm_log_field {
    const char *key; /* a word of ours, in lower case and underscores */
    enum {
        GM_LOG_FIELD_END,
        GM_LOG_FIELD_U64,
        GM_LOG_FIELD_I64,
        GM_LOG_FIELD_BOOL,
        GM_LOG_FIELD_TEXT,
        GM_LOG_FIELD_HEX,
        GM_LOG_FIELD_ID,
    } type;
    union {
        uint64_t u64;
        int64_t i64;
        bool flag;
        struct gm_bytes bytes;
        struct {
            enum gm_id_kind kind;
            struct gm_id id;
        } id;
    };
};

static inline struct gm_log_field gm_log_u64(const char *key, uint64_t value)
{
    return (struct gm_log_field){.key = key, .type = GM_LOG_FIELD_U64, .u64 = value};
}

static inline struct gm_log_field gm_log_i64(const char *key, int64_t value)
{
    return (struct gm_log_field){.key = key, .type = GM_LOG_FIELD_I64, .i64 = value};
}

static inline struct gm_log_field gm_log_bool(const char *key, bool value)
{
    return (struct gm_log_field){.key = key, .type = GM_LOG_FIELD_BOOL, .flag = value};
}

static inline struct gm_log_field gm_log_bytes(const char *key, struct gm_bytes text)
{
    return (struct gm_log_field){.key = key, .type = GM_LOG_FIELD_TEXT, .bytes = text};
}

/* NULL is written as the empty text. */
static inline struct gm_log_field gm_log_text(const char *key, const char *text)
{
    return gm_log_bytes(key, gm_bytes_of_text(text == NULL ? "" : text));
}

/* Binary, in hexadecimal digits. */
static inline struct gm_log_field gm_log_hex(const char *key, struct gm_bytes bytes)
{
    return (struct gm_log_field){.key = key, .type = GM_LOG_FIELD_HEX, .bytes = bytes};
}

/* As TypeID text. */
static inline struct gm_log_field gm_log_id(const char *key, enum gm_id_kind kind, struct gm_id id)
{
    return (struct gm_log_field){.key = key, .type = GM_LOG_FIELD_ID, .id = {kind, id}};
}

static inline struct gm_log_field gm_log_status(const char *key, enum gm_status status)
{
    return gm_log_text(key, gm_status_name(status));
}

/* strerror's description of an errno. */
struct gm_log_field gm_log_errno(const char *key, int number);

/* gm_log(level, message, fields...): the fields are evaluated only where the level is written. */
#define gm_log(level, message, ...)                                                             \
    (gm_log_enabled(level)                                                                      \
         ? gm_log_write((level), (message),                                                     \
                        (const struct gm_log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}}) \
         : (void)0)

/* The service's name (borrowed for ever), and the lowest level that is written. Lines go to stderr,
 * one write each, in words where it is a terminal and in JSON elsewhere. */
void gm_log_set_up(const char *service, enum gm_log_level level);

enum gm_log_style { GM_LOG_JSON, GM_LOG_WORDS };

/* Takes the lines, each with its newline, in place of stderr; NULL gives them back to stderr. */
typedef void gm_log_sink(void *context, enum gm_log_level level, struct gm_bytes line);
void gm_log_set_sink(gm_log_sink *sink, void *context, enum gm_log_style style);

bool gm_log_enabled(enum gm_log_level level);
/* fields end with one of type GM_LOG_FIELD_END. */
void gm_log_write(enum gm_log_level level, const char *message, const struct gm_log_field *fields);

/* The line alone, pure: returns its bytes, the newline among them, at most GM_LOG_LINE_MAX. */
size_t gm_log_render(enum gm_log_style style, int64_t time_ms, enum gm_log_level level,
                     const char *service, const char *message, const struct gm_log_field *fields,
                     char ret_line[GM_LOG_LINE_MAX]);
