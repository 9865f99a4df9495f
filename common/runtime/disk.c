#include "runtime/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/cleanup.h"
#include "base/random.h"
#include "journal/lmdb.h"
#include "runtime/tables.h"

__attribute__((format(printf, 4, 5))) static enum gm_status
fail(char *ret_why, size_t why_size, enum gm_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(ret_why, why_size, format, arguments);
    va_end(arguments);
    return status;
}

static enum gm_status take_lock(struct gm_disk *disk, char *ret_why, size_t why_size)
{
    char path[GM_PATH_MAX];
    pid_t holder = 0;
    enum gm_status status = gm_path_join(disk->folder, "lock", path);
    if (status == GM_OK) status = gm_lock_take(path, &disk->lock, &holder);
    if (status == GM_OK) return GM_OK;
    if (status == GM_BUSY)
        return fail(ret_why, why_size, status,
                    "%s is in use by process %d: stop it, or use another data folder", disk->folder,
                    (int)holder);
    return fail(ret_why, why_size, status, "%s cannot be locked: %s", disk->folder,
                strerror(errno));
}

/* The poison file outlives the process: a shared mapping, which the kernel keeps when it is killed.
 */
static enum gm_status map_poison(struct gm_disk *disk, char *ret_why, size_t why_size)
{
    char path[GM_PATH_MAX];
    const enum gm_status joined = gm_path_join(disk->folder, "poison", path);
    if (joined != GM_OK) return joined;
    GM_CLEANUP(gm_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)sizeof(struct gm_poison)) != 0)
        return fail(ret_why, why_size, GM_IO, "%s cannot be written: %s", path, strerror(errno));
    void *at = mmap(NULL, sizeof(struct gm_poison), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return fail(ret_why, why_size, GM_IO, "%s cannot be mapped: %s", path, strerror(errno));
    disk->poison = at;
    return GM_OK;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static enum gm_status open_store(struct gm_disk *disk, const struct gm_service *service,
                                 uint64_t map_bytes, uint64_t journal_id, char *ret_why,
                                 size_t why_size)
{
    char path[GM_PATH_MAX];
    enum gm_status status = gm_path_join(disk->folder, "tables", path);
    if (status != GM_OK) return status;
    const struct gm_store_config config = {
        .path = path,
        .map_bytes = map_bytes,
        .tables = disk->tables,
        .service = gm_service_text(service->name),
        .journal_id = journal_id,
        .schema = service->fold_version,
    };
    status = gm_store_open(&config, ret_why, why_size, &disk->store);
    const bool older = status == GM_OK && gm_store_applied(disk->store) > 0 &&
                       gm_store_schema(disk->store) != service->fold_version;
    if (!older) return status;
    gm_store_close(disk->store);
    disk->store = NULL;
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
        return fail(ret_why, why_size, GM_IO, "%s is of an older version and cannot be removed: %s",
                    path, strerror(errno));
    return gm_store_open(&config, ret_why, why_size, &disk->store);
}

static enum gm_status open_parts(struct gm_disk *disk, const struct gm_service *service,
                                 uint64_t map_bytes, char *ret_why, size_t why_size)
{
    enum gm_status status = take_lock(disk, ret_why, why_size);
    if (status == GM_OK) status = map_poison(disk, ret_why, why_size);
    if (status != GM_OK) return status;
    char path[GM_PATH_MAX];
    status = gm_path_join(disk->folder, "journal", path);
    if (status != GM_OK) return status;
    struct gm_journal_lmdb_config config = {
        .path = path, .map_bytes = map_bytes, .service = gm_service_text(service->name)};
    do
        gm_random_system(&config.journal_id, sizeof config.journal_id);
    while (config.journal_id == 0);
    status = gm_journal_lmdb_open(&config, ret_why, why_size, &disk->journal);
    if (status != GM_OK) return status;
    struct gm_journal_tail tail;
    status = gm_journal_tail(disk->journal, &tail);
    if (status != GM_OK)
        return fail(ret_why, why_size, status, "%s: its tail cannot be read", path);
    return open_store(disk, service, map_bytes, tail.journal_id, ret_why, why_size);
}

enum gm_status gm_disk_open(const char *data, const struct gm_service *service, uint64_t map_bytes,
                            char *ret_why, size_t why_size, struct gm_disk *ret_disk)
{
    *ret_disk = (struct gm_disk){.lock = {.fd = -1}};
    enum gm_status status = gm_path_join(data, gm_service_text(service->name), ret_disk->folder);
    if (status == GM_OK) status = gm_folder_make(ret_disk->folder);
    if (status != GM_OK)
        return fail(ret_why, why_size, status, "the folder %s cannot be made: %s", ret_disk->folder,
                    strerror(errno));
    ret_disk->tables = gm_host_tables_new(service);
    status = open_parts(ret_disk, service, map_bytes, ret_why, why_size);
    if (status != GM_OK) gm_disk_close(ret_disk);
    return status;
}

void gm_disk_close(struct gm_disk *disk)
{
    gm_store_close(disk->store);
    gm_journal_close(disk->journal);
    if (disk->poison != NULL) (void)munmap(disk->poison, sizeof *disk->poison);
    free(disk->tables);
    if (disk->lock.fd >= 0) gm_lock_release(&disk->lock);
    *disk = (struct gm_disk){.lock = {.fd = -1}};
}
