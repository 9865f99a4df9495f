/* matching/figures.h - the code lists (proto/codes.h) as the engine's reference: rows of places,
 * categories and energies are those of the lists, the word of a craft village is that of its place.
 * Pure. */
#pragma once

#include "base/arena.h"
#include "matching/vocabulary.h"

/* bodies: words, those of matching_listed_bodies among them. All memory is the arena's, which has
 * room (asserted). */
struct engine_reference matching_reference(const struct matching_words *bodies,
                                           struct gm_arena *arena);

/* ENGINE_ROW_UNKNOWN for a code that is not listed. */
uint32_t matching_place_row(const char *code);
uint32_t matching_category_row(const char *slug);
uint32_t matching_energy_row(uint32_t energy); /* enum Common__Energy */
/* ENGINE_WORD_NONE for "", ENGINE_WORD_UNKNOWN for a code that is not listed. */
uint32_t matching_village_word(const char *code);

/* Writes the bodies that the code lists know, at most max; returns how many there are. */
size_t matching_listed_bodies(const char **ret_texts, size_t max);
