#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
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

static void an_errno_becomes_the_status_that_says_who_can_act(void **state)
{
    (void)state;
    static const struct {
        int number;
        enum gm_status status;
    } rows[] = {
        {ENOENT, GM_NOT_FOUND},
        {EFBIG, GM_TOO_LARGE},
        {ENOSPC, GM_NO_SPACE},
        {EDQUOT, GM_NO_SPACE},
        {ENOMEM, GM_NO_SPACE},
        {EAGAIN, GM_BUSY},
        {EBUSY, GM_BUSY},
        {EADDRINUSE, GM_BUSY},
        {ETIMEDOUT, GM_TIMEOUT},
        {EACCES, GM_REFUSED},
        {ECONNREFUSED, GM_UNAVAILABLE},
        {EROFS, GM_REFUSED},
        {EIO, GM_IO},
        {EINVAL, GM_IO},
        {1 << 20, GM_IO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(gm_status_of_errno(rows[i].number), rows[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_of_its_own),
        cmocka_unit_test(an_errno_becomes_the_status_that_says_who_can_act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
