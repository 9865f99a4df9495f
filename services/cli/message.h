/* cli/message.h - protobuf messages made, looked at and changed by their descriptors, without
 * knowing which they are. All that is made lies in the arena and is full of zeros: nothing is set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/bytes.h"

/* NULL: the arena is full, here and below. */
ProtobufCMessage *cli_message_new(const ProtobufCMessageDescriptor *descriptor,
                                  struct gm_arena *arena);

/* A copy that borrows nothing. */
ProtobufCMessage *cli_message_copy(const ProtobufCMessage *message, struct gm_arena *arena);

/* NULL: there is no such field. */
const ProtobufCFieldDescriptor *cli_message_field(const ProtobufCMessageDescriptor *descriptor,
                                                  struct gm_bytes name);
const ProtobufCFieldDescriptor *
cli_message_field_named(const ProtobufCMessageDescriptor *descriptor, const char *name);

/* Something else than nothing: items, a message, a member of a oneof that is set, a number that is
 * not 0, text or bytes that are not empty. */
bool cli_message_has(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* Values in the field: items of a repeated one, else 1, or 0 for a member of a oneof that is not
 * the one set. */
size_t cli_message_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/* The value at index, below the count (asserted), as protobuf-c stores it: an int64_t, a
 * const char *, a ProtobufCBinaryData, a ProtobufCMessage *, ... */
const void *cli_message_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                           size_t index);
/* The text of a string field, the message of a message field or NULL. */
const char *cli_message_text(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                             size_t index);
const ProtobufCMessage *cli_message_inner(const ProtobufCMessage *message,
                                          const ProtobufCFieldDescriptor *field, size_t index);

/* Where to store the value of a field that is not repeated; a oneof takes this member. */
void *cli_message_slot(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/* Where to store one more item, which is zero. */
void *cli_message_append(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                         struct gm_arena *arena);
/* The message in a field that is not repeated, made where there is none. */
ProtobufCMessage *cli_message_open(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                                   struct gm_arena *arena);
/* Back to nothing. */
void cli_message_clear(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* The message at the end of a path of field names ("product.terms"), NULL where one is not set;
 * *ret_field (unless NULL) is the last name's field, whatever its type. A name that is no field is
 * asserted. */
const ProtobufCMessage *cli_message_follow(const ProtobufCMessage *message, const char *path,
                                           const ProtobufCFieldDescriptor **ret_field);
