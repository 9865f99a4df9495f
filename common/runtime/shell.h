/* runtime/shell.h - the thin shell around the host: sockets, threads, clocks, files, signals. One
 * core thread owns the sockets and the host; one thread appends to the journal, one checkpoints, a
 * few run searches.
 *
 *   <data>/<service>/lock       held while the process runs, its process id inside
 *   <data>/<service>/journal/   the history: what has to be kept
 *   <data>/<service>/tables/    folded from it: may be removed, is rebuilt at the next start
 *   <data>/<service>/poison     the command being decided (runtime/poison.h)
 *   <data>/<service>/endpoint   where it listens, for peers and the command line
 *
 * Crash-only: an append that is not acked or a failed commit ends the process; something starts it
 * again. */
#pragma once

#include "runtime/service.h"

/* Exit codes, beside 0 after SIGTERM or SIGINT. */
enum gm_exit {
    GM_EXIT_USAGE = 2,   /* options */
    GM_EXIT_SETUP = 3,   /* data folder, port, privileges: to be put right by the operator */
    GM_EXIT_AGAIN = 4,   /* start it again: an append was not acked, memory passed its limit */
    GM_EXIT_DAMAGED = 5, /* journal or tables do not check: see `gomnet verify` */
};

/* Reads the options, runs the service until SIGTERM or SIGINT, returns the exit code. main's body.
 */
int gm_shell_main(const struct gm_service *service, const char *version, int argc, char **argv);
