#include "store/env.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/cleanup.h"
#include "base/file.h"

enum {
    KEY_BYTES = 511, /* the longest key that callers use: LMDB's own default */
    FILE_MODE = 0600,
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

enum gm_status gm_env_status(int result)
{
    switch (result) {
    case MDB_SUCCESS:
        return GM_OK;
    case MDB_NOTFOUND:
        return GM_NOT_FOUND;
    case MDB_MAP_FULL:
        return GM_NO_SPACE;
    case MDB_READERS_FULL:
        return GM_BUSY;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
        return GM_CORRUPT;
    case MDB_VERSION_MISMATCH:
        return GM_REFUSED;
    default: /* LMDB's other results are negative, those of the system positive */
        return result < 0 ? GM_IO : gm_status_of_errno(result);
    }
}

/* New files are on the disk once their folder is, and LMDB syncs none. */
static int sync_folder(const char *path)
{
    GM_CLEANUP(gm_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    return fsync(fd) == 0 ? 0 : errno;
}

static enum gm_status take_lock(const char *path, char *ret_why, size_t why_size,
                                struct gm_lock *ret_lock)
{
    char file[GM_PATH_MAX];
    pid_t holder = 0;
    enum gm_status status = gm_path_join(path, "owner.lock", file);
    if (status == GM_OK) status = gm_lock_take(file, ret_lock, &holder);
    if (status == GM_OK) return GM_OK;
    if (status != GM_BUSY) {
        return gm_explain(status, ret_why, why_size, "cannot lock the folder %s: %s", path,
                          gm_status_name(status));
    }
    return gm_explain(GM_BUSY, ret_why, why_size, "%s is open already, by process %d", path,
                      (int)holder);
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

    char data_file[GM_PATH_MAX];
    status = gm_path_join(path, "data.mdb", data_file);
    const bool is_new = status == GM_OK && access(data_file, F_OK) != 0;
    if (is_new && !config->make) {
        return gm_explain(GM_NOT_FOUND, ret_why, why_size, "there is no environment in %s", path);
    }
    if (is_new) status = gm_folder_make(path);
    struct statfs file_system;
    if (status == GM_OK && statfs(path, &file_system) != 0) status = gm_status_of_errno(errno);
    if (status != GM_OK) {
        return gm_explain(GM_REFUSED, ret_why, why_size, "cannot make or use the folder %s: %s",
                          path, gm_status_name(status));
    }
    if (gm_fs_magic_is_network((uint32_t)file_system.f_type)) {
        return gm_explain(
            GM_REFUSED, ret_why, why_size,
            "%s is on a network file system, where neither maps nor locks can be trusted", path);
    }
    struct gm_env env = {.lock = {-1}, .pid = getpid()};
    env.in_memory = file_system.f_type == TMPFS_MAGIC;
    status = take_lock(path, ret_why, why_size, &env.lock);
    if (status != GM_OK) return status;

    int error = open_native(config, &env.mdb);
    if (error == 0 && is_new) error = sync_folder(path);
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
    if (env == NULL || env->pid == 0) return;
    if (env->mdb != NULL) mdb_env_close(env->mdb);
    gm_lock_release(&env->lock);
    *env = (struct gm_env){.lock = {-1}};
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
