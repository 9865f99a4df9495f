/* wire/check.h - bytes from a peer, checked once at the door and then trusted. protobuf-c neither
 * validates UTF-8 nor notices a NUL inside a string, allocates what the wire says and takes any
 * enum value: this does not. Pure. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/reason.h"
#include "wire/envelope.h"
#include "wire/method.h"

enum { GM_MESSAGE_DEPTH_MAX = 8 }; /* nested messages; ours need 4 */

/* Unpacks body into the arena and checks all of it against the rules, in two passes: first the
 * bytes (form, depth, counts, sizes, UTF-8, NUL), then the message (required, ranges, enums, ids,
 * texts). Texts are replaced by their stored form: NFC, outer white space removed, codes
 * upper-case; lengths are of that. Fields that the program does not know are passed over. Repeated
 * scalars come packed or not.
 *
 * GM_REASON_NONE with *ret_message (lives in the arena, borrows nothing), else, with the path of
 * the first offending field in ret_field ("lines[3].quantity", "" where it is the whole): BAD_FRAME
 * not protobuf, or another type than the field's; a field that is not repeated, or two of a oneof,
 * there twice (decoders differ in which one they take); too deep; arena full TOO_MANY        items
 * over the field's maximum FIELD_MISSING   required and absent, empty or 0; fewer items than the
 * minimum; an empty item FIELD_TOO_LONG  over max_bytes; a text may come with 64 bytes of white
 * space around it OUT_OF_RANGE    a number, also one that its type cannot hold BAD_TEXT        NUL,
 * broken UTF-8, a character that the field does not take, a currency that ISO 4217 does not list, a
 * language tag that is none BAD_ID          not 16 bytes, or all zero, which stands for no id
 *   BAD_ENUM        a value that the enum does not list */
GM_CHECKED enum gm_reason gm_message_check(struct gm_bytes body, const struct gm_rules *rules,
                                           struct gm_arena *arena, ProtobufCMessage **ret_message,
                                           char ret_field[GM_FIELD_PATH_BYTES_MAX + 1]);

/* The same checks on a message that was built in this process (the command line, before sending);
 * texts are not replaced. */
GM_CHECKED enum gm_reason gm_message_check_built(const ProtobufCMessage *message,
                                                 const struct gm_rules *rules,
                                                 struct gm_arena *arena,
                                                 char ret_field[GM_FIELD_PATH_BYTES_MAX + 1]);

/* Our own bytes, checked before (journal, tables): unpacked without checks, into the arena. NULL
 * only where the arena is full or the bytes are damaged, which the caller treats as its own bug. */
ProtobufCMessage *gm_message_unpack(struct gm_bytes body,
                                    const ProtobufCMessageDescriptor *descriptor,
                                    struct gm_arena *arena);
/* Packed into the arena; at is NULL where it is full. */
struct gm_bytes gm_message_pack(const ProtobufCMessage *message, struct gm_arena *arena);

/* A 16-byte `bytes` field as an id; zero where it has another size. And back, borrowing the id. */
struct gm_id gm_message_id(ProtobufCBinaryData field);
static inline ProtobufCBinaryData gm_message_bytes(const struct gm_id *id)
{
    return (ProtobufCBinaryData){.len = GM_ID_BYTES, .data = (uint8_t *)(uintptr_t)id->v};
}
