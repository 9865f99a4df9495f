/* matching/note.h - what a buyer should know of a match beside its figures. Rules: "Notes" in
 * README.md. Pure. */
#pragma once

#include "matching/trial.h"

/* Writes the notes of a match in their order, ENGINE_NOTE_COUNT at most; returns how many. */
size_t engine_notes(const struct engine_trial *trial, struct engine_note *ret_notes);
