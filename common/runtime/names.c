#include "base/assert.h"
#include "runtime/service.h"

static const char *const texts[GM_SERVICE_COUNT] = {
    [GM_SERVICE_NONE] = "",
    [GM_SERVICE_CATALOG] = "catalog",
    [GM_SERVICE_MATCHING] = "matching",
    [GM_SERVICE_ORDER] = "order",
};

const char *gm_service_text(enum gm_service_name service)
{
    GM_ASSERT(service < GM_SERVICE_COUNT);
    return texts[service];
}

enum gm_service_name gm_service_named(const char *text)
{
    for (enum gm_service_name i = GM_SERVICE_CATALOG; i < GM_SERVICE_COUNT; i++)
        if (strcmp(texts[i], text) == 0) return i;
    return GM_SERVICE_NONE;
}

/* No UUIDv7 has these bytes: the version nibble of byte 6 is 2 ('.'), so no member is ever given
 * one. */
static const char member_prefix[] = "gomnet.service";
_Static_assert(sizeof member_prefix == GM_ID_BYTES - 1, "prefix with its NUL, then the number");

struct gm_id gm_service_member(enum gm_service_name service)
{
    GM_ASSERT(service > GM_SERVICE_NONE && service < GM_SERVICE_COUNT);
    struct gm_id id;
    memcpy(id.v, member_prefix, sizeof member_prefix);
    id.v[GM_ID_BYTES - 1] = (uint8_t)service;
    return id;
}

enum gm_service_name gm_service_of_member(struct gm_id member)
{
    if (memcmp(member.v, member_prefix, sizeof member_prefix) != 0) return GM_SERVICE_NONE;
    const uint8_t number = member.v[GM_ID_BYTES - 1];
    return number < GM_SERVICE_COUNT ? (enum gm_service_name)number : GM_SERVICE_NONE;
}
