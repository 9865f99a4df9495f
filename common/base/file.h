/* base/file.h - paths, folders, small whole files, lock files. Statuses where nothing else is said:
 * gm_status_of_errno of what failed (base/status.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

enum { GM_PATH_MAX = 4096 }; /* bytes, NUL included */

/* folder/name; GM_TOO_LARGE. */
GM_CHECKED enum gm_status gm_path_join(const char *folder, const char *name,
                                       char ret_path[GM_PATH_MAX]);

/* mkdir -p: a folder that is there already is fine, a file in its place is GM_REFUSED. What it made
 * is on the disk. */
GM_CHECKED enum gm_status gm_folder_make(const char *path);

/* Replaces the file in one step: who reads it, after a crash too, sees the old content or the new,
 * and GM_OK means that the new one is on the disk. One writer per path at a time (it uses
 * path.new). */
GM_CHECKED enum gm_status gm_file_write(const char *path, struct gm_bytes content);

/* The whole file, a NUL behind it that is not counted, into the arena, which has room for size_max
 * + 1 bytes or the file is GM_TOO_LARGE, as it is over size_max. */
GM_CHECKED enum gm_status gm_file_read(const char *path, size_t size_max, struct gm_arena *arena,
                                       struct gm_bytes *ret_content);

/* A lock that ends with its process, whatever way that ends; the file stays. */
struct gm_lock {
    int fd; /* -1: none */
};

/* Makes the file where missing and writes our process id into it. GM_BUSY where another open lock,
 * of this process or another, holds it: *ret_holder (unless NULL) is then its process id, 0 if
 * unknown. */
GM_CHECKED enum gm_status gm_lock_take(const char *path, struct gm_lock *ret_lock,
                                       pid_t *ret_holder);
void gm_lock_release(struct gm_lock *lock);

/* Whether the file system under path (which exists) is one whose locks and mapped files are not to
 * be trusted across machines: NFS, SMB, 9P, FUSE and the like. False where it cannot be asked: the
 * open that follows will say why. */
bool gm_fs_is_network(const char *path);
/* The same of statfs's f_type. */
bool gm_fs_magic_is_network(uint64_t magic);

/* A fresh folder, in memory where the machine has /dev/shm; free removes it with all that is in it
 * and accepts NULL. A failure is asserted: for tests and the simulator. */
char *gm_temp_dir_new(void);
void gm_temp_dir_free(char *path);
