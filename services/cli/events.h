/* cli/events.h - events of the services' streams, shown as they come. */
#pragma once

#include "cli/cli.h"
#include "wire.pb-c.h"

/* An entry's events: the tour's way, or a line of JSON each ({service, seq, time_ms, member,
 * event}). */
void cli_put_events(struct cli *cli, const char *service, const Wire__StreamEntry *entry);

/* Prints a JSON value with so many spaces before each line. */
void cli_put_indented(struct cli *cli, json_t *json, const char *indent);
