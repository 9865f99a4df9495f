#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "journal/conformance.h"
#include "journal/lmdb.h"
#include "store/env_faults.h"

struct place {
    char *path;
    uint64_t journal_id;
};

static struct place *new_place(uint64_t journal_id)
{
    struct place *place = malloc(sizeof *place);
    assert_non_null(place);
    place->path = gm_temp_dir_new();
    place->journal_id = journal_id;
    return place;
}

static void *make(uint64_t journal_id)
{
    return new_place(journal_id);
}

static void remove_place(void *argument)
{
    struct place *place = argument;
    gm_temp_dir_free(place->path);
    free(place);
}

static struct gm_journal *open_place(void *argument)
{
    const struct place *place = argument;
    env_faults_disarm();
    const struct gm_journal_lmdb_config config = {
        .path = place->path,
        .map_bytes = UINT64_C(1) << 30,
        .journal_id = place->journal_id,
        .service = "conformance",
    };
    char why[256] = "";
    struct gm_journal *journal = NULL;
    if (gm_journal_lmdb_open(&config, why, sizeof why, &journal) != GM_OK) fail_msg("%s", why);
    return journal;
}

static void *fork_place(void *argument, struct gm_journal *journal, uint64_t through,
                        uint64_t new_id)
{
    (void)argument;
    char why[256] = "";
    struct place *place = new_place(new_id);
    if (gm_journal_lmdb_fork(journal, through, new_id, place->path, why, sizeof why) == GM_OK) {
        return place;
    }
    assert_true(why[0] != '\0');
    remove_place(place);
    return NULL;
}

static bool fail_next(void *argument, enum gm_journal_fault fault)
{
    (void)argument;
    if (fault == GM_JOURNAL_UNKNOWN_LOST) {
        env_faults_arm_meta(ENV_FAULT_LOST, EIO);
    } else if (fault == GM_JOURNAL_UNKNOWN_LANDED) {
        env_faults_arm_meta(ENV_FAULT_LANDED, EIO);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static const struct gm_journal_backend backend = {
        .name = "LMDB",
        .make = make,
        .remove = remove_place,
        .open = open_place,
        .fork = fork_place,
        .fail_next = fail_next,
    };
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    return gm_journal_conformance(&backend, seed);
}
