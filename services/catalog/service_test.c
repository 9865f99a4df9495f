#include "catalog/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/scene.h"
#include "catalog/splice.h"

static void every_method_has_the_one_handler_of_its_kind(void **state)
{
    (void)state;
    unsigned methods = 0;
    unsigned handlers = 0;
    for (unsigned i = 0; i < gm_method_count; i++) {
        const struct gm_method *method = &gm_methods[i];
        if (strcmp(method->service, "catalog") != 0) continue;
        const struct gm_handler *handler = catalog_service.handlers;
        while (handler->method != 0 && handler->method != method->number)
            handler++;
        assert_int_equal(handler->method, method->number);
        assert_int_equal(handler->decide != NULL, method->kind == GM_METHOD_COMMAND);
        assert_int_equal(handler->query != NULL, method->kind == GM_METHOD_QUERY);
        assert_int_equal(handler->search != NULL, method->kind == GM_METHOD_SEARCH);
        methods++;
    }
    for (const struct gm_handler *handler = catalog_service.handlers; handler->method != 0;
         handler++)
        handlers++;
    assert_int_equal(handlers, methods);
}

static void who_reserves_is_seen_by_the_two_sides_and_the_services(void **state)
{
    (void)state;
    const struct gm_id buyer = scene_id(1);
    const struct gm_id seller = scene_id(2);
    Catalog__ReservationChanged change = CATALOG__RESERVATION_CHANGED__INIT;
    change.buyer = (ProtobufCBinaryData){sizeof buyer, (uint8_t *)(uintptr_t)buyer.v};
    change.seller = (ProtobufCBinaryData){sizeof seller, (uint8_t *)(uintptr_t)seller.v};
    Catalog__StockChanged stock = CATALOG__STOCK_CHANGED__INIT;
    const ProtobufCFieldDescriptor *fields = catalog__event__descriptor.fields;
    for (unsigned i = 0; i < catalog__event__descriptor.n_fields; i++) {
        Catalog__Event event = CATALOG__EVENT__INIT;
        event.event_case = (Catalog__Event__EventCase)fields[i].id;
        const bool is_private = fields[i].descriptor == &catalog__reservation_changed__descriptor;
        if (is_private)
            event.reserved = &change;
        else
            event.restocked = &stock;
        assert_true(catalog_service.visible(&event.base, buyer));
        assert_true(catalog_service.visible(&event.base, seller));
        assert_true(catalog_service.visible(&event.base, gm_service_member(GM_SERVICE_MATCHING)));
        assert_int_equal(catalog_service.visible(&event.base, scene_id(3)), !is_private);
    }
    /* Of an order that never reserved. */
    Catalog__ReservationChanged nothing = CATALOG__RESERVATION_CHANGED__INIT;
    Catalog__Event event = CATALOG__EVENT__INIT;
    event.event_case = CATALOG__EVENT__EVENT_RELEASED;
    event.released = &nothing;
    assert_false(catalog_service.visible(&event.base, buyer));
    assert_true(catalog_service.visible(&event.base, gm_service_member(GM_SERVICE_ORDER)));
}

static void spliced_fields_are_those_of_the_encoder(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, INT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint8_t id[GM_ID_BYTES] = {1};
        uint8_t packed[64];
        uint8_t spliced[64];
        Catalog__StockReply message = CATALOG__STOCK_REPLY__INIT;
        message.lot_id = (ProtobufCBinaryData){sizeof id, id};
        message.revision = numbers[i];
        message.on_hand = (int64_t)numbers[i];
        const size_t size = catalog__stock_reply__pack(&message, packed);
        struct catalog_splice splice = {.at = spliced, .capacity = sizeof spliced};
        catalog_splice_bytes(&splice, 1, gm_bytes(id, sizeof id));
        catalog_splice_number(&splice, 2, numbers[i]);
        catalog_splice_number(&splice, 3, numbers[i]);
        assert_int_equal(splice.used, size);
        assert_memory_equal(spliced, packed, size);
        assert_int_equal(catalog_bytes_bytes(1, sizeof id) + catalog_number_bytes(2, numbers[i]) +
                             catalog_number_bytes(3, numbers[i]),
                         size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_has_the_one_handler_of_its_kind),
        cmocka_unit_test(who_reserves_is_seen_by_the_two_sides_and_the_services),
        cmocka_unit_test(spliced_fields_are_those_of_the_encoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
