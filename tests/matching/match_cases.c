/* match_cases [--check | --relax] [FILE] - answers matching cases, JSON a line, from a file or
 * standard input, in the form of README.md. Without a flag an answer a line. --check holds each
 * answer against the one stored beside its case, the lots taken in both orders. --relax asks for
 * what each near miss calls for and expects the match. Ends with 1 at the first case that fails, 2
 * where one cannot be read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "matching/case.h"

enum {
    ARENA_BYTES = 64 << 20,
    PATH_BYTES = 256,
};

enum purpose { PURPOSE_ANSWER, PURPOSE_CHECK, PURPOSE_RELAX };

static size_t line_number; /* for messages */

size_t case_line(void)
{
    return line_number;
}

void case_end(void)
{
    fputc('\n', stderr);
    exit(2);
}

static char *as_text(const json_t *value)
{
    return value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("nothing");
}

/* Says the first place where two answers differ; true where there is one. */
static bool differs(const char *path, const json_t *expected, const json_t *found)
{
    if (expected != NULL && found != NULL && json_equal((json_t *)expected, (json_t *)found))
        return false;

    char inner[PATH_BYTES];
    if (json_is_object(expected) && json_is_object(found)) {
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)expected, key, value)
        {
            snprintf(inner, sizeof inner, "%s.%s", path, key);
            if (differs(inner, value, json_object_get(found, key))) return true;
        }
        json_object_foreach((json_t *)found, key, value)
        {
            snprintf(inner, sizeof inner, "%s.%s", path, key);
            if (differs(inner, json_object_get(expected, key), value)) return true;
        }
    }
    if (json_is_array(expected) && json_is_array(found)) {
        const size_t a = json_array_size(expected);
        const size_t b = json_array_size(found);
        for (size_t i = 0; i < (a > b ? a : b); i++) {
            snprintf(inner, sizeof inner, "%s[%zu]", path, i);
            if (differs(inner, json_array_get(expected, i), json_array_get(found, i))) return true;
        }
    }
    char *expected_text = as_text(expected);
    char *found_text = as_text(found);
    fprintf(stderr, "match_cases: line %zu: %s: expected %s, found %s\n", line_number, path,
            expected_text, found_text);
    free(expected_text);
    free(found_text);
    return true;
}

static bool check(const struct match_case *of, const json_t *expected, struct gm_arena *arena)
{
    if (expected == NULL) case_fail("no \"answer\" to check");
    json_t *forward = case_answer(of, 1, arena);
    json_t *backward = case_answer(of, -1, arena);
    const bool fails =
        differs("answer", expected, forward) || differs("answer, lots turned", expected, backward);
    json_decref(forward);
    json_decref(backward);
    return !fails;
}

/* Asks for what a near miss calls for. */
static void relax(struct engine_request_line *line, const struct engine_near_miss *near_miss)
{
    const int64_t excess = near_miss->excess;
    switch (near_miss->constraint) {
    case ENGINE_CONSTRAINT_QUANTITY:
        line->quantity -= excess;
        return;
    case ENGINE_CONSTRAINT_MINIMUM:
        line->over_ppm =
            gm_mul_div_ceil(near_miss->limit + excess, GM_PPM, line->quantity) - GM_PPM;
        return;
    case ENGINE_CONSTRAINT_DATE:
        line->needed_by.value += excess;
        return;
    case ENGINE_CONSTRAINT_PRICE:
        line->price_cap.value += excess;
        return;
    case ENGINE_CONSTRAINT_CO2E:
        line->co2e_cap.value += excess;
        return;
    case ENGINE_CONSTRAINT_DISTANCE:
        line->distance_cap.value += excess;
        return;
    case ENGINE_CONSTRAINT_GRADE:
        line->worst_grade.value += excess;
        return;
    case ENGINE_CONSTRAINT_VILLAGE:
        line->village = ENGINE_WORD_NONE;
        return;
    case ENGINE_CONSTRAINT_COUNT:
        break;
    }
    GM_UNREACHABLE();
}

static struct engine_answer find(const struct match_case *of, const struct engine_lot *lots,
                                 size_t count, const struct engine_request *request,
                                 struct gm_arena *arena)
{
    struct case_lots all = case_lots_of(lots, count, 1);
    struct engine_answer answer;
    const enum gm_status status =
        engine_find(&all.lots, &of->reference, request, of->today, arena, &answer);
    if (status != GM_OK) case_fail("no answer: %s", gm_status_name(status));
    return answer;
}

static const struct engine_lot *lot_named(const struct match_case *of, struct gm_lot_id id)
{
    size_t i = 0;
    while (!gm_id_equal(of->lots[i].id.id, id.id))
        i++;
    return &of->lots[i];
}

/* The matches of a request of one lot and one line: none or one. */
static size_t matches_alone(const struct match_case *of, const struct engine_lot *lot,
                            const struct engine_request *request, struct gm_arena *arena)
{
    return find(of, lot, 1, request, arena).lines[0].match_count;
}

static bool is_same(const struct engine_near_miss *a, const struct engine_near_miss *b)
{
    return gm_id_equal(a->lot.id, b->lot.id) && a->t == b->t && a->n == b->n &&
           a->score == b->score && a->constraint == b->constraint && a->excess == b->excess &&
           a->limit == b->limit;
}

/* The lot of a near miss, alone with its line, is still that near miss; a match once relaxed,
 * unless nobody may ask for that much; and one less than that is not enough. */
static bool becomes_match(const struct match_case *of, size_t line_index,
                          const struct engine_near_miss *near_miss, struct gm_arena *arena)
{
    const struct engine_lot *lot = lot_named(of, near_miss->lot);
    struct engine_request_line line = of->lines[line_index];
    struct engine_request request = of->request;
    request.lines = &line;
    request.line_count = 1;

    const struct engine_answer alone = find(of, lot, 1, &request, arena);
    if (alone.lines[0].near_miss_count != 1) return false;
    if (!is_same(&alone.lines[0].near_misses[0], near_miss)) return false;

    relax(&line, near_miss);
    size_t offending;
    if (engine_check(&request, of->today, &offending) != GM_REASON_NONE) return true;
    if (matches_alone(of, lot, &request, arena) != 1) return false;
    if (near_miss->excess == 1) return true;

    struct engine_near_miss nearly = *near_miss;
    nearly.excess--;
    const int64_t enough_over_ppm = line.over_ppm;
    line = of->lines[line_index];
    relax(&line, &nearly);
    /* Of more than a million units the surplus that can be asked for goes in steps of several. */
    if (near_miss->constraint == ENGINE_CONSTRAINT_MINIMUM && line.over_ppm == enough_over_ppm)
        return true;
    return matches_alone(of, lot, &request, arena) == 0;
}

static bool check_relaxed(const struct match_case *of, struct gm_arena *arena, size_t *count)
{
    size_t offending;
    if (engine_check(&of->request, of->today, &offending) != GM_REASON_NONE) return true;
    const struct engine_answer answer = find(of, of->lots, of->lot_count, &of->request, arena);
    for (size_t i = 0; i < answer.line_count; i++) {
        const struct engine_line_answer *line = &answer.lines[i];
        for (size_t j = 0; j < line->near_miss_count; j++, ++*count) {
            const struct engine_near_miss *near_miss = &line->near_misses[j];
            if (becomes_match(of, i, near_miss, arena)) continue;
            fprintf(stderr,
                    "match_cases: line %zu: answer.lines[%zu].near_misses[%zu] %s: relaxed "
                    "by its excess it is no match\n",
                    line_number, i, j, engine_constraint_name(near_miss->constraint));
            return false;
        }
    }
    return true;
}

static void print(const struct match_case *of, struct gm_arena *arena)
{
    json_t *answer = case_answer(of, 1, arena);
    json_dumpf(answer, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(answer);
}

int main(int argc, char **argv)
{
    enum purpose purpose = PURPOSE_ANSWER;
    int at = 1;
    if (at < argc && strcmp(argv[at], "--check") == 0) {
        purpose = PURPOSE_CHECK;
        at++;
    } else if (at < argc && strcmp(argv[at], "--relax") == 0) {
        purpose = PURPOSE_RELAX;
        at++;
    }
    FILE *file = at < argc ? fopen(argv[at], "r") : stdin;
    if (file == NULL || argc > at + 1) {
        fprintf(stderr, "usage: match_cases [--check | --relax] [FILE]\n");
        return 2;
    }

    struct gm_arena arena;
    if (gm_arena_init(&arena, ARENA_BYTES) != GM_OK) case_fail("no memory");
    char *line = NULL;
    size_t capacity = 0;
    size_t cases = 0;
    size_t relaxed = 0;
    bool passes = true;
    while (passes && getline(&line, &capacity, file) > 0) {
        line_number++;
        json_error_t error;
        json_t *row = json_loads(line, 0, &error);
        if (row == NULL) case_fail("%s", error.text);
        const json_t *wrapped = json_object_get(row, "case");
        struct match_case of;
        gm_arena_reset(&arena);
        case_read(wrapped != NULL ? wrapped : row, &arena, &of);
        if (purpose == PURPOSE_CHECK) passes = check(&of, json_object_get(row, "answer"), &arena);
        if (purpose == PURPOSE_RELAX) passes = check_relaxed(&of, &arena, &relaxed);
        if (purpose == PURPOSE_ANSWER) print(&of, &arena);
        if (passes) cases++;
        json_decref(row);
    }
    free(line);
    gm_arena_release(&arena);
    if (file != stdin) fclose(file);
    if (purpose == PURPOSE_CHECK) printf("%zu cases answered as stored\n", cases);
    if (purpose == PURPOSE_RELAX)
        printf("%zu near misses of %zu cases match once relaxed\n", relaxed, cases);
    return passes && cases > 0 ? 0 : 1;
}
