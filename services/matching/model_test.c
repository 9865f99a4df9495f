/* Random events of a catalog, and random questions: what the service answers from its rows is what
 * the engine answers about the model.
 *
 *     matching_model_test [SEED]   without one: SEEDS_DEFAULT seeds from 1 */
#include "matching/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/time.h"
#include "wire/check.h"

enum {
    SEEDS_DEFAULT = 5,
    STEPS = 1000,
    ASK_STEPS = 7,      /* from one question to the next */
    VERIFY_STEPS = 200, /* from one fold of the whole journal to the next */
    ENGINE_ARENA_BYTES = 4 * 1024 * 1024,
};

static uint64_t seed_given;

/* What all questions met together: a test that never meets a note tests no notes. */
struct met {
    unsigned questions;
    unsigned matches;
    unsigned savings;
    unsigned near_misses[ENGINE_CONSTRAINT_COUNT];
    unsigned gains[ENGINE_CONSTRAINT_COUNT];
    unsigned notes[ENGINE_NOTE_COUNT];
};

static void compare_match(const struct model *model, const Matching__Match *shown,
                          const struct engine_match *found, struct met *met)
{
    assert_true(gm_id_equal(gm_message_id(shown->lot_id), found->lot.id));
    assert_true(gm_id_equal(gm_message_id(shown->seller), found->seller.id));
    assert_int_equal(shown->asked, found->t);
    assert_int_equal(shown->quantity, found->n);
    assert_int_equal(shown->unit_price_minor, found->unit_price);
    assert_int_equal(shown->unit_landed_minor, found->unit_landed);
    assert_int_equal(shown->arrival, found->arrival);
    assert_int_equal(shown->km, found->km);
    assert_int_equal(shown->co2e_g, found->co2e_g);
    assert_int_equal(shown->co2e_production_g, found->production_g);
    assert_int_equal(shown->co2e_transport_g, found->transport_g);
    assert_int_equal(shown->score, found->score);
    assert_int_equal(shown->n_shares, ENGINE_CRITERION_COUNT);
    for (int i = 0; i < ENGINE_CRITERION_COUNT; i++)
        assert_int_equal(shown->shares[i]->ppm, found->shares[i]);
    assert_int_equal(shown->n_notes, found->note_count);
    for (size_t i = 0; i < found->note_count; i++) {
        assert_int_equal(shown->notes[i]->kind, found->notes[i].kind + 1);
        assert_int_equal(shown->notes[i]->value, found->notes[i].value);
        met->notes[found->notes[i].kind]++;
    }
    for (unsigned i = 0; i < MODEL_LOTS; i++) {
        if (!gm_id_equal(model_lot_id(i), found->lot.id)) continue;
        const struct model_lot *lot = &model->lots[i];
        assert_string_equal(shown->ship_from, model_place(lot->terms.ship_from));
        assert_string_equal(shown->names[1]->text, model_name(model->products[lot->product].name));
    }
    met->matches++;
}

static void compare_line(const struct model *model, const Matching__LineAnswer *shown,
                         const struct engine_line_answer *found, struct met *met)
{
    assert_int_equal(shown->matches_total, found->matches_found);
    assert_int_equal(shown->near_misses_total, found->near_misses_found);
    assert_int_equal(shown->n_matches, found->match_count);
    assert_int_equal(shown->n_near_misses, found->near_miss_count);
    assert_int_equal(shown->n_gains, found->gain_count);
    for (size_t i = 0; i < found->match_count; i++)
        compare_match(model, shown->matches[i], &found->matches[i], met);
    for (size_t i = 0; i < found->near_miss_count; i++) {
        const Matching__NearMiss *near = shown->near_misses[i];
        const struct engine_near_miss *expected = &found->near_misses[i];
        assert_true(gm_id_equal(gm_message_id(near->lot_id), expected->lot.id));
        assert_true(gm_id_equal(gm_message_id(near->seller), expected->seller.id));
        assert_int_equal(near->asked, expected->t);
        assert_int_equal(near->quantity, expected->n);
        assert_int_equal(near->score, expected->score);
        assert_int_equal(near->constraint, expected->constraint + 1);
        assert_int_equal(near->excess, expected->excess);
        assert_int_equal(near->limit, expected->limit);
        met->near_misses[expected->constraint]++;
    }
    for (size_t i = 0; i < found->gain_count; i++) {
        const Matching__Gain *gain = shown->gains[i];
        const struct engine_gain *expected = &found->gains[i];
        assert_int_equal(gain->constraint, expected->constraint + 1);
        assert_int_equal(gain->relax, expected->relax);
        assert_int_equal(gain->suppliers_added, expected->suppliers_added);
        assert_int_equal(gain->new_unit_landed_minor, expected->unit_landed);
        assert_int_equal(gain->saving_case == MATCHING__GAIN__SAVING_SAVING_PPM,
                         expected->saving_ppm.is_set);
        assert_int_equal(gain->saving_ppm, expected->saving_ppm.value);
        met->gains[expected->constraint]++;
        met->savings += expected->saving_ppm.is_set && expected->saving_ppm.value > 0;
    }
}

/* All pages of one question, as its lines come. */
static void ask(struct model *model, struct gm_arena *arena, struct met *met)
{
    struct scene *scene = model->scene;
    struct model_question question;
    struct model_walk walk = model_walk(model);
    struct engine_answer expected;
    size_t line = 0;
    gm_arena_reset(arena);
    model_ask(model, &question);
    assert_int_equal(engine_find(&walk.lots, &model->reference, &question.request,
                                 scene_today(scene), arena, &expected),
                     GM_OK);

    Matching__FindMatchesRequest message = MATCHING__FIND_MATCHES_REQUEST__INIT;
    const bool is_stored = gm_random_below(&model->random, 3) == 0;
    struct gm_request_id stored;
    if (is_stored) {
        stored = scene_submit(scene, question.message);
        message.request_id = gm_message_bytes(&stored.id);
    } else {
        message.request = question.message;
    }
    do {
        const Matching__FindMatchesReply *reply =
            scene_accepts(scene, scene->buyer, GM_METHOD_MATCHING_FIND_MATCHES, &message.base);
        assert_int_equal(reply->lots_seen, expected.lots_seen);
        assert_int_not_equal(reply->n_lines, 0);
        for (size_t i = 0; i < reply->n_lines; i++) {
            assert_int_equal(reply->lines[i]->line, line);
            compare_line(model, reply->lines[i], &expected.lines[line++], met);
        }
        message.token = reply->next_token;
    } while (message.token.len > 0);
    assert_int_equal(line, question.request.line_count);
    met->questions++;
}

static void run(struct scene *scene, uint64_t seed, struct met *met)
{
    static struct model model;
    struct gm_arena arena;
    print_message("seed %llu\n", (unsigned long long)seed);
    model_init(&model, scene, seed);
    assert_int_equal(gm_arena_init(&arena, ENGINE_ARENA_BYTES), GM_OK);
    for (unsigned step = 1; step <= STEPS; step++) {
        const size_t mark = gm_arena_mark(&scene->arena);
        model_step(&model);
        if (step % ASK_STEPS == 0) ask(&model, &arena, met);
        if (step % 90 == 0) gm_kit_restart(scene->kit);
        if (step % 120 == 0) gm_kit_advance(scene->kit, GM_DAY_MS);
        if (step % VERIFY_STEPS == 0) gm_kit_audit(scene->kit);
        gm_arena_rewind(&scene->arena, mark);
    }
    gm_arena_release(&arena);
}

static void assert_met(const struct met *met)
{
    assert_true(met->matches > 0 && met->savings > 0);
    for (int i = 0; i < ENGINE_CONSTRAINT_COUNT; i++) {
        const char *name = engine_constraint_name((enum engine_constraint)i);
        if (met->near_misses[i] == 0) fail_msg("nothing nearly missed %s", name);
        if (met->gains[i] == 0) fail_msg("nothing gained by %s", name);
    }
    for (int i = 0; i < ENGINE_NOTE_COUNT; i++)
        if (met->notes[i] == 0) fail_msg("never %s", engine_note_name((enum engine_note_kind)i));
    print_message("%u questions, %u matches\n", met->questions, met->matches);
}

static void what_is_found_is_what_the_engine_finds_in_the_model(void **state)
{
    const uint64_t first = seed_given != 0 ? seed_given : 1;
    const uint64_t last = seed_given != 0 ? seed_given : SEEDS_DEFAULT;
    struct met met = {0};
    for (uint64_t seed = first; seed <= last; seed++) {
        assert_int_equal(scene_setup(state), 0);
        run(*state, seed, &met);
        assert_int_equal(scene_teardown(state), 0);
    }
    if (seed_given == 0) assert_met(&met);
}

int main(int argc, char **argv)
{
    if (argc > 1) seed_given = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_is_what_the_engine_finds_in_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
