#include "store/env_faults.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { META_BYTES_MAX = 512 }; /* LMDB writes whole pages, but of a meta page only its fields */

static struct {
    bool armed;
    bool meta;
    size_t calls_left; /* until the one that fails */
    enum env_fault fault;
    int error;
    bool lasting;
    bool failed;
} disk;

void env_faults_arm(size_t nth, enum env_fault fault, int error, bool lasting)
{
    disk.armed = true;
    disk.meta = false;
    disk.calls_left = nth;
    disk.fault = fault;
    disk.error = error;
    disk.lasting = lasting;
    disk.failed = false;
}

void env_faults_arm_meta(enum env_fault fault, int error)
{
    env_faults_arm(0, fault, error, true);
    disk.meta = true;
}

bool env_faults_disarm(void)
{
    disk.armed = false;
    return disk.failed;
}

/* Whether this call is to fail; *ret_does_work: after its work. */
static bool fails(bool is_meta, bool *ret_does_work)
{
    *ret_does_work = false;
    if (!disk.armed) return false;
    if (disk.failed) return disk.lasting;
    if (disk.meta ? !is_meta : --disk.calls_left > 0) return false;
    disk.failed = true;
    *ret_does_work = disk.fault == ENV_FAULT_LANDED;
    return true;
}

static ssize_t failure(void)
{
    errno = disk.error;
    return -1;
}

ssize_t pwrite(int fd, const void *at, size_t size, off_t offset)
{
    bool does_work;
    const bool fail = fails(size <= META_BYTES_MAX, &does_work);
    if (fail && !does_work) return failure();
    const ssize_t written = syscall(SYS_pwrite64, fd, at, size, offset);
    return fail ? failure() : written;
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    bool does_work;
    const bool fail = fails(false, &does_work);
    if (fail && !does_work) return failure();
    const ssize_t written = syscall(SYS_writev, fd, pieces, count);
    return fail ? failure() : written;
}

int fdatasync(int fd)
{
    bool does_work;
    const bool fail = fails(false, &does_work);
    if (fail && !does_work) return (int)failure();
    const int result = (int)syscall(SYS_fdatasync, fd);
    return fail ? (int)failure() : result;
}
