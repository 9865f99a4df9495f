/* cli/json.h - messages as JSON and back, by their descriptors. Every field is there, by its name
 * in the .proto file: ids as TypeID text, enums by name, days as 2026-11-24, instants as UTC ms,
 * money as integers of minor units, 64-bit hashes and bytes as text; null where nothing is set. Of
 * a oneof with several members the one that is set. Pure. */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/status.h"

enum { CLI_JSON_PATH_MAX = 80 }; /* bytes, NUL included; longer paths are cut */

/* A new reference; never NULL (memory is asserted). */
json_t *cli_json_of(const ProtobufCMessage *message);

/* Fills what the object names; fields that it does not name stay as they are, lists are replaced.
 * Members may be named plainly (cli/member.h), numbers given as text. GM_MALFORMED: not of the
 * form, with the path of what is not; GM_TOO_LARGE: the arena is full. */
GM_CHECKED enum gm_status cli_json_fill(const json_t *json, ProtobufCMessage *message,
                                        struct gm_arena *arena, char ret_path[CLI_JSON_PATH_MAX]);
