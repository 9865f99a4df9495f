#include "cli/events.h"

#include <string.h>

#include "catalog.pb-c.h"
#include "cli/figure.h"
#include "cli/json.h"
#include "cli/meaning.h"
#include "cli/value.h"
#include "cli/width.h"
#include "matching.pb-c.h"
#include "order.pb-c.h"
#include "wire/check.h"

static const ProtobufCMessageDescriptor *event_of(const char *service)
{
    static const struct {
        const char *service;
        const ProtobufCMessageDescriptor *event;
    } rows[] = {
        {"catalog", &catalog__event__descriptor},
        {"matching", &matching__event__descriptor},
        {"order", &order__event__descriptor},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].service, service) == 0) return rows[i].event;
    }
    return NULL;
}

void cli_put_indented(struct cli *cli, json_t *json, const char *indent)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
    for (const char *at = text; at != NULL && *at != '\0';) {
        const size_t size = strcspn(at, "\n");
        fprintf(cli->out, "%s%.*s\n", indent, (int)size, at);
        at += size + (at[size] == '\n');
    }
    free(text);
    json_decref(json);
}

static void put_event(struct cli *cli, const char *service, const Wire__StreamEntry *entry,
                      const ProtobufCMessage *event)
{
    char number[CLI_FIGURE_TEXT_MAX];
    if (!cli->settings.json) {
        CLI_TELL(cli, CLI_SAY_TOUR_EVENT, service,
                 cli_figure_number(cli->language, (int64_t)entry->seq, number));
        cli_put_indented(cli, cli_json_of(event), "    ");
        return;
    }
    const char *member = cli_value_bytes((struct cli_meaning){CLI_MEANS_ID, GM_ID_member},
                                         entry->member, cli->arena);
    json_t *line = json_pack("{s:s,s:I,s:I,s:s?,s:o}", "service", service, "seq",
                             (json_int_t)entry->seq, "time_ms", (json_int_t)entry->time_ms,
                             "member", member, "event", cli_json_of(event));
    json_dumpf(line, cli->out, JSON_COMPACT);
    fputc('\n', cli->out);
    json_decref(line);
}

void cli_put_events(struct cli *cli, const char *service, const Wire__StreamEntry *entry)
{
    for (size_t i = 0; i < entry->n_events; i++) {
        const size_t mark = gm_arena_mark(cli->arena);
        const ProtobufCMessage *event = gm_message_unpack(
            gm_bytes(entry->events[i].data, entry->events[i].len), event_of(service), cli->arena);
        /* One that this program cannot read is passed over: a newer service may have others. */
        if (event != NULL) put_event(cli, service, entry, event);
        gm_arena_rewind(cli->arena, mark);
    }
}
