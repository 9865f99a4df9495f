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

static const char *member_of(struct cli *cli, const Wire__StreamEntry *entry)
{
    const char *text = cli_value_bytes((struct cli_meaning){CLI_MEANS_ID, GM_ID_member},
                                       entry->member, cli->arena);
    return text == NULL ? "" : text;
}

static void put_json_line(struct cli *cli, const char *service, const Wire__StreamEntry *entry,
                          const ProtobufCMessage *event)
{
    json_t *line = json_pack("{s:s,s:I,s:I,s:s,s:o}", "service", service, "seq",
                             (json_int_t)entry->seq, "time_ms", (json_int_t)entry->time_ms,
                             "member", member_of(cli, entry), "event", cli_json_of(event));
    json_dumpf(line, cli->out, JSON_COMPACT);
    fputc('\n', cli->out);
    json_decref(line);
}

static void put_long(struct cli *cli, const char *service, const Wire__StreamEntry *entry,
                     const ProtobufCMessage *event)
{
    char number[CLI_FIGURE_TEXT_MAX];
    CLI_TELL(cli, CLI_SAY_TOUR_EVENT, service,
             cli_figure_number(cli->language, (int64_t)entry->seq, number));
    cli_put_indented(cli, cli_json_of(event), "    ");
}

static void put_short(struct cli *cli, const char *service, const Wire__StreamEntry *entry,
                      const ProtobufCMessage *event)
{
    char time[CLI_FIGURE_TEXT_MAX], number[CLI_FIGURE_TEXT_MAX];
    json_t *json = cli_json_of(event);
    char *text = json_dumps(json, JSON_COMPACT);
    fprintf(cli->out, "%s  %s %s  %s  ", cli_figure_instant(cli->language, entry->time_ms, time),
            service, cli_figure_number(cli->language, (int64_t)entry->seq, number),
            member_of(cli, entry));
    if (text != NULL) cli_put_text(cli->out, text);
    fputc('\n', cli->out);
    free(text);
    json_decref(json);
}

static void put_event(struct cli *cli, const char *service, const Wire__StreamEntry *entry,
                      const ProtobufCMessage *event, enum cli_event_style style)
{
    if (cli->settings.json) {
        put_json_line(cli, service, entry, event);
    } else if (style == CLI_EVENTS_LONG) {
        put_long(cli, service, entry, event);
    } else {
        put_short(cli, service, entry, event);
    }
}

void cli_put_events(struct cli *cli, const char *service, const Wire__StreamEntry *entry,
                    enum cli_event_style style)
{
    for (size_t i = 0; i < entry->n_events; i++) {
        const size_t mark = gm_arena_mark(cli->arena);
        const ProtobufCMessage *event = gm_message_unpack(
            gm_bytes(entry->events[i].data, entry->events[i].len), event_of(service), cli->arena);
        /* One that this program cannot read is passed over: a newer service may have others. */
        if (event != NULL) put_event(cli, service, entry, event, style);
        gm_arena_rewind(cli->arena, mark);
    }
}
