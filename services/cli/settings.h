/* cli/settings.h - the options that all commands share: before the command, behind it, as variables
 * (GOMNET_AS) or in a file. */
#pragma once

#include "base/config.h"
#include "cli/cli.h"

extern const struct gm_option cli_options[];
extern const size_t cli_option_count;

/* Asked for with `language` 1 or 2, else the first of LC_ALL, LC_MESSAGES, LANG that is set;
 * English where that is not Vietnamese. */
enum gm_language cli_language_of(const struct cli_settings *settings, char *const *environment);
