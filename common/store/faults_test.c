/* Each write and each sync of a checkpoint fails in turn, in each way, and the map is full: the run
 * says so, and what is opened next is the checkpoint before or, whole, the one that failed. */
#include <errno.h>

#include "store/env_faults.h"
#include "store/fixture.h"

static const struct gm_table lots = {.number = 1, .name = "lots"};
static const struct gm_table documents = {.number = 2, .name = "documents"};
static const struct gm_table *const tables[] = {&lots, &documents, NULL};

enum { ROWS = 300, DOCUMENTS = 10, DOCUMENT_BYTES = 9000, CALLS_MAX = 100 };

static struct gm_store_config config_of(const struct folder *folder)
{
    return (struct gm_store_config){
        .path = folder->path,
        .map_bytes = UINT64_C(1) << 26,
        .tables = tables,
        .service = "test",
        .journal_id = 42,
        .small = true,
    };
}

/* The state of a round: every row tells it. Returns the state hash. */
static uint64_t put_round(struct gm_store *store, uint8_t round)
{
    uint8_t document[DOCUMENT_BYTES];
    memset(document, round, sizeof document);
    for (uint32_t i = 0; i < ROWS; i++) {
        const struct gm_key key = key_of_u32(i * round);
        gm_store_put(store, &lots, &key, gm_bytes(document, 40));
    }
    for (uint32_t i = 0; i < DOCUMENTS; i++) {
        const struct gm_key key = key_of_u32(i);
        gm_store_put(store, &documents, &key,
                     gm_bytes(document, sizeof document - (size_t)round * 1000));
    }
    return gm_store_hash(store);
}

static void assert_whole(struct gm_store *store)
{
    char why[256] = "";
    const enum gm_status status = store_check(store, why, sizeof why);
    if (status != GM_END) fail_msg("%s: %s", gm_status_name(status), why);
}

struct way {
    const char *label;
    enum env_fault fault;
    int error;
    bool lasting;
};

/* A checkpoint with the nth call failing; false where it makes fewer. Counts those there after all.
 */
static bool checkpoint_with_fault(const struct way *way, size_t nth, size_t *landed)
{
    const struct folder folder = folder_make();
    const struct gm_store_config config = config_of(&folder);
    struct gm_store *store = store_open(&config);
    const uint64_t before = put_round(store, 1);
    store_checkpoint(store, 1);
    const uint64_t after = put_round(store, 2);
    struct gm_checkpoint *checkpoint = gm_store_freeze(store, 2);

    env_faults_arm(nth, way->fault, way->error, way->lasting);
    const enum gm_status status = gm_checkpoint_run(checkpoint);
    const bool failed = env_faults_disarm();
    assert_int_equal(status, !failed ? GM_OK : way->error == ENOSPC ? GM_NO_SPACE : GM_IO);
    gm_store_close(store); /* as the end of the process would */

    store = store_open(&config);
    const bool is_there = gm_store_applied(store) == 2;
    assert_true(gm_store_applied(store) == (is_there ? 2 : 1));
    assert_true(gm_store_hash(store) == (is_there ? after : before));
    assert_whole(store);
    if (failed && is_there) ++*landed;
    if (!failed) assert_true(is_there);

    const uint64_t again = put_round(store, 2); /* the replay */
    assert_true(again == after);
    store_checkpoint(store, 2);
    assert_whole(store);
    gm_store_close(store);
    folder_remove(&folder);
    return failed;
}

static void a_checkpoint_whose_disk_fails_is_there_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct way ways[] = {
        {"lost", ENV_FAULT_LOST, EIO, false},
        {"lost, no space", ENV_FAULT_LOST, ENOSPC, false},
        {"landed", ENV_FAULT_LANDED, EIO, false},
        {"lost, and all after it", ENV_FAULT_LOST, EIO, true},
        {"landed, and none after it", ENV_FAULT_LANDED, EIO, true},
    };
    size_t landed = 0;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        size_t nth = 1;
        while (checkpoint_with_fault(&ways[i], nth, &landed)) {
            assert_true(++nth < CALLS_MAX);
        }
        print_message("  %s: %zu calls\n", ways[i].label, nth - 1);
        assert_true(nth > 3); /* pages, their sync, the meta page */
    }
    assert_true(landed > 0); /* the meta page reached the disk and its writer was told otherwise */
}

static void a_full_map_is_told_and_leaves_the_checkpoint_before(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    struct gm_store_config config = config_of(&folder);
    config.map_bytes = UINT64_C(1) << 20;
    struct gm_store *store = store_open(&config);
    const uint64_t before = put_round(store, 1);
    store_checkpoint(store, 1);
    static const uint8_t zeros[GM_VALUE_BYTES_MAX];
    for (uint32_t i = 0; i < 10; i++) {
        const struct gm_key key = key_of_u32(1000 + i);
        gm_store_put(store, &documents, &key, gm_bytes(zeros, sizeof zeros));
    }
    struct gm_checkpoint *checkpoint = gm_store_freeze(store, 2);
    assert_int_equal(gm_checkpoint_run(checkpoint), GM_NO_SPACE);
    gm_store_close(store);

    store = store_open(&config);
    assert_true(gm_store_applied(store) == 1);
    assert_true(gm_store_hash(store) == before);
    assert_whole(store);
    gm_store_close(store);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_whose_disk_fails_is_there_whole_or_not_at_all),
        cmocka_unit_test(a_full_map_is_told_and_leaves_the_checkpoint_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
