#include "matching/view.h"

#include <catalog.pb-c.h>

#include "matching/parts.h"
#include "matching/vocabulary.h"

/* What a lot is known by; borrowed like its documents, decoded into the arena. */
struct shown {
    struct matching_lot_row row;
    const Catalog__Product *product;
    const Catalog__LotTerms *terms; /* NULL where nothing of the lot is assumed */
};

static struct shown shown_of(const struct matching_view *view, struct gm_lot_id lot)
{
    struct shown shown = {.terms = NULL};
    const bool found = matching_get_lot(view->rows, view->generation, lot, &shown.row);
    GM_ASSERT(found); /* the engine has just seen it in the same snapshot */
    shown.product = matching_unpack(
        matching_product_document(view->rows, view->generation, shown.row.product, view->arena),
        &catalog__product__descriptor, view->arena);
    const struct gm_bytes document =
        matching_lot_document(view->rows, view->generation, lot, view->arena);
    if (document.size > 0)
        shown.terms = matching_unpack(document, &catalog__lot_terms__descriptor, view->arena);
    return shown;
}

/* ---- a match ---- */

static void put_assumed(Matching__Match *match, const struct shown *shown, struct gm_arena *arena)
{
    const Catalog__ProductTerms *terms = shown->product->terms;
    const size_t of_lot = shown->terms == NULL ? 0 : shown->terms->n_assumed;
    match->assumed = matching_pointers(arena, terms->n_assumed + of_lot);
    for (size_t i = 0; i < terms->n_assumed; i++)
        match->assumed[match->n_assumed++] = terms->assumed[i];
    for (size_t i = 0; i < of_lot; i++)
        match->assumed[match->n_assumed++] = shown->terms->assumed[i];
}

static void put_shares(Matching__Match *match, const struct engine_match *found,
                       struct gm_arena *arena)
{
    match->shares = matching_pointers(arena, ENGINE_CRITERION_COUNT);
    for (int i = 0; i < ENGINE_CRITERION_COUNT; i++) {
        Matching__Share *share = matching_message(arena, &matching__share__descriptor);
        share->criterion = matching_criterion_to_wire((enum engine_criterion)i);
        share->ppm = (uint32_t)found->shares[i];
        match->shares[match->n_shares++] = share;
    }
}

static void put_notes(Matching__Match *match, const struct engine_match *found,
                      struct gm_arena *arena)
{
    match->notes = matching_pointers(arena, found->note_count);
    for (size_t i = 0; i < found->note_count; i++) {
        Matching__Note *note = matching_message(arena, &matching__note__descriptor);
        note->kind = matching_note_to_wire(found->notes[i].kind);
        note->value = found->notes[i].value;
        match->notes[match->n_notes++] = note;
    }
}

static Matching__Match *match_of(const struct matching_view *view, const struct engine_match *found)
{
    const struct shown shown = shown_of(view, found->lot);
    const struct matching_text *ship_from =
        matching_copy(view->arena, &shown.row.ship_from, sizeof shown.row.ship_from);
    Matching__Match *match = matching_message(view->arena, &matching__match__descriptor);
    match->lot_id = gm_message_bytes(&found->lot.id);
    match->seller = gm_message_bytes(&found->seller.id);
    match->asked = found->t;
    match->quantity = found->n;
    match->unit_price_minor = found->unit_price;
    match->unit_landed_minor = found->unit_landed;
    match->arrival = (int32_t)found->arrival;
    match->km = found->km;
    match->co2e_g = found->co2e_g;
    match->score = (uint32_t)found->score;
    match->ship_from = ship_from->text;
    match->sku = shown.product->sku;
    match->n_names = shown.product->terms->n_names;
    match->names = shown.product->terms->names;
    match->co2e_production_g = found->production_g;
    match->co2e_transport_g = found->transport_g;
    put_shares(match, found, view->arena);
    put_notes(match, found, view->arena);
    put_assumed(match, &shown, view->arena);
    return match;
}

/* ---- near misses and gains ---- */

static Matching__NearMiss *near_miss_of(const struct matching_view *view,
                                        const struct engine_near_miss *found)
{
    const struct shown shown = shown_of(view, found->lot);
    Matching__NearMiss *near = matching_message(view->arena, &matching__near_miss__descriptor);
    near->lot_id = gm_message_bytes(&found->lot.id);
    near->seller = gm_message_bytes(&found->seller.id);
    near->asked = found->t;
    near->quantity = found->n;
    near->constraint = matching_constraint_to_wire(found->constraint);
    near->excess = found->excess;
    near->limit = found->limit;
    near->score = (uint32_t)found->score;
    near->sku = shown.product->sku;
    near->n_names = shown.product->terms->n_names;
    near->names = shown.product->terms->names;
    return near;
}

static Matching__Gain *gain_of(const struct engine_gain *found, struct gm_arena *arena)
{
    Matching__Gain *gain = matching_message(arena, &matching__gain__descriptor);
    gain->constraint = matching_constraint_to_wire(found->constraint);
    gain->relax = found->relax;
    gain->suppliers_added = (uint32_t)found->suppliers_added;
    gain->new_unit_landed_minor = found->unit_landed;
    if (found->saving_ppm.is_set) {
        gain->saving_case = MATCHING__GAIN__SAVING_SAVING_PPM;
        gain->saving_ppm = found->saving_ppm.value;
    }
    return gain;
}

Matching__LineAnswer *matching_view_line(const struct matching_view *view, uint32_t line,
                                         const struct engine_line_answer *answer)
{
    struct gm_arena *arena = view->arena;
    Matching__LineAnswer *shown = matching_message(arena, &matching__line_answer__descriptor);
    shown->line = line;
    shown->matches_total = (uint32_t)answer->matches_found;
    shown->near_misses_total = (uint32_t)answer->near_misses_found;
    shown->matches = matching_pointers(arena, answer->match_count);
    for (size_t i = 0; i < answer->match_count; i++)
        shown->matches[shown->n_matches++] = match_of(view, &answer->matches[i]);
    shown->near_misses = matching_pointers(arena, answer->near_miss_count);
    for (size_t i = 0; i < answer->near_miss_count; i++)
        shown->near_misses[shown->n_near_misses++] = near_miss_of(view, &answer->near_misses[i]);
    shown->gains = matching_pointers(arena, answer->gain_count);
    for (size_t i = 0; i < answer->gain_count; i++)
        shown->gains[shown->n_gains++] = gain_of(&answer->gains[i], arena);
    return shown;
}

void matching_view_cut(Matching__LineAnswer *line, size_t bytes_max)
{
    while (protobuf_c_message_get_packed_size(&line->base) > bytes_max) {
        GM_ASSERT(line->n_matches > MATCHING_VIEW_MATCHES_KEPT);
        line->n_matches--;
    }
}
