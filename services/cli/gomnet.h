/* cli/gomnet.h - the whole program but its process: for main and for tests. */
#pragma once

#include <stdio.h>

#include "cli/cli.h"

/* connection: NULL opens one over sockets when it is needed; otherwise it stays the caller's. */
enum cli_exit cli_main(int argc, char *const *argv, char *const *environment, FILE *out, FILE *err,
                       struct cli_connection *connection);
