/* A subscription to a service that loses and doubles what it says, drops subscriptions and breaks
 * off. */
#include "client/subscription.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "client/kit.h"

enum {
    ENTRIES = 400, /* of the stream */
    PATIENT_MS = 10 * 60 * 1000,
    BEAT_MS = 1000,
    SEEDS = 50,
};

struct world {
    struct gm_random dice;
    struct gm_calls *calls;
    struct gm_subscription subscription;
    struct gm_arena arena;
    struct gm_said said;
    int64_t ms;
    uint64_t shown; /* entries, to the user */
    /* The subscription as the service has it. */
    uint64_t request_id; /* 0: none */
    uint64_t next_seq;
    int64_t credit;
    int64_t said_ms;
    unsigned subscribed; /* times */
};

static bool chance(struct world *world, uint32_t ppm)
{
    return gm_random_chance(&world->dice, ppm);
}

static enum gm_stream_heard hear(struct world *world)
{
    const Wire__StreamChunk *chunk = NULL;
    gm_arena_reset(&world->arena);
    return gm_subscription_hear(&world->subscription, world->ms, &world->said.frames, &world->arena,
                                &chunk);
}

static void serve_credit(struct world *world, const struct gm_asked *asked)
{
    const bool known = asked->subscription == world->request_id;
    if (known && asked->end) world->request_id = 0;
    if (asked->end) return;
    if (known) world->credit += asked->bytes;
    gm_say(&world->said, asked->header.request_id,
           known ? GM_REASON_NONE : GM_REASON_POSITION_UNKNOWN, 0, false);
    hear(world);
}

static void serve_subscribe(struct world *world, const struct gm_asked *asked)
{
    assert_int_equal(asked->seq, world->shown); /* from what was shown, and nothing else */
    if (chance(world, 100000)) {
        gm_say(&world->said, asked->header.request_id, GM_REASON_DRAINING, 0, false);
        hear(world);
        return;
    }
    world->subscribed++;
    world->request_id = asked->header.request_id;
    world->next_seq = asked->seq + 1;
    world->credit = asked->bytes;
}

static void serve(struct world *world)
{
    struct gm_asked asked = {0};
    while (gm_next_asked(&world->subscription, world->calls, world->ms, &asked)) {
        if (chance(world, 50000)) continue; /* lost */
        if (asked.is_credit) {
            serve_credit(world, &asked);
        } else {
            serve_subscribe(world, &asked);
        }
    }
}

static void trouble(struct world *world)
{
    if (chance(world, 300)) { /* the connection breaks */
        world->request_id = 0;
        gm_subscription_disconnected(&world->subscription, world->ms);
    }
    if (chance(world, 300)) world->request_id = 0; /* the service drops it, without a word */
}

/* A chunk or a beat, if there is one to be sent now. */
static void push(struct world *world)
{
    if (world->request_id == 0) return;
    struct gm_chunk_shape shape = {
        .journal = 7, .from = world->next_seq, .through = world->next_seq - 1};
    if (world->credit > 0 && world->next_seq <= ENTRIES && chance(world, 100000)) {
        const uint64_t left = ENTRIES - world->next_seq + 1;
        shape.through += 1 + gm_random_below(&world->dice, left < 4 ? left : 4);
        shape.event_bytes = gm_random_below(&world->dice, 10000);
    } else if (world->ms < world->said_ms + BEAT_MS) {
        return;
    }
    gm_say_chunk(&world->said, world->request_id, &shape);
    world->said_ms = world->ms;
    world->next_seq = shape.through + 1;
    if (shape.through >= shape.from) world->credit -= (int64_t)world->said.frames.body.size;
    if (chance(world, 50000)) return; /* lost */
    for (int copies = chance(world, 50000) ? 2 : 1; copies > 0; copies--) {
        if (hear(world) != GM_STREAM_CHUNK) continue;
        assert_int_equal(shape.from, world->shown + 1); /* each once, in order */
        world->shown = shape.through;
        assert_int_equal(world->subscription.place.position.seq, world->shown);
    }
}

static unsigned run_world(uint64_t seed)
{
    static struct world world;
    world = (struct world){.calls = gm_calls_new(seed, 10)};
    gm_random_seed(&world.dice, seed);
    assert_int_equal(gm_arena_init(&world.arena, GM_CHUNK_ARENA_BYTES), GM_OK);
    gm_subscription_init(&world.subscription,
                         &(struct gm_subscription_config){.credit_bytes = GM_STREAM_CREDIT_MIN},
                         seed, 0);
    for (; world.shown < ENTRIES; world.ms++) {
        if (world.ms == PATIENT_MS) fail_msg("seed %llu", (unsigned long long)seed);
        serve(&world);
        trouble(&world);
        push(&world);
    }
    gm_arena_release(&world.arena);
    gm_calls_free(world.calls);
    return world.subscribed;
}

static uint64_t first_seed = 1;

static void every_entry_is_shown_once_and_in_order_whatever_is_lost(void **state)
{
    (void)state;
    unsigned subscribed = 0;
    for (uint64_t seed = first_seed; seed < first_seed + SEEDS; seed++) {
        subscribed += run_world(seed);
    }
    assert_true(subscribed > 2 * SEEDS); /* it was tried */
}

int main(int argc, char **argv)
{
    if (argc > 1) first_seed = strtoull(argv[1], NULL, 10);
    printf("seeds from %llu\n", (unsigned long long)first_seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_shown_once_and_in_order_whatever_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
