/* The simulator's program: seeds from --from on, --seeds of them; a failing one prints the command
 * that repeats it, and the last line is one JSON object. */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

struct totals {
    uint64_t seeds;
    uint64_t failed;
    uint64_t commands;
    uint64_t crashes;
    uint64_t simulated_us;
    uint64_t faults[FAULT_COUNT];
    uint64_t reasons[GM_REASON_COUNT];
};

#define SIM_FAULT_NAME(name) #name,
static const char *const fault_names[FAULT_COUNT] = {SIM_FAULTS(SIM_FAULT_NAME)};
#undef SIM_FAULT_NAME

/* Written out before each seed: the handler of a signal may not format. */
static char repeat_line[96];
static size_t repeat_line_bytes;

/* An assertion of the code under test has failed: say which seed it was. */
static void aborted(int signal_number)
{
    if (write(STDERR_FILENO, repeat_line, repeat_line_bytes) < 0) _exit(3);
    (void)signal(signal_number, SIG_DFL);
    (void)raise(signal_number);
}

static void say_on_abort(uint64_t seed)
{
    const int size = snprintf(repeat_line, sizeof repeat_line,
                              "to repeat: tests/sim/run --seeds 1 --from %" PRIu64 "\n", seed);
    repeat_line_bytes = (size_t)size;
}

static void add(struct totals *totals, const struct sim *sim)
{
    totals->seeds++;
    totals->failed += sim->failed;
    totals->commands += sim->commands;
    totals->crashes += sim->crashes;
    totals->simulated_us += sim->now_us;
    for (unsigned i = 0; i < FAULT_COUNT; i++)
        totals->faults[i] += sim->faults[i];
    for (unsigned i = 0; i < GM_REASON_COUNT; i++)
        totals->reasons[i] += sim->reasons[i];
}

static void print(const struct totals *totals)
{
    printf("{\"seeds\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"commands\":%" PRIu64
           ",\"crashes\":%" PRIu64 ",\"simulated_hours\":%" PRIu64 ",\"faults\":{",
           totals->seeds, totals->failed, totals->commands, totals->crashes,
           totals->simulated_us / 1000 / 1000 / 3600);
    for (unsigned i = 0; i < FAULT_COUNT; i++)
        printf("%s\"%s\":%" PRIu64, i == 0 ? "" : ",", fault_names[i], totals->faults[i]);
    printf("},\"reasons\":{");
    for (unsigned i = 1; i < GM_REASON_COUNT; i++)
        printf("%s\"%s\":%" PRIu64, i == 1 ? "" : ",", gm_reason_row((enum gm_reason)i)->word,
               totals->reasons[i]);
    printf("}}\n");
}

/* Every kind of fault was met, and every reason that the host gives; says which was not. */
static bool all_kinds_met(const struct totals *totals)
{
    bool all = true;
    for (unsigned i = 0; i < FAULT_COUNT; i++) {
        if (totals->faults[i] > 0) continue;
        (void)fprintf(stderr, "fault never met: %s\n", fault_names[i]);
        all = false;
    }
    for (unsigned i = 1; i < GM_REASON_COUNT; i++) {
        const struct gm_reason_row *row = gm_reason_row((enum gm_reason)i);
        if (totals->reasons[i] > 0 || strcmp(row->giver, "host") != 0) continue;
        (void)fprintf(stderr, "reason never given: %s\n", row->word);
        all = false;
    }
    return all;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"all-kinds", no_argument, NULL, 'a'},
        {"seeds", required_argument, NULL, 's'},
        {"from", required_argument, NULL, 'f'},
        {"commands", required_argument, NULL, 'c'},
        {"verbose", no_argument, NULL, 'v'},
        {"keep-going", no_argument, NULL, 'k'},
        {NULL, 0, NULL, 0},
    };
    uint64_t seeds = 100;
    uint64_t from = 1;
    uint32_t commands = 2200;
    bool verbose = false;
    bool keep_going = false;
    bool all_kinds = false;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's')
            seeds = strtoull(optarg, NULL, 10);
        else if (option == 'f')
            from = strtoull(optarg, NULL, 10);
        else if (option == 'c')
            commands = (uint32_t)strtoul(optarg, NULL, 10);
        else if (option == 'v')
            verbose = true;
        else if (option == 'k')
            keep_going = true;
        else if (option == 'a')
            all_kinds = true;
        else
            return 2;
    }
    (void)signal(SIGABRT, aborted);
    struct totals totals = {0};
    for (uint64_t seed = from; seed < from + seeds; seed++) {
        struct sim *sim = calloc(1, sizeof *sim);
        if (sim == NULL) return 3;
        say_on_abort(seed);
        sim->verbose = verbose;
        if (!sim_run(sim, seed, commands)) {
            (void)fprintf(stderr,
                          "seed %" PRIu64 ": %s\nto repeat: tests/sim/run --seeds 1 --from %" PRIu64
                          "\n",
                          seed, sim->why, seed);
        }
        const bool failed = sim->failed;
        add(&totals, sim);
        sim_release(sim);
        free(sim);
        if (failed && !keep_going) break;
    }
    const bool met = !all_kinds || all_kinds_met(&totals);
    print(&totals);
    return totals.failed == 0 && met ? 0 : 1;
}
