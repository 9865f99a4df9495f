#include "matching/vocabulary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- enumerations ---- */

static bool unit(uint32_t wire, unsigned *ret)
{
    enum engine_unit ours;
    if (!matching_unit_of_wire(wire, &ours)) return false;
    *ret = ours;
    return true;
}

static bool grade(uint32_t wire, unsigned *ret)
{
    enum engine_grade ours;
    if (!matching_grade_of_wire(wire, &ours)) return false;
    *ret = ours;
    return true;
}

static bool incoterm(uint32_t wire, unsigned *ret)
{
    enum engine_incoterm ours;
    if (!matching_incoterm_of_wire(wire, &ours)) return false;
    *ret = ours;
    return true;
}

/* Unspecified is none, every other value one of ours, each of ours once, and what no list has is
 * none. */
static void each_value_of_the_wire_is_one_of_ours(void **state)
{
    (void)state;
    const struct {
        const ProtobufCEnumDescriptor *wire;
        bool (*of_wire)(uint32_t, unsigned *);
        unsigned count;
    } cases[] = {
        {&common__unit__descriptor, unit, ENGINE_UNIT_COUNT},
        {&common__grade__descriptor, grade, ENGINE_GRADE_COUNT},
        {&common__incoterm__descriptor, incoterm, ENGINE_INCOTERM_COUNT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned met = 0;
        unsigned ours = 0;
        for (unsigned v = 0; v < cases[i].wire->n_values; v++) {
            const int value = cases[i].wire->values[v].value;
            const bool is_one = cases[i].of_wire((uint32_t)value, &ours);
            assert_int_equal(is_one, value != 0);
            if (!is_one) continue;
            assert_in_range(ours, 0, cases[i].count - 1);
            assert_false(met & 1U << ours);
            met |= 1U << ours;
        }
        assert_int_equal(met, (1U << cases[i].count) - 1);
        assert_false(cases[i].of_wire(cases[i].wire->n_values, &ours));
        assert_false(cases[i].of_wire(UINT32_MAX, &ours));
    }
}

/* Grades are compared by their steps. */
static void grades_keep_their_order(void **state)
{
    (void)state;
    static const Common__Grade grades[] = {COMMON__GRADE__A, COMMON__GRADE__B,
                                           COMMON__GRADE__SECOND, COMMON__GRADE__BYPRODUCT};
    for (unsigned i = 0; i < sizeof grades / sizeof *grades; i++) {
        unsigned ours = ENGINE_GRADE_COUNT;
        assert_true(grade((uint32_t)grades[i], &ours));
        assert_int_equal(ours, i);
    }
}

static void a_split_that_is_not_said_is_whole(void **state)
{
    (void)state;
    static const struct {
        uint32_t wire;
        bool is_one;
        enum engine_split ours;
    } cases[] = {
        {MATCHING__SPLIT__SPLIT_UNSPECIFIED, true, ENGINE_SPLIT_WHOLE},
        {MATCHING__SPLIT__WHOLE, true, ENGINE_SPLIT_WHOLE},
        {MATCHING__SPLIT__SPLIT_LINES, true, ENGINE_SPLIT_SPLIT},
        {3, false, ENGINE_SPLIT_COUNT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum engine_split ours = ENGINE_SPLIT_COUNT;
        assert_int_equal(matching_split_of_wire(cases[i].wire, &ours), cases[i].is_one);
        assert_int_equal(ours, cases[i].ours);
    }
}

static const char *name_of(const ProtobufCEnumDescriptor *wire, unsigned value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(wire, (int)value);
    assert_non_null(found);
    return found->name;
}

/* The wire says of a cap that it is one. */
static void what_is_answered_has_its_name_on_the_wire(void **state)
{
    (void)state;
    static const char *const constraints[ENGINE_CONSTRAINT_COUNT] = {
        "QUANTITY", "MINIMUM", "DATE", "PRICE_CAP", "CO2E_CAP", "DISTANCE_CAP", "GRADE", "VILLAGE",
    };
    static const char *const criteria[ENGINE_CRITERION_COUNT] = {"PRICE", "TIME", "CO2E",
                                                                 "DISTANCE"};
    for (int i = 0; i < ENGINE_CONSTRAINT_COUNT; i++) {
        const unsigned wire = matching_constraint_to_wire((enum engine_constraint)i);
        assert_string_equal(name_of(&matching__constraint__descriptor, wire), constraints[i]);
    }
    for (int i = 0; i < ENGINE_CRITERION_COUNT; i++) {
        const unsigned wire = matching_criterion_to_wire((enum engine_criterion)i);
        assert_string_equal(name_of(&matching__criterion__descriptor, wire), criteria[i]);
    }
    for (int i = 0; i < ENGINE_NOTE_COUNT; i++) {
        const unsigned wire = matching_note_to_wire((enum engine_note_kind)i);
        assert_string_equal(name_of(&matching__note_kind__descriptor, wire),
                            engine_note_name((enum engine_note_kind)i));
    }
}

/* ---- words ---- */

static void words_are_equal_where_their_texts_are(void **state)
{
    (void)state;
    static const char *const texts[] = {"stoneware", "", "ash", "porcelain", "ash", "a", "z"};
    static const char *const others[] = {"stone", "stonewares", "b", "0", "zz"};
    enum { COUNT = sizeof texts / sizeof *texts };
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 4096), GM_OK);
    const struct matching_words words = matching_words_of(texts, COUNT, &arena);
    for (unsigned i = 0; i < COUNT; i++) {
        for (unsigned j = 0; j < COUNT; j++)
            assert_int_equal(matching_word(&words, texts[i]) == matching_word(&words, texts[j]),
                             strcmp(texts[i], texts[j]) == 0);
        for (unsigned j = 0; j < sizeof others / sizeof *others; j++)
            assert_int_not_equal(matching_word(&words, texts[i]), matching_word(&words, others[j]));
        assert_int_not_equal(matching_word(&words, texts[i]), ENGINE_WORD_UNKNOWN);
    }
    assert_int_equal(matching_word(&words, ""), ENGINE_WORD_NONE);
    assert_int_not_equal(matching_word(&words, others[0]), ENGINE_WORD_NONE);

    const struct matching_words none = matching_words_of(NULL, 0, &arena);
    assert_int_equal(matching_word(&none, ""), ENGINE_WORD_NONE);
    assert_int_not_equal(matching_word(&none, "ash"), ENGINE_WORD_NONE);
    gm_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_of_the_wire_is_one_of_ours),
        cmocka_unit_test(grades_keep_their_order),
        cmocka_unit_test(a_split_that_is_not_said_is_whole),
        cmocka_unit_test(what_is_answered_has_its_name_on_the_wire),
        cmocka_unit_test(words_are_equal_where_their_texts_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
