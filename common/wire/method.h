/* wire/method.h - methods and the limits of their fields, as the .proto files state them; the
 * tables are generated from there (proto/generate.py) and serve door, client, command line and
 * tests alike. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "base/id.h"

/* The values of proto/options.proto; only these meanings exist. */
enum gm_method_kind {
    GM_METHOD_COMMAND = 1, /* journalled, needs a command id */
    GM_METHOD_QUERY = 2,   /* answered by the core from the newest state */
    GM_METHOD_SEARCH = 3,  /* answered by a worker from the last checkpoint */
    GM_METHOD_STREAM = 4,  /* answered by many replies */
};

enum gm_caller {
    GM_CALLER_MEMBER = 0,
    GM_CALLER_SERVICE = 1,
};

enum gm_text_form {
    GM_FORM_LINE = 0,     /* no control characters */
    GM_FORM_BLOCK = 1,    /* newline allowed */
    GM_FORM_CODE = 2,     /* [A-Z0-9._/-], made upper-case */
    GM_FORM_LANGUAGE = 3, /* BCP 47 tag */
    GM_FORM_CURRENCY = 4, /* ISO 4217 */
    GM_FORM_SLUG = 5,     /* [a-z0-9_-], a name from a code list or of a field */
    GM_FORM_COUNTRY = 6,  /* ISO 3166-1 alpha-2 */
};

/* Of one field; see Limit in proto/options.proto. */
struct gm_limit {
    bool required;
    bool has_min;
    bool has_max;
    uint8_t text;       /* enum gm_text_form, strings only */
    int8_t id_kind;     /* enum gm_id_kind, -1: no id */
    uint32_t max_bytes; /* of each string or bytes item; always set there */
    uint32_t bytes;     /* exactly so many, 0: any */
    uint32_t min_items;
    uint32_t max_items; /* always set for repeated fields */
    int64_t min;
    int64_t max;
    const struct gm_rules *rules; /* of the message in the field, NULL for other types */
};

/* Of one message: limits[i] belongs to descriptor->fields[i]. */
struct gm_rules {
    const ProtobufCMessageDescriptor *descriptor;
    const struct gm_limit *limits;
};

struct gm_method {
    uint16_t number; /* stable, unique over all services */
    const char *service;
    const char *name;
    enum gm_method_kind kind;
    enum gm_caller caller;
    const struct gm_rules *request;
    const ProtobufCMessageDescriptor *reply;
};

/* All methods of all services, ascending by number. */
extern const struct gm_method gm_methods[];
extern const unsigned gm_method_count;

/* By number, or by service and name ("catalog", "Restock"); NULL where there is none. The methods
 * of service "host" belong to every service. */
const struct gm_method *gm_method_find(uint16_t number);
const struct gm_method *gm_method_named(const char *service, const char *name);

enum {
    GM_METHOD_HOST_MAX = 99
}; /* numbers up to it are the host's own, answered by every service */
