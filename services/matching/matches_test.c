/* FindMatches: what is shown of an answer, and its pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "matching/query.h"
#include "matching/scene.h"
#include "wire/check.h"

enum { FIND = GM_METHOD_MATCHING_FIND_MATCHES, PRODUCT = 501, LOT = 601 };

static const ProtobufCBinaryData no_token = {0};

static Matching__FindMatchesRequest asking(Matching__SourcingRequest *request,
                                           ProtobufCBinaryData token)
{
    Matching__FindMatchesRequest message = MATCHING__FIND_MATCHES_REQUEST__INIT;
    message.request = request;
    message.token = token;
    return message;
}

static Matching__FindMatchesRequest asking_by(const struct gm_request_id *request)
{
    Matching__FindMatchesRequest message = MATCHING__FIND_MATCHES_REQUEST__INIT;
    message.request_id = gm_message_bytes(&request->id);
    return message;
}

static const Matching__FindMatchesReply *find(struct scene *scene,
                                              const Matching__FindMatchesRequest *message)
{
    return scene_accepts(scene, scene->buyer, FIND, &message->base);
}

/* Lots with all that a message may say of them: 8 names of 200 bytes, 16 words of 40 twice. */
static void offer_at_length(struct scene *scene, unsigned count)
{
    static const char *const languages[] = {"vi", "en", "fr", "de", "ja", "ko", "nl", "es"};
    static char name[201];
    static char word[41];
    const char *assumed[16];
    Common__LocalText texts[8];
    Common__LocalText *names[8];
    memset(name, 'n', sizeof name - 1);
    memset(word, 'w', sizeof word - 1);
    for (unsigned i = 0; i < 16; i++)
        assumed[i] = word;
    for (unsigned i = 0; i < 8; i++) {
        common__local_text__init(&texts[i]);
        texts[i].language = languages[i];
        texts[i].text = name;
        names[i] = &texts[i];
    }
    for (unsigned i = 0; i < count; i++) {
        Catalog__ProductTerms *product = scene_product_terms(scene);
        Catalog__LotTerms *lot = scene_lot_terms(scene);
        product->n_names = 8;
        product->names = names;
        product->n_assumed = lot->n_assumed = 16;
        product->assumed = lot->assumed = assumed;
        lot->lead_time_days = i % 300;
        scene_product(scene, true, scene_id(PRODUCT + i), scene->seller, 1, product);
        scene_publish_lot(scene, scene_id(LOT + i), scene_id(PRODUCT + i), scene->seller, lot, 500);
    }
}

/* ---- what is shown ---- */

static void a_match_explains_itself(void **state)
{
    struct scene *scene = *state;
    const char *of_product[] = {"mass_g"};
    const char *of_lot[] = {"tiers", "lead_time_days"};
    Catalog__ProductTerms *product = scene_product_terms(scene);
    Catalog__LotTerms *lot = scene_lot_terms(scene);
    product->n_assumed = 1;
    product->assumed = of_product;
    lot->n_assumed = 2;
    lot->assumed = of_lot;
    scene_product(scene, true, scene_id(PRODUCT), scene->seller, 1, product);
    scene_publish_lot(scene, scene_id(LOT), scene_id(PRODUCT), scene->seller, lot, 500);
    Matching__SourcingRequest *request = scene_request(scene, 1);
    request->lines[0]->quantity = 98;
    scene_prefer(scene, request->lines[0], scene->seller);

    const Matching__FindMatchesReply *reply = scene_find(scene, request);
    assert_int_equal(reply->today, scene_today(scene));
    assert_int_equal(reply->reference_version, 1);
    assert_int_equal(reply->lots_seen, 1);
    assert_int_equal(reply->next_token.len, 0);
    assert_int_equal(reply->lines[0]->matches_total, 1);
    const Matching__Match *match = reply->lines[0]->matches[0];
    assert_true(gm_id_equal(gm_message_id(match->lot_id), scene_id(LOT)));
    assert_true(gm_id_equal(gm_message_id(match->seller), scene->seller));
    assert_int_equal(match->asked, 100); /* in fives */
    assert_int_equal(match->quantity, 100);
    assert_int_equal(match->unit_price_minor, 45000);
    assert_int_equal(match->unit_landed_minor, 45000);
    assert_int_equal(match->arrival, scene_today(scene) + 3 + 4);
    assert_int_equal(match->km, 1132);
    assert_string_equal(match->ship_from, "VN-BAT-TRANG");
    assert_string_equal(match->sku, "BOWL-1");
    assert_int_equal(match->n_names, 2);
    assert_string_equal(match->names[0]->language, "vi");
    assert_string_equal(match->names[0]->text, "Bát men ngọc");
    assert_string_equal(match->names[1]->text, "Celadon bowl");
    assert_int_equal(match->n_assumed, 3);
    assert_string_equal(match->assumed[0], "mass_g");
    assert_string_equal(match->assumed[2], "lead_time_days");
    assert_int_equal(match->co2e_g, match->co2e_production_g + match->co2e_transport_g);
    assert_int_equal(match->co2e_production_g, 675);

    uint32_t sum = 0;
    assert_int_equal(match->n_shares, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(match->shares[i]->criterion, i + 1);
        sum += match->shares[i]->ppm;
    }
    assert_int_equal(sum, match->score);
    static const Matching__NoteKind notes[] = {MATCHING__NOTE_KIND__CO2E_DEFAULT,
                                               MATCHING__NOTE_KIND__FREIGHT_BY_BUYER,
                                               MATCHING__NOTE_KIND__PREFERRED};
    assert_int_equal(match->n_notes, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(match->notes[i]->kind, notes[i]);
}

static void a_cheaper_quantity_is_named(void **state)
{
    struct scene *scene = *state;
    scene_offer(scene, 1, 500);
    Matching__SourcingRequest *request = scene_request(scene, 1);
    request->lines[0]->quantity = 95; /* 95 at 50,000 cost more than 100 at 45,000 */
    const Matching__Match *match = scene_find(scene, request)->lines[0]->matches[0];
    const Matching__Note *note = match->notes[match->n_notes - 1];
    assert_int_equal(match->quantity, 95);
    assert_int_equal(note->kind, MATCHING__NOTE_KIND__CHEAPER_AT);
    assert_int_equal(note->value, 100);
}

static void a_near_miss_says_what_is_missing_and_what_it_would_bring(void **state)
{
    struct scene *scene = *state;
    const struct gm_id lot = scene_offer(scene, 1, 90);
    const Matching__LineAnswer *line = scene_find(scene, scene_request(scene, 1))->lines[0];
    assert_int_equal(line->n_matches, 0);
    assert_int_equal(line->matches_total, 0);
    assert_int_equal(line->near_misses_total, 1);
    assert_int_equal(line->n_near_misses, 1);
    const Matching__NearMiss *near = line->near_misses[0];
    assert_true(gm_id_equal(gm_message_id(near->lot_id), lot));
    assert_true(gm_id_equal(gm_message_id(near->seller), scene->seller));
    assert_int_equal(near->constraint, MATCHING__CONSTRAINT__QUANTITY);
    assert_int_equal(near->excess, 10);
    assert_int_equal(near->limit, 100);
    assert_int_equal(near->asked, 100);
    assert_int_equal(near->quantity, 90);
    assert_string_equal(near->sku, "BOWL-1");
    assert_int_equal(near->n_names, 2);
    assert_int_equal(line->n_gains, 1);
    const Matching__Gain *gain = line->gains[0];
    assert_int_equal(gain->constraint, MATCHING__CONSTRAINT__QUANTITY);
    assert_int_equal(gain->relax, 10);
    assert_int_equal(gain->suppliers_added, 1);
    assert_int_equal(gain->new_unit_landed_minor, 50000);
    assert_int_equal(gain->saving_case, MATCHING__GAIN__SAVING__NOT_SET);
}

static void what_is_saved_is_said_where_something_matches(void **state)
{
    struct scene *scene = *state;
    Catalog__LotTerms *terms = scene_lot_terms(scene);
    terms->tiers[0]->unit_price_minor = terms->tiers[1]->unit_price_minor = 27000;
    terms->grade = COMMON__GRADE__B;
    scene_offer(scene, 1, 500);
    scene_product(scene, true, scene_id(PRODUCT), scene->other_seller, 1,
                  scene_product_terms(scene));
    scene_publish_lot(scene, scene_id(LOT), scene_id(PRODUCT), scene->other_seller, terms, 500);
    Matching__SourcingRequest *request = scene_request(scene, 1);
    request->lines[0]->worst_grade = COMMON__GRADE__A;
    const Matching__LineAnswer *line = scene_find(scene, request)->lines[0];
    assert_int_equal(line->n_matches, 1);
    assert_int_equal(line->n_gains, 1);
    assert_int_equal(line->gains[0]->constraint, MATCHING__CONSTRAINT__GRADE);
    assert_int_equal(line->gains[0]->saving_case, MATCHING__GAIN__SAVING_SAVING_PPM);
    assert_int_equal(line->gains[0]->saving_ppm, 400000);
}

static void as_many_matches_are_shown_as_asked_for(void **state)
{
    struct scene *scene = *state;
    static const struct {
        uint32_t asked;
        unsigned shown;
    } cases[] = {{0, 10}, {1, 1}, {12, 12}, {100, 12}};
    for (unsigned i = 0; i < 12; i++)
        scene_offer(scene, i, 500);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Matching__FindMatchesRequest message = asking(scene_request(scene, 1), no_token);
        message.matches_max = cases[i].asked;
        const Matching__LineAnswer *line = find(scene, &message)->lines[0];
        assert_int_equal(line->n_matches, cases[i].shown);
        assert_int_equal(line->matches_total, 12);
    }
}

/* ---- what is asked ---- */

static void what_cannot_be_asked_is_refused_at_its_field(void **state)
{
    struct scene *scene = *state;
    Matching__Weights weights = MATCHING__WEIGHTS__INIT;
    Matching__FindMatchesRequest message = asking(NULL, no_token);
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_FIELD_MISSING, "request");
    message.request = scene_request(scene, 100);
    message.request->deliver_to = "VN-NOWHERE";
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_PLACE_UNKNOWN,
                  "request.deliver_to");
    message.request = scene_request(scene, 100);
    message.request->lines[99]->category = "boat";
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_CATEGORY_UNKNOWN,
                  "request.lines[99].category");
    message.request = scene_request(scene, 100);
    message.request->lines[99]->needed_case = MATCHING__SOURCING_LINE__NEEDED_NEEDED_BY;
    message.request->lines[99]->needed_by = scene_today(scene) - 1;
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_OUT_OF_RANGE,
                  "request.lines[99].needed_by");
    message.request = scene_request(scene, 1);
    message.request->weights = &weights;
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_WEIGHTS_NOT_WHOLE,
                  "request.weights");
    message.request = scene_request(scene, 1);
    message.matches_max = 101;
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_OUT_OF_RANGE, "matches_max");
}

static void a_question_stores_nothing(void **state)
{
    struct scene *scene = *state;
    scene_offer(scene, 1, 500);
    const uint64_t head = gm_host_head(gm_kit_host(scene->kit));
    scene_find(scene, scene_request(scene, 1));
    assert_int_equal(gm_host_head(gm_kit_host(scene->kit)), head);
}

static void a_stored_request_is_asked_by_its_id(void **state)
{
    struct scene *scene = *state;
    Matching__SourcingRequest *request = scene_request(scene, 2);
    request->lines[1]->quantity = 500;
    request->lines[1]->needed_case = MATCHING__SOURCING_LINE__NEEDED_NEEDED_BY;
    request->lines[1]->needed_by = scene_today(scene) + 20;
    scene_offer(scene, 1, 450);
    const struct gm_request_id stored = scene_submit(scene, request);
    const struct gm_request_id none = {scene_id(77)};
    Matching__FindMatchesRequest message = asking_by(&stored);
    scene_refuses(scene, scene->other_buyer, FIND, &message.base, GM_REASON_REQUEST_UNKNOWN,
                  "request_id");
    const Matching__FindMatchesReply *reply = find(scene, &message);
    assert_int_equal(reply->n_lines, 2);
    assert_int_equal(reply->lines[0]->matches_total, 1);
    assert_int_equal(reply->lines[1]->near_misses_total, 1);
    message = asking_by(&none);
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_REQUEST_UNKNOWN,
                  "request_id");

    /* One that is over may be looked at as long as it could be asked. */
    gm_kit_advance(scene->kit, 15 * GM_DAY_MS);
    assert_int_equal(scene_get(scene, stored)->state, MATCHING__SOURCING_STATE__EXPIRED);
    message = asking_by(&stored);
    assert_int_equal(find(scene, &message)->n_lines, 2);
    gm_kit_advance(scene->kit, 6 * GM_DAY_MS);
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_OUT_OF_RANGE,
                  "lines[1].needed_by");
}

/* The figures of the day of the request, put in place of what this program knows. */
static void a_stored_request_is_scored_by_the_figures_it_was_submitted_with(void **state)
{
    struct scene *scene = *state;
    struct gm_store *store = gm_kit_store(scene->kit);
    struct gm_bytes document;
    struct gm_key key;
    scene_offer(scene, 1, 500);
    const struct gm_request_id stored = scene_submit(scene, scene_request(scene, 1));
    Matching__FindMatchesRequest message = asking_by(&stored);
    const Matching__Match *before = find(scene, &message)->lines[0]->matches[0];
    /* 500,000 x (138,000 - 45,000) / 138,000 */
    assert_int_equal(before->shares[0]->ppm, 336956);

    matching_key_of(&key, stored.id);
    assert_int_equal(gm_rows_get(gm_store_rows(store), &matching_request_documents, &key,
                                 &scene->arena, &document),
                     GM_OK);
    Matching__SourcingView *view = (Matching__SourcingView *)gm_message_unpack(
        document, &matching__sourcing_view__descriptor, &scene->arena);
    view->references[0]->price_minor = 45000;
    view->reference_version = 9;
    gm_store_put(store, &matching_request_documents, &key,
                 gm_message_pack(&view->base, &scene->arena));
    struct gm_checkpoint *checkpoint =
        gm_store_freeze(store, gm_host_head(gm_kit_host(scene->kit)));
    assert_non_null(checkpoint);
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_OK);
    gm_store_thaw(store, checkpoint);

    const Matching__FindMatchesReply *reply = find(scene, &message);
    assert_int_equal(reply->lines[0]->matches[0]->shares[0]->ppm, 250000);
    assert_int_equal(reply->reference_version, 9);
}

/* ---- pages ---- */

/* Lines are told apart by what they ask for: n + 1 of the lots of 1, 2, 3 ... */
static Matching__SourcingRequest *many_lines(struct scene *scene)
{
    Matching__SourcingRequest *request = scene_request(scene, 100);
    for (unsigned i = 0; i < 100; i++)
        request->lines[i]->quantity = 10 + 5 * i;
    return request;
}

static void every_line_is_answered_on_exactly_one_page(void **state)
{
    struct scene *scene = *state;
    ProtobufCBinaryData token = no_token;
    const int32_t today = scene_today(scene);
    unsigned next = 0;
    unsigned pages = 0;
    for (unsigned i = 0; i < 12; i++)
        scene_offer(scene, i, INT64_C(100) * (i + 1));
    do {
        Matching__FindMatchesRequest message = asking(many_lines(scene), token);
        const Matching__FindMatchesReply *reply = find(scene, &message);
        assert_in_range(scene->reply.body.size, 1, GM_REPLY_BODY_BYTES_MAX);
        assert_in_range(reply->n_lines, 1, 100);
        assert_int_equal(reply->today, today);
        assert_int_equal(reply->lots_seen, 12);
        for (size_t i = 0; i < reply->n_lines; i++) {
            const Matching__LineAnswer *line = reply->lines[i];
            const unsigned quantity = 10 + 5 * next;
            unsigned enough = 0;
            for (unsigned n = 1; n <= 12; n++)
                enough += 100 * n >= quantity;
            assert_int_equal(line->line, next++);
            assert_int_equal(line->matches_total, enough);
            assert_int_equal(line->n_matches, enough > 10 ? 10 : enough);
        }
        token = reply->next_token;
        if (pages++ == 0) gm_kit_advance(scene->kit, GM_DAY_MS);
    } while (token.len > 0);
    assert_int_equal(next, 100);
    assert_in_range(pages, 3, 6);
    assert_int_equal(scene_today(scene), today + 1);
}

static void a_token_goes_on_with_its_own_question_alone(void **state)
{
    struct scene *scene = *state;
    for (unsigned i = 0; i < 12; i++)
        scene_offer(scene, i, 1000);
    Matching__FindMatchesRequest message = asking(many_lines(scene), no_token);
    const ProtobufCBinaryData token = find(scene, &message)->next_token;
    assert_int_not_equal(token.len, 0);

    message.token = token;
    scene_refuses(scene, scene->other_buyer, FIND, &message.base, GM_REASON_PAGE_TOKEN, "token");
    message.request->lines[7]->quantity++;
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_PAGE_TOKEN, "token");
    message.request->lines[7]->quantity--;
    message.matches_max = 9;
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_PAGE_TOKEN, "token");
    message.matches_max = 0;
    for (size_t i = 0; i < token.len; i++) {
        message.token.data[i] ^= 0x10;
        scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_PAGE_TOKEN, "token");
        message.token.data[i] ^= 0x10;
    }
    message.token.len--;
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_PAGE_TOKEN, "token");
    message.token.len++;
    find(scene, &message);
    gm_kit_advance(scene->kit, GM_DAY_MS);
    find(scene, &message);
    gm_kit_advance(scene->kit, GM_DAY_MS);
    scene_refuses(scene, scene->buyer, FIND, &message.base, GM_REASON_PAGE_TOKEN, "token");
}

static void a_line_that_would_not_fit_shows_fewer_matches(void **state)
{
    struct scene *scene = *state;
    enum { LOTS = 40 };
    offer_at_length(scene, LOTS);
    Matching__FindMatchesRequest message = asking(scene_request(scene, 2), no_token);
    message.matches_max = 100;
    const Matching__FindMatchesReply *reply = find(scene, &message);
    assert_int_equal(reply->n_lines, 1); /* it fills a page of its own */
    assert_in_range(scene->reply.body.size, 60 * 1024, GM_REPLY_BODY_BYTES_MAX);
    assert_in_range(reply->lines[0]->n_matches, 11, LOTS - 1);
    assert_int_equal(reply->lines[0]->matches_total, LOTS);
    for (unsigned i = 0; i < reply->lines[0]->n_matches; i++)
        assert_int_equal(reply->lines[0]->matches[i]->arrival, scene_today(scene) + (int)i + 4);
    assert_int_equal(reply->lines[0]->matches[0]->n_names, 8);
    assert_int_equal(reply->lines[0]->matches[0]->n_assumed, 32);
    message.token = reply->next_token;
    reply = find(scene, &message);
    assert_int_equal(reply->n_lines, 1);
    assert_int_equal(reply->lines[0]->line, 1);
    assert_int_equal(reply->next_token.len, 0);

    message = asking(scene_request(scene, 1), no_token);
    assert_int_equal(find(scene, &message)->lines[0]->n_matches, 10); /* ten always fit */
}

/* ---- memory ---- */

/* The same question with less memory: the same lines, at worst fewer of them on a page, at last
 * none. */
static void little_memory_makes_smaller_pages_and_no_other_answers(void **state)
{
    struct scene *scene = *state;
    enum { SELLERS = 400, LEAST = 256 * 1024, ROOM = 16 * 1024 * 1024 };
    Matching__SourcingRequest *request = scene_request(scene, 100);
    for (unsigned i = 0; i < SELLERS; i++) {
        scene_product(scene, true, scene_id(PRODUCT + i), scene_id(9000 + i), 1,
                      scene_product_terms(scene));
        scene_publish_lot(scene, scene_id(LOT + i), scene_id(PRODUCT + i), scene_id(9000 + i),
                          scene_lot_terms(scene), i < 12 ? 500 : 20); /* few match, many nearly */
    }
    Matching__FindMatchesRequest message = asking(request, no_token);
    const Matching__FindMatchesReply *whole = find(scene, &message);
    struct gm_snapshot *snapshot;
    assert_int_equal(gm_snapshot_open(gm_kit_store(scene->kit), &snapshot), GM_OK);
    bool was_refused = false;
    bool was_smaller = false;
    for (size_t room = ROOM; room >= LEAST; room -= LEAST) {
        struct gm_arena arena;
        struct gm_answer answer = {0};
        assert_int_equal(gm_arena_init(&arena, room), GM_OK);
        const struct gm_call call = {
            .method = gm_method_find(FIND),
            .message = &message.base,
            .member = scene->buyer,
            .now_ms = gm_kit_now(scene->kit),
            .today = scene_today(scene),
            .arena = &arena,
        };
        const enum gm_reason reason = matching_search_matches(snapshot, &call, &answer);
        if (reason == GM_REASON_NONE) {
            const size_t mark = gm_arena_mark(&scene->arena);
            const Matching__FindMatchesReply *reply =
                (const Matching__FindMatchesReply *)gm_message_unpack(
                    answer.body, &matching__find_matches_reply__descriptor, &scene->arena);
            assert_non_null(reply);
            assert_false(was_refused); /* less room never helps */
            assert_in_range(reply->n_lines, 1, whole->n_lines);
            if (reply->n_lines < whole->n_lines) was_smaller = true;
            for (size_t i = 0; i < reply->n_lines; i++)
                assert_true(gm_bytes_equal(gm_message_pack(&reply->lines[i]->base, &scene->arena),
                                           gm_message_pack(&whole->lines[i]->base, &scene->arena)));
            gm_arena_rewind(&scene->arena, mark);
        } else {
            assert_int_equal(reason, GM_REASON_REPLY_TOO_LARGE);
            was_refused = true;
        }
        gm_arena_release(&arena);
    }
    gm_snapshot_release(snapshot);
    assert_true(was_smaller);
    assert_true(was_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_match_explains_itself),
        SCENE_TEST(a_cheaper_quantity_is_named),
        SCENE_TEST(a_near_miss_says_what_is_missing_and_what_it_would_bring),
        SCENE_TEST(what_is_saved_is_said_where_something_matches),
        SCENE_TEST(as_many_matches_are_shown_as_asked_for),
        SCENE_TEST(what_cannot_be_asked_is_refused_at_its_field),
        SCENE_TEST(a_question_stores_nothing),
        SCENE_TEST(a_stored_request_is_asked_by_its_id),
        SCENE_TEST(a_stored_request_is_scored_by_the_figures_it_was_submitted_with),
        SCENE_TEST(every_line_is_answered_on_exactly_one_page),
        SCENE_TEST(a_token_goes_on_with_its_own_question_alone),
        SCENE_TEST(a_line_that_would_not_fit_shows_fewer_matches),
        SCENE_TEST(little_memory_makes_smaller_pages_and_no_other_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
