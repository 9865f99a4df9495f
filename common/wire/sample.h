/* wire/sample.h - random valid messages of any method, made from its rules; for tests. */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/random.h"
#include "wire/method.h"

/* Every field filled in, of each oneof one member, within all limits and in stored form already;
 * lists are short. Lives in the arena (asserted to have room). */
ProtobufCMessage *gm_sample_message(const struct gm_rules *rules, struct gm_random *dice,
                                    struct gm_arena *arena);
