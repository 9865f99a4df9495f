/* ListSourcingRequests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "matching/scene.h"
#include "wire/check.h"

enum { LIST = GM_METHOD_MATCHING_LIST_SOURCING_REQUESTS };

static const ProtobufCBinaryData first_page = {0};

struct asked {
    Matching__ListSourcingRequestsRequest message;
    Common__Page page;
};

static void ask(struct asked *asked, Matching__SourcingState state, uint32_t size,
                ProtobufCBinaryData token)
{
    matching__list_sourcing_requests_request__init(&asked->message);
    common__page__init(&asked->page);
    asked->message.state = state;
    asked->message.page = &asked->page;
    asked->page.size = size;
    asked->page.token = token;
}

static const Matching__ListSourcingRequestsReply *list(struct scene *scene, struct gm_id member,
                                                       Matching__SourcingState state, uint32_t size,
                                                       ProtobufCBinaryData token)
{
    struct asked asked;
    ask(&asked, state, size, token);
    return scene_accepts(scene, member, LIST, &asked.message.base);
}

static void close_request(struct scene *scene, struct gm_request_id request)
{
    Matching__CloseSourcingRequestRequest message = MATCHING__CLOSE_SOURCING_REQUEST_REQUEST__INIT;
    message.request_id = gm_message_bytes(&request.id);
    scene_accepts(scene, scene->buyer, GM_METHOD_MATCHING_CLOSE_SOURCING_REQUEST, &message.base);
}

static void a_list_says_what_a_buyer_chooses_by(void **state)
{
    struct scene *scene = *state;
    Matching__SourcingRequest *asked = scene_request(scene, 3);
    asked->buyer_reference = "PO 7";
    const struct gm_request_id request = scene_submit(scene, asked);
    const Matching__ListSourcingRequestsReply *reply = list(scene, scene->buyer, 0, 0, first_page);
    assert_int_equal(reply->n_requests, 1);
    const Matching__SourcingSummary *summary = reply->requests[0];
    assert_true(gm_id_equal(gm_message_id(summary->request_id), request.id));
    assert_int_equal(summary->state, MATCHING__SOURCING_STATE__OPEN);
    assert_int_equal(summary->revision, 1);
    assert_int_equal(summary->submitted_ms, GM_KIT_START_MS);
    assert_int_equal(summary->line_count, 3);
    assert_int_equal(summary->close_day, scene_today(scene) + 14);
    assert_string_equal(summary->buyer_reference, "PO 7");
    assert_int_equal(reply->next_token.len, 0);
    assert_int_equal(list(scene, scene->other_buyer, 0, 0, first_page)->n_requests, 0);
}

static void the_newest_stands_first_and_each_in_the_list_of_its_state(void **state)
{
    struct scene *scene = *state;
    struct gm_request_id requests[6];
    for (unsigned i = 0; i < 6; i++) {
        requests[i] = scene_submit(scene, scene_request(scene, 1));
        gm_kit_advance(scene->kit, GM_MINUTE_MS);
    }
    for (unsigned i = 0; i < 6; i += 2)
        close_request(scene, requests[i]);

    const Matching__ListSourcingRequestsReply *all = list(scene, scene->buyer, 0, 0, first_page);
    assert_int_equal(all->n_requests, 6);
    for (unsigned i = 0; i < 6; i++)
        assert_true(gm_id_equal(gm_message_id(all->requests[i]->request_id), requests[5 - i].id));
    const Matching__ListSourcingRequestsReply *closed =
        list(scene, scene->buyer, MATCHING__SOURCING_STATE__CLOSED, 0, first_page);
    const Matching__ListSourcingRequestsReply *open =
        list(scene, scene->buyer, MATCHING__SOURCING_STATE__OPEN, 0, first_page);
    assert_int_equal(closed->n_requests, 3);
    assert_int_equal(open->n_requests, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(
            gm_id_equal(gm_message_id(closed->requests[i]->request_id), requests[4 - 2 * i].id));
        assert_true(
            gm_id_equal(gm_message_id(open->requests[i]->request_id), requests[5 - 2 * i].id));
    }
    assert_int_equal(
        list(scene, scene->buyer, MATCHING__SOURCING_STATE__EXPIRED, 0, first_page)->n_requests, 0);
}

static void a_request_that_stays_is_shown_exactly_once(void **state)
{
    struct scene *scene = *state;
    enum { COUNT = 7 };
    struct gm_request_id requests[COUNT];
    unsigned shown[COUNT] = {0};
    for (unsigned i = 0; i < COUNT; i++) {
        requests[i] = scene_submit(scene, scene_request(scene, 1));
        gm_kit_advance(scene->kit, 1);
    }
    ProtobufCBinaryData token = first_page;
    do {
        const Matching__ListSourcingRequestsReply *reply =
            list(scene, scene->buyer, MATCHING__SOURCING_STATE__OPEN, 2, token);
        assert_in_range(reply->n_requests, 1, 2);
        for (size_t r = 0; r < reply->n_requests; r++)
            for (unsigned i = 0; i < COUNT; i++)
                shown[i] +=
                    gm_id_equal(gm_message_id(reply->requests[r]->request_id), requests[i].id);
        token = reply->next_token;
        /* Between pages newer ones come, and the one that the page ended with goes. */
        scene_submit(scene, scene_request(scene, 1));
        const size_t last = reply->n_requests - 1;
        close_request(scene,
                      (struct gm_request_id){gm_message_id(reply->requests[last]->request_id)});
        gm_kit_advance(scene->kit, 1);
    } while (token.len > 0);
    for (unsigned i = 0; i < COUNT; i++)
        assert_int_equal(shown[i], 1);
    gm_kit_audit(scene->kit);
}

static void a_page_has_50_requests_or_as_many_as_asked_for(void **state)
{
    struct scene *scene = *state;
    static const char reference[] = "1234567890123456789012345678901234567890";
    Matching__SourcingRequest *asked = scene_request(scene, 100);
    asked->buyer_reference = reference;
    for (unsigned i = 0; i < 501; i++) {
        const size_t mark = gm_arena_mark(&scene->arena);
        scene_submit(scene, asked);
        gm_arena_rewind(&scene->arena, mark);
    }
    const Matching__ListSourcingRequestsReply *reply = list(scene, scene->buyer, 0, 0, first_page);
    assert_int_equal(reply->n_requests, 50);
    assert_int_not_equal(reply->next_token.len, 0);
    reply = list(scene, scene->buyer, 0, 500, first_page);
    assert_int_equal(reply->n_requests, 500);
    assert_string_equal(reply->requests[499]->buyer_reference, reference);
    assert_in_range(scene->reply.body.size, 1, GM_REPLY_BODY_BYTES_MAX);
    reply = list(scene, scene->buyer, 0, 500, reply->next_token);
    assert_int_equal(reply->n_requests, 1);
    assert_int_equal(reply->next_token.len, 0);
}

static void a_token_is_taken_back_by_its_own_list_alone(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 3; i++)
        scene_submit(scene, scene_request(scene, 1));
    const ProtobufCBinaryData token = list(scene, scene->buyer, 0, 2, first_page)->next_token;
    struct asked asked;

    ask(&asked, MATCHING__SOURCING_STATE__OPEN, 2, token);
    scene_refuses(scene, scene->buyer, LIST, &asked.message.base, GM_REASON_PAGE_TOKEN,
                  "page.token");
    ask(&asked, 0, 2, token);
    scene_refuses(scene, scene->other_buyer, LIST, &asked.message.base, GM_REASON_PAGE_TOKEN,
                  "page.token");
    asked.page.token.len--;
    scene_refuses(scene, scene->buyer, LIST, &asked.message.base, GM_REASON_PAGE_TOKEN,
                  "page.token");
    asked.page.token.len++;
    asked.page.token.data[0] ^= 1;
    scene_refuses(scene, scene->buyer, LIST, &asked.message.base, GM_REASON_PAGE_TOKEN,
                  "page.token");
    asked.page.token.data[0] ^= 1;
    asked.page.size = 1; /* another size is the same list */
    scene_accepts(scene, scene->buyer, LIST, &asked.message.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_list_says_what_a_buyer_chooses_by),
        SCENE_TEST(the_newest_stands_first_and_each_in_the_list_of_its_state),
        SCENE_TEST(a_request_that_stays_is_shown_exactly_once),
        SCENE_TEST(a_page_has_50_requests_or_as_many_as_asked_for),
        SCENE_TEST(a_token_is_taken_back_by_its_own_list_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
