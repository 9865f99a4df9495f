/* The life of a sourcing request: submitted, closed, expired. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/time.h"
#include "matching/scene.h"
#include "matching/service.h"
#include "wire/check.h"

enum {
    SUBMIT = GM_METHOD_MATCHING_SUBMIT_SOURCING_REQUEST,
    CLOSE = GM_METHOD_MATCHING_CLOSE_SOURCING_REQUEST,
    GET = GM_METHOD_MATCHING_GET_SOURCING_REQUEST,
};

static Matching__CloseSourcingRequestRequest closing(const struct gm_request_id *request,
                                                     uint64_t revision)
{
    Matching__CloseSourcingRequestRequest message = MATCHING__CLOSE_SOURCING_REQUEST_REQUEST__INIT;
    message.request_id = gm_message_bytes(&request->id);
    message.revision = revision;
    return message;
}

static void close_request(struct scene *scene, struct gm_request_id request)
{
    const Matching__CloseSourcingRequestRequest message = closing(&request, 0);
    scene_accepts(scene, scene->buyer, CLOSE, &message.base);
}

static void need_by(Matching__SourcingLine *line, int32_t day)
{
    line->needed_case = MATCHING__SOURCING_LINE__NEEDED_NEEDED_BY;
    line->needed_by = day;
}

/* ---- submitted ---- */

static void a_submitted_request_is_shown_as_it_was_asked(void **state)
{
    struct scene *scene = *state;
    Matching__SourcingRequest *asked = scene_request(scene, 2);
    asked->note = "Gói trong rơm.\nNo plastic.";
    asked->buyer_reference = "PO 7";
    asked->lines[1]->category = "dinnerware";
    const struct gm_request_id request = scene_submit(scene, asked);

    const Matching__SourcingView *view = scene_get(scene, request);
    assert_true(gm_id_equal(gm_message_id(view->request_id), request.id));
    assert_true(gm_id_equal(gm_message_id(view->buyer), scene->buyer));
    assert_int_equal(view->state, MATCHING__SOURCING_STATE__OPEN);
    assert_int_equal(view->revision, 1);
    assert_int_equal(view->submitted_ms, GM_KIT_START_MS);
    assert_string_equal(view->request->note, asked->note);
    assert_string_equal(view->request->buyer_reference, "PO 7");
    assert_int_equal(view->request->n_lines, 2);
    assert_string_equal(view->request->lines[1]->category, "dinnerware");
    assert_int_equal(view->reference_version, 1);
    assert_int_equal(view->n_references, 2);
    assert_int_equal(view->references[0]->price_case, MATCHING__LINE_REFERENCE__PRICE_PRICE_MINOR);
    assert_int_equal(view->references[0]->price_minor, 69000);
    assert_int_equal(view->references[0]->co2e_g, 1125);
    assert_int_equal(view->references[1]->price_case, MATCHING__LINE_REFERENCE__PRICE__NOT_SET);
    assert_int_equal(view->references[1]->co2e_g, 2000);
    gm_kit_audit(scene->kit);
}

static void a_request_is_there_for_its_buyer_alone(void **state)
{
    struct scene *scene = *state;
    const struct gm_request_id request = scene_submit(scene, scene_request(scene, 1));
    const struct gm_request_id none = {scene_id(77)};
    Matching__GetSourcingRequestRequest get = MATCHING__GET_SOURCING_REQUEST_REQUEST__INIT;
    get.request_id = gm_message_bytes(&request.id);
    Matching__CloseSourcingRequestRequest close = closing(&request, 9); /* existence comes first */
    scene_refuses(scene, scene->other_buyer, GET, &get.base, GM_REASON_REQUEST_UNKNOWN,
                  "request_id");
    scene_refuses(scene, scene->other_buyer, CLOSE, &close.base, GM_REASON_REQUEST_UNKNOWN,
                  "request_id");
    get.request_id = gm_message_bytes(&none.id);
    close = closing(&none, 0);
    scene_refuses(scene, scene->buyer, GET, &get.base, GM_REASON_REQUEST_UNKNOWN, "request_id");
    scene_refuses(scene, scene->buyer, CLOSE, &close.base, GM_REASON_REQUEST_UNKNOWN, "request_id");
    assert_int_equal(scene_get(scene, request)->state, MATCHING__SOURCING_STATE__OPEN);
}

static void what_cannot_be_asked_cannot_be_submitted(void **state)
{
    struct scene *scene = *state;
    Matching__Weights weights = MATCHING__WEIGHTS__INIT;
    Matching__SourcingRequest *asked = scene_request(scene, 2);
    asked->deliver_to = "VN-NOWHERE";
    scene_refuses(scene, scene->buyer, SUBMIT, &asked->base, GM_REASON_PLACE_UNKNOWN, "deliver_to");
    asked = scene_request(scene, 2);
    asked->lines[1]->category = "boat";
    scene_refuses(scene, scene->buyer, SUBMIT, &asked->base, GM_REASON_CATEGORY_UNKNOWN,
                  "lines[1].category");
    asked = scene_request(scene, 2);
    need_by(asked->lines[1], scene_today(scene) - 1);
    scene_refuses(scene, scene->buyer, SUBMIT, &asked->base, GM_REASON_OUT_OF_RANGE,
                  "lines[1].needed_by");
    asked = scene_request(scene, 2);
    asked->weights = &weights;
    asked->close_day = 1;
    scene_refuses(scene, scene->buyer, SUBMIT, &asked->base, GM_REASON_WEIGHTS_NOT_WHOLE,
                  "weights");
}

static void a_request_stays_open_for_14_days_and_180_at_most(void **state)
{
    struct scene *scene = *state;
    const int32_t today = scene_today(scene);
    const struct {
        const char *label;
        int32_t asked; /* 0: none */
        int32_t needed_by;
        int32_t closes; /* 0: OUT_OF_RANGE */
    } cases[] = {
        {"no day", 0, 0, today + 14},
        {"today", today, 0, today},
        {"yesterday", today - 1, 0, 0},
        {"the last", today + 180, 0, today + 180},
        {"one more", today + 181, 0, 0},
        {"needed before", 0, today + 3, today + 3},
        {"needed before the day asked for", today + 20, today + 19, today + 19},
        {"needed after", today + 20, today + 21, today + 20},
        {"needed before, but too far ahead", today + 181, today + 3, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Matching__SourcingRequest *asked = scene_request(scene, 3);
        asked->close_day = cases[i].asked;
        if (cases[i].needed_by != 0) {
            need_by(asked->lines[1], cases[i].needed_by);
            need_by(asked->lines[2], cases[i].needed_by + 1);
        }
        print_message("%s\n", cases[i].label);
        if (cases[i].closes == 0) {
            scene_refuses(scene, scene->buyer, SUBMIT, &asked->base, GM_REASON_OUT_OF_RANGE,
                          "close_day");
            continue;
        }
        const struct gm_request_id request = scene_submit(scene, asked);
        assert_int_equal(scene_get(scene, request)->request->close_day, cases[i].closes);
        assert_int_equal(gm_timer_due(gm_store_rows(gm_kit_store(scene->kit)),
                                      MATCHING_TIMER_EXPIRE, request.id),
                         gm_day_begins_ms(cases[i].closes + 1));
    }
    gm_kit_audit(scene->kit);
}

static void a_member_has_1000_open_requests_at_most(void **state)
{
    struct scene *scene = *state;
    Matching__SourcingRequest *asked = scene_request(scene, 1);
    struct gm_request_id request = {{{0}}};
    for (unsigned i = 0; i < MATCHING_OPEN_REQUESTS_MAX; i++) {
        const size_t mark = gm_arena_mark(&scene->arena);
        request = scene_submit(scene, asked);
        gm_arena_rewind(&scene->arena, mark);
    }
    scene_refuses(scene, scene->buyer, SUBMIT, &asked->base, GM_REASON_OPEN_LIMIT, "");
    scene_accepts(scene, scene->other_buyer, SUBMIT, &asked->base);
    close_request(scene, request);
    scene_submit(scene, asked);
    scene_refuses(scene, scene->buyer, SUBMIT, &asked->base, GM_REASON_OPEN_LIMIT, "");
    gm_kit_audit(scene->kit);
}

/* Long lists of sellers: asked at any length, kept up to what an entry holds. */
static void a_request_is_kept_up_to_60_kib(void **state)
{
    struct scene *scene = *state;
    Matching__FindMatchesRequest find = MATCHING__FIND_MATCHES_REQUEST__INIT;
    Matching__SourcingRequest *asked = scene_request(scene, 100);
    for (size_t line = 0; line < asked->n_lines; line++)
        for (unsigned i = 0; i < 30; i++)
            scene_prefer(scene, asked->lines[line], scene_id(1000 + i));
    const struct gm_request_id request = scene_submit(scene, asked);
    const Matching__SourcingView *view = scene_get(scene, request);
    assert_in_range(scene->reply.body.size, 54 * 1024, GM_REPLY_BODY_BYTES_MAX);
    assert_int_equal(view->request->lines[99]->n_preferred, 30);
    assert_int_equal(view->state, MATCHING__SOURCING_STATE__OPEN);
    find.request_id = gm_message_bytes(&request.id);
    scene_accepts(scene, scene->buyer, GM_METHOD_MATCHING_FIND_MATCHES, &find.base);
    gm_kit_audit(scene->kit);

    for (size_t line = 0; line < asked->n_lines; line++)
        for (unsigned i = 0; i < 5; i++)
            scene_exclude(scene, asked->lines[line], scene_id(2000 + i));
    scene_refuses(scene, scene->buyer, SUBMIT, &asked->base, GM_REASON_FIELD_TOO_LONG, "");
    find = (Matching__FindMatchesRequest)MATCHING__FIND_MATCHES_REQUEST__INIT;
    find.request = asked;
    scene_accepts(scene, scene->buyer, GM_METHOD_MATCHING_FIND_MATCHES, &find.base);
}

/* ---- closed ---- */

static void a_request_is_closed_once(void **state)
{
    struct scene *scene = *state;
    const struct gm_request_id request = scene_submit(scene, scene_request(scene, 1));
    Matching__CloseSourcingRequestRequest message = closing(&request, 2);
    scene_refuses(scene, scene->buyer, CLOSE, &message.base, GM_REASON_REVISION_MOVED, "revision");
    message.revision = 1;
    const Matching__SourcingReply *reply = scene_accepts(scene, scene->buyer, CLOSE, &message.base);
    assert_true(gm_id_equal(gm_message_id(reply->request_id), request.id));
    assert_int_equal(reply->revision, 2);
    const Matching__SourcingView *view = scene_get(scene, request);
    assert_int_equal(view->state, MATCHING__SOURCING_STATE__CLOSED);
    assert_int_equal(view->revision, 2);
    scene_refuses(scene, scene->buyer, CLOSE, &message.base, GM_REASON_REVISION_MOVED, "revision");
    message.revision = 2;
    scene_refuses(scene, scene->buyer, CLOSE, &message.base, GM_REASON_STATE_FORBIDS, "request_id");
    message.revision = 0;
    scene_refuses(scene, scene->buyer, CLOSE, &message.base, GM_REASON_STATE_FORBIDS, "request_id");
    gm_kit_audit(scene->kit);
}

/* ---- expired ---- */

static void a_request_expires_when_its_last_day_ends(void **state)
{
    struct scene *scene = *state;
    Matching__SourcingRequest *asked = scene_request(scene, 1);
    asked->close_day = scene_today(scene);
    const struct gm_request_id request = scene_submit(scene, asked);
    const struct gm_request_id closed = scene_submit(scene, asked);
    close_request(scene, closed);
    gm_kit_restart(scene->kit); /* a timer outlives the process */

    const int64_t midnight_ms = gm_day_begins_ms(asked->close_day + 1);
    gm_kit_advance(scene->kit, midnight_ms - gm_kit_now(scene->kit) - 1);
    assert_int_equal(scene_get(scene, request)->state, MATCHING__SOURCING_STATE__OPEN);
    gm_kit_advance(scene->kit, 1);
    const Matching__SourcingView *view = scene_get(scene, request);
    assert_int_equal(view->state, MATCHING__SOURCING_STATE__EXPIRED);
    assert_int_equal(view->revision, 2);
    assert_int_equal(scene_get(scene, closed)->state, MATCHING__SOURCING_STATE__CLOSED);
    const Matching__CloseSourcingRequestRequest message = closing(&request, 0);
    scene_refuses(scene, scene->buyer, CLOSE, &message.base, GM_REASON_STATE_FORBIDS, "request_id");
    gm_kit_audit(scene->kit);
}

/* ---- seen ---- */

static void what_a_buyer_looks_for_is_not_for_others(void **state)
{
    struct scene *scene = *state;
    static const Matching__Event__EventCase kinds[] = {
        MATCHING__EVENT__EVENT_SUBMITTED,
        MATCHING__EVENT__EVENT_CLOSED,
        MATCHING__EVENT__EVENT_EXPIRED,
    };
    Matching__SourcingSubmitted submitted = MATCHING__SOURCING_SUBMITTED__INIT;
    Matching__SourcingEnded ended = MATCHING__SOURCING_ENDED__INIT;
    submitted.buyer = gm_message_bytes(&scene->buyer);
    ended.buyer = gm_message_bytes(&scene->buyer);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        Matching__Event event = MATCHING__EVENT__INIT;
        event.event_case = kinds[i];
        if (kinds[i] == MATCHING__EVENT__EVENT_SUBMITTED)
            event.submitted = &submitted;
        else
            event.closed = &ended;
        assert_true(matching_service.visible(&event.base, scene->buyer));
        assert_true(matching_service.visible(&event.base, gm_service_member(GM_SERVICE_ORDER)));
        assert_false(matching_service.visible(&event.base, scene->other_buyer));
        assert_false(matching_service.visible(&event.base, (struct gm_id){{0}}));
    }
}

/* ---- states ---- */

static void only_an_open_request_ends(void **state)
{
    (void)state;
    for (unsigned from = 0; from < MATCHING_STATE_COUNT; from++) {
        const bool is_open = from == MATCHING_OPEN;
        assert_int_equal(matching_permits((enum matching_state)from, MATCHING_CLOSE),
                         is_open ? MATCHING_CLOSED : MATCHING_STATE_NONE);
        assert_int_equal(matching_permits((enum matching_state)from, MATCHING_EXPIRE),
                         is_open ? MATCHING_EXPIRED : MATCHING_STATE_NONE);
    }
    assert_int_equal(MATCHING_OPEN, MATCHING__SOURCING_STATE__OPEN);
    assert_int_equal(MATCHING_CLOSED, MATCHING__SOURCING_STATE__CLOSED);
    assert_int_equal(MATCHING_EXPIRED, MATCHING__SOURCING_STATE__EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_submitted_request_is_shown_as_it_was_asked),
        SCENE_TEST(a_request_is_there_for_its_buyer_alone),
        SCENE_TEST(what_cannot_be_asked_cannot_be_submitted),
        SCENE_TEST(a_request_stays_open_for_14_days_and_180_at_most),
        SCENE_TEST(a_member_has_1000_open_requests_at_most),
        SCENE_TEST(a_request_is_kept_up_to_60_kib),
        SCENE_TEST(a_request_is_closed_once),
        SCENE_TEST(a_request_expires_when_its_last_day_ends),
        SCENE_TEST(what_a_buyer_looks_for_is_not_for_others),
        cmocka_unit_test(only_an_open_request_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
