#include "matching/ask.h"

#include <stdio.h>

#include "base/assert.h"
#include "matching/figures.h"
#include "matching/parts.h"

/* What counts where the buyer weighs nothing: cost first, then what it does to the climate. */
static const int64_t weights_default[ENGINE_CRITERION_COUNT] = {
    [ENGINE_CRITERION_PRICE] = 500000,
    [ENGINE_CRITERION_TIME] = 187500,
    [ENGINE_CRITERION_CO2E] = 250000,
    [ENGINE_CRITERION_DISTANCE] = 62500,
};

/* ---- words ---- */

enum { LISTED_BODIES_MAX = 64 };

static void put_words(struct matching_ask *ask, const Matching__SourcingRequest *message,
                      struct gm_arena *arena)
{
    const char **bodies = matching_pointers(arena, LISTED_BODIES_MAX + message->n_lines);
    const char **glazes = matching_pointers(arena, message->n_lines);
    const size_t listed = matching_listed_bodies(bodies, LISTED_BODIES_MAX);
    GM_ASSERT(listed <= LISTED_BODIES_MAX);
    for (size_t i = 0; i < message->n_lines; i++) {
        bodies[listed + i] = message->lines[i]->body;
        glazes[i] = message->lines[i]->glaze;
    }
    ask->bodies = matching_words_of(bodies, listed + message->n_lines, arena);
    ask->glazes = matching_words_of(glazes, message->n_lines, arena);
}

/* ---- lines ---- */

static struct engine_optional some_if(bool is_set, int64_t value)
{
    return is_set ? engine_some(value) : (struct engine_optional){0};
}

static struct gm_member_id *members_of(ProtobufCBinaryData *fields, size_t count,
                                       struct gm_arena *arena)
{
    struct gm_member_id *members = matching_array(arena, count, sizeof(struct gm_member_id));
    for (size_t i = 0; i < count; i++)
        members[i] = (struct gm_member_id){gm_message_id(fields[i])};
    return members;
}

static struct engine_request_line line_of(const struct matching_ask *ask,
                                          const Matching__SourcingLine *message,
                                          struct gm_arena *arena)
{
    struct engine_request_line line = {
        .category = matching_category_row(message->category),
        .quantity = message->quantity,
        .over_ppm = message->over_case == MATCHING__SOURCING_LINE__OVER_OVER_PPM
                        ? message->over_ppm
                        : ENGINE_OVER_PPM_DEFAULT,
        .body = matching_word(&ask->bodies, message->body),
        .glaze = matching_word(&ask->glazes, message->glaze),
        .village = matching_village_word(message->village),
        .price_cap =
            some_if(message->price_cap_case == MATCHING__SOURCING_LINE__PRICE_CAP_PRICE_CAP_MINOR,
                    message->price_cap_minor),
        .target_price = some_if(message->target_price_case ==
                                    MATCHING__SOURCING_LINE__TARGET_PRICE_TARGET_PRICE_MINOR,
                                message->target_price_minor),
        .needed_by = some_if(message->needed_case == MATCHING__SOURCING_LINE__NEEDED_NEEDED_BY,
                             message->needed_by),
        .co2e_cap = some_if(message->co2e_case == MATCHING__SOURCING_LINE__CO2E_CO2E_CAP_G,
                            message->co2e_cap_g),
        .distance_cap =
            some_if(message->distance_case == MATCHING__SOURCING_LINE__DISTANCE_DISTANCE_CAP_KM,
                    message->distance_cap_km),
        .preferred = members_of(message->preferred, message->n_preferred, arena),
        .preferred_count = message->n_preferred,
        .excluded = members_of(message->excluded, message->n_excluded, arena),
        .excluded_count = message->n_excluded,
    };
    const bool is_unit = matching_unit_of_wire((uint32_t)message->base_unit, &line.base_unit);
    GM_ASSERT(is_unit); /* the door has seen to it, like the grade */
    if (message->worst_grade != COMMON__GRADE__GRADE_UNSPECIFIED) {
        enum engine_grade worst = ENGINE_GRADE_A;
        const bool is_grade = matching_grade_of_wire((uint32_t)message->worst_grade, &worst);
        GM_ASSERT(is_grade);
        line.worst_grade = engine_some(worst);
    }
    return line;
}

/* ---- the request ---- */

static void put_request(struct matching_ask *ask, const Matching__SourcingRequest *message,
                        struct gm_member_id buyer)
{
    struct engine_request *request = &ask->request;
    *request = (struct engine_request){
        .buyer = buyer,
        .deliver_to = matching_place_row(message->deliver_to),
        .by_air = message->air,
        .matches_max = ENGINE_MATCHES_DEFAULT,
        .lines = ask->lines,
        .line_count = message->n_lines,
    };
    const enum gm_status parsed = gm_currency_parse(message->currency, &request->currency);
    const bool is_split = matching_split_of_wire((uint32_t)message->split, &request->split);
    GM_ASSERT(parsed == GM_OK);
    GM_ASSERT(is_split);
    memcpy(request->weights, weights_default, sizeof request->weights);
    if (message->weights == NULL) return;
    request->weights[ENGINE_CRITERION_PRICE] = message->weights->price;
    request->weights[ENGINE_CRITERION_TIME] = message->weights->time;
    request->weights[ENGINE_CRITERION_CO2E] = message->weights->co2e;
    request->weights[ENGINE_CRITERION_DISTANCE] = message->weights->distance;
}

static enum gm_reason refuse(char *ret_field, enum gm_reason reason, const char *field)
{
    (void)snprintf(ret_field, GM_FIELD_PATH_BYTES_MAX + 1, "%s", field);
    return reason;
}

static enum gm_reason refuse_line(char *ret_field, enum gm_reason reason, size_t line,
                                  const char *field)
{
    (void)snprintf(ret_field, GM_FIELD_PATH_BYTES_MAX + 1, "lines[%zu].%s", line, field);
    return reason;
}

static enum gm_reason check_codes(const struct matching_ask *ask, char *ret_field)
{
    if (ask->request.deliver_to == ENGINE_ROW_UNKNOWN)
        return refuse(ret_field, GM_REASON_PLACE_UNKNOWN, "deliver_to");
    for (size_t i = 0; i < ask->request.line_count; i++) {
        if (ask->lines[i].category == ENGINE_ROW_UNKNOWN)
            return refuse_line(ret_field, GM_REASON_CATEGORY_UNKNOWN, i, "category");
        if (ask->lines[i].village == ENGINE_WORD_UNKNOWN)
            return refuse_line(ret_field, GM_REASON_PLACE_UNKNOWN, i, "village");
    }
    return GM_REASON_NONE;
}

enum gm_reason matching_ask(const Matching__SourcingRequest *message, struct gm_member_id buyer,
                            int32_t today, struct gm_arena *arena, struct matching_ask *ret_ask,
                            char ret_field[GM_FIELD_PATH_BYTES_MAX + 1])
{
    struct matching_ask ask = {0};
    size_t line;
    put_words(&ask, message, arena);
    ask.lines = matching_array(arena, message->n_lines, sizeof(struct engine_request_line));
    for (size_t i = 0; i < message->n_lines; i++)
        ask.lines[i] = line_of(&ask, message->lines[i], arena);
    put_request(&ask, message, buyer);

    enum gm_reason reason = check_codes(&ask, ret_field);
    if (reason != GM_REASON_NONE) return reason;
    reason = engine_check(&ask.request, today, &line);
    /* Of a line's figures only the day depends on more than the field itself, which the door has
     * held against its limit. */
    if (reason == GM_REASON_OUT_OF_RANGE) return refuse_line(ret_field, reason, line, "needed_by");
    if (reason != GM_REASON_NONE) return refuse(ret_field, reason, "weights");

    ask.reference = matching_reference(&ask.bodies, arena);
    engine_freeze(&ask.reference, ask.request.currency, ask.lines, message->n_lines);
    *ret_ask = ask;
    return GM_REASON_NONE;
}

void matching_ask_by(struct matching_ask *ask, uint32_t reference_version,
                     Matching__LineReference *const *references, size_t count)
{
    GM_ASSERT(count == ask->request.line_count);
    ask->reference.version = reference_version;
    for (size_t i = 0; i < count; i++) {
        ask->lines[i].reference_price =
            some_if(references[i]->price_case == MATCHING__LINE_REFERENCE__PRICE_PRICE_MINOR,
                    references[i]->price_minor);
        ask->lines[i].reference_co2e_g = references[i]->co2e_g;
    }
}
