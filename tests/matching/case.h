/* tests/matching/case.h - matching cases as JSON (README.md): read into what the engine takes,
 * answers written as the cases state them. A case that is not of the form ends the program. */
#pragma once

#include <stdio.h>

#include <jansson.h>

#include "base/arena.h"
#include "matching/engine.h"

/* Words and ids as the case names them. A word's number is its row + 1. */
struct case_words {
    const char **rows;
    size_t count;
};

struct match_case {
    int32_t today;
    struct engine_reference reference;
    struct engine_lot *lots;
    size_t lot_count;
    struct engine_request request;
    struct engine_request_line *lines; /* those of the request, for who changes them */
    struct case_words words;
};

/* Lots of an array, from the first to the last or, with step -1, the other way. */
struct case_lots {
    struct engine_lots lots;
    const struct engine_lot *at;
    size_t left;
    int step;
};

/* Reads a case; its strings are borrowed from json, the rest lives in the arena. */
void case_read(const json_t *json, struct gm_arena *arena, struct match_case *ret_case);

struct case_lots case_lots_of(const struct engine_lot *first, size_t count, int step);

/* The answer to the case, its lots taken in that order, as a new reference: lines, or the refusal.
 */
json_t *case_answer(const struct match_case *of, int step, struct gm_arena *arena);

/* Says what is wrong with the case, and on which line it stands, and ends the program with 2. */
#define case_fail(...)                                                                      \
    (fprintf(stderr, "match_cases: line %zu: ", case_line()), fprintf(stderr, __VA_ARGS__), \
     case_end())

size_t case_line(void);
__attribute__((noreturn)) void case_end(void);
