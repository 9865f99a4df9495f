#include "matching/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matching/fixture.h"

static size_t notes_of(struct fixture *f, struct engine_note notes[ENGINE_NOTE_COUNT])
{
    assert_true(fixture_try(f));
    return engine_notes(&f->trial, notes);
}

static void a_plain_match_says_who_carries(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct engine_note notes[ENGINE_NOTE_COUNT];
    assert_int_equal(notes_of(&f, notes), 1);
    assert_int_equal(notes[0].kind, ENGINE_NOTE_FREIGHT_BY_BUYER);
    assert_int_equal(notes[0].value, 0);
}

static void all_notes_stand_in_their_order(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.lot.firing_source_count = 0;
    f.line.reference_price.is_set = false;
    f.request.weights[ENGINE_CRITERION_PRICE] = 0; /* it is said whatever the weight */
    f.line.preferred = f.others;
    f.line.preferred_count = 2;
    f.lot.tiers[1].unit_price = 1000;
    struct engine_note notes[ENGINE_NOTE_COUNT];
    assert_int_equal(notes_of(&f, notes), ENGINE_NOTE_COUNT);
    for (int i = 0; i < ENGINE_NOTE_COUNT; i++) {
        assert_int_equal(notes[i].kind, i);
        assert_int_equal(notes[i].value, i == ENGINE_NOTE_CHEAPER_AT ? 200 : 0);
    }
}

static void a_seller_who_is_not_preferred_is_not_said_to_be(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.others[1] = fixture_member(3);
    f.line.preferred = f.others;
    f.line.preferred_count = 2;
    struct engine_note notes[ENGINE_NOTE_COUNT];
    assert_int_equal(notes_of(&f, notes), 1);
}

static void every_note_has_its_own_name(void **state)
{
    (void)state;
    for (int i = 0; i < ENGINE_NOTE_COUNT; i++) {
        const char *name = engine_note_name((enum engine_note_kind)i);
        assert_non_null(name);
        assert_int_equal(engine_note_has_value((enum engine_note_kind)i),
                         i == ENGINE_NOTE_CHEAPER_AT);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, engine_note_name((enum engine_note_kind)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_match_says_who_carries),
        cmocka_unit_test(all_notes_stand_in_their_order),
        cmocka_unit_test(a_seller_who_is_not_preferred_is_not_said_to_be),
        cmocka_unit_test(every_note_has_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
