#include <string.h>

#include "base/assert.h"
#include "matching/case.h"

/* A new reference is never missing but for want of memory. */
static json_t *made(json_t *json)
{
    if (json == NULL) case_fail("no memory for an answer");
    return json;
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, made(value)) != 0) case_fail("no memory for an answer");
}

static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, made(value)) != 0) case_fail("no memory for an answer");
}

static json_t *id_text(struct gm_id id)
{
    return json_stringn((const char *)id.v, strnlen((const char *)id.v, sizeof id.v));
}

static json_t *match_json(const struct engine_match *match)
{
    json_t *shares = made(json_object());
    for (int i = 0; i < ENGINE_CRITERION_COUNT; i++)
        set(shares, engine_criterion_name((enum engine_criterion)i),
            json_integer(match->shares[i]));

    json_t *notes = made(json_array());
    for (size_t i = 0; i < match->note_count; i++) {
        const struct engine_note *note = &match->notes[i];
        json_t *row = made(json_array());
        append(row, json_string(engine_note_name(note->kind)));
        if (engine_note_has_value(note->kind)) append(row, json_integer(note->value));
        append(notes, row);
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "lot",
                     id_text(match->lot.id), "t", (json_int_t)match->t, "n", (json_int_t)match->n,
                     "unit_price", (json_int_t)match->unit_price, "unit_landed",
                     (json_int_t)match->unit_landed, "arrival", (json_int_t)match->arrival, "km",
                     (json_int_t)match->km, "co2e_g", (json_int_t)match->co2e_g, "score",
                     (json_int_t)match->score, "shares", shares, "notes", notes);
}

static json_t *near_miss_json(const struct engine_near_miss *near_miss)
{
    return json_pack("{s:o, s:I, s:I, s:s, s:I, s:I, s:I}", "lot", id_text(near_miss->lot.id), "t",
                     (json_int_t)near_miss->t, "n", (json_int_t)near_miss->n, "constraint",
                     engine_constraint_name(near_miss->constraint), "excess",
                     (json_int_t)near_miss->excess, "limit", (json_int_t)near_miss->limit, "score",
                     (json_int_t)near_miss->score);
}

static json_t *gain_json(const struct engine_gain *gain)
{
    return json_pack("{s:I, s:I, s:I, s:o}", "relax", (json_int_t)gain->relax, "suppliers_added",
                     (json_int_t)gain->suppliers_added, "new", (json_int_t)gain->unit_landed,
                     "saving_ppm",
                     gain->saving_ppm.is_set ? json_integer(gain->saving_ppm.value) : json_null());
}

static json_t *line_json(const struct engine_line_answer *line)
{
    json_t *matches = made(json_array());
    for (size_t i = 0; i < line->match_count; i++)
        append(matches, match_json(&line->matches[i]));
    json_t *near_misses = made(json_array());
    for (size_t i = 0; i < line->near_miss_count; i++)
        append(near_misses, near_miss_json(&line->near_misses[i]));

    json_t *gains = made(json_object());
    for (size_t i = 0; i < line->gain_count; i++) {
        const char *name = engine_constraint_name(line->gains[i].constraint);
        if (json_object_get(gains, name) == NULL) set(gains, name, json_array());
        append(json_object_get(gains, name), gain_json(&line->gains[i]));
    }
    return json_pack("{s:o, s:o, s:o}", "matches", matches, "near_misses", near_misses, "gains",
                     gains);
}

static enum gm_status next_lot(struct engine_lots *lots, struct engine_lot *ret_lot)
{
    struct case_lots *of = (struct case_lots *)lots; /* its first member */
    if (of->left == 0) return GM_END;
    *ret_lot = *of->at;
    of->at += of->step;
    of->left--;
    return GM_OK;
}

struct case_lots case_lots_of(const struct engine_lot *first, size_t count, int step)
{
    GM_ASSERT(step == 1 || step == -1);
    return (struct case_lots){
        .lots = {.next = next_lot},
        .at = step > 0 || count == 0 ? first : first + count - 1,
        .left = count,
        .step = step,
    };
}

json_t *case_answer(const struct match_case *of, int step, struct gm_arena *arena)
{
    size_t line;
    const enum gm_reason refusal = engine_check(&of->request, of->today, &line);
    if (refusal != GM_REASON_NONE)
        return made(json_pack("{s:s}", "refused", gm_reason_row(refusal)->word));

    struct case_lots lots = case_lots_of(of->lots, of->lot_count, step);
    struct engine_answer answer;
    const enum gm_status status =
        engine_find(&lots.lots, &of->reference, &of->request, of->today, arena, &answer);
    if (status != GM_OK) case_fail("no answer: %s", gm_status_name(status));

    json_t *lines = made(json_array());
    for (size_t i = 0; i < answer.line_count; i++)
        append(lines, line_json(&answer.lines[i]));
    return made(json_pack("{s:o}", "lines", lines));
}
