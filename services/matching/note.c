#include "matching/note.h"

#include "base/assert.h"
#include "matching/score.h"

static int64_t co2e_default(const struct engine_trial *trial)
{
    return trial->co2e.is_default;
}

static int64_t freight_by_buyer(const struct engine_trial *trial)
{
    return engine_is_freight_by_buyer(trial->lot);
}

static int64_t price_not_scored(const struct engine_trial *trial)
{
    return !engine_price_scale(trial->line).is_set;
}

static int64_t preferred(const struct engine_trial *trial)
{
    for (size_t i = 0; i < trial->line->preferred_count; i++) {
        if (gm_id_equal(trial->line->preferred[i].id, trial->lot->seller.id)) return 1;
    }
    return 0;
}

static int64_t cheaper_at(const struct engine_trial *trial)
{
    return engine_cheaper_at(trial->lot, trial->quantities.sellable, trial->quantities.n);
}

static const struct {
    const char *name;
    int64_t (*value)(const struct engine_trial *trial); /* 0: the match does not carry it */
    bool has_value;
} kinds[ENGINE_NOTE_COUNT] = {
    [ENGINE_NOTE_CO2E_DEFAULT] = {"CO2E_DEFAULT", co2e_default, false},
    [ENGINE_NOTE_FREIGHT_BY_BUYER] = {"FREIGHT_BY_BUYER", freight_by_buyer, false},
    [ENGINE_NOTE_PRICE_NOT_SCORED] = {"PRICE_NOT_SCORED", price_not_scored, false},
    [ENGINE_NOTE_PREFERRED] = {"PREFERRED", preferred, false},
    [ENGINE_NOTE_CHEAPER_AT] = {"CHEAPER_AT", cheaper_at, true},
};

size_t engine_notes(const struct engine_trial *trial, struct engine_note *ret_notes)
{
    size_t count = 0;
    for (int i = 0; i < ENGINE_NOTE_COUNT; i++) {
        const int64_t value = kinds[i].value(trial);
        if (value == 0) continue;
        ret_notes[count++] = (struct engine_note){
            .kind = (enum engine_note_kind)i,
            .value = kinds[i].has_value ? value : 0,
        };
    }
    return count;
}

const char *engine_note_name(enum engine_note_kind kind)
{
    GM_ASSERT(kind < ENGINE_NOTE_COUNT);
    return kinds[kind].name;
}

bool engine_note_has_value(enum engine_note_kind kind)
{
    GM_ASSERT(kind < ENGINE_NOTE_COUNT);
    return kinds[kind].has_value;
}
