#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/cleanup.h"

/* Cluster file systems that linux/magic.h does not name. */
#define GFS2_MAGIC   0x01161970
#define GPFS_MAGIC   0x47504653
#define LUSTRE_MAGIC 0x0bd00bd0

enum { TREE_DESCRIPTORS_MAX = 16 };

static enum gm_status failed(void)
{
    return gm_status_of_errno(errno);
}

enum gm_status gm_path_join(const char *folder, const char *name, char ret_path[GM_PATH_MAX])
{
    const size_t folder_length = strnlen(folder, GM_PATH_MAX);
    const size_t name_length = strnlen(name, GM_PATH_MAX);
    if (folder_length + 1 + name_length >= GM_PATH_MAX) return GM_TOO_LARGE;
    memcpy(ret_path, folder, folder_length);
    ret_path[folder_length] = '/';
    memcpy(ret_path + folder_length + 1, name, name_length);
    ret_path[folder_length + 1 + name_length] = '\0';
    return GM_OK;
}

/* A new name is on the disk once its folder is. */
static enum gm_status sync_folder_of(const char *path)
{
    char folder[GM_PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        const size_t length = slash == path ? 1 : (size_t)(slash - path);
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    GM_CLEANUP(gm_closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return failed();
    return fsync(fd) == 0 ? GM_OK : failed();
}

static enum gm_status make_one(const char *path)
{
    struct stat found;
    if (mkdir(path, 0777) == 0) return sync_folder_of(path);
    if (errno != EEXIST) return failed();
    if (stat(path, &found) != 0) return failed();
    return S_ISDIR(found.st_mode) ? GM_OK : GM_REFUSED;
}

enum gm_status gm_folder_make(const char *path)
{
    char partial[GM_PATH_MAX];
    const size_t length = strlen(path);
    if (length >= sizeof partial) return GM_TOO_LARGE;
    memcpy(partial, path, length + 1);
    /* From the second character: the root is always there. */
    for (size_t i = 1; i < length; i++) {
        if (partial[i] != '/') continue;
        partial[i] = '\0';
        const enum gm_status status = make_one(partial);
        if (status != GM_OK) return status;
        partial[i] = '/';
    }
    return make_one(path);
}

static enum gm_status write_all(int fd, struct gm_bytes content)
{
    while (content.size > 0) {
        const ssize_t written = write(fd, content.at, content.size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed();
        content = gm_bytes(content.at + written, content.size - (size_t)written);
    }
    return GM_OK;
}

static enum gm_status write_and_sync(const char *path, struct gm_bytes content)
{
    GM_CLEANUP(gm_closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return failed();
    const enum gm_status status = write_all(fd, content);
    if (status != GM_OK) return status;
    return fsync(fd) == 0 ? GM_OK : failed();
}

enum gm_status gm_file_write(const char *path, struct gm_bytes content)
{
    char fresh[GM_PATH_MAX];
    const int length = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof fresh) return GM_TOO_LARGE;

    enum gm_status status = write_and_sync(fresh, content);
    if (status == GM_OK && rename(fresh, path) != 0) status = failed();
    if (status != GM_OK) {
        unlink(fresh);
        return status;
    }
    return sync_folder_of(path);
}

enum gm_status gm_file_read(const char *path, size_t size_max, struct gm_arena *arena,
                            struct gm_bytes *ret_content)
{
    GM_ASSERT(size_max < SIZE_MAX);
    GM_CLEANUP(gm_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return failed();

    const size_t mark = gm_arena_mark(arena);
    uint8_t *at = gm_arena_alloc(arena, size_max + 1);
    if (at == NULL) return GM_TOO_LARGE;

    /* The byte beyond size_max tells a file that just fits from one that is too large. */
    size_t size = 0;
    while (size <= size_max) {
        const ssize_t got = read(fd, at + size, size_max + 1 - size);
        if (got == 0) break;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            const enum gm_status status = failed();
            gm_arena_rewind(arena, mark);
            return status;
        }
        size += (size_t)got;
    }
    gm_arena_rewind(arena, mark);
    if (size > size_max) return GM_TOO_LARGE;
    /* The same place again, now only as large as it has to be. */
    at = gm_arena_alloc(arena, size + 1);
    GM_ASSERT(at != NULL);
    at[size] = '\0';
    *ret_content = gm_bytes(at, size);
    return GM_OK;
}

static pid_t holder_of(int fd)
{
    char text[16] = "";
    const ssize_t size = pread(fd, text, sizeof text - 1, 0);
    if (size <= 0) return 0;
    const long pid = strtol(text, NULL, 10);
    return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

enum gm_status gm_lock_take(const char *path, struct gm_lock *ret_lock, pid_t *ret_holder)
{
    GM_CLEANUP(gm_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return failed();
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return failed();
        if (ret_holder != NULL) *ret_holder = holder_of(fd);
        return GM_BUSY;
    }

    char text[16];
    const int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (ftruncate(fd, 0) != 0) return failed();
    const enum gm_status status = write_all(fd, gm_bytes(text, (size_t)length));
    if (status != GM_OK) return status;
    ret_lock->fd = gm_steal_fd(&fd);
    return GM_OK;
}

void gm_lock_release(struct gm_lock *lock)
{
    if (lock == NULL || lock->fd < 0) return;
    close(lock->fd);
    lock->fd = -1;
}

bool gm_fs_magic_is_network(uint64_t magic)
{
    static const uint64_t network[] = {
        NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, V9FS_MAGIC,
        CODA_SUPER_MAGIC, NCP_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,  AFS_FS_MAGIC,
        FUSE_SUPER_MAGIC, LUSTRE_MAGIC,    GPFS_MAGIC,       GFS2_MAGIC,       OCFS2_SUPER_MAGIC,
    };
    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++) {
        if (network[i] == magic) return true;
    }
    return false;
}

bool gm_fs_is_network(const char *path)
{
    struct statfs found;
    if (statfs(path, &found) != 0) return false;
    return gm_fs_magic_is_network((uint32_t)found.f_type);
}

#define TEMP_DIR_PREFIX "gomnet-"

char *gm_temp_dir_new(void)
{
    const char *const parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char *path = NULL;
    const int length = asprintf(&path, "%s/" TEMP_DIR_PREFIX "XXXXXX", parent);
    GM_ASSERT(length > 0);
    const char *made = mkdtemp(path);
    GM_ASSERT(made != NULL);
    return path;
}

static int remove_one(const char *path, const struct stat *found, int type, struct FTW *place)
{
    (void)found;
    (void)type;
    (void)place;
    return remove(path);
}

void gm_temp_dir_free(char *path)
{
    if (path == NULL) return;
    GM_ASSERT(strstr(path, "/" TEMP_DIR_PREFIX) != NULL); /* never another folder */
    const int result = nftw(path, remove_one, TREE_DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS);
    GM_ASSERT(result == 0);
    free(path);
}
