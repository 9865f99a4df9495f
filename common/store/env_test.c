#include "store/env.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "store/fixture.h"

enum { MAP_BYTES = 16 * 1024 * 1024 };

static struct gm_env_config config_of(const char *path)
{
    return (struct gm_env_config){
        .path = path, .make = true, .map_bytes = MAP_BYTES, .databases = 4, .readers = 4};
}

static void a_new_environment_makes_its_folders_and_opens_again(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/a/b/c", folder.path);
    struct gm_env_config config = config_of(path);
    char why[256] = "";
    for (int i = 0; i < 2; i++) {
        struct gm_env env;
        assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_OK);
        unsigned flags = 0;
        assert_int_equal(mdb_env_get_flags(env.mdb, &flags), 0);
        assert_int_equal(flags & (MDB_NOSYNC | MDB_NOMETASYNC | MDB_MAPASYNC | MDB_WRITEMAP), 0);
        gm_env_close(&env);
        config.make = false; /* it stands now */
    }
    folder_remove(&folder);
}

static void what_is_not_there_is_not_made_unasked(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/none", folder.path);
    struct gm_env_config config = config_of(path);
    config.make = false;
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_NOT_FOUND);
    assert_non_null(strstr(why, path));
    assert_int_not_equal(access(path, F_OK), 0);
    folder_remove(&folder);
}

static void a_second_open_is_refused_here_and_in_another_process(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    const struct gm_env_config config = config_of(folder.path);
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_OK);

    struct gm_env second;
    char self[24];
    snprintf(self, sizeof self, "process %ld", (long)getpid());
    assert_int_equal(gm_env_open(&config, why, sizeof why, &second), GM_BUSY);
    assert_non_null(strstr(why, self));

    /* By another name it is the same folder. */
    char alias[PATH_MAX + 16];
    snprintf(alias, sizeof alias, "%s/../%s/.", folder.path, strrchr(folder.path, '/') + 1);
    const struct gm_env_config by_alias = config_of(alias);
    assert_int_equal(gm_env_open(&by_alias, why, sizeof why, &second), GM_BUSY);

    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const bool busy = gm_env_open(&config, why, sizeof why, &second) == GM_BUSY;
        _exit(busy && strstr(why, self) != NULL ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    gm_env_close(&env);
    assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_OK);
    gm_env_close(&env);
    folder_remove(&folder);
}

static void a_file_that_is_not_lmdbs_is_corrupt(void **state)
{
    (void)state;
    const struct folder folder = folder_make();
    char file[PATH_MAX + 16];
    snprintf(file, sizeof file, "%s/data.mdb", folder.path);
    FILE *stream = fopen(file, "w");
    assert_non_null(stream);
    for (int i = 0; i < 10000; i++) {
        fputc('x', stream);
    }
    fclose(stream);

    const struct gm_env_config config = config_of(folder.path);
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_CORRUPT);
    assert_non_null(strstr(why, folder.path));
    folder_remove(&folder);
}

static void a_folder_that_cannot_be_made_is_refused_with_its_name(void **state)
{
    (void)state;
    const struct gm_env_config config = config_of("/proc/self/none");
    char why[256] = "";
    struct gm_env env;
    assert_int_not_equal(gm_env_open(&config, why, sizeof why, &env), GM_OK);
    assert_non_null(strstr(why, "/proc/self/none"));
}

static void closing_accepts_null_and_the_never_opened(void **state)
{
    (void)state;
    gm_env_close(NULL);
    struct gm_env env = {.mdb = NULL};
    gm_env_close(&env);
}

static void only_versions_without_known_races_are_allowed(void **state)
{
    (void)state;
    static const struct {
        int major;
        int minor;
        int patch;
        bool allowed;
    } rows[] = {
        {0, 9, 23, false}, {0, 9, 24, true},  {0, 9, 25, false},
        {0, 9, 26, false}, {0, 9, 31, false}, {0, 9, 32, true},
        {0, 9, 33, true},  {1, 0, 0, false},  {0, 10, 24, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(gm_env_version_allowed(rows[i].major, rows[i].minor, rows[i].patch),
                         rows[i].allowed);
    }
}

static void results_of_lmdb_and_the_system_have_one_status_each(void **state)
{
    (void)state;
    static const struct {
        int result;
        enum gm_status status;
    } rows[] = {
        {0, GM_OK},
        {MDB_NOTFOUND, GM_NOT_FOUND},
        {MDB_MAP_FULL, GM_NO_SPACE},
        {ENOSPC, GM_NO_SPACE},
        {MDB_READERS_FULL, GM_BUSY},
        {MDB_CORRUPTED, GM_CORRUPT},
        {MDB_PAGE_NOTFOUND, GM_CORRUPT},
        {MDB_VERSION_MISMATCH, GM_REFUSED},
        {EACCES, GM_REFUSED},
        {EIO, GM_IO},
        {MDB_PANIC, GM_IO},
        {MDB_TXN_FULL, GM_IO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(gm_env_status(rows[i].result), rows[i].status);
    }
}

/* A folder on a real file system; its path is NULL where the machine has none that can be written.
 */
static struct folder folder_on_disk(void)
{
    struct folder folder = {strdup("/var/tmp/gomnet-XXXXXX")};
    if (mkdtemp(folder.path) == NULL) {
        free(folder.path);
        return (struct folder){NULL};
    }
    struct statfs disk;
    if (statfs(folder.path, &disk) == 0 && disk.f_type != TMPFS_MAGIC) return folder;
    folder_remove(&folder);
    return (struct folder){NULL};
}

static void filling_ahead_writes_zeros_behind_the_last_page_only(void **state)
{
    (void)state;
    enum { AHEAD = 3 * GM_ENV_STRETCH_BYTES };
    const struct folder folder = folder_on_disk();
    if (folder.path == NULL) {
        print_message("skipped: /var/tmp is in memory or cannot be written\n");
        skip();
    }
    const struct gm_env_config config = config_of(folder.path);
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_OK);
    struct gm_env_space before;
    gm_env_space(&env, &before);

    assert_false(gm_env_fill_ahead(&env, AHEAD, before.disk_free_bytes * 2)); /* below the floor */
    int stretches = 0;
    while (gm_env_fill_ahead(&env, AHEAD, 0)) {
        stretches++;
    }
    struct gm_env_space after;
    gm_env_space(&env, &after);
    assert_int_equal(stretches, 3);
    assert_true(after.end_bytes == before.end_bytes);
    assert_true(after.file_bytes == before.end_bytes + AHEAD);
    gm_env_close(&env);

    assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_OK); /* LMDB minds it not */
    gm_env_close(&env);
    folder_remove(&folder);
}

static void nothing_is_filled_in_memory(void **state)
{
    (void)state;
    struct statfs disk;
    if (statfs("/dev/shm", &disk) != 0 || disk.f_type != TMPFS_MAGIC) {
        print_message("skipped: /dev/shm is not in memory\n");
        skip();
    }
    const struct folder folder = folder_make();
    const struct gm_env_config config = config_of(folder.path);
    char why[256] = "";
    struct gm_env env;
    assert_int_equal(gm_env_open(&config, why, sizeof why, &env), GM_OK);
    assert_false(gm_env_fill_ahead(&env, GM_ENV_STRETCH_BYTES, 0));
    gm_env_close(&env);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_environment_makes_its_folders_and_opens_again),
        cmocka_unit_test(what_is_not_there_is_not_made_unasked),
        cmocka_unit_test(a_second_open_is_refused_here_and_in_another_process),
        cmocka_unit_test(a_file_that_is_not_lmdbs_is_corrupt),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_refused_with_its_name),
        cmocka_unit_test(closing_accepts_null_and_the_never_opened),
        cmocka_unit_test(only_versions_without_known_races_are_allowed),
        cmocka_unit_test(results_of_lmdb_and_the_system_have_one_status_each),
        cmocka_unit_test(filling_ahead_writes_zeros_behind_the_last_page_only),
        cmocka_unit_test(nothing_is_filled_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
