/* cli/fill.h - text that a person wrote, into a field of a message: an option's value, an argument,
 * a cell of a file. Numbers, money and days are read as people write them (number.h, figure.h),
 * enums and members by name.
 *
 * A message is written in parts, "bowl:200:body=stoneware": parts without a name fill its fields in
 * their order, name=value fills that one. The last field, where it is text, takes the rest with all
 * its colons: "vi:Bát: men ngọc". */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/numbers.h"
#include "base/reason.h"
#include "cli/number.h"
#include "cli/words.h"

struct cli_filling {
    struct gm_arena *arena;
    enum gm_language language;
    struct gm_currency currency; /* of money; changes when a field `currency` is filled */
    const char *why;             /* after a failure: a sentence */
};

/* path: names joined by '.', an item of a list as tiers[1] (one further than there are appends), a
 * list without index appends. A path that leads nowhere is asserted. An empty text clears the
 * field. False: text will not do, with why (which may be NULL where the arena is full). */
GM_CHECKED bool cli_fill(struct cli_filling *filling, ProtobufCMessage *message, const char *path,
                         const char *text);

/* How a message is written in parts: "language:text". NULL: the arena is full. */
const char *cli_fill_form(const ProtobufCMessageDescriptor *descriptor, struct gm_arena *arena);

/* What is wrong with a number. */
enum cli_word cli_number_word(enum cli_number_fault fault);
