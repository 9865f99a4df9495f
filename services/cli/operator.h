/* cli/operator.h - commands for who runs the services. */
#pragma once

#include "cli/command.h"

enum cli_exit cli_run_status(struct cli *cli, const struct cli_line *line);
enum cli_exit cli_run_confirm_clock(struct cli *cli, const struct cli_line *line);
enum cli_exit cli_run_any(struct cli *cli, const struct cli_line *line);
enum cli_exit cli_run_watch(struct cli *cli, const struct cli_line *line);
enum cli_exit cli_run_verify(struct cli *cli, const struct cli_line *line);
enum cli_exit cli_run_tour(struct cli *cli, const struct cli_line *line);

/* Whether it is a service's name; says so where it is not. */
GM_CHECKED bool cli_knows_service(struct cli *cli, const char *name);
