#include "cli/member.h"

#include <stdbool.h>

/* 2024-01-01T00:00:00Z: ids of names are as old as no command is. */
#define NAMED_AT_MS INT64_C(1704067200000)

static bool is_of_a_name(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '.' || c == '_' ||
           c == '-';
}

enum gm_status cli_member_parse(struct gm_bytes text, struct gm_id *ret_member)
{
    static const char id_prefix[] = "mbr_";
    const size_t prefix = sizeof id_prefix - 1;
    if (text.size >= prefix && memcmp(text.at, id_prefix, prefix) == 0)
        return gm_id_parse(GM_ID_member, text, ret_member);

    if (text.size == 0 || text.size > CLI_MEMBER_NAME_MAX) return GM_MALFORMED;
    uint8_t name[CLI_MEMBER_NAME_MAX];
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = text.at[i];
        name[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
        if (!is_of_a_name(name[i])) return GM_MALFORMED;
    }
    *ret_member = gm_id_of_content(NAMED_AT_MS, gm_bytes(name, text.size));
    return GM_OK;
}
