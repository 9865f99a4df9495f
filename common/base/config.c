#include "base/config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/text.h"

#define VARIABLE_PREFIX "GOMNET_"
#define CONFIG_VARIABLE VARIABLE_PREFIX "CONFIG"

enum {
    LONG_BASE = 256, /* getopt's value of the first option; below it are letters */
    LONG_CONFIG = LONG_BASE + GM_OPTIONS_MAX,
};

/* Where a value of an option was found; NULL: not there. */
struct given {
    const char *flag;
    const char *variable;
    const char *file;
    int line; /* of the file */
};

struct reader {
    const struct gm_program *program;
    struct gm_arena *arena;
    char *const *environment;
    const char *file; /* the config file's path, or NULL */
    struct given given[GM_OPTIONS_MAX];
    struct gm_config config;
};

/* Ends the reading with a sentence, NULL where the arena had no room for it. Returns false. */
static bool refuse(struct reader *reader, const char *sentence)
{
    reader->config.action = GM_CONFIG_REFUSE;
    reader->config.text = sentence != NULL ? sentence : "The options are too long.\n";
    return false;
}

static const struct gm_option *find(const struct gm_program *program, const char *name)
{
    for (size_t i = 0; i < program->option_count; i++) {
        if (strcmp(program->options[i].name, name) == 0) return &program->options[i];
    }
    return NULL;
}

/* ---- flags ---- */

/* getopt's two descriptions of the same flags. */
struct flags {
    struct option longs[GM_OPTIONS_MAX + 4];
    char letters[2 * GM_OPTIONS_MAX + 8];
};

static void describe_flags(const struct gm_program *program, struct flags *flags)
{
    size_t used = 0;
    char *letters = flags->letters;
    if (program->options_first) letters[used++] = '+';
    letters[used++] = ':'; /* tell a missing value from an unknown flag */
    letters[used++] = 'h';
    letters[used++] = 'V';
    struct option *next = flags->longs;
    for (size_t i = 0; i < program->option_count; i++) {
        const struct gm_option *option = &program->options[i];
        const bool alone = option->kind == GM_OPTION_BOOLEAN;
        *next++ = (struct option){
            .name = option->name,
            .has_arg = alone ? optional_argument : required_argument,
            .val = LONG_BASE + (int)i,
        };
        if (option->letter == 0) continue;
        GM_ASSERT(option->letter != 'h');
        GM_ASSERT(option->letter != 'V');
        letters[used++] = option->letter;
        if (!alone) letters[used++] = ':';
    }
    *next++ = (struct option){.name = "config", .has_arg = required_argument, .val = LONG_CONFIG};
    *next++ = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
    *next++ = (struct option){.name = "version", .has_arg = no_argument, .val = 'V'};
    *next = (struct option){.name = NULL};
    letters[used] = '\0';
}

/* The option of a value of getopt's. */
static size_t index_of(const struct gm_program *program, int found)
{
    if (found >= LONG_BASE) return (size_t)(found - LONG_BASE);
    size_t i = 0;
    while (i < program->option_count && program->options[i].letter != found) {
        i++;
    }
    GM_ASSERT(i < program->option_count);
    return i;
}

static bool show(struct reader *reader, const char *text)
{
    if (text == NULL) return refuse(reader, NULL);
    reader->config.action = GM_CONFIG_SHOW;
    reader->config.text = text;
    return false;
}

/* argument is what getopt looked at last. */
static bool refuse_flag(struct reader *reader, int found, const char *argument)
{
    struct gm_arena *arena = reader->arena;
    const char *name = reader->program->name;
    if (found == ':') {
        return refuse(reader, gm_arena_format(arena, "%s needs a value; %s --help says which.\n",
                                              argument, name));
    }
    if (optopt >= LONG_BASE || optopt == 'h' || optopt == 'V') {
        return refuse(reader, gm_arena_format(arena, "%s takes no value.\n", argument));
    }
    if (optopt != 0) {
        return refuse(reader, gm_arena_format(arena, "-%c is no option of %s; --help lists them.\n",
                                              optopt, name));
    }
    return refuse(reader, gm_arena_format(arena,
                                          "%s is no option of %s, or the beginning of several; "
                                          "--help lists them.\n",
                                          argument, name));
}

static bool take_flag(struct reader *reader, int found, const char *argument)
{
    const struct gm_program *program = reader->program;
    switch (found) {
    case 'h':
        return show(reader, gm_config_help(program, reader->arena));
    case 'V':
        return show(reader,
                    gm_arena_format(reader->arena, "%s %s\n", program->name, program->version));
    case ':':
    case '?':
        return refuse_flag(reader, found, argument);
    case LONG_CONFIG:
        reader->file = optarg;
        return true;
    default:
        /* A yes-or-no flag may stand alone. */
        reader->given[index_of(program, found)].flag = optarg != NULL ? optarg : "yes";
        return true;
    }
}

static bool read_flags(struct reader *reader, int argc, char *const *argv)
{
    static char *const nothing[] = {NULL};
    reader->config.arguments = (char **)nothing;
    if (argc < 1) return true;

    /* getopt puts the arguments behind the options, in a copy. */
    char **copy = gm_arena_copy(reader->arena, argv, ((size_t)argc + 1) * sizeof *argv);
    if (copy == NULL) return refuse(reader, NULL);
    struct flags flags;
    describe_flags(reader->program, &flags);
    optind = 0;
    opterr = 0;
    int found;
    while ((found = getopt_long(argc, copy, flags.letters, flags.longs, NULL)) != -1) {
        if (!take_flag(reader, found, copy[optind - 1])) return false;
    }
    reader->config.arguments = copy + optind;
    reader->config.argument_count = (size_t)(argc - optind);
    if (reader->program->arguments != NULL || optind == argc) return true;
    return refuse(reader, gm_arena_format(reader->arena,
                                          "\"%s\" is too much: %s takes options only; --help lists "
                                          "them.\n",
                                          copy[optind], reader->program->name));
}

/* ---- environment ---- */

/* The value of a variable that is set and not empty, or NULL. */
static const char *variable(char *const *environment, const char *name)
{
    const size_t length = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, length) != 0 || (*environment)[length] != '=') continue;
        const char *value = *environment + length + 1;
        return *value == '\0' ? NULL : value;
    }
    return NULL;
}

static bool is_variable_of(const struct gm_program *program, const char *setting)
{
    char name[GM_VARIABLE_NAME_MAX];
    const size_t length = strcspn(setting, "=");
    if (strncmp(setting, CONFIG_VARIABLE "=", sizeof CONFIG_VARIABLE) == 0) return true;
    for (size_t i = 0; i < program->option_count; i++) {
        gm_config_variable(&program->options[i], name);
        if (strlen(name) == length && strncmp(name, setting, length) == 0) return true;
    }
    return false;
}

static void read_environment(struct reader *reader)
{
    char name[GM_VARIABLE_NAME_MAX];
    for (size_t i = 0; i < reader->program->option_count; i++) {
        gm_config_variable(&reader->program->options[i], name);
        reader->given[i].variable = variable(reader->environment, name);
    }
    if (reader->file == NULL) reader->file = variable(reader->environment, CONFIG_VARIABLE);

    for (char *const *at = reader->environment; *at != NULL; at++) {
        if (strncmp(*at, VARIABLE_PREFIX, sizeof VARIABLE_PREFIX - 1) != 0) continue;
        if (is_variable_of(reader->program, *at)) continue;
        reader->config.unknown_variable = *at;
        return;
    }
}

/* ---- file ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct gm_bytes without_spaces(struct gm_bytes text)
{
    while (text.size > 0 && is_blank(text.at[0])) {
        text = gm_bytes(text.at + 1, text.size - 1);
    }
    while (text.size > 0 && is_blank(text.at[text.size - 1])) {
        text.size--;
    }
    return text;
}

static bool read_line(struct reader *reader, int number, struct gm_bytes line)
{
    line = without_spaces(line);
    if (line.size == 0 || line.at[0] == '#') return true;
    const uint8_t *sign = memchr(line.at, '=', line.size);
    if (sign == NULL) {
        return refuse(reader, gm_arena_format(reader->arena,
                                              "%s:%d: a line is `name = value`, not \"%.*s\".\n",
                                              reader->file, number, (int)line.size, line.at));
    }
    const size_t before = (size_t)(sign - line.at);
    const char *name = gm_arena_copy_text(reader->arena, without_spaces(gm_bytes(line.at, before)));
    const char *value = gm_arena_copy_text(
        reader->arena, without_spaces(gm_bytes(sign + 1, line.size - before - 1)));
    if (name == NULL || value == NULL) return refuse(reader, NULL);

    const struct gm_option *option = find(reader->program, name);
    if (option == NULL) {
        return refuse(reader, gm_arena_format(reader->arena,
                                              "%s:%d: %s is no option of %s; --help lists them.\n",
                                              reader->file, number, name, reader->program->name));
    }
    struct given *given = &reader->given[option - reader->program->options];
    if (given->file != NULL) {
        return refuse(reader,
                      gm_arena_format(reader->arena, "%s:%d: %s stands in line %d already.\n",
                                      reader->file, number, name, given->line));
    }
    given->file = value;
    given->line = number;
    return true;
}

static bool read_file(struct reader *reader)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; /* that some editors put before UTF-8 */
    if (reader->file == NULL) return true;
    struct gm_bytes content;
    const enum gm_status status =
        gm_file_read(reader->file, GM_CONFIG_FILE_BYTES_MAX, reader->arena, &content);
    if (status != GM_OK) {
        return refuse(reader,
                      gm_arena_format(reader->arena, "Cannot read the config file %s: %s.\n",
                                      reader->file, gm_status_name(status)));
    }
    if (!gm_text_is_utf8(content) || memchr(content.at, '\0', content.size) != NULL) {
        return refuse(reader,
                      gm_arena_format(reader->arena, "The config file %s is not UTF-8 text.\n",
                                      reader->file));
    }
    if (content.size >= sizeof mark && memcmp(content.at, mark, sizeof mark) == 0) {
        content = gm_bytes(content.at + sizeof mark, content.size - sizeof mark);
    }
    for (int number = 1; content.size > 0; number++) {
        const uint8_t *end = memchr(content.at, '\n', content.size);
        const size_t size = end == NULL ? content.size : (size_t)(end - content.at);
        if (!read_line(reader, number, gm_bytes(content.at, size))) return false;
        const size_t taken = end == NULL ? size : size + 1;
        content = gm_bytes(content.at + taken, content.size - taken);
    }
    return true;
}

/* ---- values ---- */

/* origin names where the text was given, as the user would know it. */
static bool set(struct reader *reader, const struct gm_option *option, const char *origin,
                const char *text, void *settings)
{
    if (origin == NULL) return refuse(reader, NULL);
    if (gm_option_set(option, text, settings) == GM_OK) return true;
    char takes[GM_OPTION_TAKES_MAX];
    return refuse(reader, gm_arena_format(reader->arena, "%s takes %s, not \"%s\".\n", origin,
                                          gm_option_takes(option, takes), text));
}

/* From the weakest to the strongest, each over the one before. */
static bool settle(struct reader *reader, size_t i, void *settings)
{
    const struct gm_option *option = &reader->program->options[i];
    const struct given *given = &reader->given[i];
    struct gm_arena *arena = reader->arena;
    char name[GM_VARIABLE_NAME_MAX];
    gm_config_variable(option, name);

    GM_ASSERT(option->standard != NULL || option->kind == GM_OPTION_TEXT);
    const enum gm_status status = gm_option_set(option, option->standard, settings);
    GM_ASSERT(status == GM_OK);
    if (given->file != NULL &&
        !set(reader, option,
             gm_arena_format(arena, "%s:%d: %s", reader->file, given->line, option->name),
             given->file, settings)) {
        return false;
    }
    if (given->variable != NULL && !set(reader, option, name, given->variable, settings)) {
        return false;
    }
    if (given->flag != NULL &&
        !set(reader, option, gm_arena_format(arena, "--%s", option->name), given->flag, settings)) {
        return false;
    }
    if (!option->required || given->file || given->variable || given->flag) return true;
    return refuse(reader, gm_arena_format(arena,
                                          "%s is missing: give --%s, the variable %s or a line in "
                                          "the file of --config.\n",
                                          option->name, option->name, name));
}

struct gm_config gm_config_read(const struct gm_program *program, struct gm_arena *arena, int argc,
                                char *const *argv, char *const *environment, void *ret_settings)
{
    GM_ASSERT(program->option_count <= GM_OPTIONS_MAX);
    struct reader reader = {.program = program, .arena = arena, .environment = environment};
    if (!read_flags(&reader, argc, argv)) return reader.config;
    read_environment(&reader);
    if (!read_file(&reader)) return reader.config;
    for (size_t i = 0; i < program->option_count; i++) {
        if (!settle(&reader, i, ret_settings)) return reader.config;
    }
    return reader.config;
}

char *gm_config_variable(const struct gm_option *option, char ret[GM_VARIABLE_NAME_MAX])
{
    const int length = snprintf(ret, GM_VARIABLE_NAME_MAX, VARIABLE_PREFIX "%s", option->name);
    GM_ASSERT(length > 0);
    GM_ASSERT(length < GM_VARIABLE_NAME_MAX);
    for (char *at = ret; *at != '\0'; at++) {
        if (*at == '-') *at = '_';
        if (*at >= 'a' && *at <= 'z') *at = (char)(*at - 'a' + 'A');
    }
    return ret;
}
