/* base/config.h - a program's options from its flags, its environment and a file, by one table.
 * What is given in several places counts by the first of:
 *
 *   flag      --data-folder=var/catalog, --data-folder var/catalog, or its letter
 *   variable  GOMNET_DATA_FOLDER=var/catalog; an empty one counts as not set
 *   file      named by --config or GOMNET_CONFIG: a line `data-folder = var/catalog`; a line that
 * begins with # is a comment; the value is all after the sign, outer white space removed default of
 * the table
 *
 * Every value is checked, one that is overruled too. Reads nothing but the file: argv and the
 * environment are handed in. Flags are read by getopt_long (so `--data` is understood where it is
 * unambiguous, and
 * `--` ends the options), which keeps state of its own: for one thread at a time, at start. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/option.h"

enum {
    GM_OPTIONS_MAX = 64,       /* of a program */
    GM_VARIABLE_NAME_MAX = 64, /* bytes, NUL included */
    GM_CONFIG_FILE_BYTES_MAX = 64 * 1024,
    GM_CONFIG_ARENA_BYTES = 256 * 1024, /* an arena of this capacity is enough */
};

struct gm_program {
    const char *name;
    const char *version;
    const char *purpose; /* what it does: the help's first paragraph */
    const char
        *arguments; /* what follows the options, for the usage line: "FILE..."; NULL: nothing may */
    const struct gm_option *options;
    size_t option_count;
    bool options_first; /* the first argument ends the options: what follows it is a subcommand's */
};

enum gm_config_action {
    GM_CONFIG_RUN,    /* the settings are filled */
    GM_CONFIG_SHOW,   /* --help or --version: text to stdout, then exit 0 */
    GM_CONFIG_REFUSE, /* text is a sentence for stderr, then exit 2 */
};

struct gm_config {
    enum gm_config_action action;
    const char *text; /* ends in a newline */
    char **arguments; /* what was left of argv, ends with NULL */
    size_t argument_count;
    const char *unknown_variable; /* the first GOMNET_ one that is no option ("NAME=value"), for a
                                   * warning: the environment may be shared, so it is not refused */
};

/* Fills the program's settings. All that is returned, and the texts in settings, is borrowed from
 * arena, argv and environment. A default that its option does not take is a broken invariant
 * (asserted). */
struct gm_config gm_config_read(const struct gm_program *program, struct gm_arena *arena, int argc,
                                char *const *argv, char *const *environment, void *ret_settings);

/* What --help shows: every option with what it takes, its default and its variable. NULL: the arena
 * is full. */
const char *gm_config_help(const struct gm_program *program, struct gm_arena *arena);

/* The variable of an option: GOMNET_DATA_FOLDER. Returns ret. */
char *gm_config_variable(const struct gm_option *option, char ret[GM_VARIABLE_NAME_MAX]);
