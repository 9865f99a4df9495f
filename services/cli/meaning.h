/* cli/meaning.h - what the number, text or bytes in a field mean to a person: told by the names of
 * fields, which keep one meaning over all messages but where the table says otherwise. JSON, what
 * is shown and what is read from options and files follow it. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "base/id.h"

enum cli_meaning_kind {
    CLI_MEANS_ITSELF,
    CLI_MEANS_ID,       /* 16 bytes of one kind */
    CLI_MEANS_DAY,      /* a day in Viet Nam */
    CLI_MEANS_INSTANT,  /* UTC ms */
    CLI_MEANS_DURATION, /* ms */
    CLI_MEANS_MONEY,    /* minor units of the currency that stands beside or above it */
    CLI_MEANS_SHARE,    /* parts per million */
    CLI_MEANS_GRAMS,
    CLI_MEANS_KM,
    CLI_MEANS_BYTES,  /* a size */
    CLI_MEANS_HASH,   /* 64 bits without order, shown as 16 hex digits */
    CLI_MEANS_HEX,    /* bytes, shown as hex digits */
    CLI_MEANS_TOKEN,  /* bytes, shown in base 64 */
    CLI_MEANS_REASON, /* a number of proto/reasons.csv */
};

struct cli_meaning {
    enum cli_meaning_kind kind;
    enum gm_id_kind id_kind; /* CLI_MEANS_ID */
};

/* arm: the name of the field in which the message stands, or NULL: an event says only by it whether
 * a product or a lot is meant. */
struct cli_meaning cli_meaning_of(const ProtobufCMessageDescriptor *message,
                                  const ProtobufCFieldDescriptor *field, const char *arm);
