/* runtime/crash.h - signals of a service: a handler that marks the command being decided when the
 * process breaks, and a descriptor that tells of SIGTERM and SIGINT. */
#pragma once

#include "runtime/poison.h"

/* SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT mark the poison file, on a stack of their own, then
 * end the process as they would have. NULL: no file any more. */
void gm_crash_set_up(struct gm_poison *poison);
/* Blocks SIGTERM and SIGINT in this thread and those it starts; a signalfd for them, -1 on failure.
 * SIGPIPE is ignored. */
int gm_crash_signals(void);
