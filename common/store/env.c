#include "store/env.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/assert.h"

enum {
    KEY_BYTES = 511, /* the longest key that callers use: LMDB's own default */
    FILE_MODE = 0600,
    FOLDER_MODE = 0700,
};

/* MDB_NOTLS: a read transaction belongs to its object, not to a thread, so that a fixed pool serves
 * any number of threads. Left out on purpose: NOSYNC, NOMETASYNC, MAPASYNC, WRITEMAP  each loses or
 * tears acknowledged commits in a power cut NOMEMINIT  copies what the heap held before, keys of
 * peers among it, into a file that is backed up NORDAHEAD  helps only where data outgrow memory,
 * and makes each start read page by page */
static const unsigned env_flags = MDB_NOTLS;
static const unsigned never_flags = MDB_NOSYNC | MDB_NOMETASYNC | MDB_MAPASYNC | MDB_WRITEMAP |
                                    MDB_NOLOCK | MDB_NOMEMINIT | MDB_FIXEDMAP;

enum gm_status gm_explain(enum gm_status status, char *ret_why, size_t why_size, const char *format,
                          ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (why_size > 0) vsnprintf(ret_why, why_size, format, arguments);
    va_end(arguments);
    return status;
}

bool gm_env_version_allowed(int major, int minor, int patch)
{
    /* 0.9.26 to 0.9.31 carry a mutex patch that races (ITS#10095 took it back), 0.9.25 was hardly
     * used, and before 0.9.24 cursors and nested transactions had other faults. */
    return major == 0 && minor == 9 && (patch == 24 || patch >= 32);
}

bool gm_env_is_network(uint64_t file_system)
{
    /* Of linux/magic.h, and those it lacks. FUSE is among them: what stands behind it is unknown.
     */
    static const uint32_t networks[] = {
        NFS_SUPER_MAGIC,
        SMB_SUPER_MAGIC,
        CIFS_SUPER_MAGIC,
        SMB2_SUPER_MAGIC,
        V9FS_MAGIC,
        AFS_SUPER_MAGIC,
        AFS_FS_MAGIC,
        CEPH_SUPER_MAGIC,
        CODA_SUPER_MAGIC,
        NCP_SUPER_MAGIC,
        FUSE_SUPER_MAGIC,
        OCFS2_SUPER_MAGIC,
        0x01161970 /* GFS2 */,
        0x0bd00bd0 /* Lustre */,
        0x47504653 /* GPFS */,
        0x19830326 /* BeeGFS */,
    };
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        if (file_system == networks[i]) return true;
    }
    return false;
}

/* errno values are positive, LMDB's own negative: they never meet. */
enum gm_status gm_env_status(int result)
{
    switch (result) {
    case MDB_SUCCESS:
        return GM_OK;
    case MDB_NOTFOUND:
        return GM_NOT_FOUND;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
        return GM_NO_SPACE;
    case MDB_READERS_FULL:
    case EAGAIN:
    case EBUSY:
        return GM_BUSY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
        return GM_CORRUPT;
    case MDB_VERSION_MISMATCH:
    case EACCES:
    case EPERM:
    case EROFS:
        return GM_REFUSED;
    default:
        return GM_IO;
    }
}

/* A new file is found again after a power cut only once its folder is synced, and LMDB syncs none.
 */
static int sync_folder(const char *path, const char *below)
{
    char folder[PATH_MAX];
    const int length = snprintf(folder, sizeof folder, "%s%s", path, below);
    if (length < 0 || (size_t)length >= sizeof folder) return ENAMETOOLONG;
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    const int result = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return result;
}

/* Makes path and the folders above it, for good. */
static int make_folders(const char *path)
{
    char part[PATH_MAX];
    const size_t size = strlen(path);
    if (size == 0 || size >= sizeof part) return ENAMETOOLONG;
    memcpy(part, path, size + 1);
    for (size_t i = 1; i <= size; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        const char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, FOLDER_MODE) == 0) {
            const int error = sync_folder(part, "/..");
            if (error != 0) return error;
        } else if (errno != EEXIST) {
            return errno;
        }
        part[i] = kept;
    }
    return 0;
}

static bool file_exists(const char *path, const char *name)
{
    char file[PATH_MAX];
    const int length = snprintf(file, sizeof file, "%s/%s", path, name);
    return length > 0 && (size_t)length < sizeof file && access(file, F_OK) == 0;
}

/* Takes owner.lock and writes our process id into it, for people and for the sentence of the
 * refused. */
static enum gm_status take_lock(const char *path, char *ret_why, size_t why_size, int *ret_fd)
{
    char file[PATH_MAX];
    const int length = snprintf(file, sizeof file, "%s/owner.lock", path);
    if (length < 0 || (size_t)length >= sizeof file) {
        return gm_explain(GM_REFUSED, ret_why, why_size, "the folder's name is too long: %s", path);
    }
    const int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        const int error = errno;
        return gm_explain(gm_env_status(error), ret_why, why_size, "cannot open %s: %s", file,
                          strerror(error));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        char owner[24] = "?";
        const ssize_t got = pread(fd, owner, sizeof owner - 1, 0);
        if (got > 0) owner[strcspn(owner, "\n")] = '\0';
        close(fd);
        if (error != EWOULDBLOCK) {
            return gm_explain(gm_env_status(error), ret_why, why_size, "cannot lock %s: %s", file,
                              strerror(error));
        }
        return gm_explain(GM_BUSY, ret_why, why_size, "%s is open already, by process %s", path,
                          owner);
    }
    char pid[24];
    const int pid_size = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)pid_size, 0) != pid_size) {
        const int error = errno;
        close(fd);
        return gm_explain(gm_env_status(error), ret_why, why_size, "cannot write %s: %s", file,
                          strerror(error));
    }
    *ret_fd = fd;
    return GM_OK;
}

static int open_native(const struct gm_env_config *config, MDB_env **ret_mdb)
{
    MDB_env *mdb = NULL;
    int result = mdb_env_create(&mdb);
    if (result != 0) return result;
    result = mdb_env_set_maxdbs(mdb, config->databases);
    if (result == 0) result = mdb_env_set_maxreaders(mdb, config->readers);
    if (result == 0) result = mdb_env_set_mapsize(mdb, config->map_bytes);
    if (result == 0) result = mdb_env_open(mdb, config->path, env_flags, FILE_MODE);
    if (result == 0) {
        unsigned flags = 0;
        int dead = 0;
        result = mdb_env_get_flags(mdb, &flags);
        GM_ASSERT(result == 0);
        GM_ASSERT((flags & never_flags) == 0);
        GM_ASSERT((flags & MDB_NOTLS) != 0);
        GM_ASSERT(mdb_env_get_maxkeysize(mdb) >= KEY_BYTES);
        result = mdb_reader_check(mdb, &dead);
    }
    if (result != 0) {
        mdb_env_close(mdb);
        return result;
    }
    *ret_mdb = mdb;
    return 0;
}

static enum gm_status check_version(char *ret_why, size_t why_size)
{
    int major = 0;
    int minor = 0;
    int patch = 0;
    mdb_version(&major, &minor, &patch);
    if (gm_env_version_allowed(major, minor, patch)) return GM_OK;
    return gm_explain(
        GM_REFUSED, ret_why, why_size,
        "LMDB %d.%d.%d is not one that is trusted here: use 0.9.24, or 0.9.32 and later", major,
        minor, patch);
}

enum gm_status gm_env_open(const struct gm_env_config *config, char *ret_why, size_t why_size,
                           struct gm_env *ret_env)
{
    GM_ASSERT(config->map_bytes > 0 && config->readers > 0);
    const char *path = config->path;
    enum gm_status status = check_version(ret_why, why_size);
    if (status != GM_OK) return status;

    const bool is_new = !file_exists(path, "data.mdb");
    if (is_new && !config->make) {
        return gm_explain(GM_NOT_FOUND, ret_why, why_size, "there is no environment in %s", path);
    }
    int error = is_new ? make_folders(path) : 0;
    struct statfs file_system;
    if (error == 0 && statfs(path, &file_system) != 0) error = errno;
    if (error != 0) {
        return gm_explain(gm_env_status(error), ret_why, why_size,
                          "cannot make or use the folder %s: %s", path, strerror(error));
    }
    if (gm_env_is_network((uint64_t)file_system.f_type)) {
        return gm_explain(
            GM_REFUSED, ret_why, why_size,
            "%s is on a network file system, where neither maps nor locks can be trusted", path);
    }
    struct gm_env env = {.lock_fd = -1, .pid = getpid()};
    env.in_memory = file_system.f_type == TMPFS_MAGIC;
    status = take_lock(path, ret_why, why_size, &env.lock_fd);
    if (status != GM_OK) return status;

    error = open_native(config, &env.mdb);
    if (error == 0 && is_new) error = sync_folder(path, "");
    if (error != 0) {
        gm_env_close(&env);
        return gm_explain(gm_env_status(error), ret_why, why_size, "cannot open LMDB in %s: %s",
                          path, mdb_strerror(error));
    }
    *ret_env = env;
    return GM_OK;
}

void gm_env_close(struct gm_env *env)
{
    if (env == NULL) return;
    if (env->mdb != NULL) mdb_env_close(env->mdb);
    if (env->pid != 0 && env->lock_fd >= 0) close(env->lock_fd);
    *env = (struct gm_env){.lock_fd = -1};
}

void gm_env_check_owner(const struct gm_env *env)
{
    GM_ASSERT(env->pid == getpid());
}

static uint64_t page_bytes(const struct gm_env *env)
{
    MDB_stat stat;
    const int result = mdb_env_stat(env->mdb, &stat);
    GM_ASSERT(result == 0);
    return stat.ms_psize;
}

static MDB_envinfo info_of(const struct gm_env *env)
{
    MDB_envinfo info;
    const int result = mdb_env_info(env->mdb, &info);
    GM_ASSERT(result == 0);
    return info;
}

static uint64_t data_end(const struct gm_env *env)
{
    return (info_of(env).me_last_pgno + 1) * page_bytes(env);
}

static int data_fd(const struct gm_env *env)
{
    int fd = -1;
    const int result = mdb_env_get_fd(env->mdb, &fd);
    GM_ASSERT(result == 0);
    return fd;
}

static uint64_t disk_free(int fd)
{
    struct statvfs disk;
    return fstatvfs(fd, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
}

void gm_env_space(const struct gm_env *env, struct gm_env_space *ret_space)
{
    struct stat file = {.st_size = 0};
    const int result = fstat(data_fd(env), &file);
    GM_ASSERT(result == 0);
    *ret_space = (struct gm_env_space){
        .map_bytes = info_of(env).me_mapsize,
        .end_bytes = data_end(env),
        .file_bytes = (uint64_t)file.st_size,
        .disk_free_bytes = disk_free(data_fd(env)),
    };
}

uint64_t gm_env_free_bytes(const struct gm_env *env)
{
    enum {
        FREE_LIST = 0
    }; /* LMDB's database of free pages: each value is a count and page numbers */
    gm_env_check_owner(env);
    MDB_txn *txn = NULL;
    if (mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn) != 0) return 0;
    uint64_t pages = 0;
    MDB_cursor *cursor = NULL;
    if (mdb_cursor_open(txn, FREE_LIST, &cursor) == 0) {
        MDB_val key;
        MDB_val value;
        while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
            size_t count;
            GM_ASSERT(value.mv_size >= sizeof count);
            memcpy(&count, value.mv_data, sizeof count);
            pages += count;
        }
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return pages * page_bytes(env);
}

bool gm_env_fill_ahead(const struct gm_env *env, uint64_t ahead_bytes, uint64_t floor_bytes)
{
    static const uint8_t zeros[64 * 1024];
    if (env->in_memory) return false;

    const int fd = data_fd(env);
    struct stat file;
    if (fstat(fd, &file) != 0) return false;
    /* Never below the last page in use, so nothing of LMDB's is ever written here. */
    const uint64_t end = data_end(env);
    const uint64_t begin = (uint64_t)file.st_size > end ? (uint64_t)file.st_size : end;
    if (begin >= end + ahead_bytes) return false;
    if (disk_free(fd) < floor_bytes + GM_ENV_STRETCH_BYTES) return false;

    for (uint64_t done = 0; done < GM_ENV_STRETCH_BYTES;) {
        const ssize_t wrote = pwrite(fd, zeros, sizeof zeros, (off_t)(begin + done));
        if (wrote <= 0) return false;
        done += (uint64_t)wrote;
    }
    /* Here, where nobody waits, and not in the next commit. */
    return fdatasync(fd) == 0;
}
