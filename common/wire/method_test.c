#include "wire/method.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void every_method_is_found_by_number_and_by_name(void **state)
{
    (void)state;
    assert_true(gm_method_count > 0);
    for (unsigned i = 0; i < gm_method_count; i++) {
        const struct gm_method *method = &gm_methods[i];
        assert_ptr_equal(gm_method_find(method->number), method);
        assert_ptr_equal(gm_method_named(method->service, method->name), method);
        if (i > 0) assert_true(gm_methods[i - 1].number < method->number);
    }
}

static void a_number_or_name_that_is_none_finds_nothing(void **state)
{
    (void)state;
    assert_null(gm_method_find(0));
    assert_null(gm_method_find(UINT16_MAX));
    assert_null(gm_method_find((uint16_t)(gm_methods[gm_method_count - 1].number + 1)));
    assert_null(gm_method_named("catalog", "restock"));
    assert_null(gm_method_named("order", "Restock"));
    assert_null(gm_method_named("", ""));
}

static void methods_of_the_host_belong_to_every_service(void **state)
{
    (void)state;
    const struct gm_method *status = gm_method_named("host", "Status");
    assert_non_null(status);
    assert_true(status->number <= GM_METHOD_HOST_MAX);
    assert_ptr_equal(gm_method_named("catalog", "Status"), status);
    assert_ptr_equal(gm_method_named("order", "Status"), status);
}

static void rules_have_a_limit_wherever_the_wire_could_bring_too_much(void **state)
{
    (void)state;
    for (unsigned i = 0; i < gm_method_count; i++) {
        const struct gm_rules *rules = gm_methods[i].request;
        assert_non_null(gm_methods[i].reply);
        for (unsigned f = 0; f < rules->descriptor->n_fields; f++) {
            const ProtobufCFieldDescriptor *field = &rules->descriptor->fields[f];
            const struct gm_limit *limit = &rules->limits[f];
            if (field->label == PROTOBUF_C_LABEL_REPEATED) assert_true(limit->max_items > 0);
            if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES) {
                assert_true(limit->max_bytes > 0);
            }
            if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
                assert_ptr_equal(limit->rules->descriptor, field->descriptor);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_is_found_by_number_and_by_name),
        cmocka_unit_test(a_number_or_name_that_is_none_finds_nothing),
        cmocka_unit_test(methods_of_the_host_belong_to_every_service),
        cmocka_unit_test(rules_have_a_limit_wherever_the_wire_could_bring_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
