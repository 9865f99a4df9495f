#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void every_status_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (enum gm_status a = GM_OK; a < GM_STATUS_COUNT; a++) {
        assert_non_null(gm_status_name(a));
        assert_true(strlen(gm_status_name(a)) > 0);
        for (enum gm_status b = GM_OK; b < a; b++) {
            assert_string_not_equal(gm_status_name(a), gm_status_name(b));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
