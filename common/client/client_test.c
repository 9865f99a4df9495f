#include "client/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "catalog.pb-c.h"
#include "methods.h"
#include "wire/check.h"
#include "wire/socket.h"

/* A service that keeps its word: it records commands by their id, answers repeats as before, and
 * tells in its replies what the test wants to know. It runs on a thread of its own, as a service
 * does. */

enum { RECORDS_MAX = 4096, STREAM_ENTRIES = 50 };

struct fake {
    pthread_t thread;
    struct gm_context *context;
    struct gm_socket socket;
    char *folder;
    uint64_t journal_id;
    atomic_bool stop;
    atomic_int mute; /* requests that it does not answer from now on */
    unsigned record_count;
    struct gm_id records[RECORDS_MAX];

    uint64_t streamed; /* entries of its stream that were sent, over all its lives */
};

static void reply(struct fake *fake, const struct gm_inbound *inbound,
                  const struct gm_reply_header *header, const ProtobufCMessage *message)
{
    uint8_t bytes[GM_REPLY_HEADER_BYTES_MAX];
    uint8_t body[4096];
    const size_t size = gm_reply_header_encode(header, bytes);
    assert_true(protobuf_c_message_get_packed_size(message) <= sizeof body);
    const size_t body_bytes = protobuf_c_message_pack(message, body);
    gm_ignore(gm_socket_send(&fake->socket, &inbound->peer, gm_bytes(bytes, size),
                             gm_bytes(body, body_bytes)),
              "a client that has gone asks again");
}

static void restock(struct fake *fake, const struct gm_inbound *inbound,
                    const struct gm_request_header *request)
{
    unsigned i = 0;
    while (i < fake->record_count && !gm_id_equal(fake->records[i], request->command_id))
        i++;
    if (i == fake->record_count) {
        fake->records[i] = request->command_id;
        fake->record_count++;
    }
    if (fake->mute > 0) { /* done, and nobody will know until they ask again */
        fake->mute--;
        return;
    }
    Catalog__StockReply message = CATALOG__STOCK_REPLY__INIT;
    message.on_hand = (int64_t)fake->record_count;
    const struct gm_reply_header header = {
        .request_id = request->request_id,
        .position = {fake->journal_id, i + 1},
        .recorded = true,
    };
    reply(fake, inbound, &header, &message.base);
}

/* Says which positions the question named. */
static void get_lot(struct fake *fake, const struct gm_inbound *inbound,
                    const struct gm_request_header *request)
{
    struct gm_reply_header header = {.request_id = request->request_id,
                                     .position = {fake->journal_id, 1}};
    for (unsigned i = 0; i < request->position_count; i++) {
        if (request->positions[i].journal_id != 99) continue;
        const struct gm_refusal refusal = {.reason = GM_REASON_POSITION_UNKNOWN};
        uint8_t bytes[GM_REPLY_HEADER_BYTES_MAX];
        uint8_t body[GM_REFUSAL_BYTES_MAX];
        header.status = GM_CODE_FAILED_PRECONDITION;
        const size_t size = gm_reply_header_encode(&header, bytes);
        gm_ignore(gm_socket_send(&fake->socket, &inbound->peer, gm_bytes(bytes, size),
                                 gm_bytes(body, gm_refusal_encode(&refusal, GM_LANGUAGE_EN, body))),
                  "asked again");
        return;
    }
    Catalog__LotView message = CATALOG__LOT_VIEW__INIT;
    message.reserved = request->position_count;
    if (request->position_count > 0) message.revision = request->positions[0].seq;
    if (request->position_count > 1) message.on_hand = (int64_t)request->positions[1].seq;
    reply(fake, inbound, &header, &message.base);
}

/* Ten entries, each a chunk, from where it was asked. */
static void stream(struct fake *fake, const struct gm_inbound *inbound,
                   const struct gm_request_header *request)
{
    Wire__SubscribeRequest *wanted =
        wire__subscribe_request__unpack(NULL, inbound->frames.body.size, inbound->frames.body.at);
    assert_non_null(wanted);
    const uint64_t after = wanted->after == NULL ? 0 : wanted->after->seq;
    const bool unknown = wanted->after != NULL && wanted->after->journal_id != fake->journal_id;
    wire__subscribe_request__free_unpacked(wanted, NULL);
    struct gm_reply_header header = {.request_id = request->request_id, .more = !unknown};
    if (unknown) {
        header.status = GM_CODE_FAILED_PRECONDITION;
        Wire__Refusal refusal = WIRE__REFUSAL__INIT;
        refusal.reason = "POSITION_UNKNOWN";
        reply(fake, inbound, &header, &refusal.base);
        return;
    }
    for (uint64_t seq = after + 1; seq <= after + 10 && seq <= STREAM_ENTRIES; seq++) {
        uint8_t hash[GM_HASH_BYTES] = {1};
        uint8_t event[] = {1, 2, 3};
        ProtobufCBinaryData events[] = {{sizeof event, event}};
        Wire__StreamEntry entry = WIRE__STREAM_ENTRY__INIT;
        Wire__StreamEntry *entries[] = {&entry};
        Wire__Position through = WIRE__POSITION__INIT;
        Wire__StreamChunk chunk = WIRE__STREAM_CHUNK__INIT;
        entry.seq = seq;
        entry.n_events = 1;
        entry.events = events;
        through.journal_id = fake->journal_id;
        through.seq = seq;
        chunk.through = &through;
        chunk.from = seq;
        chunk.batch_hash = (ProtobufCBinaryData){sizeof hash, hash};
        chunk.n_entries = 1;
        chunk.entries = entries;
        reply(fake, inbound, &header, &chunk.base);
        fake->streamed++;
    }
}

static void *serve(void *context)
{
    struct fake *fake = context;
    while (!fake->stop) {
        struct gm_wait wait = {.socket = &fake->socket};
        gm_ignore(gm_wait(&wait, 1, 5), "looks whether to stop");
        struct gm_inbound inbound;
        while (gm_socket_receive(&fake->socket, &inbound) == GM_OK) {
            struct gm_request_header request;
            assert_int_equal(inbound.frames.count, GM_FRAMES_MAX);
            assert_int_equal(gm_request_header_decode(inbound.frames.header, &request),
                             GM_REASON_NONE);
            const struct gm_method *method = gm_method_find((uint16_t)request.method);
            assert_non_null(method);
            if (method->number == GM_METHOD_HOST_SUBSCRIBE) {
                stream(fake, &inbound, &request);
            } else if (strcmp(method->name, "Restock") == 0) {
                restock(fake, &inbound, &request);
            } else if (strcmp(method->name, "GetLot") == 0) {
                get_lot(fake, &inbound, &request);
            }
            gm_inbound_release(&inbound);
        }
    }
    return NULL;
}

static void start(struct fake *fake)
{
    struct gm_endpoint any, bound;
    fake->stop = false;
    assert_int_equal(gm_context_open(&fake->context), GM_OK);
    assert_int_equal(
        gm_socket_open(fake->context, GM_SOCKET_ROUTER, GM_IN_FLIGHT_SERVICE, &fake->socket),
        GM_OK);
    assert_int_equal(gm_endpoint_parse("127.0.0.1:0", &any), GM_OK);
    assert_int_equal(gm_socket_bind(&fake->socket, &any, &bound), GM_OK);
    assert_int_equal(gm_endpoint_write(fake->folder, &bound), GM_OK);
    assert_int_equal(pthread_create(&fake->thread, NULL, serve, fake), 0);
}

static void stop(struct fake *fake)
{
    fake->stop = true;
    assert_int_equal(pthread_join(fake->thread, NULL), 0);
    gm_socket_close(&fake->socket);
    gm_context_close(fake->context);
}

/* Two services, and a client that knows both; matching follows catalog. */
struct net {
    struct fake catalog;
    struct fake matching;
    struct gm_client_service services[2];
    struct gm_client *client;
    unsigned done, chunks;
    uint64_t last_seq;
    bool over;
    enum gm_reason over_reason;
};

static int set_up(void **state)
{
    struct net *net = calloc(1, sizeof *net);
    assert_non_null(net);
    net->catalog.journal_id = 7;
    net->matching.journal_id = 8;
    net->catalog.folder = gm_temp_dir_new();
    net->matching.folder = gm_temp_dir_new();
    start(&net->catalog);
    start(&net->matching);
    net->services[0] = (struct gm_client_service){
        .name = "catalog", .folder = net->catalog.folder, .follows = {"matching"}};
    net->services[1] =
        (struct gm_client_service){.name = "matching", .folder = net->matching.folder};
    const struct gm_client_config config = {
        .services = net->services,
        .service_count = 2,
        .defaults = {.timeout_ms = 60000, .member = {{1}}},
    };
    assert_int_equal(gm_client_open(&config, &net->client), GM_OK);
    *state = net;
    return 0;
}

static int tear_down(void **state)
{
    struct net *net = *state;
    gm_client_close(net->client);
    stop(&net->catalog);
    stop(&net->matching);
    gm_temp_dir_free(net->catalog.folder);
    gm_temp_dir_free(net->matching.folder);
    free(net);
    return 0;
}

static Catalog__RestockRequest restock_request(void)
{
    static uint8_t lot[GM_ID_BYTES] = {1};
    Catalog__RestockRequest message = CATALOG__RESTOCK_REQUEST__INIT;
    message.lot_id = (ProtobufCBinaryData){sizeof lot, lot};
    message.quantity = 1;
    message.reason = CATALOG__RESTOCK_REASON__PRODUCED;
    return message;
}

static struct gm_outcome call_restock(struct net *net, const char *service,
                                      const struct gm_call_options *options)
{
    const Catalog__RestockRequest message = restock_request();
    struct gm_outcome outcome;
    assert_int_equal(gm_client_call(net->client, service, gm_method_named("catalog", "Restock"),
                                    &message.base, options, &outcome),
                     GM_OK);
    return outcome;
}

/* What the question named: count of positions and the first two. */
static Catalog__LotView *ask_with(struct net *net, const struct gm_call_options *options,
                                  struct gm_outcome *ret_outcome, struct gm_arena *arena)
{
    const Catalog__GetLotRequest message = CATALOG__GET_LOT_REQUEST__INIT;
    assert_int_equal(gm_client_call(net->client, NULL, gm_method_named("catalog", "GetLot"),
                                    &message.base, options, ret_outcome),
                     GM_OK);
    if (ret_outcome->status != GM_CODE_OK) return NULL;
    gm_arena_reset(arena);
    return (Catalog__LotView *)(void *)gm_outcome_message(ret_outcome, arena);
}

static Catalog__LotView *ask(struct net *net, struct gm_outcome *ret_outcome,
                             struct gm_arena *arena)
{
    return ask_with(net, NULL, ret_outcome, arena);
}

static void a_call_finds_its_service_and_brings_back_the_reply(void **state)
{
    struct net *net = *state;
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 4096), GM_OK);
    int context;
    const struct gm_call_options options = {.context = &context, .timeout_ms = 60000};
    const struct gm_outcome outcome = call_restock(net, NULL, &options);
    assert_true(outcome.answered && outcome.recorded);
    assert_int_equal(outcome.status, GM_CODE_OK);
    assert_ptr_equal(outcome.context, &context);
    assert_int_equal(outcome.position.journal_id, 7);
    const Catalog__StockReply *message = (const void *)gm_outcome_message(&outcome, &arena);
    assert_non_null(message);
    assert_int_equal(message->on_hand, 1);
    gm_arena_release(&arena);
}

static void a_service_that_is_not_in_the_config_is_not_found(void **state)
{
    struct net *net = *state;
    const Catalog__RestockRequest message = restock_request();
    const struct gm_method *method = gm_method_named("catalog", "Restock");
    struct gm_outcome outcome;
    assert_int_equal(gm_client_call(net->client, "order", method, &message.base, NULL, &outcome),
                     GM_NOT_FOUND);
    const struct gm_subscription *subscription;
    assert_int_equal(gm_client_subscribe(net->client, "order", &(struct gm_subscription_config){0},
                                         NULL, &subscription),
                     GM_NOT_FOUND);
    assert_int_equal(gm_client_run(net->client, -1), GM_END);
}

static void a_service_that_is_nowhere_is_unavailable_at_the_deadline(void **state)
{
    (void)state;
    char *folder = gm_temp_dir_new(); /* without an endpoint */
    const struct gm_client_service services[] = {
        {.name = "catalog", .folder = folder},
        {.name = "order", .endpoint = "127.0.0.1:1"}, /* nobody listens there */
    };
    const struct gm_client_config config = {.services = services, .service_count = 2};
    struct gm_client *client;
    assert_int_equal(gm_client_open(&config, &client), GM_OK);
    const Wire__StatusRequest message = WIRE__STATUS_REQUEST__INIT;
    const struct gm_call_options options = {.timeout_ms = 20};
    static const char *const names[] = {"catalog", "order"};
    for (int i = 0; i < 2; i++) {
        struct gm_outcome outcome;
        assert_int_equal(gm_client_call(client, names[i], gm_method_named("host", "Status"),
                                        &message.base, &options, &outcome),
                         GM_OK);
        assert_false(outcome.answered || outcome.unknown);
        assert_int_equal(outcome.status, GM_CODE_UNAVAILABLE);
        assert_int_equal(outcome.attempts, 0);
    }
    gm_client_close(client);
    gm_temp_dir_free(folder);

    const struct gm_client_service broken = {.name = "catalog", .endpoint = "nowhere"};
    const struct gm_client_config bad = {.services = &broken, .service_count = 1};
    assert_int_equal(gm_client_open(&bad, &client), GM_MALFORMED);
}

static void note_done(void *context, const struct gm_outcome *outcome)
{
    struct net *net = context;
    assert_true(outcome->answered && outcome->recorded);
    net->done++;
}

static void submit_restocks(struct net *net, unsigned count)
{
    const Catalog__RestockRequest message = restock_request();
    const struct gm_call_options options = {.context = net, .timeout_ms = 60000};
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(gm_client_submit(net->client, NULL, gm_method_named("catalog", "Restock"),
                                          &message.base, &options, note_done),
                         GM_OK);
    }
}

static void many_calls_at_once_are_each_answered_once(void **state)
{
    struct net *net = *state;
    enum { CALLS = 2000 };
    submit_restocks(net, CALLS);
    assert_int_equal(gm_client_calls(net->client), CALLS);
    while (gm_client_run(net->client, -1) != GM_END)
        continue;
    assert_int_equal(net->done, CALLS);
    assert_int_equal(net->catalog.record_count, CALLS);
}

static void a_call_goes_on_while_others_are_under_way(void **state)
{
    struct net *net = *state;
    submit_restocks(net, 10);
    call_restock(net, "matching", NULL);
    while (gm_client_run(net->client, -1) != GM_END)
        continue;
    assert_int_equal(net->done, 10);
    assert_int_equal(net->matching.record_count, 1);
}

static void a_service_that_comes_back_on_another_port_gets_the_same_commands_again(void **state)
{
    struct net *net = *state;
    enum { CALLS = 100 };
    net->catalog.mute = 50; /* half of them are done, and not answered */
    submit_restocks(net, CALLS);
    while (net->done < CALLS - 50) {
        assert_int_equal(gm_client_run(net->client, -1), GM_OK);
    }
    stop(&net->catalog);
    start(&net->catalog);
    while (gm_client_run(net->client, -1) != GM_END)
        continue;
    assert_int_equal(net->done, CALLS);
    assert_int_equal(net->catalog.record_count, CALLS); /* each executed once */
}

static void questions_name_what_this_client_has_written(void **state)
{
    struct net *net = *state;
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 4096), GM_OK);
    struct gm_outcome outcome;
    const Catalog__LotView *view = ask(net, &outcome, &arena);
    assert_int_equal(view->reserved, 0);

    call_restock(net, NULL, NULL);
    const struct gm_outcome written = call_restock(net, NULL, NULL);
    assert_int_equal(written.position.seq, 2);
    view = ask(net, &outcome, &arena);
    assert_int_equal(view->reserved, 1);
    assert_int_equal(view->revision, 2); /* the newest */

    /* Beside what the caller names: of one history the later position. */
    struct gm_call_options options = {
        .timeout_ms = 60000, .position_count = 1, .positions = {{7, 1}}};
    view = ask_with(net, &options, &outcome, &arena);
    assert_int_equal(view->reserved, 1);
    assert_int_equal(view->revision, 2);
    options.positions[0].seq = 5;
    view = ask_with(net, &options, &outcome, &arena);
    assert_int_equal(view->reserved, 1);
    assert_int_equal(view->revision, 5);

    call_restock(net, "matching", NULL); /* which catalog follows */
    view = ask(net, &outcome, &arena);
    assert_int_equal(view->reserved, 2);
    assert_int_equal(view->on_hand, 1);
    gm_arena_release(&arena);
}

static void a_position_that_has_become_unknown_is_told_once(void **state)
{
    struct net *net = *state;
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 4096), GM_OK);
    net->catalog.journal_id = net->matching.journal_id = 99; /* which is refused when it is named */
    static const char *const written[] = {"catalog", "matching"};
    for (int i = 0; i < 2; i++) {
        struct gm_outcome outcome;
        call_restock(net, written[i], NULL);
        assert_null(ask(net, &outcome, &arena));
        assert_int_equal(outcome.refusal.reason, GM_REASON_POSITION_UNKNOWN);
        const Catalog__LotView *view = ask(net, &outcome, &arena);
        assert_non_null(view);
        assert_int_equal(view->reserved, 0);
    }
    gm_arena_release(&arena);
}

static void note_chunk(void *context, const struct gm_subscription *subscription,
                       const Wire__StreamChunk *chunk)
{
    struct net *net = context;
    if (chunk == NULL) {
        net->over = true;
        net->over_reason = subscription->reason;
        return;
    }
    net->chunks++;
    for (size_t i = 0; i < chunk->n_entries; i++) {
        assert_int_equal(chunk->entries[i]->seq, ++net->last_seq);
        assert_int_equal(chunk->entries[i]->events[0].len, 3);
    }
    assert_int_equal(subscription->place.position.seq, net->last_seq);
}

static void a_subscription_goes_on_where_it_was_when_its_service_comes_back(void **state)
{
    struct net *net = *state;
    const struct gm_subscription *subscription;
    const struct gm_subscription_config config = {.context = net};
    assert_int_equal(
        gm_client_subscribe(net->client, "catalog", &config, note_chunk, &subscription), GM_OK);
    /* Ten entries in each of its lives. */
    for (uint64_t seq = 10; seq <= STREAM_ENTRIES; seq += 10) {
        while (net->last_seq < seq) {
            assert_int_equal(gm_client_run(net->client, -1), GM_OK);
        }
        stop(&net->catalog);
        start(&net->catalog);
    }
    assert_int_equal(net->chunks, STREAM_ENTRIES);
    assert_int_equal(subscription->gaps, 0);

    stop(&net->catalog);
    net->catalog.journal_id = 70; /* restored */
    start(&net->catalog);
    while (!net->over) {
        assert_int_equal(gm_client_run(net->client, -1), GM_OK);
    }
    assert_int_equal(net->over_reason, GM_REASON_POSITION_UNKNOWN);
    assert_int_equal(gm_client_run(net->client, -1), GM_END);
}

static void one_that_is_ended_by_its_user_is_not_heard_again(void **state)
{
    struct net *net = *state;
    const struct gm_subscription *subscription;
    const struct gm_subscription_config config = {.context = net};
    assert_int_equal(
        gm_client_subscribe(net->client, "catalog", &config, note_chunk, &subscription), GM_OK);
    while (net->last_seq == 0) {
        assert_int_equal(gm_client_run(net->client, -1), GM_OK);
    }
    gm_client_unsubscribe(net->client, subscription);
    const uint64_t last = net->last_seq;
    assert_int_equal(gm_client_run(net->client, -1), GM_END);
    call_restock(net, NULL, NULL); /* what is still on its way comes before this answer */
    assert_int_equal(net->last_seq, last);
}

static void more_subscriptions_than_there_may_be_are_refused(void **state)
{
    struct net *net = *state;
    const struct gm_subscription *subscription = NULL;
    const struct gm_subscription_config config = {.context = net};
    for (int i = 0; i <= GM_CLIENT_SUBSCRIPTIONS_MAX; i++) {
        assert_int_equal(
            gm_client_subscribe(net->client, "catalog", &config, note_chunk, &subscription),
            i < GM_CLIENT_SUBSCRIPTIONS_MAX ? GM_OK : GM_BUSY);
    }
}

int main(void)
{
#define WITH_NET(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_NET(a_call_finds_its_service_and_brings_back_the_reply),
        WITH_NET(a_service_that_is_not_in_the_config_is_not_found),
        cmocka_unit_test(a_service_that_is_nowhere_is_unavailable_at_the_deadline),
        WITH_NET(many_calls_at_once_are_each_answered_once),
        WITH_NET(a_call_goes_on_while_others_are_under_way),
        WITH_NET(a_service_that_comes_back_on_another_port_gets_the_same_commands_again),
        WITH_NET(questions_name_what_this_client_has_written),
        WITH_NET(a_position_that_has_become_unknown_is_told_once),
        WITH_NET(a_subscription_goes_on_where_it_was_when_its_service_comes_back),
        WITH_NET(more_subscriptions_than_there_may_be_are_refused),
        WITH_NET(one_that_is_ended_by_its_user_is_not_heard_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
