#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "hostile.h"
#include "methods.h"
#include "work.h"

enum {
    STEPS_MAX = 20 * 1000 * 1000, /* a seed that takes more hangs */
    RESTORES_MAX = 3,
    REST_DAYS = 60, /* after it every timer of an order has fired */
};

/* ---- the queue ---- */

static bool before(const struct event *a, const struct event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void sim_plan(struct sim *sim, uint64_t in_us, enum event_kind kind, uint8_t index,
              uint64_t incarnation, void *payload)
{
    if (sim->event_count == sim->event_capacity) {
        sim->event_capacity = sim->event_capacity == 0 ? 1024 : sim->event_capacity * 2;
        sim->events = realloc(sim->events, sim->event_capacity * sizeof *sim->events);
        GM_ASSERT(sim->events != NULL);
    }
    const struct event event = {
        .at_us = sim->now_us + in_us,
        .order = sim->next_order++,
        .kind = kind,
        .index = index,
        .incarnation = incarnation,
        .payload = payload,
    };
    uint32_t at = sim->event_count++;
    while (at > 0 && before(&event, &sim->events[(at - 1) / 2])) {
        sim->events[at] = sim->events[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sim->events[at] = event;
}

static bool next_event(struct sim *sim, struct event *ret_event)
{
    if (sim->event_count == 0) return false;
    *ret_event = sim->events[0];
    const struct event last = sim->events[--sim->event_count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= sim->event_count) break;
        if (child + 1 < sim->event_count && before(&sim->events[child + 1], &sim->events[child]))
            child++;
        if (!before(&sim->events[child], &last)) break;
        sim->events[at] = sim->events[child];
        at = child;
    }
    sim->events[at] = last;
    return true;
}

/* ---- small things ---- */

void sim_fail(struct sim *sim, const char *format, ...)
{
    if (sim->failed) return;
    sim->failed = true;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sim->why, sizeof sim->why, format, arguments);
    va_end(arguments);
}

void sim_say(const struct sim *sim, const char *format, ...)
{
    if (!sim->verbose) return;
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "%12.6f ", (double)sim->now_us / 1e6);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}

bool sim_fault(struct sim *sim, uint32_t ppm, enum sim_fault fault)
{
    if (sim->calm || !gm_random_chance(&sim->random, ppm)) return false;
    sim->faults[fault]++;
    return true;
}

static uint32_t up_to(struct sim *sim, uint32_t most)
{
    /* Some seeds are without one kind of fault, so that the others are seen alone. */
    return gm_random_chance(&sim->random, 300000) ? 0
                                                  : (uint32_t)gm_random_below(&sim->random, most);
}

static struct weather draw_weather(struct sim *sim)
{
    return (struct weather){
        .lose_ppm = up_to(sim, 60000),
        .double_ppm = up_to(sim, 60000),
        .late_ppm = up_to(sim, 20000),
        .crash_ppm = up_to(sim, 700),
        .append_ppm = up_to(sim, 3000),
        .hostile_ppm = up_to(sim, 150000),
        .world_every_ms = 200 + (uint32_t)gm_random_below(&sim->random, 3000),
        .latency_us = 50 + (uint32_t)gm_random_below(&sim->random, 2000),
        .restores = sim->seed % 10 == 9,
    };
}

/* ---- what befalls the world ---- */

static void cut_link(struct sim *sim)
{
    const uint8_t node = (uint8_t)gm_random_below(&sim->random, SIM_NODES);
    struct link *link = gm_random_chance(&sim->random, 500000)
                            ? &sim->client_links[gm_random_below(&sim->random, SIM_CLIENTS)][node]
                            : &sim->node_links[gm_random_below(&sim->random, SIM_NODES)][node];
    const uint64_t until_us = sim->now_us + 1000 * (1 + gm_random_below(&sim->random, 20000));
    if (gm_random_chance(&sim->random, 500000)) {
        link->cut_until_us = until_us;
        link->connection++;
        sim->faults[FAULT_link_cut]++;
    } else {
        link->slow_until_us = until_us;
        sim->faults[FAULT_link_slow]++;
    }
}

/* The operator says that the clocks are right. */
static void confirm_clocks(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_NODES; i++) {
        const struct gm_request_header header = {
            .protocol = GM_PROTOCOL,
            .method = GM_METHOD_HOST_CONFIRM_CLOCK,
            .request_id = OPERATOR_BIT,
        };
        uint8_t bytes[GM_REQUEST_HEADER_BYTES_MAX];
        const size_t size = gm_request_header_encode(&header, bytes);
        net_send(sim, (struct end){END_CLIENT, 0}, (struct end){END_NODE, (uint8_t)i}, false,
                 GM_FRAMES_MAX, gm_bytes(bytes, size), gm_bytes(NULL, 0));
    }
    sim->faults[FAULT_clock_confirmed]++;
}

/* The wall clocks of the machine jump; the monotonic ones do not. */
static void jump_clock(struct sim *sim)
{
    if (sim->wall_offset_ms > 0) { /* it comes back, or an operator has set it right */
        sim->wall_offset_ms = 0;
        sim->faults[FAULT_clock_backward]++;
        return;
    }
    if (gm_random_chance(&sim->random, 500000)) {
        sim->wall_offset_ms -= (int64_t)gm_random_below(&sim->random, GM_HOUR_MS / 2);
        sim->faults[FAULT_clock_backward]++;
    } else {
        sim->wall_offset_ms += 60000 + (int64_t)gm_random_below(&sim->random, 2 * GM_HOUR_MS);
        sim->faults[FAULT_clock_forward]++;
    }
}

static void fill_disk(struct sim *sim, struct node *node)
{
    const bool was_full = node->space.tables_percent > 0 || node->space.disk_free_bytes == 0;
    node->space = (struct gm_host_space){.disk_free_bytes = UINT64_MAX};
    if (!was_full && gm_random_chance(&sim->random, 500000)) {
        node->space.tables_percent = 90;
        sim->faults[FAULT_store_full]++;
    } else if (!was_full) {
        node->space.disk_free_bytes = 0;
        sim->faults[FAULT_disk_low]++;
    }
    if (node->host != NULL) gm_host_set_space(node->host, &node->space);
}

/* Hours go by with nobody about: timers fire. */
static void pass_time(struct sim *sim)
{
    sim->now_us += gm_random_below(&sim->random, 12) * (uint64_t)GM_HOUR_MS * 1000;
}

static void befall(struct sim *sim)
{
    const uint8_t index = (uint8_t)gm_random_below(&sim->random, SIM_NODES);
    struct node *node = &sim->nodes[index];
    switch (gm_random_below(&sim->random, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
        cut_link(sim);
        break;
    case 4:
        jump_clock(sim);
        break;
    case 5:
    case 6:
        fill_disk(sim, node);
        break;
    case 7:
    case 8:
        node->stalled_until_us = sim->now_us + 1000 * gm_random_below(&sim->random, 8000);
        sim->faults[FAULT_stalled]++;
        break;
    case 9:
        if (node->host == NULL) break;
        gm_host_drain(node->host);
        node->draining = true;
        sim->faults[FAULT_drained]++;
        node_pump_soon(sim, index, 1);
        break;
    case 10:
        pass_time(sim);
        break;
    case 12:
        if (gm_random_chance(&sim->random, 300000)) confirm_clocks(sim);
        break;
    case 11:
        if (sim->weather.restores && sim->faults[FAULT_catalog_restored] < RESTORES_MAX &&
            gm_random_chance(&sim->random, 300000))
            node_restore(sim, 0);
        break;
    default:
        break;
    }
    sim_plan(sim, 1000 * gm_random_below(&sim->random, 2 * sim->weather.world_every_ms),
             EVENT_WORLD, 0, 0, NULL);
}

/* ---- steps ---- */

static bool is_stale(const struct sim *sim, const struct event *event)
{
    if (event->kind == EVENT_DELIVER || event->kind == EVENT_CLIENT || event->kind == EVENT_WORLD)
        return false;
    return sim->nodes[event->index].incarnation != event->incarnation;
}

static void run_event(struct sim *sim, const struct event *event)
{
    if (is_stale(sim, event)) return;
    const uint8_t index = event->index;
    switch (event->kind) {
    case EVENT_DELIVER:
        net_deliver(sim, event->payload);
        return;
    case EVENT_PUMP:
        if (sim->nodes[index].pump_planned && sim->nodes[index].pump_at_us <= sim->now_us)
            node_pump(sim, index);
        return;
    case EVENT_APPEND:
        node_append(sim, index);
        return;
    case EVENT_ACK:
        node_ack(sim, index);
        return;
    case EVENT_JOB_RUN:
        node_job_run(sim, index, event->payload);
        return;
    case EVENT_JOB_DONE:
        node_job_done(sim, index, event->payload);
        return;
    case EVENT_RESTART:
        if (sim->nodes[index].host == NULL) node_start(sim, index);
        return;
    case EVENT_RECONNECT:
        if (sim->nodes[index].host == NULL) return;
        gm_host_reconnected(sim->nodes[index].host,
                            (enum gm_service_name)(uintptr_t)event->payload);
        node_pump_soon(sim, index, 1);
        return;
    case EVENT_CLIENT:
        client_turn(sim, index);
        return;
    case EVENT_WORLD:
        if (!sim->calm) befall(sim);
        return;
    }
}

static bool step(struct sim *sim)
{
    struct event event;
    if (sim->failed || !next_event(sim, &event)) return false;
    if (event.at_us > sim->now_us) sim->now_us = event.at_us;
    run_event(sim, &event);
    if (++sim->steps > STEPS_MAX) sim_fail(sim, "no end in sight after %d steps", STEPS_MAX);
    return !sim->failed;
}

static uint64_t commands_so_far(const struct sim *sim)
{
    uint64_t commands = sim->commands;
    for (unsigned i = 0; i < SIM_NODES; i++)
        if (sim->nodes[i].host != NULL) commands += gm_host_counts(sim->nodes[i].host)->commands;
    return commands;
}

static bool clients_idle(const struct sim *sim)
{
    for (unsigned i = 0; i < SIM_CLIENTS; i++)
        if (!client_idle(sim->clients[i])) return false;
    return true;
}

/* Faults stop: all is up, connected, in time and has room. */
static void calm_down(struct sim *sim)
{
    sim->calm = true;
    sim->wall_offset_ms = 0;
    for (unsigned i = 0; i < SIM_NODES; i++) {
        struct node *node = &sim->nodes[i];
        node->stalled_until_us = 0;
        node->space = (struct gm_host_space){.disk_free_bytes = UINT64_MAX};
        if (node->host != NULL) gm_host_set_space(node->host, &node->space);
        for (unsigned j = 0; j < SIM_NODES; j++) {
            sim->node_links[i][j].cut_until_us = 0;
            sim->node_links[i][j].slow_until_us = 0;
        }
    }
    for (unsigned i = 0; i < SIM_CLIENTS; i++)
        for (unsigned j = 0; j < SIM_NODES; j++) {
            sim->client_links[i][j].cut_until_us = 0;
            sim->client_links[i][j].slow_until_us = 0;
        }
}

/* Steps until `seconds` of virtual time have gone by. */
static bool run_for(struct sim *sim, uint64_t seconds)
{
    const uint64_t until_us = sim->now_us + seconds * 1000 * 1000;
    while (sim->event_count > 0 && sim->events[0].at_us <= until_us)
        if (!step(sim)) return false;
    if (sim->now_us < until_us) sim->now_us = until_us;
    return !sim->failed;
}

/* Days go by until the last timer has fired and the last answer has come. */
static bool come_to_rest(struct sim *sim)
{
    for (unsigned day = 0; day < REST_DAYS; day++) {
        confirm_clocks(sim);
        if (!run_for(sim, 60)) return false;
        if (clients_idle(sim) && judge_at_rest(sim) && day > 0) break;
        sim->now_us += (uint64_t)GM_DAY_MS * 1000;
        for (unsigned i = 0; i < SIM_NODES; i++)
            if (sim->nodes[i].host != NULL) node_pump_soon(sim, (uint8_t)i, 1);
    }
    /* Followers catch up, and a checkpoint of everything is committed. */
    if (!run_for(sim, 60)) return false;
    for (unsigned i = 0; i < SIM_NODES; i++) {
        if (sim->nodes[i].host == NULL) {
            sim_fail(sim, "%s did not come up", gm_service_text(sim->nodes[i].name));
            return false;
        }
        gm_host_checkpoint_now(sim->nodes[i].host);
        node_pump_soon(sim, (uint8_t)i, 1);
    }
    return run_for(sim, 2);
}

bool sim_run(struct sim *sim, uint64_t seed, uint32_t commands)
{
    sim->seed = seed;
    gm_random_seed(&sim->random, seed);
    sim->weather = draw_weather(sim);
    sim->work = work_new(sim);
    for (unsigned i = 0; i < SIM_NODES; i++)
        node_init(sim, (uint8_t)i);
    sim->judge = judge_new(sim);
    for (unsigned i = 0; i < SIM_CLIENTS; i++)
        sim->clients[i] = client_new(sim, (uint8_t)i);
    for (unsigned i = 0; i < SIM_NODES; i++)
        node_start(sim, (uint8_t)i);
    for (unsigned i = 0; i < SIM_CLIENTS; i++)
        sim_plan(sim, 1000, EVENT_CLIENT, (uint8_t)i, 0, NULL);
    sim_plan(sim, 1000 * 1000, EVENT_WORLD, 0, 0, NULL);
    while (commands_so_far(sim) < commands)
        if (!step(sim)) break;
    calm_down(sim);
    if (!sim->failed && come_to_rest(sim)) judge_end(sim);
    for (unsigned i = 0; i < SIM_NODES; i++)
        if (sim->nodes[i].host != NULL) node_close(sim, (uint8_t)i);
    return !sim->failed;
}

void sim_release(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->event_count; i++)
        if (sim->events[i].kind == EVENT_DELIVER) free(sim->events[i].payload);
    free(sim->events);
    for (unsigned i = 0; i < SIM_CLIENTS; i++)
        client_free(sim->clients[i]);
    judge_free(sim->judge);
    for (unsigned i = 0; i < SIM_NODES; i++)
        node_release(&sim->nodes[i]);
    work_free(sim->work);
}
