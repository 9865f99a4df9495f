/* matching/vocabulary.h - what wire, rows and engine call the same things: a table for each
 * enumeration, and numbers for words that are only compared. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <matching.pb-c.h>

#include "base/arena.h"
#include "matching/engine.h"

/* Numbers of the wire, as messages and rows have them. False, *ret untouched, for one that this
 * program does not know: the catalog's may be newer. */
GM_CHECKED bool matching_unit_of_wire(uint32_t unit, enum engine_unit *ret);
GM_CHECKED bool matching_grade_of_wire(uint32_t grade, enum engine_grade *ret);
GM_CHECKED bool matching_incoterm_of_wire(uint32_t incoterm, enum engine_incoterm *ret);
/* What is not said is WHOLE. */
GM_CHECKED bool matching_split_of_wire(uint32_t split, enum engine_split *ret);

Matching__Constraint matching_constraint_to_wire(enum engine_constraint constraint);
Matching__Criterion matching_criterion_to_wire(enum engine_criterion criterion);
Matching__NoteKind matching_note_to_wire(enum engine_note_kind note);

/* Words that one question can tell apart, ascending; the same may stand there twice. */
struct matching_words {
    const char **texts; /* in the arena; the texts are borrowed */
    size_t count;
};
/* Of these texts, "" left out. The arena has room (asserted). */
struct matching_words matching_words_of(const char *const *texts, size_t count,
                                        struct gm_arena *arena);
/* ENGINE_WORD_NONE for "". Texts that are not among the words share one number of their own: they
 * differ from every word that is asked for, and nothing asks whether they differ from each other.
 */
uint32_t matching_word(const struct matching_words *words, const char *text);
