#include "matching/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "matching/parts.h"

/* ---- enumerations: of the wire to ours + 1, so that what is not named is none ---- */

static const uint8_t units[] = {
    [COMMON__UNIT__C62] = ENGINE_UNIT_C62 + 1, [COMMON__UNIT__PR] = ENGINE_UNIT_PR + 1,
    [COMMON__UNIT__SET] = ENGINE_UNIT_SET + 1, [COMMON__UNIT__CMK] = ENGINE_UNIT_CMK + 1,
    [COMMON__UNIT__GRM] = ENGINE_UNIT_GRM + 1,
};

static const uint8_t grades[] = {
    [COMMON__GRADE__A] = ENGINE_GRADE_A + 1,
    [COMMON__GRADE__B] = ENGINE_GRADE_B + 1,
    [COMMON__GRADE__SECOND] = ENGINE_GRADE_SECOND + 1,
    [COMMON__GRADE__BYPRODUCT] = ENGINE_GRADE_BYPRODUCT + 1,
};

static const uint8_t incoterms[] = {
    [COMMON__INCOTERM__EXW] = ENGINE_INCOTERM_EXW + 1,
    [COMMON__INCOTERM__FCA] = ENGINE_INCOTERM_FCA + 1,
};

static const uint8_t splits[] = {
    [MATCHING__SPLIT__SPLIT_UNSPECIFIED] = ENGINE_SPLIT_WHOLE + 1,
    [MATCHING__SPLIT__WHOLE] = ENGINE_SPLIT_WHOLE + 1,
    [MATCHING__SPLIT__SPLIT_LINES] = ENGINE_SPLIT_SPLIT + 1,
};

/* False where the wire's number is not listed. */
static bool look_up(const uint8_t *table, size_t count, uint32_t wire, unsigned *ret)
{
    if (wire >= count || table[wire] == 0) return false;
    *ret = table[wire] - 1U;
    return true;
}

bool matching_unit_of_wire(uint32_t unit, enum engine_unit *ret)
{
    unsigned ours;
    if (!look_up(units, sizeof units, unit, &ours)) return false;
    *ret = (enum engine_unit)ours;
    return true;
}

bool matching_grade_of_wire(uint32_t grade, enum engine_grade *ret)
{
    unsigned ours;
    if (!look_up(grades, sizeof grades, grade, &ours)) return false;
    *ret = (enum engine_grade)ours;
    return true;
}

bool matching_incoterm_of_wire(uint32_t incoterm, enum engine_incoterm *ret)
{
    unsigned ours;
    if (!look_up(incoterms, sizeof incoterms, incoterm, &ours)) return false;
    *ret = (enum engine_incoterm)ours;
    return true;
}

bool matching_split_of_wire(uint32_t split, enum engine_split *ret)
{
    unsigned ours;
    if (!look_up(splits, sizeof splits, split, &ours)) return false;
    *ret = (enum engine_split)ours;
    return true;
}

Matching__Constraint matching_constraint_to_wire(enum engine_constraint constraint)
{
    static const Matching__Constraint constraints[ENGINE_CONSTRAINT_COUNT] = {
        [ENGINE_CONSTRAINT_QUANTITY] = MATCHING__CONSTRAINT__QUANTITY,
        [ENGINE_CONSTRAINT_MINIMUM] = MATCHING__CONSTRAINT__MINIMUM,
        [ENGINE_CONSTRAINT_DATE] = MATCHING__CONSTRAINT__DATE,
        [ENGINE_CONSTRAINT_PRICE] = MATCHING__CONSTRAINT__PRICE_CAP,
        [ENGINE_CONSTRAINT_CO2E] = MATCHING__CONSTRAINT__CO2E_CAP,
        [ENGINE_CONSTRAINT_DISTANCE] = MATCHING__CONSTRAINT__DISTANCE_CAP,
        [ENGINE_CONSTRAINT_GRADE] = MATCHING__CONSTRAINT__GRADE,
        [ENGINE_CONSTRAINT_VILLAGE] = MATCHING__CONSTRAINT__VILLAGE,
    };
    GM_ASSERT(constraint < ENGINE_CONSTRAINT_COUNT);
    return constraints[constraint];
}

Matching__Criterion matching_criterion_to_wire(enum engine_criterion criterion)
{
    static const Matching__Criterion criteria[ENGINE_CRITERION_COUNT] = {
        [ENGINE_CRITERION_PRICE] = MATCHING__CRITERION__PRICE,
        [ENGINE_CRITERION_TIME] = MATCHING__CRITERION__TIME,
        [ENGINE_CRITERION_CO2E] = MATCHING__CRITERION__CO2E,
        [ENGINE_CRITERION_DISTANCE] = MATCHING__CRITERION__DISTANCE,
    };
    GM_ASSERT(criterion < ENGINE_CRITERION_COUNT);
    return criteria[criterion];
}

Matching__NoteKind matching_note_to_wire(enum engine_note_kind note)
{
    static const Matching__NoteKind notes[ENGINE_NOTE_COUNT] = {
        [ENGINE_NOTE_CO2E_DEFAULT] = MATCHING__NOTE_KIND__CO2E_DEFAULT,
        [ENGINE_NOTE_FREIGHT_BY_BUYER] = MATCHING__NOTE_KIND__FREIGHT_BY_BUYER,
        [ENGINE_NOTE_PRICE_NOT_SCORED] = MATCHING__NOTE_KIND__PRICE_NOT_SCORED,
        [ENGINE_NOTE_PREFERRED] = MATCHING__NOTE_KIND__PREFERRED,
        [ENGINE_NOTE_CHEAPER_AT] = MATCHING__NOTE_KIND__CHEAPER_AT,
    };
    GM_ASSERT(note < ENGINE_NOTE_COUNT);
    return notes[note];
}

/* ---- words ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct matching_words matching_words_of(const char *const *texts, size_t count,
                                        struct gm_arena *arena)
{
    struct matching_words words = {.texts = matching_pointers(arena, count)};
    for (size_t i = 0; i < count; i++) {
        if (texts[i][0] != '\0') words.texts[words.count++] = texts[i];
    }
    qsort(words.texts, words.count, sizeof *words.texts, compare_texts);
    return words;
}

uint32_t matching_word(const struct matching_words *words, const char *text)
{
    if (text[0] == '\0') return ENGINE_WORD_NONE;
    size_t low = 0;
    size_t high = words->count; /* the first that is not below text lies in low..high */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(words->texts[middle], text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < words->count && strcmp(words->texts[low], text) == 0) return (uint32_t)low + 1;
    return (uint32_t)words->count + 1;
}
