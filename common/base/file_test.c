#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { ARENA_BYTES = 64 * 1024 };

struct fixture {
    char *folder;
    struct gm_arena arena;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.folder = gm_temp_dir_new();
    *state = &fixture;
    return gm_arena_init(&fixture.arena, ARENA_BYTES) == GM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    gm_arena_release(&fixture->arena);
    gm_temp_dir_free(fixture->folder);
    return 0;
}

/* One path per call of a test; the last one lives until the next call. */
static const char *within(const struct fixture *fixture, const char *name)
{
    static char path[GM_PATH_MAX];
    assert_int_equal(gm_path_join(fixture->folder, name, path), GM_OK);
    return path;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void assert_content(struct fixture *fixture, const char *path, const char *content)
{
    struct gm_bytes found;
    assert_int_equal(gm_file_read(path, 1000, &fixture->arena, &found), GM_OK);
    assert_int_equal(found.size, strlen(content));
    assert_memory_equal(found.at, content, found.size);
}

static void a_path_that_just_fits_is_joined_and_a_longer_one_refused(void **state)
{
    (void)state;
    char path[GM_PATH_MAX];
    char folder[GM_PATH_MAX];
    memset(folder, 'f', sizeof folder);
    folder[GM_PATH_MAX - 3] = '\0'; /* with '/', "n" and NUL exactly GM_PATH_MAX */
    assert_int_equal(gm_path_join(folder, "n", path), GM_OK);
    assert_int_equal(strlen(path), GM_PATH_MAX - 1);
    assert_string_equal(path + GM_PATH_MAX - 3, "/n");
    assert_int_equal(gm_path_join(folder, "nn", path), GM_TOO_LARGE);
    assert_int_equal(gm_path_join("n", folder, path), GM_OK);
    assert_int_equal(gm_path_join("nn", folder, path), GM_TOO_LARGE);
}

static void folders_are_made_with_those_above_them(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(gm_folder_make(within(fixture, "a/b//c/")), GM_OK);
    assert_true(exists(within(fixture, "a/b/c/.")));
    assert_int_equal(gm_folder_make(within(fixture, "a/b/c")), GM_OK);
    assert_int_equal(gm_folder_make("/"), GM_OK);
    assert_int_equal(gm_folder_make(""), GM_NOT_FOUND);
}

static void a_file_where_a_folder_should_be_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(gm_file_write(within(fixture, "f"), gm_bytes_of_text("x")), GM_OK);
    assert_int_equal(gm_folder_make(within(fixture, "f")), GM_REFUSED);
    assert_int_equal(gm_folder_make(within(fixture, "f/g")), GM_REFUSED);
}

static void what_was_written_is_read_and_replaced_whole(void **state)
{
    struct fixture *fixture = *state;
    const char *path = within(fixture, "f");
    assert_int_equal(gm_file_write(path, gm_bytes_of_text("a long first content")), GM_OK);
    assert_content(fixture, path, "a long first content");
    assert_int_equal(gm_file_write(path, gm_bytes_of_text("short")), GM_OK);
    assert_content(fixture, path, "short");
    assert_int_equal(gm_file_write(path, gm_bytes(NULL, 0)), GM_OK);
    assert_content(fixture, path, "");
    assert_false(exists(within(fixture, "f.new")));
}

static void what_a_crash_left_half_written_is_overwritten(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        gm_file_write(within(fixture, "f.new"), gm_bytes_of_text("left behind, and longer")),
        GM_OK);
    assert_int_equal(gm_file_write(within(fixture, "f"), gm_bytes_of_text("new")), GM_OK);
    assert_content(fixture, within(fixture, "f"), "new");
}

static void a_write_that_fails_leaves_the_old_content_and_nothing_else(void **state)
{
    struct fixture *fixture = *state;
    const char *path = within(fixture, "f");
    assert_int_equal(gm_file_write(path, gm_bytes_of_text("old")), GM_OK);

    /* The kernel's limit on file size stands in for the full disk. */
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit tight = {.rlim_cur = 100, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    static const uint8_t content[200];
    const enum gm_status status = gm_file_write(path, gm_bytes(content, sizeof content));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

    assert_int_equal(status, GM_TOO_LARGE);
    assert_content(fixture, path, "old");
    assert_false(exists(within(fixture, "f.new")));
    assert_int_equal(gm_file_write(within(fixture, "missing/f"), gm_bytes_of_text("x")),
                     GM_NOT_FOUND);
}

static void reading_stops_at_the_limit_and_at_the_arenas_end(void **state)
{
    struct fixture *fixture = *state;
    struct gm_bytes found = gm_bytes("kept", 4);
    const char *path = within(fixture, "f");
    assert_int_equal(gm_file_write(path, gm_bytes_of_text("12345")), GM_OK);
    assert_int_equal(gm_file_read(path, 4, &fixture->arena, &found), GM_TOO_LARGE);
    assert_int_equal(gm_file_read(path, ARENA_BYTES, &fixture->arena, &found), GM_TOO_LARGE);
    assert_int_equal(gm_file_read(within(fixture, "none"), 4, &fixture->arena, &found),
                     GM_NOT_FOUND);
    assert_int_equal(gm_file_read(fixture->folder, 4, &fixture->arena, &found), GM_REFUSED);
    assert_string_equal((const char *)found.at, "kept");
    assert_int_equal(gm_arena_mark(&fixture->arena), 0);

    assert_int_equal(gm_file_read(within(fixture, "f"), 5, &fixture->arena, &found), GM_OK);
    assert_int_equal(found.size, 5);
    assert_string_equal((const char *)found.at, "12345"); /* the NUL is there */
    assert_int_equal(gm_arena_mark(&fixture->arena), 6);
}

static void a_file_without_a_size_of_its_own_is_read_to_its_end(void **state)
{
    struct fixture *fixture = *state;
    struct gm_bytes found;
    assert_int_equal(gm_file_read("/proc/self/stat", 4096, &fixture->arena, &found), GM_OK);
    assert_true(found.size > 10);
}

static void a_lock_is_held_once_and_names_its_holder(void **state)
{
    const struct fixture *fixture = *state;
    const char *path = within(fixture, "lock");
    struct gm_lock lock = {-1}, second = {-1};
    pid_t holder = -1;
    assert_int_equal(gm_lock_take(path, &lock, &holder), GM_OK);
    assert_int_equal(holder, -1);
    assert_int_equal(gm_lock_take(path, &second, &holder), GM_BUSY);
    assert_int_equal(holder, getpid());
    assert_int_equal(second.fd, -1);
    assert_int_equal(gm_lock_take(path, &second, NULL), GM_BUSY);

    gm_lock_release(&lock);
    gm_lock_release(&lock);
    gm_lock_release(NULL);
    assert_int_equal(gm_lock_take(path, &second, &holder), GM_OK);
    gm_lock_release(&second);
    assert_int_equal(gm_lock_take(within(fixture, "none/lock"), &lock, NULL), GM_NOT_FOUND);
}

static void a_holder_that_wrote_no_number_is_unknown(void **state)
{
    struct fixture *fixture = *state;
    static const char *const contents[] = {"", "x", "-3", "99999999999999", "0"};
    const char *path = within(fixture, "lock");
    struct gm_lock lock, second;
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        assert_int_equal(gm_lock_take(path, &lock, NULL), GM_OK);
        assert_int_equal(ftruncate(lock.fd, 0), 0);
        assert_true(pwrite(lock.fd, contents[i], strlen(contents[i]), 0) >= 0);
        pid_t holder = -1;
        assert_int_equal(gm_lock_take(path, &second, &holder), GM_BUSY);
        assert_int_equal(holder, 0);
        gm_lock_release(&lock);
    }
}

static void file_systems_across_machines_are_told_from_local_ones(void **state)
{
    const struct fixture *fixture = *state;
    static const uint64_t network[] = {NFS_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC,
                                       V9FS_MAGIC,      FUSE_SUPER_MAGIC, CEPH_SUPER_MAGIC};
    static const uint64_t local[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,       BTRFS_SUPER_MAGIC,
                                     TMPFS_MAGIC,      OVERLAYFS_SUPER_MAGIC, 0};
    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++) {
        assert_true(gm_fs_magic_is_network(network[i]));
    }
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        assert_false(gm_fs_magic_is_network(local[i]));
    }
    assert_false(gm_fs_is_network(fixture->folder));
    assert_false(gm_fs_is_network(within(fixture, "none")));
}

static void a_temporary_folder_goes_with_all_that_is_in_it_and_nothing_else(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(gm_file_write(within(fixture, "outside"), gm_bytes_of_text("x")), GM_OK);
    char *folder = gm_temp_dir_new();
    char *other = gm_temp_dir_new();
    assert_string_not_equal(folder, other);
    gm_temp_dir_free(other);

    char path[GM_PATH_MAX];
    assert_int_equal(gm_path_join(folder, "a/b", path), GM_OK);
    assert_int_equal(gm_folder_make(path), GM_OK);
    assert_int_equal(gm_path_join(folder, "a/f", path), GM_OK);
    assert_int_equal(gm_file_write(path, gm_bytes_of_text("x")), GM_OK);
    assert_int_equal(gm_path_join(folder, "a/link", path), GM_OK);
    assert_int_equal(symlink(fixture->folder, path), 0);
    char *gone = strdup(folder);
    gm_temp_dir_free(folder);
    assert_false(exists(gone));
    assert_true(exists(within(fixture, "outside"))); /* links are not followed */
    free(gone);
    gm_temp_dir_free(NULL);
}

static int releases;

static void release(int **owned)
{
    if (*owned != NULL) releases++;
}

static int *passed_on(int *thing)
{
    GM_CLEANUP(release) int *owned = thing;
    return gm_steal(&owned);
}

static void the_owner_at_the_end_of_the_scope_releases_once(void **state)
{
    const struct fixture *fixture = *state;
    int thing = 0;
    {
        GM_CLEANUP(release) int *owned = passed_on(&thing);
        assert_int_equal(releases, 0);
        assert_ptr_equal(owned, &thing);
    }
    assert_int_equal(releases, 1);

    int stolen, closed;
    {
        GM_CLEANUP(gm_closep) int fd = open(fixture->folder, O_RDONLY | O_CLOEXEC);
        GM_CLEANUP(gm_closep) int other = open(fixture->folder, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0 && other >= 0);
        closed = fd;
        stolen = gm_steal_fd(&other);
    }
    assert_int_equal(close(stolen), 0);
    assert_int_equal(fcntl(closed, F_GETFD), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_that_just_fits_is_joined_and_a_longer_one_refused),
        TEST(folders_are_made_with_those_above_them),
        TEST(a_file_where_a_folder_should_be_is_refused),
        TEST(what_was_written_is_read_and_replaced_whole),
        TEST(what_a_crash_left_half_written_is_overwritten),
        TEST(a_write_that_fails_leaves_the_old_content_and_nothing_else),
        TEST(reading_stops_at_the_limit_and_at_the_arenas_end),
        TEST(a_file_without_a_size_of_its_own_is_read_to_its_end),
        TEST(a_lock_is_held_once_and_names_its_holder),
        TEST(a_holder_that_wrote_no_number_is_unknown),
        TEST(file_systems_across_machines_are_told_from_local_ones),
        TEST(a_temporary_folder_goes_with_all_that_is_in_it_and_nothing_else),
        TEST(the_owner_at_the_end_of_the_scope_releases_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
