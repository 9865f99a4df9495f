/* Calls over a network that loses and delays, to a service that remembers what it recorded. */
#include "client/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "client/kit.h"

enum { WALL_MS = 1000000 }; /* the wall clock runs so much ahead of the monotonic one */

static const struct gm_method *command, *query;

enum { WORLD_CALLS = 300, WORLD_MESSAGES = 4096, WORLD_MS = 30000 };

struct packet {
    int64_t due_ms;
    bool to_service;
    unsigned connection;
    uint64_t request_id;
    struct gm_id command_id;
    enum gm_reason reason;
    bool recorded;
};

struct fact { /* of one call */
    uint64_t ticket;
    bool is_command;
    int64_t deadline_ms;
    struct gm_id command_id; /* as first sent */
    unsigned sent, executed, outcomes;
    bool recorded_heard;
    enum gm_reason reason; /* that was recorded */
};

struct world {
    struct gm_random random;
    struct gm_calls *calls;
    int64_t ms;
    unsigned connection;
    unsigned in_flight_max;
    size_t packet_count;
    struct packet packets[WORLD_MESSAGES];
    size_t fact_count;
    struct fact facts[WORLD_CALLS];
    uint64_t trace; /* hash of all that was sent */
    unsigned resent_free;
    uint32_t loss_ppm;
};

static struct fact *fact_of(struct world *world, uint64_t ticket)
{
    for (size_t i = 0; i < world->fact_count; i++) {
        if (world->facts[i].ticket == ticket) return &world->facts[i];
    }
    fail_msg("no such call");
    return NULL;
}

static void put_packet(struct world *world, struct packet packet)
{
    if (gm_random_chance(&world->random, world->loss_ppm)) return;
    /* TCP doubles nothing; an answer may be doubled all the same, and harms nobody. */
    const bool doubled = !packet.to_service && gm_random_chance(&world->random, 50000);
    const int copies = doubled ? 2 : 1;
    for (int i = 0; i < copies && world->packet_count < WORLD_MESSAGES; i++) {
        packet.due_ms = world->ms + gm_random_between(&world->random, 0, 40);
        if (gm_random_chance(&world->random, 50000)) packet.due_ms += 3000;
        world->packets[world->packet_count++] = packet;
    }
}

static void world_send(struct world *world)
{
    struct gm_bytes header_bytes = {0}, body = {0};
    while (gm_calls_output(world->calls, world->ms, &header_bytes, &body)) {
        struct gm_request_header header;
        assert_int_equal(gm_request_header_decode(header_bytes, &header), GM_REASON_NONE);
        struct fact *fact = fact_of(world, header.request_id >> 16);
        assert_false(fact->recorded_heard); /* what is recorded is not asked for again */
        if (fact->sent++ == 0) fact->command_id = header.command_id;
        assert_true(gm_id_equal(fact->command_id, header.command_id));
        assert_in_range(header.timeout_ms, 1, fact->deadline_ms - world->ms);
        world->trace = world->trace * 1099511628211u + header.request_id * 31 + (uint64_t)world->ms;
        put_packet(world, (struct packet){.to_service = true,
                                          .connection = world->connection,
                                          .request_id = header.request_id,
                                          .command_id = header.command_id});
    }
}

/* The service: later, or what was recorded, or it decides. */
static void world_serve(struct world *world, const struct packet *request)
{
    struct fact *fact = fact_of(world, request->request_id >> 16);
    struct packet reply = *request;
    reply.to_service = false;
    reply.recorded = fact->is_command;
    if (fact->is_command && fact->executed > 0) {
        reply.reason = fact->reason;
    } else if (gm_random_chance(&world->random, 300000)) {
        reply.reason = GM_REASON_QUEUE_TOO_OLD;
        reply.recorded = false;
    } else if (fact->is_command) {
        fact->executed++;
        fact->reason =
            gm_random_chance(&world->random, 300000) ? GM_REASON_TOO_FEW_AVAILABLE : GM_REASON_NONE;
        reply.reason = fact->reason;
    }
    put_packet(world, reply);
}

static void world_end(struct world *world, const struct gm_outcome *outcome)
{
    struct fact *fact = fact_of(world, outcome->ticket);
    fact->outcomes++;
    assert_true(world->ms <= fact->deadline_ms);
    assert_int_equal(outcome->attempts, fact->sent);
    if (outcome->recorded) {
        assert_int_equal(fact->executed, 1);
        assert_int_equal(outcome->refusal.reason, fact->reason);
        assert_false(outcome->unknown);
        fact->recorded_heard = true;
    } else if (fact->is_command && !outcome->unknown) {
        assert_int_equal(fact->executed, 0); /* and it never will be: nothing is on its way */
        for (size_t i = 0; i < world->packet_count; i++) {
            const struct packet *packet = &world->packets[i];
            assert_false(packet->to_service && packet->request_id >> 16 == fact->ticket &&
                         packet->connection == world->connection);
        }
    }
}

static void world_deliver(struct world *world)
{
    for (size_t i = 0; i < world->packet_count;) {
        if (world->packets[i].due_ms > world->ms) {
            i++;
            continue;
        }
        const struct packet packet = world->packets[i];
        world->packets[i] = world->packets[--world->packet_count];
        if (packet.to_service) {
            world_serve(world, &packet); /* one sent over an old connection may still be read */
        } else if (packet.connection == world->connection) {
            static struct gm_said said;
            struct gm_outcome outcome = {0};
            gm_say(&said, packet.request_id, packet.reason, 0, packet.recorded);
            if (gm_calls_hear(world->calls, world->ms, &said.frames, &outcome) ==
                GM_HEARD_OUTCOME) {
                world_end(world, &outcome);
            }
        }
    }
}

static void world_submit(struct world *world)
{
    if (world->fact_count == WORLD_CALLS || world->ms > WORLD_MS / 2) return;
    struct fact *fact = &world->facts[world->fact_count];
    const uint32_t timeout_ms = (uint32_t)gm_random_between(&world->random, 1, 12000);
    fact->is_command = gm_random_chance(&world->random, 700000);
    fact->deadline_ms = world->ms + timeout_ms;
    const struct gm_call_options options = {.timeout_ms = timeout_ms};
    const struct gm_clock_reading now = {world->ms + WALL_MS, world->ms};
    assert_int_equal(gm_calls_submit(world->calls, fact->is_command ? command : query,
                                     gm_bytes_of_text("body"), &options, now, &fact->ticket),
                     GM_OK);
    world->fact_count++;
}

static void run_world(struct world *world, uint64_t seed)
{
    *world = (struct world){.connection = 1, .in_flight_max = 16};
    gm_random_seed(&world->random, seed);
    world->loss_ppm = (uint32_t)gm_random_between(&world->random, 0, 400000);
    world->calls = gm_calls_new(seed, world->in_flight_max);
    for (world->ms = 0; world->ms < WORLD_MS; world->ms++) {
        if (gm_random_chance(&world->random, 20000)) world_submit(world);
        if (gm_random_chance(&world->random, 200)) {
            gm_calls_disconnected(world->calls);
            world->connection++;
            world->resent_free += world->in_flight_max;
        }
        struct gm_outcome outcome = {0};
        while (gm_calls_expired(world->calls, world->ms, &outcome))
            world_end(world, &outcome);
        assert_true(gm_calls_wake_ms(world->calls) > world->ms);
        world_send(world);
        world_deliver(world);
    }
    assert_int_equal(gm_calls_open(world->calls), 0);
    gm_calls_free(world->calls);
}

static uint64_t first_seed = 1;

static void calls_over_a_lossy_network_end_once_and_as_they_say(void **state)
{
    (void)state;
    static struct world world;
    unsigned recorded = 0, repeated = 0;
    for (uint64_t seed = first_seed; seed < first_seed + 20; seed++) {
        run_world(&world, seed);
        unsigned sent = 0;
        for (size_t i = 0; i < world.fact_count; i++) {
            if (world.facts[i].outcomes != 1) fail_msg("seed %llu", (unsigned long long)seed);
            recorded += world.facts[i].recorded_heard;
            repeated += world.facts[i].sent > 1;
            sent += world.facts[i].sent;
        }
        const unsigned budget = (unsigned)world.fact_count / 10 + GM_RETRIES_SAVED_MAX +
                                WORLD_MS / 1000 * GM_RETRIES_PER_S + world.resent_free;
        assert_true(sent <= world.fact_count + budget);

        const uint64_t trace = world.trace;
        run_world(&world, seed);
        assert_true(world.trace == trace); /* the same again */
    }
    assert_true(recorded > 1000 && repeated > 1000);
}

int main(int argc, char **argv)
{
    if (argc > 1) first_seed = strtoull(argv[1], NULL, 10);
    printf("seeds from %llu\n", (unsigned long long)first_seed);
    command = gm_method_named("catalog", "Restock");
    query = gm_method_named("catalog", "GetLot");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_over_a_lossy_network_end_once_and_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
