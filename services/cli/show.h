/* cli/show.h - messages as people read them: one thing as lines of `label: value`, a list as a
 * table. Follows the descriptors, so that a field that is added is shown. */
#pragma once

#include "cli/cli.h"
#include "cli/table.h"

/* Prints a reply, as JSON where that is asked. currency: of money that says none itself, "". */
enum cli_exit cli_show(struct cli *cli, const ProtobufCMessage *message);

/* Rows of one kind under their columns; *more tokens and --all are the caller's. */
enum cli_exit cli_show_rows(struct cli *cli, const ProtobufCMessageDescriptor *row,
                            const ProtobufCMessage *const *rows, size_t count);

/* The value of a field as text, "" where nothing is set; an assumed one is marked by `*`. NULL: the
 * arena is full. */
const char *cli_shown(struct cli *cli, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, const char *currency);

/* One of LocalText in the reader's language, else Vietnamese, English, the first. */
const char *cli_shown_name(struct cli *cli, const ProtobufCMessage *message,
                           const ProtobufCFieldDescriptor *field);

/* The repeated messages of a list's reply; NULL where it is none. */
const ProtobufCFieldDescriptor *cli_list_field(const ProtobufCMessageDescriptor *reply);
