/* Are the tables of the services below a folder what their journals make of them? verify DATA: one
 * JSON line a service; 0, or 3 where a folder cannot be opened, 4 where something does not fit. */
#include <inttypes.h>
#include <stdio.h>

#include "catalog/service.h"
#include "matching/service.h"
#include "order/service.h"
#include "runtime/disk.h"
#include "runtime/verify.h"

enum { EXIT_FINE = 0, EXIT_USAGE = 2, EXIT_CLOSED = 3, EXIT_DAMAGED = 4, WHY_BYTES = 512 };
#define MAP_BYTES (UINT64_C(64) << 30)

/* last: the journal's last entry; applied: the one that the tables stand for. */
static int say(const struct gm_service *service, const struct gm_verify_report *report,
               uint64_t last, int code, const char *why)
{
    printf("{\"service\":\"%s\",\"batches\":%" PRIu64 ",\"last\":%" PRIu64 ",\"applied\":%" PRIu64
           ",\"rows\":%" PRIu64 ",\"state_hash\":\"%016" PRIx64 "\",\"code\":%d,\"why\":\"%s\"}\n",
           gm_service_text(service->name), report->batches, last, report->applied, report->rows,
           report->state_hash, code, why);
    return code;
}

static int verify(const char *data, const struct gm_service *service)
{
    struct gm_disk disk;
    struct gm_verify_report report = {0};
    char why[WHY_BYTES] = "";
    if (gm_disk_open(data, service, MAP_BYTES, why, sizeof why, &disk) != GM_OK)
        return say(service, &report, 0, EXIT_CLOSED, why);
    struct gm_journal_tail tail = {0};
    char *scratch = gm_temp_dir_new();
    enum gm_status status = gm_journal_tail(disk.journal, &tail);
    if (status == GM_OK)
        status = gm_verify(service, disk.journal, disk.store, scratch, &report, why, sizeof why);
    gm_temp_dir_free(scratch);
    gm_disk_close(&disk);
    return say(service, &report, tail.seq, status == GM_OK ? EXIT_FINE : EXIT_DAMAGED, why);
}

int main(int argc, char **argv)
{
    static const struct gm_service *const services[] = {&catalog_service, &matching_service,
                                                        &order_service};
    if (argc != 2) {
        (void)fputs("usage: verify DATA\n", stderr);
        return EXIT_USAGE;
    }
    int worst = EXIT_FINE;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        const int code = verify(argv[1], services[i]);
        if (code > worst) worst = code;
    }
    return worst;
}
