#include "runtime/verify.h"

#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <unistd.h>

#include "catalog/service.h"
#include "cli/figure.h"
#include "cli/operator.h"
#include "matching/service.h"
#include "order/service.h"
#include "runtime/disk.h"

enum { WHY_BYTES = 512, DESCRIPTORS_MAX = 8 };
#define MAP_BYTES (UINT64_C(64) << 30) /* the services' own default; a smaller history fits too */

static const struct gm_service *const services[] = {&catalog_service, &matching_service,
                                                    &order_service};
enum { SERVICE_COUNT = sizeof services / sizeof *services };

static int remove_one(const char *path, const struct stat *found, int type, struct FTW *place)
{
    (void)found;
    (void)type;
    (void)place;
    return remove(path);
}

struct verdict {
    const char *service;
    enum cli_exit code;
    struct gm_verify_report report;
    char why[WHY_BYTES];
};

static void fail(struct verdict *verdict, enum cli_exit code, const char *why)
{
    verdict->code = code;
    snprintf(verdict->why, sizeof verdict->why, "%s", why);
}

/* With the data open; folds into a folder beside it, which is removed again. */
static void check(struct cli *cli, const struct gm_service *service, struct gm_disk *disk,
                  struct verdict *verdict)
{
    char *scratch = gm_arena_format(cli->arena, "%s/verify-XXXXXX", disk->folder);
    if (scratch == NULL || mkdtemp(scratch) == NULL) {
        fail(verdict, CLI_EXIT_LATER, scratch == NULL ? "memory is short" : strerror(errno));
        return;
    }
    const enum gm_status status = gm_verify(service, disk->journal, disk->store, scratch,
                                            &verdict->report, verdict->why, sizeof verdict->why);
    verdict->code = status == GM_OK ? CLI_EXIT_OK : CLI_EXIT_DAMAGED;
    if (nftw(scratch, remove_one, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS) != 0)
        CLI_FAIL(cli, CLI_EXIT_OK, CLI_SAY_FILE_UNWRITABLE, scratch, strerror(errno));
}

static void verify(struct cli *cli, const struct gm_service *service, struct verdict *verdict)
{
    *verdict = (struct verdict){.service = gm_service_text(service->name)};
    char folder[GM_PATH_MAX];
    /* To open would make what is missing. */
    if (gm_path_join(cli->settings.data, verdict->service, folder) != GM_OK ||
        access(folder, F_OK) != 0) {
        fail(verdict, CLI_EXIT_USAGE,
             CLI_SAY(cli->arena, cli->language, CLI_SAY_VERIFY_NO_DATA, verdict->service,
                     cli->settings.data));
        return;
    }
    struct gm_disk disk;
    const enum gm_status status = gm_disk_open(cli->settings.data, service, MAP_BYTES, verdict->why,
                                               sizeof verdict->why, &disk);
    if (status == GM_OK) {
        check(cli, service, &disk, verdict);
        gm_disk_close(&disk);
    } else if (status == GM_BUSY) {
        fail(verdict, CLI_EXIT_LATER,
             CLI_SAY(cli->arena, cli->language, CLI_SAY_VERIFY_BUSY, verdict->service));
    } else {
        verdict->code = status == GM_CORRUPT ? CLI_EXIT_DAMAGED : CLI_EXIT_LATER;
    }
}

static json_t *json_of(const struct verdict *verdict)
{
    const struct gm_verify_report *report = &verdict->report;
    char hash[24];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)report->state_hash);
    return json_pack("{s:s,s:b,s:b,s:I,s:I,s:I,s:I,s:s,s:s}", "service", verdict->service, "sound",
                     verdict->code == CLI_EXIT_OK, "damaged", verdict->code == CLI_EXIT_DAMAGED,
                     "batches", (json_int_t)report->batches, "entries", (json_int_t)report->entries,
                     "rows", (json_int_t)report->rows, "applied", (json_int_t)report->applied,
                     "state_hash", hash, "why", verdict->why);
}

static void tell(struct cli *cli, const struct verdict *verdict)
{
    char entries[CLI_FIGURE_TEXT_MAX], rows[CLI_FIGURE_TEXT_MAX];
    cli_figure_number(cli->language, (int64_t)verdict->report.entries, entries);
    cli_figure_number(cli->language, (int64_t)verdict->report.rows, rows);
    if (verdict->code == CLI_EXIT_OK) {
        CLI_TELL(cli, CLI_SAY_VERIFIED, verdict->service, entries, rows);
    } else if (verdict->code == CLI_EXIT_DAMAGED) {
        CLI_FAIL(cli, verdict->code, CLI_SAY_VERIFY_DAMAGED, verdict->service, verdict->why);
    } else {
        CLI_FAIL(cli, verdict->code, CLI_SAY_VERIFY_FAILED, verdict->service, verdict->why);
    }
}

/* Damage counts before all else, then what could not be looked at. */
static enum cli_exit worse(enum cli_exit a, enum cli_exit b)
{
    if (a == CLI_EXIT_DAMAGED || b == CLI_EXIT_DAMAGED) return CLI_EXIT_DAMAGED;
    return a == CLI_EXIT_OK ? b : a;
}

static bool is_wanted(const struct cli_line *line, const char *service)
{
    const size_t count = cli_given_count(line, "SERVICE");
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cli_given_at(line, "SERVICE", i), service) == 0) return true;
    }
    return count == 0;
}

enum cli_exit cli_run_verify(struct cli *cli, const struct cli_line *line)
{
    for (size_t i = 0; i < cli_given_count(line, "SERVICE"); i++) {
        if (!cli_knows_service(cli, cli_given_at(line, "SERVICE", i))) return CLI_EXIT_USAGE;
    }
    enum cli_exit code = CLI_EXIT_OK;
    json_t *list = json_array();
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        if (!is_wanted(line, gm_service_text(services[i]->name))) continue;
        struct verdict verdict;
        verify(cli, services[i], &verdict);
        code = worse(code, verdict.code);
        json_array_append_new(list, json_of(&verdict));
        if (!cli->settings.json) tell(cli, &verdict);
    }
    if (cli->settings.json) {
        cli_put_json(cli, list);
    } else {
        json_decref(list);
    }
    return code;
}
