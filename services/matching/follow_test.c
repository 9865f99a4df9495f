#include "matching/follow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "matching/scene.h"
#include "wire/check.h"

enum { RESERVED = CATALOG__EVENT__EVENT_RESERVED };

/* What the one line of the usual request finds. */
static const Matching__LineAnswer *find(struct scene *scene)
{
    const Matching__FindMatchesReply *reply = scene_find(scene, scene_request(scene, 1));
    assert_int_equal(reply->n_lines, 1);
    return reply->lines[0];
}

static void a_published_lot_is_found(void **state)
{
    struct scene *scene = *state;
    const struct gm_id lot = scene_offer(scene, 1, 500);
    const Matching__LineAnswer *line = find(scene);
    assert_int_equal(line->n_matches, 1);
    const Matching__Match *match = line->matches[0];
    assert_true(gm_id_equal(gm_message_id(match->lot_id), lot));
    assert_true(gm_id_equal(gm_message_id(match->seller), scene->seller));
    assert_int_equal(match->quantity, 100);
    assert_int_equal(match->unit_price_minor, 45000);
    assert_string_equal(match->ship_from, "VN-BAT-TRANG");
    assert_string_equal(match->sku, "BOWL-1");
    assert_int_equal(match->n_names, 2);
    assert_string_equal(match->names[0]->text, "Bát men ngọc");
    gm_kit_audit(scene->kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_published_lot_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
