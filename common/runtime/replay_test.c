/* Random commands, answers, chunks, timers and repeats, with a crash between any two steps: every
 * command happens once, what was answered stays answered, and tables are what the journal makes
 * them. An argument is the first seed, a second one how many. */
#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "catalog.pb-c.h"
#include "methods.h"
#include "wire/check.h"

enum {
    SEEDS = 60,
    STEPS = 600,
    LOTS = 6,
    COMMANDS_MAX = 400,
    SOURCE = 77,
};

static uint64_t first_seed = 1;
static uint64_t seed_count = SEEDS;
static struct {
    uint64_t commands;
    uint64_t refused;
    uint64_t crashes;
    uint64_t effects;
    uint64_t chunks;
} done; /* over all seeds */

/* A command that was sent, perhaps several times, and the answer that any copy got. */
struct sent {
    struct gm_request_header header;
    unsigned lot;
    int reason; /* enum Catalog__AdjustReason; 0: a restock */
    int64_t quantity;
    bool answered; /* and recorded */
    uint16_t status;
    uint64_t seq;
    uint8_t body[GM_REPLY_BYTES_MAX];
    size_t body_bytes;
};

struct world {
    struct stand *stand;
    struct gm_random random;
    struct sent sent[COMMANDS_MAX];
    unsigned sent_count;
    struct gm_job *job; /* run by a worker or the checkpoint thread, not told yet */
    enum gm_job_lane job_lane;
    uint64_t source_seq; /* entries that the order service has */
    uint64_t durable;    /* the highest position that left the host */
};

static uint64_t dice(struct world *world, uint64_t sides)
{
    return gm_random_below(&world->random, sides);
}

/* ---- what comes out ---- */

static struct sent *sent_with(struct world *world, uint64_t request_id)
{
    for (unsigned i = 0; i < world->sent_count; i++)
        if (world->sent[i].header.request_id == request_id) return &world->sent[i];
    return NULL;
}

static void hear_reply(struct world *world, const struct stand_reply *reply)
{
    struct gm_journal_tail tail;
    assert_int_equal(gm_journal_tail(world->stand->journal, &tail), GM_OK);
    assert_true(reply->header.position.seq <= tail.seq); /* nothing leaves that is not durable */
    if (reply->header.position.seq > world->durable) world->durable = reply->header.position.seq;
    struct sent *sent = sent_with(world, reply->header.request_id);
    if (sent == NULL || !reply->header.recorded) return;
    if (!sent->answered) {
        done.commands++;
        if (reply->header.status != GM_CODE_OK) done.refused++;
        sent->answered = true;
        sent->status = reply->header.status;
        sent->seq = reply->header.position.seq;
        sent->body_bytes = reply->body.size;
        memcpy(sent->body, reply->body.at, reply->body.size);
        return;
    }
    assert_int_equal(reply->header.status, sent->status);
    assert_true(reply->header.position.seq == sent->seq);
    assert_int_equal(reply->body.size, sent->body_bytes);
    assert_memory_equal(reply->body.at, sent->body, sent->body_bytes);
}

static void hear_replies(struct world *world)
{
    struct stand_reply reply;
    while (stand_reply(world->stand, &reply))
        hear_reply(world, &reply);
}

/* ---- steps ---- */

static void send_command(struct world *world, const struct sent *sent)
{
    if (sent->reason == 0)
        stand_restock(world->stand, &sent->header, sent->lot, sent->quantity);
    else
        stand_adjust(world->stand, &sent->header, sent->lot, sent->reason, sent->quantity, "");
}

static void step_command(struct world *world)
{
    if (world->sent_count == COMMANDS_MAX) return;
    struct sent *sent = &world->sent[world->sent_count++];
    const bool restock = dice(world, 3) == 0;
    *sent = (struct sent){
        .header = stand_header(world->stand,
                               restock ? GM_METHOD_CATALOG_RESTOCK : GM_METHOD_CATALOG_ADJUST),
        .lot = (unsigned)dice(world, LOTS),
        .reason = restock ? 0 : 1 + (int)dice(world, 4),
        .quantity = 1 + (int64_t)dice(world, 4),
    };
    if (sent->reason == CATALOG__ADJUST_REASON__SAMPLE)
        sent->quantity = 1 + (int64_t)dice(world, 8000);
    send_command(world, sent);
}

static void step_repeat(struct world *world)
{
    if (world->sent_count > 0) send_command(world, &world->sent[dice(world, world->sent_count)]);
}

static void step_read(struct world *world)
{
    const bool search = dice(world, 2) == 0;
    struct gm_request_header header = stand_header(
        world->stand, search ? GM_METHOD_CATALOG_LIST_LOTS : GM_METHOD_CATALOG_GET_LOT);
    if (dice(world, 2) == 0) {
        header.position_count = 1;
        header.positions[0] = (struct gm_position){STAND_JOURNAL_ID, world->durable};
    }
    if (search)
        stand_list_lots(world->stand, &header);
    else
        stand_get_lot(world->stand, &header, (unsigned)dice(world, LOTS));
}

static void step_answer(struct world *world)
{
    struct stand_request request;
    if (!stand_request(world->stand, &request)) return;
    if (request.header.method != GM_METHOD_ORDER_CANCEL) return;
    const struct stand_request kept = request;
    if (dice(world, 4) > 0)
        stand_answer(world->stand, &kept, GM_CODE_OK, dice(world, 4) > 0, gm_bytes(NULL, 0));
}

static void step_feed(struct world *world)
{
    if (world->stand->subscriptions[GM_SERVICE_ORDER] == 0) {
        struct stand_request request;
        while (world->stand->subscriptions[GM_SERVICE_ORDER] == 0 &&
               stand_request(world->stand, &request))
            continue;
        return;
    }
    const uint64_t through = world->stand->host->followers[0].row.through;
    const uint64_t from = dice(world, 4) > 0 ? through + 1 : 1 + dice(world, through + 3);
    const uint64_t last = from + dice(world, 3);
    if (last > world->source_seq) world->source_seq = last;
    stand_feed(world->stand, GM_SERVICE_ORDER, SOURCE, from, last, (uint8_t)dice(world, LOTS));
}

static void step_append(struct world *world)
{
    if (world->stand->batch == NULL)
        (void)stand_take_batch(world->stand);
    else
        stand_ack(world->stand);
}

static void step_job(struct world *world)
{
    if (world->job != NULL) {
        gm_host_job_done(world->stand->host, world->job);
        world->job = NULL;
        return;
    }
    world->job_lane = dice(world, 2) == 0 ? GM_LANE_CHECKPOINT : GM_LANE_WORKER;
    world->job = stand_run_job(world->stand, world->job_lane);
}

static void crash(struct world *world)
{
    /* Half of the batches that are under way have landed, unknown to anybody. */
    if (world->stand->batch != NULL && dice(world, 2) == 0)
        gm_ignore(gm_journal_append(world->stand->journal, world->stand->batch) == GM_APPEND_ACKED
                      ? GM_OK
                      : GM_IO,
                  "the process is gone");
    stand_crash(world->stand);
    memset(world->stand->subscriptions, 0, sizeof world->stand->subscriptions);
    world->job = NULL;
    done.crashes++;
    world->stand->reading.wall_ms += (int64_t)dice(world, 3000);
    world->stand->apply_decoded = dice(world, 2) == 0;
    stand_start(world->stand);
}

static void step(struct world *world)
{
    struct stand *stand = world->stand;
    const bool ready = gm_host_ready(stand->host);
    switch (dice(world, 16)) {
    case 0:
    case 1:
    case 2:
        if (ready) step_command(world);
        return;
    case 3:
        if (ready) step_repeat(world);
        return;
    case 4:
        if (ready) step_read(world);
        return;
    case 5:
    case 6:
        if (ready) step_answer(world);
        return;
    case 7:
        if (ready) step_feed(world);
        return;
    case 8:
        stand_pass(stand, (int64_t)dice(world, 40));
        return;
    case 9:
        if (dice(world, 4) == 0) stand_pass(stand, (int64_t)dice(world, 6000));
        return;
    case 10:
    case 11:
        step_append(world);
        return;
    case 12:
        step_job(world);
        return;
    case 13:
        stand_turn(stand);
        return;
    case 14:
        hear_replies(world);
        return;
    default:
        if (dice(world, 6) == 0) crash(world);
        return;
    }
}

/* ---- the end: faults stop, everything is asked for until it is answered ---- */

static void answer_all(struct world *world)
{
    struct stand_request request;
    while (stand_request(world->stand, &request)) {
        if (request.header.method != GM_METHOD_ORDER_CANCEL) continue;
        const struct stand_request kept = request;
        stand_answer(world->stand, &kept, GM_CODE_OK, true, gm_bytes(NULL, 0));
        done.effects++;
    }
}

static void settle(struct world *world)
{
    struct stand *stand = world->stand;
    if (world->job != NULL) gm_host_job_done(stand->host, world->job);
    world->job = NULL;
    if (stand->batch != NULL) stand_ack(stand);
    for (unsigned i = 0; i < world->sent_count; i++) {
        stand_run(stand);
        hear_replies(world);
        if (!world->sent[i].answered) send_command(world, &world->sent[i]);
    }
    while (gm_host_effects_open(stand->host) > 0) {
        stand_live(stand, GM_EFFECT_BACKOFF_MAX_MS);
        answer_all(world);
    }
    stand_live(stand, 10000); /* the last timers */
    hear_replies(world);
}

/* What each lot has to be, from the answers alone. */
static void check_rows(struct world *world)
{
    int64_t on_hand[LOTS] = {0};
    uint32_t effects[LOTS] = {0};
    uint32_t timers[LOTS] = {0};
    for (unsigned i = 0; i < world->sent_count; i++) {
        const struct sent *sent = &world->sent[i];
        assert_true(sent->answered);
        if (sent->status != GM_CODE_OK) continue;
        if (sent->reason == 0) on_hand[sent->lot] += sent->quantity;
        if (sent->reason == CATALOG__ADJUST_REASON__BROKEN) on_hand[sent->lot] -= sent->quantity;
        if (sent->reason == CATALOG__ADJUST_REASON__LOST)
            effects[sent->lot] += (uint32_t)sent->quantity;
        if (sent->reason == CATALOG__ADJUST_REASON__COUNTED) timers[sent->lot]++;
    }
    for (unsigned lot = 0; lot < LOTS; lot++) {
        const struct toy_row row = stand_row(world->stand, lot);
        assert_true(row.on_hand == on_hand[lot]);
        assert_int_equal(row.open, 0);
        assert_int_equal(row.done, effects[lot]);
        assert_true(row.rung <= timers[lot]);
        assert_true((timers[lot] > 0) == (row.rung > 0));
    }
}

static void run_seed(uint64_t seed)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    gm_random_seed(&world->random, seed);
    world->stand = stand_new(&toy_follower);
    for (int i = 0; i < STEPS; i++)
        step(world);
    settle(world);
    check_rows(world);
    /* Each event of the source once, in one generation. */
    uint64_t events = 0;
    for (unsigned lot = 0; lot < LOTS; lot++)
        events += stand_order(world->stand, 1, (uint8_t)lot).count;
    assert_true(events == world->stand->host->followers[0].row.through);
    done.chunks += events;
    stand_audit(world->stand);
    stand_restart(world->stand);
    check_rows(world);
    stand_free(world->stand);
    free(world);
}

static void random_work_with_crashes_between_any_two_steps(void **state)
{
    (void)state;
    for (uint64_t seed = first_seed; seed < first_seed + seed_count; seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        run_seed(seed);
    }
    print_message("%llu commands, %llu refused, %llu crashes, %llu effects, %llu events followed\n",
                  (unsigned long long)done.commands, (unsigned long long)done.refused,
                  (unsigned long long)done.crashes, (unsigned long long)done.effects,
                  (unsigned long long)done.chunks);
    if (seed_count < SEEDS) return;
    assert_true(done.refused > 0 && done.crashes > 0 && done.effects > 0 && done.chunks > 0);
}

int main(int argc, char **argv)
{
    if (argc > 1) first_seed = strtoull(argv[1], NULL, 10);
    if (argc > 2) seed_count = strtoull(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_work_with_crashes_between_any_two_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
