/* tool.h - what the parts of the replay share: it is a program that one runs and reads, so what
 * cannot be done ends it with a sentence. Memory is of one arena and lives as long as it does. */
#pragma once

#include "base/arena.h"
#include "base/reason.h"
#include "client/client.h"
#include "common.pb-c.h"

enum { TOOL_PAGE_ROWS = 500, TOOL_TOKEN_BYTES = 128 };

struct tool {
    struct gm_client *client;
    struct gm_arena arena;   /* what stays */
    struct gm_arena scratch; /* one message */
};

/* Opens the client of the services whose folders lie in data. */
void tool_open(struct tool *tool, const char *data, unsigned in_flight_max);
void tool_close(struct tool *tool);

/* Says why on stderr and ends the process. */
__attribute__((noreturn, format(printf, 1, 2))) void tool_fail(const char *format, ...);

/* Never NULL. */
void *tool_alloc(struct tool *tool, size_t size); /* zeros */
char *tool_text(struct tool *tool, const char *text);

/* The method; that it exists is asserted. */
const struct gm_method *tool_method(const char *service, const char *name);

/* The reply, in scratch until the next call. A refusal ends the process. service: NULL: the
 * method's own; options: NULL: none. */
const void *tool_ask(struct tool *tool, const char *service, const struct gm_method *method,
                     const void *message, const struct gm_call_options *options);

/* Makes page the one after a reply with that next_token, which is kept in token. False: the reply
 * was the last one. */
bool tool_turn_page(Common__Page *page, ProtobufCBinaryData next, uint8_t token[TOOL_TOKEN_BYTES]);

/* "PRICE_CHANGED", "UNANSWERED". */
const char *tool_reason(const struct gm_outcome *outcome);

struct gm_id tool_id(ProtobufCBinaryData bytes);        /* 16 bytes, asserted */
ProtobufCBinaryData tool_bytes(const struct gm_id *id); /* borrows */
