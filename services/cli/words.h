/* cli/words.h - all sentences that gomnet says to a person, in both languages, in one table
 * (words.c); names of fields and values stand in label.c, help beside each command. */
#pragma once

#include <stdio.h>

#include "base/arena.h"
#include "base/reason.h"

enum cli_word {
    CLI_SAY_NOTHING = 0,
    /* usage */
    CLI_SAY_ARENA_FULL,
    CLI_SAY_COMMAND_UNKNOWN,
    CLI_SAY_COMMAND_PART,
    CLI_SAY_OPTION_UNKNOWN,
    CLI_SAY_OPTION_ALONE,
    CLI_SAY_OPTION_VALUE,
    CLI_SAY_OPTION_TAKES,
    CLI_SAY_ARGUMENT_MISSING,
    CLI_SAY_ARGUMENT_SURPLUS,
    CLI_SAY_OPTION_MISSING,
    CLI_SAY_SEE_HELP,
    CLI_SAY_MEMBER_MISSING,
    CLI_SAY_VARIABLE_UNKNOWN,
    CLI_SAY_FILE_UNREADABLE,
    CLI_SAY_FILE_UNWRITABLE,
    CLI_SAY_FILE_NO_JSON,
    CLI_SAY_FILE_FIELD,
    CLI_SAY_SERVICE_UNKNOWN,
    CLI_SAY_METHOD_UNKNOWN,
    CLI_SAY_DATA_MISSING,
    CLI_SAY_CONNECTION_FAILED,
    /* values */
    CLI_SAY_VALUE_WRONG,
    CLI_SAY_NO_SUCH_VALUE,
    CLI_SAY_BAD_ID,
    CLI_SAY_BAD_MEMBER,
    CLI_SAY_BAD_DAY,
    CLI_SAY_BAD_BOOLEAN,
    CLI_SAY_BAD_BYTES,
    CLI_SAY_BAD_PARTS,
    CLI_SAY_BAD_CURRENCY,
    CLI_SAY_BAD_LOT,
    CLI_SAY_NUMBER_EMPTY,
    CLI_SAY_NUMBER_NONE,
    CLI_SAY_NUMBER_NEGATIVE,
    CLI_SAY_NUMBER_SCIENTIFIC,
    CLI_SAY_NUMBER_AMBIGUOUS,
    CLI_SAY_NUMBER_TOO_FINE,
    CLI_SAY_NUMBER_TOO_LARGE,
    /* answers */
    CLI_SAY_REFUSED,
    CLI_SAY_REFUSED_LATER,
    CLI_SAY_FIELD,
    CLI_SAY_UNREACHABLE,
    CLI_SAY_NO_ANSWER,
    CLI_SAY_MAYBE_DONE,
    CLI_SAY_REPLY_DAMAGED,
    CLI_SAY_NONE_LISTED,
    CLI_SAY_MORE,
    CLI_SAY_DRY_RUN,
    CLI_SAY_ASSUMED,
    CLI_SAY_OVER_ALL,
    /* files */
    CLI_SAY_IMPORTED,
    CLI_SAY_IMPORT_STOPPED,
    CLI_SAY_IMPORT_MORE,
    /* orders */
    CLI_SAY_LOTS_DIFFER,
    CLI_SAY_ORDER_REJECTED,
    /* matching */
    CLI_SAY_LINE,
    CLI_SAY_NO_MATCHES,
    CLI_SAY_MATCHES,
    CLI_SAY_NEAR_MISSES,
    CLI_SAY_GAINS,
    CLI_SAY_LOTS_SEEN,
    /* operator */
    CLI_SAY_DOWN,
    CLI_SAY_UP,
    CLI_SAY_CLOCK_JUMPED,
    CLI_SAY_VERIFIED,
    CLI_SAY_VERIFY_DAMAGED,
    CLI_SAY_VERIFY_BUSY,
    CLI_SAY_VERIFY_FAILED,
    CLI_SAY_VERIFY_NO_DATA,
    CLI_SAY_WATCH_OVER,
    CLI_SAY_BAD_POSITION,
    CLI_SAY_POSITION,
    CLI_SAY_CODES_NONE,
    /* tour */
    CLI_SAY_TOUR_BEGIN,
    CLI_SAY_TOUR_PRODUCT,
    CLI_SAY_TOUR_PRODUCT_THERE,
    CLI_SAY_TOUR_LOT,
    CLI_SAY_TOUR_LOT_THERE,
    CLI_SAY_TOUR_MATCH,
    CLI_SAY_TOUR_SUBMIT,
    CLI_SAY_TOUR_PLACE,
    CLI_SAY_TOUR_ACCEPT,
    CLI_SAY_TOUR_DESPATCH,
    CLI_SAY_TOUR_RECEIVE,
    CLI_SAY_TOUR_COMPLETE,
    CLI_SAY_TOUR_STOCK,
    CLI_SAY_TOUR_CLOSE,
    CLI_SAY_TOUR_END,
    CLI_SAY_TOUR_NO_MATCH,
    CLI_SAY_TOUR_NOT_RESERVED,
    CLI_SAY_TOUR_AS,
    CLI_SAY_TOUR_ANSWER,
    CLI_SAY_TOUR_EVENT,
    /* import and export */
    CLI_SAY_IMPORT_AGAIN,
    CLI_SAY_COUNT,
};

enum { CLI_SAY_VALUES_MAX = 4 };

/* The sentence with {1}, {2} ... replaced by the values; NULL: the arena is full. values ends with
 * NULL. */
const char *cli_say(struct gm_arena *arena, enum gm_language language, enum cli_word word,
                    const char *const *values);
#define CLI_SAY(arena, language, word, ...) \
    cli_say((arena), (language), (word), (const char *const[]){__VA_ARGS__, NULL})

/* As it stands in the table, for tests. */
const char *cli_word_text(enum gm_language language, enum cli_word word);
