#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"

enum {
    ARENA_BYTES = 256 << 20, /* address space: touched as it is used */
    SCRATCH_BYTES = 1 << 20,
    ASK_MS = 30 * 1000,
};

void tool_fail(const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "replay: %s\n", sentence);
    exit(1);
}

void tool_open(struct tool *tool, const char *data, unsigned in_flight_max)
{
    if (gm_arena_init(&tool->arena, ARENA_BYTES) != GM_OK ||
        gm_arena_init(&tool->scratch, SCRATCH_BYTES) != GM_OK)
        tool_fail("not enough memory");
    static const char *const names[] = {"catalog", "matching", "order"};
    enum { SERVICES = sizeof names / sizeof *names };
    struct gm_client_service services[SERVICES] = {{0}};
    for (unsigned i = 0; i < SERVICES; i++) {
        char folder[GM_PATH_MAX];
        if (gm_path_join(data, names[i], folder) != GM_OK)
            tool_fail("the path is too long: %s", data);
        services[i].name = names[i];
        services[i].folder = tool_text(tool, folder);
    }
    services[1].follows[0] = "catalog";
    struct gm_client_service *kept = tool_alloc(tool, sizeof services);
    memcpy(kept, services, sizeof services);
    const struct gm_client_config config = {
        .services = kept, .service_count = SERVICES, .in_flight_max = in_flight_max};
    const enum gm_status status = gm_client_open(&config, &tool->client);
    if (status != GM_OK) tool_fail("the client does not open: %s", gm_status_name(status));
}

void tool_close(struct tool *tool)
{
    gm_client_close(tool->client);
    gm_arena_release(&tool->scratch);
    gm_arena_release(&tool->arena);
}

__attribute__((noreturn)) static void fail_full(void)
{
    tool_fail("more than %d MiB would be needed", ARENA_BYTES >> 20);
}

void *tool_alloc(struct tool *tool, size_t size)
{
    void *at = gm_arena_zalloc(&tool->arena, size);
    if (at == NULL) fail_full();
    return at;
}

char *tool_text(struct tool *tool, const char *text)
{
    char *copy = gm_arena_copy_text(&tool->arena, gm_bytes_of_text(text));
    if (copy == NULL) fail_full();
    return copy;
}

const struct gm_method *tool_method(const char *service, const char *name)
{
    const struct gm_method *method = gm_method_named(service, name);
    GM_ASSERT(method != NULL);
    return method;
}

bool tool_turn_page(Common__Page *page, ProtobufCBinaryData next, uint8_t token[TOOL_TOKEN_BYTES])
{
    if (next.len == 0) return false;
    if (next.len > TOOL_TOKEN_BYTES) tool_fail("a page's token is too long");
    memcpy(token, next.data, next.len);
    page->token = (ProtobufCBinaryData){.len = next.len, .data = token};
    return true;
}

const char *tool_reason(const struct gm_outcome *outcome)
{
    if (!outcome->answered) return "UNANSWERED";
    if (outcome->refusal.reason == GM_REASON_NONE) return gm_code_name(outcome->status);
    return gm_reason_row(outcome->refusal.reason)->word;
}

const void *tool_ask(struct tool *tool, const char *service, const struct gm_method *method,
                     const void *message, const struct gm_call_options *options)
{
    struct gm_call_options own = options == NULL ? (struct gm_call_options){0} : *options;
    own.timeout_ms = ASK_MS;
    struct gm_outcome outcome;
    const enum gm_status status =
        gm_client_call(tool->client, service, method, message, &own, &outcome);
    if (status != GM_OK) tool_fail("%s cannot be sent: %s", method->name, gm_status_name(status));
    if (outcome.status != GM_CODE_OK)
        tool_fail("%s is refused: %s %.*s", method->name, tool_reason(&outcome),
                  (int)outcome.sentence.size, (const char *)outcome.sentence.at);
    gm_arena_reset(&tool->scratch);
    const void *reply = gm_outcome_message(&outcome, &tool->scratch);
    if (reply == NULL) tool_fail("the reply of %s is damaged", method->name);
    return reply;
}

struct gm_id tool_id(ProtobufCBinaryData bytes)
{
    struct gm_id id;
    GM_ASSERT(bytes.len == sizeof id.v);
    memcpy(id.v, bytes.data, sizeof id.v);
    return id;
}

ProtobufCBinaryData tool_bytes(const struct gm_id *id)
{
    return (ProtobufCBinaryData){.len = sizeof id->v, .data = (uint8_t *)id->v};
}
