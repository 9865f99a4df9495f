/* wire/check_message.h - the second pass of a message check: the message, whose bytes have passed
 * the first one, or which was built here. */
#pragma once

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "wire/method.h"
#include "wire/path.h"

/* Fields in the order of their numbers; the first that offends is named. With replace, texts become
 * their stored form, which lies in the arena; without, the message is left alone and the arena is
 * given back. */
GM_CHECKED enum gm_reason gm_check_message(ProtobufCMessage *message, const struct gm_rules *rules,
                                           struct gm_arena *arena, bool replace,
                                           char ret_field[GM_FIELD_PATH_BYTES_MAX + 1]);

/* Of one item in the array of a repeated field. */
size_t gm_item_bytes(ProtobufCType type);
