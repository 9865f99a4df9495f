/* store/env_faults.h - a disk that fails: stands in front of the calls by which LMDB writes and
 * syncs (pwrite, writev, fdatasync), in the programs that link it. Test code, for one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum env_fault {
    ENV_FAULT_LOST,   /* the call does nothing and fails */
    ENV_FAULT_LANDED, /* the call does its work and fails */
};

/* The nth call from now on (from 1) fails with this errno; lasting: and all after it do, as LOST.
 */
void env_faults_arm(size_t nth, enum env_fault fault, int error, bool lasting);
/* The next write of a meta page, LMDB's point of no return, fails so, and all after it. */
void env_faults_arm_meta(enum env_fault fault, int error);
/* Back to a sound disk; whether a call had failed. */
bool env_faults_disarm(void);
