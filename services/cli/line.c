#include <getopt.h>
#include <string.h>

#include "base/assert.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/member.h"
#include "cli/message.h"
#include "cli/settings.h"
#include "cli/transfer.h"

enum {
    INPUTS_MAX = 48,          /* of a command */
    FILE_BYTES_MAX = 4 << 20, /* of JSON: a message is 1 MiB at most */
    LONG_INPUT = 256,         /* getopt's values: of the command's own, */
    LONG_SHARED = 512,        /* of those that all share, */
    LONG_FROM = 768,          /* and of these */
    LONG_HELP,
    LONG_DRY_RUN,
};

const struct cli_command *const cli_command_groups[] = {
    cli_product_commands,  cli_lot_commands,  cli_match_commands,    cli_order_commands,
    cli_transfer_commands, cli_code_commands, cli_operator_commands, NULL,
};

const struct gm_method *cli_method_of(const struct cli_command *command)
{
    if (command->method == NULL) return NULL;
    const struct gm_method *method = gm_method_named(command->service, command->method);
    GM_ASSERT(method != NULL);
    return method;
}

bool cli_writes(const struct cli_command *command)
{
    const struct gm_method *method = cli_method_of(command);
    return command->writes || (method != NULL && method->kind == GM_METHOD_COMMAND);
}

/* ---- which command ---- */

/* How many of argv are the command's words; 0: it is another. */
static int words_match(const char *words, int argc, char *const *argv)
{
    int used = 0;
    while (*words != '\0') {
        const size_t size = strcspn(words, " ");
        if (used == argc || strlen(argv[used]) != size || memcmp(argv[used], words, size) != 0)
            return 0;
        used++;
        words += size + (words[size] == ' ');
    }
    return used;
}

/* What may follow the word that argv begins with. */
static const char *second_words(struct cli *cli, const char *first)
{
    const char *list = "";
    const size_t size = strlen(first);
    for (size_t g = 0; cli_command_groups[g] != NULL; g++) {
        for (const struct cli_command *c = cli_command_groups[g]; c->words != NULL; c++) {
            if (strncmp(c->words, first, size) != 0 || c->words[size] != ' ') continue;
            list = gm_arena_format(cli->arena, "%s%s%s", list, list[0] == '\0' ? "" : ", ",
                                   c->words + size + 1);
            if (list == NULL) return "";
        }
    }
    return list;
}

static const struct cli_command *find(int argc, char *const *argv, int *ret_used)
{
    const struct cli_command *found = NULL;
    *ret_used = 0;
    for (size_t g = 0; cli_command_groups[g] != NULL; g++) {
        for (const struct cli_command *c = cli_command_groups[g]; c->words != NULL; c++) {
            const int used = words_match(c->words, argc, argv);
            if (used <= *ret_used) continue;
            *ret_used = used;
            found = c;
        }
    }
    return found;
}

/* ---- options ---- */

static void describe(const struct cli_command *command, struct option *longs,
                     const struct cli_input **inputs)
{
    size_t count = 0;
    for (const struct cli_input *in = command->inputs; in != NULL && in->name != NULL; in++) {
        if ((in->flags & CLI_ARGUMENT) != 0) continue;
        GM_ASSERT(count < INPUTS_MAX);
        inputs[count] = in;
        *longs++ = (struct option){
            .name = in->name,
            .has_arg = (in->flags & CLI_SWITCH) != 0 ? no_argument : required_argument,
            .val = LONG_INPUT + (int)count++,
        };
    }
    for (size_t i = 0; i < cli_option_count; i++) {
        *longs++ = (struct option){
            .name = cli_options[i].name,
            .has_arg =
                cli_options[i].kind == GM_OPTION_BOOLEAN ? optional_argument : required_argument,
            .val = LONG_SHARED + (int)i,
        };
    }
    if (cli_writes(command)) *longs++ = (struct option){"dry-run", no_argument, NULL, LONG_DRY_RUN};
    if (command->method != NULL)
        *longs++ = (struct option){"from", required_argument, NULL, LONG_FROM};
    *longs++ = (struct option){"help", no_argument, NULL, LONG_HELP};
    *longs = (struct option){NULL, 0, NULL, 0};
}

static void add(struct cli_line *line, const struct cli_input *input, const char *value)
{
    line->given[line->given_count++] = (struct cli_given){.input = input, .value = value};
}

static enum cli_exit take_shared(struct cli *cli, const struct gm_option *option, const char *text)
{
    if (text == NULL) text = "yes";
    if (gm_option_set(option, text, &cli->settings) == GM_OK) return CLI_EXIT_OK;
    char takes[GM_OPTION_TAKES_MAX];
    return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_OPTION_TAKES, option->name,
                    gm_option_takes(option, takes), text);
}

static enum cli_exit read_options(struct cli *cli, int argc, char **argv, struct cli_line *line)
{
    struct option longs[2 * INPUTS_MAX];
    const struct cli_input *inputs[INPUTS_MAX];
    describe(line->command, longs, inputs);
    optind = 0;
    opterr = 0;
    int found;
    while ((found = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
        if (found == ':')
            return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_OPTION_VALUE, argv[optind - 1]);
        if (found == '?') {
            const enum cli_word word =
                optopt >= LONG_INPUT ? CLI_SAY_OPTION_ALONE : CLI_SAY_OPTION_UNKNOWN;
            CLI_FAIL(cli, CLI_EXIT_USAGE, word, argv[optind - 1], line->command->words);
            return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_SEE_HELP, line->command->words);
        }
        if (found == LONG_HELP || found == 'h') {
            line->help = true;
        } else if (found == LONG_FROM) {
            line->from = optarg;
        } else if (found == LONG_DRY_RUN) {
            cli->settings.dry_run = true;
        } else if (found >= LONG_SHARED) {
            const enum cli_exit code = take_shared(cli, &cli_options[found - LONG_SHARED], optarg);
            if (code != CLI_EXIT_OK) return code;
        } else {
            add(line, inputs[found - LONG_INPUT], optarg == NULL ? "yes" : optarg);
        }
    }
    return CLI_EXIT_OK;
}

static enum cli_exit read_arguments(struct cli *cli, int count, char **arguments,
                                    struct cli_line *line)
{
    int next = 0;
    for (const struct cli_input *in = line->command->inputs; in != NULL && in->name != NULL; in++) {
        if ((in->flags & CLI_ARGUMENT) == 0) continue;
        do {
            if (next < count) add(line, in, arguments[next++]);
        } while (next < count && (in->flags & CLI_MANY) != 0);
    }
    if (next == count || line->help) return CLI_EXIT_OK;
    CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_ARGUMENT_SURPLUS, arguments[next]);
    return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_SEE_HELP, line->command->words);
}

static enum cli_exit check_needed(struct cli *cli, const struct cli_line *line)
{
    for (const struct cli_input *in = line->command->inputs; in != NULL && in->name != NULL; in++) {
        if ((in->flags & CLI_NEEDED) == 0 || cli_given_count(line, in->name) > 0) continue;
        if (line->from != NULL) continue; /* the file may say it; the service looks */
        const enum cli_word word =
            (in->flags & CLI_ARGUMENT) != 0 ? CLI_SAY_ARGUMENT_MISSING : CLI_SAY_OPTION_MISSING;
        CLI_FAIL(cli, CLI_EXIT_USAGE, word, in->name, in->help[cli->language]);
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_SEE_HELP, line->command->words);
    }
    return CLI_EXIT_OK;
}

enum cli_exit cli_line_read(struct cli *cli, int argc, char *const *argv, struct cli_line *ret_line)
{
    int used;
    const struct cli_command *command = find(argc, argv, &used);
    if (command == NULL) {
        const char *next = argc == 0 ? "" : second_words(cli, argv[0]);
        if (next[0] != '\0')
            return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_COMMAND_PART, argv[0], next);
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_COMMAND_UNKNOWN, argc == 0 ? "" : argv[0]);
    }
    /* getopt begins behind the first, which is the command's last word, and reorders a copy. */
    const int rest = argc - used + 1;
    char **copy = gm_arena_copy(cli->arena, argv + used - 1, ((size_t)rest + 1) * sizeof *argv);
    struct cli_given *given = GM_ARENA_ARRAY(cli->arena, struct cli_given, (size_t)rest + 1);
    if (copy == NULL || given == NULL) return cli_overflow(cli);
    struct cli_line line = {.command = command, .given = given};
    enum cli_exit code = read_options(cli, rest, copy, &line);
    if (code == CLI_EXIT_OK) code = read_arguments(cli, rest - optind, copy + optind, &line);
    if (code == CLI_EXIT_OK && !line.help) code = check_needed(cli, &line);
    if (code == CLI_EXIT_OK) *ret_line = line;
    return code;
}

/* ---- what was given ---- */

static const struct cli_input *input_of(const struct cli_line *line, const char *name)
{
    for (const struct cli_input *in = line->command->inputs; in != NULL && in->name != NULL; in++) {
        if (strcmp(in->name, name) == 0) return in;
    }
    return NULL;
}

size_t cli_given_count(const struct cli_line *line, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < line->given_count; i++) {
        if (strcmp(line->given[i].input->name, name) == 0) count++;
    }
    return count;
}

const char *cli_given_at(const struct cli_line *line, const char *name, size_t index)
{
    for (size_t i = 0; i < line->given_count; i++) {
        if (strcmp(line->given[i].input->name, name) != 0) continue;
        if (index-- == 0) return line->given[i].value;
    }
    return NULL;
}

const char *cli_given_of(const struct cli_line *line, const char *name)
{
    const size_t count = cli_given_count(line, name);
    if (count > 0) return cli_given_at(line, name, count - 1);
    const struct cli_input *input = input_of(line, name);
    GM_ASSERT(input != NULL);
    return input->standard;
}

/* ---- the request ---- */

static enum cli_exit fill_from(struct cli *cli, const char *path, ProtobufCMessage *request)
{
    struct gm_bytes text = {0};
    json_error_t error;
    json_t *json;
    if (strcmp(path, "-") == 0) {
        json = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
    } else {
        const enum gm_status status = gm_file_read(path, FILE_BYTES_MAX, cli->arena, &text);
        if (status != GM_OK)
            return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_FILE_UNREADABLE, path,
                            gm_status_name(status));
        json = json_loadb((const char *)text.at, text.size, JSON_REJECT_DUPLICATES, &error);
    }
    if (json == NULL) {
        char number[24];
        snprintf(number, sizeof number, "%d", error.line);
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_FILE_NO_JSON, path, number, error.text);
    }
    char field[CLI_JSON_PATH_MAX];
    const enum gm_status status = cli_json_fill(json, request, cli->arena, field);
    json_decref(json);
    if (status == GM_OK) return CLI_EXIT_OK;
    if (status == GM_TOO_LARGE) return cli_overflow(cli);
    return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_FILE_FIELD, path, field);
}

enum cli_exit cli_put(struct cli *cli, struct cli_filling *filling, ProtobufCMessage *message,
                      const char *path, const char *name, const char *value)
{
    if (cli_fill(filling, message, path, value)) return CLI_EXIT_OK;
    return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_VALUE_WRONG, name, value,
                    filling->why == NULL ? "" : filling->why);
}

/* The currency that the message names already, where an input fills one in. */
static struct gm_currency currency_of(const struct cli_line *line, const ProtobufCMessage *request)
{
    struct gm_currency currency = {0};
    for (const struct cli_input *in = line->command->inputs; in != NULL && in->name != NULL; in++) {
        if (strcmp(in->name, "currency") != 0 || in->path == NULL) continue;
        const ProtobufCFieldDescriptor *field = NULL;
        const ProtobufCMessage *owner = cli_message_follow(request, in->path, &field);
        if (owner != NULL)
            gm_ignore(gm_currency_parse(cli_message_text(owner, field, 0), &currency),
                      "then none is named");
    }
    return currency;
}

enum cli_exit cli_request_of(struct cli *cli, const struct cli_line *line, struct cli_base base,
                             ProtobufCMessage **ret_request)
{
    const struct gm_method *method = cli_method_of(line->command);
    ProtobufCMessage *request = base.message != NULL
                                    ? base.message
                                    : cli_message_new(method->request->descriptor, cli->arena);
    if (request == NULL) return cli_overflow(cli);
    enum cli_exit code = CLI_EXIT_OK;
    if (line->from != NULL) code = fill_from(cli, line->from, request);
    struct cli_filling filling = {
        .arena = cli->arena, .language = cli->language, .currency = currency_of(line, request)};
    /* In the table's order: the currency stands before what is counted in it. */
    for (const struct cli_input *in = line->command->inputs; in != NULL && in->name != NULL; in++) {
        if (in->path == NULL || code != CLI_EXIT_OK) continue;
        const size_t count = cli_given_count(line, in->name);
        const ProtobufCFieldDescriptor *field = NULL;
        const ProtobufCMessage *owner = cli_message_follow(request, in->path, &field);
        if (count == 0 && in->standard != NULL && !base.is_known &&
            (owner == NULL || !cli_message_has(owner, field)))
            code = cli_put(cli, &filling, request, in->path, in->name, in->standard);
        /* What is given replaces a list that was there. */
        if (count > 0 && owner != NULL && field->label == PROTOBUF_C_LABEL_REPEATED)
            cli_message_clear((ProtobufCMessage *)(uintptr_t)owner, field);
        for (size_t i = 0; i < count && code == CLI_EXIT_OK; i++) {
            code = cli_put(cli, &filling, request, in->path, in->name,
                           cli_given_at(line, in->name, i));
        }
    }
    if (code == CLI_EXIT_OK) *ret_request = request;
    return code;
}
