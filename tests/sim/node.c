#include "sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "catalog/service.h"
#include "matching/service.h"
#include "order/service.h"
#include "runtime/tables.h"

enum {
    HISTORY_BYTES = 64 * 1024
}; /* small, so that streams read old history from the journal too */

static const struct gm_service *const services[SIM_NODES] = {
    &catalog_service,
    &matching_service,
    &order_service,
};

static struct node *up(struct sim *sim, uint8_t index)
{
    GM_ASSERT(index < SIM_NODES && sim->nodes[index].host != NULL);
    return &sim->nodes[index];
}

void node_init(struct sim *sim, uint8_t index)
{
    struct node *node = &sim->nodes[index];
    node->service = services[index];
    node->name = node->service->name;
    GM_ASSERT((unsigned)node->name == index + 1U);
    node->tables = gm_host_tables_new(node->service);
    node->folder = gm_temp_dir_new();
    node->journal_id = gm_random_u64(&sim->random) | 1;
    node->medium = gm_journal_medium_new(node->journal_id);
    node->inbox = calloc(INBOX_MAX, sizeof *node->inbox);
    node->space.disk_free_bytes = UINT64_MAX;
    GM_ASSERT(node->inbox != NULL);
}

static void drop_inbox(struct node *node)
{
    for (; node->inbox_count > 0; node->inbox_count--) {
        free(node->inbox[node->inbox_first].message);
        node->inbox_first = (node->inbox_first + 1) % INBOX_MAX;
    }
}

static void keep_counts(struct sim *sim, struct node *node)
{
    const struct gm_host_counts *counts = gm_host_counts(node->host);
    sim->commands += counts->commands;
    for (unsigned i = 0; i < GM_REASON_COUNT; i++)
        sim->reasons[i] += counts->reasons[i];
    node->counts.repeats += counts->repeats;
    node->counts.resets += counts->resets;
    node->counts.chunks_taken += counts->chunks_taken;
    node->counts.checkpoints += counts->checkpoints;
}

void node_close(struct sim *sim, uint8_t index)
{
    struct node *node = &sim->nodes[index];
    if (node->host != NULL) keep_counts(sim, node);
    gm_host_free(node->host);
    gm_store_close(node->store);
    gm_journal_close(node->journal);
    node->host = NULL;
    node->store = NULL;
    node->journal = NULL;
    node->batch = NULL;
    node->pump_planned = false;
    node->draining = false;
    node->incarnation++; /* events of this life are void */
    drop_inbox(node);
    net_break(sim, index);
}

void node_release(struct node *node)
{
    gm_host_free(node->host);
    gm_store_close(node->store);
    gm_journal_close(node->journal);
    gm_journal_medium_free(node->medium);
    drop_inbox(node);
    free(node->inbox);
    gm_temp_dir_free(node->folder);
    free(node->tables);
}

void node_crash(struct sim *sim, uint8_t index, enum sim_fault fault)
{
    sim->crashes++;
    sim_say(sim, "%s crashes: fault %u", gm_service_text(sim->nodes[index].name), (unsigned)fault);
    node_close(sim, index);
    sim_plan(sim, 1000 + gm_random_below(&sim->random, 3 * 1000 * 1000), EVENT_RESTART, index,
             sim->nodes[index].incarnation, NULL);
}

/* True where the process ended here. */
static bool boundary(struct sim *sim, uint8_t index, enum sim_fault fault)
{
    if (!sim_fault(sim, sim->weather.crash_ppm, fault)) return false;
    node_crash(sim, index, fault);
    return true;
}

static bool open_disk(struct sim *sim, struct node *node)
{
    char why[SIM_WHY_BYTES];
    node->journal = gm_journal_memory_open(node->medium);
    const struct gm_store_config config = {
        .path = node->folder,
        .tables = node->tables,
        .service = gm_service_text(node->name),
        .journal_id = node->journal_id,
        .schema = node->service->fold_version,
        .small = true,
    };
    if (gm_store_open(&config, why, sizeof why, &node->store) == GM_OK) return true;
    sim_fail(sim, "%s: the store does not open: %s", config.service, why);
    return false;
}

static void fail_next_append(struct sim *sim, struct node *node)
{
    static const struct {
        enum gm_journal_fault fault;
        enum sim_fault counted;
    } kinds[] = {
        {GM_JOURNAL_FENCE_FIRST, FAULT_append_fenced},
        {GM_JOURNAL_UNKNOWN_LANDED, FAULT_append_unknown_landed},
        {GM_JOURNAL_UNKNOWN_LOST, FAULT_append_unknown_lost},
        {GM_JOURNAL_REJECT, FAULT_append_rejected},
    };
    const unsigned kind = (unsigned)gm_random_below(&sim->random, 4);
    if (!sim_fault(sim, sim->weather.append_ppm, kinds[kind].counted)) return;
    gm_journal_medium_fail_next(node->medium, kinds[kind].fault);
}

static void restart_later(struct sim *sim, uint8_t index)
{
    sim_plan(sim, 50 * 1000, EVENT_RESTART, index, sim->nodes[index].incarnation, NULL);
}

void node_start(struct sim *sim, uint8_t index)
{
    struct node *node = &sim->nodes[index];
    GM_ASSERT(node->host == NULL);
    char why[SIM_WHY_BYTES] = "";
    if (!open_disk(sim, node)) return;
    fail_next_append(sim, node);
    const struct gm_host_config config = {
        .service = node->service,
        .store = node->store,
        .journal = node->journal,
        .poison = &node->poison,
        .seed = gm_random_u64(&sim->random),
        .history_bytes = HISTORY_BYTES,
        .search_arena_bytes = 4 * 1024 * 1024,
        .version = "sim",
        .apply_decoded = true,
    };
    node->host = gm_host_new(&config);
    GM_ASSERT(node->host != NULL);
    const enum gm_status status = gm_host_start(node->host, sim_reading(sim), why, sizeof why);
    gm_journal_medium_fail_next(node->medium, GM_JOURNAL_NO_FAULT);
    if (status == GM_UNAVAILABLE || (status == GM_REFUSED && strstr(why, "not acked") != NULL)) {
        node_close(sim, index);
        restart_later(sim, index);
        return;
    }
    if (status != GM_OK) {
        sim_fail(sim, "%s does not start: %s", gm_service_text(node->name), why);
        return;
    }
    sim_say(sim, "%s is up at %llu", gm_service_text(node->name),
            (unsigned long long)gm_host_head(node->host));
    judge_look(sim, index);
    gm_host_set_space(node->host, &node->space);
    for (unsigned i = 0; i < SIM_NODES; i++)
        if (i != index && gm_random_chance(&sim->random, 700000))
            sim_plan(sim, 200 * 1000, EVENT_RECONNECT, (uint8_t)i, sim->nodes[i].incarnation,
                     (void *)(uintptr_t)(index + 1U));
    node_pump_soon(sim, index, 1);
}

void node_receive(struct sim *sim, uint8_t index, struct message *message)
{
    struct node *node = up(sim, index);
    if (node->inbox_count == INBOX_MAX) {
        free(message);
        return;
    }
    node->inbox[(node->inbox_first + node->inbox_count++) % INBOX_MAX] =
        (struct received){message, sim_monotonic_ms(sim)};
    node_pump_soon(sim, index, 1 + gm_random_below(&sim->random, 50));
}

void node_pump_soon(struct sim *sim, uint8_t index, uint64_t in_us)
{
    struct node *node = up(sim, index);
    const uint64_t at_us = sim->now_us + in_us;
    if (node->pump_planned && node->pump_at_us <= at_us) return;
    node->pump_planned = true;
    node->pump_at_us = at_us;
    sim_plan(sim, in_us, EVENT_PUMP, index, node->incarnation, NULL);
}

/* The command that a handler of SIGSEGV would have marked. */
static void poison(struct sim *sim, struct node *node, const struct gm_frames *frames)
{
    struct gm_request_header header;
    if (gm_request_header_decode(frames->header, &header) != GM_REASON_NONE) return;
    const struct gm_method *method = gm_method_find((uint16_t)header.method);
    if (method == NULL || method->kind != GM_METHOD_COMMAND || gm_id_is_zero(header.command_id))
        return;
    /* A service's own effects would never end: what poisons decide is for the tests of planted
     * crashes. */
    if (gm_service_of_member(header.member) != GM_SERVICE_NONE) return;
    gm_poison_enter(&node->poison, header.command_id,
                    gm_content_hash(method->number, frames->body));
    node->poison.marked = 1;
    sim->faults[FAULT_crash_in_decide]++;
}

/* Hands one message to the host; false where the process ended. */
static bool execute(struct sim *sim, uint8_t index, const struct received *received)
{
    struct node *node = up(sim, index);
    const struct message *message = received->message;
    const struct gm_frames frames = {
        .header = gm_bytes(message->bytes, message->header_bytes),
        .body = gm_bytes(message->bytes + message->header_bytes, message->body_bytes),
        .count = message->frame_count,
    };
    if (sim_fault(sim, sim->weather.crash_ppm, FAULT_crash_before_execute)) {
        if (!message->is_reply && gm_random_chance(&sim->random, 300000))
            poison(sim, node, &frames);
        node_crash(sim, index, FAULT_crash_before_execute);
        return false;
    }
    if (message->is_reply) {
        gm_host_hear(node->host, sim->nodes[message->from.index].name, &frames);
    } else {
        const struct gm_peer peer = net_peer(message);
        gm_host_receive(node->host, &peer, &frames, received->arrived_ms);
    }
    return !boundary(sim, index, FAULT_crash_after_execute);
}

/* True where the process lives on. */
static bool execute_inbox(struct sim *sim, uint8_t index)
{
    struct node *node = up(sim, index);
    unsigned budget = 1 + (unsigned)gm_random_below(&sim->random, 64);
    while (node->inbox_count > 0 && budget-- > 0 && gm_host_ready(node->host)) {
        const struct received received = node->inbox[node->inbox_first];
        node->inbox_first = (node->inbox_first + 1) % INBOX_MAX;
        node->inbox_count--;
        const bool alive = execute(sim, index, &received);
        free(received.message);
        if (!alive) return false;
    }
    return true;
}

static bool send_outputs(struct sim *sim, uint8_t index)
{
    struct node *node = up(sim, index);
    const struct end self = {END_NODE, index};
    struct gm_output output;
    while (gm_host_output(node->host, &output)) {
        if (boundary(sim, index, FAULT_crash_before_send)) return false;
        judge_output(sim, index, &output);
        if (output.kind == GM_OUTPUT_REQUEST) {
            const struct end to = {END_NODE, (uint8_t)(output.to - 1)};
            net_send(sim, self, to, false, GM_FRAMES_MAX, output.header, output.body);
        } else {
            struct end to;
            if (net_end_of_peer(sim, &output.peer, index, &to)) {
                net_send(sim, self, to, true, GM_FRAMES_MAX, output.header, output.body);
            } else {
                const struct gm_peer gone = output.peer;
                sim->faults[FAULT_peer_gone]++;
                gm_host_peer_gone(node->host, &gone);
            }
        }
        if (boundary(sim, index, FAULT_crash_after_send)) return false;
    }
    return true;
}

static uint64_t disk_us(struct sim *sim)
{
    return 20 + gm_random_below(&sim->random, gm_random_chance(&sim->random, 50000) ? 20000 : 400);
}

static void start_work(struct sim *sim, uint8_t index)
{
    struct node *node = up(sim, index);
    if (node->batch == NULL && gm_host_batch(node->host, &node->batch))
        sim_plan(sim, disk_us(sim), EVENT_APPEND, index, node->incarnation, NULL);
    for (enum gm_job_lane lane = GM_LANE_CHECKPOINT; lane <= GM_LANE_WORKER; lane++) {
        struct gm_job *job;
        while ((job = gm_host_job(node->host, lane)) != NULL)
            sim_plan(sim, disk_us(sim), EVENT_JOB_RUN, index, node->incarnation, job);
    }
}

/* A process that was asked to stop does so when all is answered and committed. */
static bool stopped(struct sim *sim, uint8_t index)
{
    struct node *node = up(sim, index);
    if (!node->draining || !gm_host_idle(node->host) || node->inbox_count > 0) return false;
    if (gm_host_head(node->host) > gm_store_applied(node->store)) {
        gm_host_checkpoint_now(node->host);
        return false;
    }
    node_close(sim, index);
    sim_plan(sim, 100 * 1000, EVENT_RESTART, index, node->incarnation, NULL);
    return true;
}

void node_pump(struct sim *sim, uint8_t index)
{
    struct node *node = up(sim, index);
    node->pump_planned = false;
    if (node->stalled_until_us > sim->now_us) {
        node_pump_soon(sim, index, node->stalled_until_us - sim->now_us);
        return;
    }
    gm_host_time(node->host, sim_reading(sim));
    if (!execute_inbox(sim, index)) return;
    gm_host_turn(node->host);
    start_work(sim, index);
    if (!send_outputs(sim, index) || stopped(sim, index)) return;
    if (node->inbox_count > 0) {
        node_pump_soon(sim, index, 10);
        return;
    }
    const int64_t wake_ms = gm_host_wake_ms(node->host);
    if (wake_ms == INT64_MAX) return;
    const int64_t in_ms = wake_ms - sim_monotonic_ms(sim);
    node_pump_soon(sim, index, in_ms <= 0 ? 1000 : (uint64_t)in_ms * 1000);
}

void node_append(struct sim *sim, uint8_t index)
{
    struct node *node = up(sim, index);
    if (boundary(sim, index, FAULT_crash_before_append)) return;
    fail_next_append(sim, node);
    node->outcome = gm_journal_append(node->journal, node->batch);
    gm_journal_medium_fail_next(node->medium, GM_JOURNAL_NO_FAULT);
    judge_look(sim, index);
    if (boundary(sim, index, FAULT_crash_after_append)) return;
    sim_plan(sim, 1 + gm_random_below(&sim->random, 100), EVENT_ACK, index, node->incarnation,
             NULL);
}

void node_ack(struct sim *sim, uint8_t index)
{
    struct node *node = up(sim, index);
    if (node->outcome != GM_APPEND_ACKED) {
        /* Not acked: the process ends, as every backend's does. */
        sim->crashes++;
        node_close(sim, index);
        restart_later(sim, index);
        return;
    }
    node->batch = NULL;
    gm_host_appended(node->host, node->outcome);
    if (boundary(sim, index, FAULT_crash_after_ack)) return;
    node_pump_soon(sim, index, 1);
}

void node_job_run(struct sim *sim, uint8_t index, struct gm_job *job)
{
    struct node *node = up(sim, index);
    const uint64_t commits = gm_job_commits(job);
    if (commits > 0 && boundary(sim, index, FAULT_crash_before_checkpoint)) return;
    if (gm_job_run(job) != GM_OK) {
        sim_fail(sim, "%s: a checkpoint failed", gm_service_text(node->name));
        return;
    }
    if (commits > 0) judge_checkpoint(sim, index, commits);
    if (commits > 0 && boundary(sim, index, FAULT_crash_after_checkpoint)) return;
    sim_plan(sim, 1 + gm_random_below(&sim->random, 2000), EVENT_JOB_DONE, index, node->incarnation,
             job);
}

void node_job_done(struct sim *sim, uint8_t index, struct gm_job *job)
{
    struct node *node = up(sim, index);
    gm_host_time(node->host, sim_reading(sim));
    gm_host_job_done(node->host, job);
    node_pump_soon(sim, index, 1);
}

void node_restore(struct sim *sim, uint8_t index)
{
    struct node *node = &sim->nodes[index];
    if (node->host != NULL) node_close(sim, index);
    struct gm_journal *journal = gm_journal_memory_open(node->medium);
    struct gm_journal_tail tail;
    const enum gm_status status = gm_journal_tail(journal, &tail);
    gm_journal_close(journal);
    GM_ASSERT(status == GM_OK);
    const uint64_t through = tail.seq == 0 ? 0 : 1 + gm_random_below(&sim->random, tail.seq);
    node->journal_id = gm_random_u64(&sim->random) | 1;
    struct gm_journal_medium *older =
        gm_journal_medium_fork(node->medium, through, node->journal_id);
    GM_ASSERT(older != NULL);
    judge_leave(sim, index);
    gm_journal_medium_free(node->medium);
    node->medium = older;
    gm_temp_dir_free(node->folder); /* the tables are rebuilt from the journal */
    node->folder = gm_temp_dir_new();
    sim->faults[FAULT_catalog_restored]++;
    judge_restored(sim, index);
    sim_plan(sim, 1000 * 1000, EVENT_RESTART, index, node->incarnation, NULL);
}
