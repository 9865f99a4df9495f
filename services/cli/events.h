/* cli/events.h - events of the services' streams, shown as they come. */
#pragma once

#include "cli/cli.h"
#include "wire.pb-c.h"

enum cli_event_style {
    CLI_EVENTS_LONG,  /* under each other, indented */
    CLI_EVENTS_SHORT, /* a line each */
};

/* An entry's events; with --json always a line each ({service, seq, time_ms, member, event}). */
void cli_put_events(struct cli *cli, const char *service, const Wire__StreamEntry *entry,
                    enum cli_event_style style);

/* Prints a JSON value with so many spaces before each line. */
void cli_put_indented(struct cli *cli, json_t *json, const char *indent);
