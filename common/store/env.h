/* store/env.h - an LMDB environment opened by the rules that durability needs, for tables and
 * journal alike: no flag that weakens a sync, one open per folder, no network file system, a known
 * version. Starts no thread, never logs.
 *
 * The folder holds LMDB's data.mdb and lock.mdb, and owner.lock: flock'd while open, which refuses
 * a second open in this process as in any other (LMDB's own fcntl locks are dropped when any
 * descriptor of their file is closed, so nothing here ever opens that file). It names the owner's
 * process. */
#pragma once

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/file.h"
#include "base/status.h"

struct gm_env_config {
    const char *path;   /* folder */
    bool make;          /* make folder and environment where missing; else GM_NOT_FOUND */
    uint64_t map_bytes; /* address space, not disk: far above what is ever stored */
    unsigned databases; /* named databases at most */
    unsigned readers;   /* read transactions at once at most */
};

struct gm_env {
    MDB_env *mdb;
    struct gm_lock lock;
    pid_t pid;      /* of the opener: asserted in gm_env_check_owner */
    bool in_memory; /* on tmpfs: nothing to fill ahead */
};

/* GM_NOT_FOUND, GM_REFUSED (version, file system, permission), GM_BUSY (open elsewhere),
 * GM_CORRUPT, GM_NO_SPACE, GM_IO, each with a sentence for the operator in ret_why. Clears stale
 * readers. */
GM_CHECKED enum gm_status gm_env_open(const struct gm_env_config *config, char *ret_why,
                                      size_t why_size, struct gm_env *ret_env);
/* Every transaction is over. Accepts NULL and an environment that was never opened (mdb is NULL).
 */
void gm_env_close(struct gm_env *env);

/* To be called where a transaction begins: a forked child must not (asserted). */
void gm_env_check_owner(const struct gm_env *env);

/* What an LMDB result or errno means here; GM_OK for 0. */
enum gm_status gm_env_status(int result);

struct gm_env_space {
    uint64_t map_bytes;       /* of the map */
    uint64_t end_bytes;       /* of the file, up to and with the last page in use */
    uint64_t file_bytes;      /* of the file, filled ahead part included */
    uint64_t disk_free_bytes; /* to this process */
};
void gm_env_space(const struct gm_env *env, struct gm_env_space *ret_space);
/* Bytes of pages that are in the file, free for the next writers. Walks LMDB's list of them; any
 * thread, one reader. 0 where it cannot. */
uint64_t gm_env_free_bytes(const struct gm_env *env);

/* Writes zeros behind the last page in use, until ahead_bytes of them are there: a sync of pages
 * whose blocks exist takes half the time. At most GM_ENV_STRETCH_BYTES a call, never below
 * floor_bytes of free disk space. On the thread that writes, between transactions. True where it
 * did something. */
enum { GM_ENV_STRETCH_BYTES = 1024 * 1024 };
bool gm_env_fill_ahead(const struct gm_env *env, uint64_t ahead_bytes, uint64_t floor_bytes);

/* Writes a sentence for the operator, where there is room for one; returns status. */
__attribute__((format(printf, 4, 5))) enum gm_status
gm_explain(enum gm_status status, char *ret_why, size_t why_size, const char *format, ...);

/* LMDB versions that may be trusted with several threads and our use of it. Pure, for the tests. */
bool gm_env_version_allowed(int major, int minor, int patch);
