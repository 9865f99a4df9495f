#include "wire/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/file.h"

static void an_endpoint_is_an_address_and_a_port(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *endpoint; /* NULL: malformed */
    } rows[] = {
        {"127.0.0.1:0", "tcp://127.0.0.1:0"},
        {"tcp://127.0.0.1:65535", "tcp://127.0.0.1:65535"},
        {"10.0.0.1:7101", "tcp://10.0.0.1:7101"},
        {"127.0.0.1:65536", NULL},
        {"127.0.0.1:", NULL},
        {"127.0.0.1", NULL},
        {"127.0.0.1:*", NULL},
        {"127.0.0.1:-1", NULL},
        {"127.0.0.1:123456", NULL},
        {"127.0.0.1:80 ", NULL},
        {"localhost:7101", "tcp://127.0.0.1:7101"},
        {"local:7101", NULL},
        {"*:7101", NULL},
        {"[::1]:7101", NULL},
        {"ipc:///tmp/x:1", NULL},
        {"127.0.1:80", NULL},
        {"127.0.0.1.1:80", NULL},
        {":80", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gm_endpoint endpoint = {"untouched"};
        const enum gm_status status = gm_endpoint_parse(rows[i].text, &endpoint);
        if (status != (rows[i].endpoint == NULL ? GM_MALFORMED : GM_OK)) {
            fail_msg("'%s': %s", rows[i].text, gm_status_name(status));
        }
        assert_string_equal(endpoint.text,
                            rows[i].endpoint == NULL ? "untouched" : rows[i].endpoint);
    }
}

static void a_service_listens_on_loopback_alone(void **state)
{
    (void)state;
    static const char *const loopback[] = {"127.0.0.1:0", "127.0.0.1:7101", "127.255.255.254:1"};
    static const char *const others[] = {"0.0.0.0:7101", "10.0.0.1:7101", "128.0.0.1:7101",
                                         "12.7.0.1:7101", "1.2.7.127:127"};
    struct gm_endpoint endpoint;
    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++) {
        assert_int_equal(gm_endpoint_parse(loopback[i], &endpoint), GM_OK);
        assert_null(gm_endpoint_listen_refusal(&endpoint));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(gm_endpoint_parse(others[i], &endpoint), GM_OK);
        assert_non_null(gm_endpoint_listen_refusal(&endpoint));
    }
}

static void the_file_brings_back_what_was_written(void **state)
{
    (void)state;
    char *folder = gm_temp_dir_new();
    struct gm_endpoint endpoint, back;
    assert_int_equal(gm_endpoint_read(folder, &back), GM_NOT_FOUND);
    assert_int_equal(gm_endpoint_parse("127.0.0.1:40123", &endpoint), GM_OK);
    assert_int_equal(gm_endpoint_write(folder, &endpoint), GM_OK);
    assert_int_equal(gm_endpoint_read(folder, &back), GM_OK);
    assert_string_equal(back.text, "tcp://127.0.0.1:40123");

    char path[GM_PATH_MAX];
    assert_int_equal(gm_path_join(folder, "endpoint", path), GM_OK);
    static const char too_long[] = "tcp://127.0.0.1:1 and more, far more than one line has, "
                                   "so that it is no endpoint at all\n";
    static const char *const broken[] = {"", "\n", "nowhere\n", too_long};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        assert_int_equal(gm_file_write(path, gm_bytes_of_text(broken[i])), GM_OK);
        assert_int_equal(gm_endpoint_read(folder, &back), GM_MALFORMED);
    }
    gm_temp_dir_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_is_an_address_and_a_port),
        cmocka_unit_test(a_service_listens_on_loopback_alone),
        cmocka_unit_test(the_file_brings_back_what_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
