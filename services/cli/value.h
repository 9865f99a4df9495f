/* cli/value.h - one value of a field, as plain text: how JSON and options write what is neither a
 * number nor free text. Pure. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/numbers.h"
#include "cli/meaning.h"

/* Text of an id, of bytes or of a hash, by its meaning; "" where nothing is set. NULL: the arena is
 * full. */
const char *cli_value_bytes(struct cli_meaning meaning, ProtobufCBinaryData bytes,
                            struct gm_arena *arena);

/* Any integer, bool or enum as a number. */
__int128 cli_value_number(ProtobufCType type, const void *at);
/* Stores it; GM_MALFORMED where the type cannot hold it. */
GM_CHECKED enum gm_status cli_value_store_number(ProtobufCType type, __int128 number, void *place);

/* Reads what cli_value_bytes writes (members also by plain name) and stores it at place.
 * GM_MALFORMED, GM_TOO_LARGE. */
GM_CHECKED enum gm_status cli_value_read_bytes(struct cli_meaning meaning, struct gm_bytes text,
                                               struct gm_arena *arena,
                                               ProtobufCBinaryData *ret_bytes);
/* An enum's value by its name, capitals or small letters; GM_MALFORMED. */
GM_CHECKED enum gm_status cli_value_read_enum(const ProtobufCEnumDescriptor *descriptor,
                                              struct gm_bytes text, int *ret_value);
