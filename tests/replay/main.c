/* Plays the real order stream against three running services and judges what came out; the last
 * line is one JSON object, and the exit code 0 only where nothing is wrong. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/config.h"
#include "judge.h"

enum { REASONS_MAX = 64 };

struct settings {
    const char *data;
    const char *sales;
    int64_t in_flight;
};

static const struct gm_option options[] = {
    {.name = "data",
     .standard = "var",
     .help = "Folder of all services' data, where their endpoints stand.",
     .kind = GM_OPTION_TEXT,
     .letter = 'd',
     GM_OPTION_FIELD(struct settings, data)},
    {.name = "sales",
     .standard = "-",
     .help = "File of what tests/data/sales writes; - is standard input.",
     .kind = GM_OPTION_TEXT,
     GM_OPTION_FIELD(struct settings, sales)},
    {.name = "in-flight",
     .standard = "1024",
     .help = "Orders that are under way at once.",
     .kind = GM_OPTION_INTEGER,
     .min = 1,
     .max = 8192,
     GM_OPTION_FIELD(struct settings, in_flight)},
};

struct tally {
    size_t lines;
    int64_t units;
    size_t found; /* orders that were there before we came */
    size_t completed;
    int64_t completed_units;
    int64_t total_minor; /* of completed orders */
    size_t reason_count;
    struct {
        const char *why;
        size_t orders;
    } reasons[REASONS_MAX]; /* of the others */
};

static void count_reason(struct tally *tally, const char *why)
{
    size_t i = 0;
    while (i < tally->reason_count && strcmp(tally->reasons[i].why, why) != 0)
        i++;
    if (i == tally->reason_count) {
        GM_ASSERT(i < REASONS_MAX);
        tally->reasons[tally->reason_count++].why = why;
    }
    tally->reasons[i].orders++;
}

static struct tally count(const struct deals *deals)
{
    struct tally tally = {0};
    for (size_t i = 0; i < deals->count; i++) {
        const struct deal *deal = &deals->at[i];
        tally.lines += deal->line_count;
        tally.units += deal->units;
        tally.found += !gm_id_is_zero(deal->found.order);
        if (deal->heard.state == ORDER__ORDER_STATE__COMPLETED) {
            tally.completed++;
            tally.completed_units += deal->units;
            tally.total_minor += deal->heard.total_minor;
        } else {
            count_reason(&tally, drive_why(deal));
        }
    }
    return tally;
}

static void print(const struct drive *drive, const struct tally *tally,
                  const struct verdict *verdict, int64_t took_ms)
{
    const struct deals *deals = drive->deals;
    const double seconds = (double)(took_ms == 0 ? 1 : took_ms) / 1000;
    printf("{\"lines\":%zu,\"units\":%" PRId64 ",\"invoices\":%zu,\"orders\":%zu,\"found\":%zu,"
           "\"placed\":%zu,\"requests\":%zu,\"completed\":%zu,\"completed_units\":%" PRId64
           ",\"total_minor\":%" PRId64 ",\"refused\":{",
           tally->lines, tally->units, deals->invoice_count, deals->count, tally->found,
           drive->placed, drive->requests_closed, tally->completed, tally->completed_units,
           tally->total_minor);
    for (size_t i = 0; i < tally->reason_count; i++)
        printf("%s\"%s\":%zu", i == 0 ? "" : ",", tally->reasons[i].why, tally->reasons[i].orders);
    printf("},\"remaining\":%" PRId64
           ",\"orders_unlike\":%zu,\"totals_wrong\":%zu,\"lots_wrong\":%zu,\"seconds\":%.2f,"
           "\"orders_per_s\":%.0f,\"commands_per_s\":%.0f}\n",
           verdict->remaining, verdict->orders_unlike, verdict->totals_wrong, verdict->lots_wrong,
           seconds, (double)drive->placed / seconds, (double)drive->commands / seconds);
}

static void find(struct tool *tool, struct deals *deals)
{
    struct standing *found = tool_alloc(tool, deals->count * sizeof *found);
    drive_list(tool, deals, found);
    for (size_t i = 0; i < deals->count; i++)
        deals->at[i].found = deals->at[i].heard = found[i];
}

static int replay(const struct settings *settings)
{
    struct tool tool;
    tool_open(&tool, settings->data, GM_IN_FLIGHT_MEMBER);
    const struct sales sales = sales_read(&tool, settings->sales);
    const struct shelf shelf = shelf_read(&tool, judge_settle(&tool));
    struct deals deals = deals_make(&tool, &sales, &shelf);
    struct drive drive = {
        .tool = &tool, .deals = &deals, .in_flight_max = (size_t)settings->in_flight};
    find(&tool, &deals);

    const int64_t begun_ms = gm_clock_read_system().monotonic_ms;
    drive_run(&drive);
    (void)judge_settle(&tool);
    const int64_t took_ms = gm_clock_read_system().monotonic_ms - begun_ms;

    const struct tally tally = count(&deals);
    const struct verdict verdict = judge(&tool, &deals);
    print(&drive, &tally, &verdict, took_ms);
    tool_close(&tool);
    const bool wrong = verdict.orders_unlike + verdict.totals_wrong + verdict.lots_wrong > 0;
    return wrong ? 1 : 0;
}

int main(int argc, char **argv)
{
    const struct gm_program program = {
        .name = "gm_replay",
        .version = GOMNET_VERSION,
        .purpose = "Plays the real order stream against three running services.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
    };
    struct gm_arena arena;
    if (gm_arena_init(&arena, GM_CONFIG_ARENA_BYTES) != GM_OK) return 1;
    struct settings settings;
    const struct gm_config config =
        gm_config_read(&program, &arena, argc, argv, environ, &settings);
    int code = 2;
    if (config.action == GM_CONFIG_RUN)
        code = replay(&settings);
    else
        (void)fputs(config.text, config.action == GM_CONFIG_SHOW ? stdout : stderr);
    if (config.action == GM_CONFIG_SHOW) code = 0;
    gm_arena_release(&arena);
    return code;
}
