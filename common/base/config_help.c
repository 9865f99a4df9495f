#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/cleanup.h"
#include "base/config.h"

/* The word for a value in the flag's own line. */
static const char *value_word(enum gm_option_kind kind)
{
    switch (kind) {
    case GM_OPTION_TEXT:
        return "TEXT";
    case GM_OPTION_INTEGER:
        return "NUMBER";
    case GM_OPTION_BYTES:
        return "SIZE";
    case GM_OPTION_DURATION:
        return "TIME";
    case GM_OPTION_BOOLEAN:
        return "yes|no";
    case GM_OPTION_CHOICE:
        return "WORD";
    }
    GM_UNREACHABLE();
}

static void print_option(FILE *out, const struct gm_option *option)
{
    char variable[GM_VARIABLE_NAME_MAX];
    char takes[GM_OPTION_TAKES_MAX];
    if (option->letter != 0) {
        fprintf(out, "  -%c, ", option->letter);
    } else {
        fprintf(out, "      ");
    }
    fprintf(out, option->kind == GM_OPTION_BOOLEAN ? "--%s[=%s]\n" : "--%s=%s\n", option->name,
            value_word(option->kind));
    fprintf(out, "          %s\n", option->help);
    fprintf(out, "          Takes %s. ", gm_option_takes(option, takes));
    if (option->required) {
        fprintf(out, "Has to be given. ");
    } else if (option->standard == NULL || option->standard[0] == '\0') {
        fprintf(out, "Default: none. ");
    } else {
        fprintf(out, "Default: %s. ", option->standard);
    }
    fprintf(out, "Variable: %s.\n", gm_config_variable(option, variable));
}

static void print_help(FILE *out, const struct gm_program *program)
{
    fprintf(out, "Usage: %s [OPTION]...", program->name);
    if (program->arguments != NULL) fprintf(out, " %s", program->arguments);
    fprintf(out, "\n\n%s\n\n", program->purpose);
    fprintf(out, "An option may be given as a flag, as an environment variable or as a line\n"
                 "`name = value` of the config file; a flag counts before a variable, a variable\n"
                 "before the file.\n\nOptions:\n");
    for (size_t i = 0; i < program->option_count; i++) {
        print_option(out, &program->options[i]);
    }
    fprintf(out, "      --config=FILE\n"
                 "          Reads options from this file. Default: none. Variable: GOMNET_CONFIG.\n"
                 "  -h, --help\n"
                 "          Shows this text.\n"
                 "  -V, --version\n"
                 "          Shows the version.\n");
}

const char *gm_config_help(const struct gm_program *program, struct gm_arena *arena)
{
    GM_CLEANUP(gm_freep) char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) return NULL;
    print_help(out, program);
    const bool whole = ferror(out) == 0;
    if (fclose(out) != 0 || !whole) return NULL;
    return gm_arena_copy_text(arena, gm_bytes(text, size));
}
