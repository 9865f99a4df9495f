#include "cli/gomnet.h"

#include <string.h>

#include "cli/command.h"
#include "cli/member.h"
#include "cli/settings.h"

/* The language before any option is read: of --help and of what is wrong with options. */
static enum gm_language early_language(int argc, char *const *argv, char *const *environment)
{
    struct cli_settings settings = {0};
    static const char flag[] = "--language";
    const size_t size = sizeof flag - 1;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], flag, size) != 0) continue;
        const char *value = argv[i][size] == '='                    ? argv[i] + size + 1
                            : argv[i][size] == '\0' && i + 1 < argc ? argv[i + 1]
                                                                    : "";
        if (strcmp(value, "en") == 0) settings.language = 1;
        if (strcmp(value, "vi") == 0) settings.language = 2;
    }
    return cli_language_of(&settings, environment);
}

static enum cli_exit set_member(struct cli *cli)
{
    if (cli->settings.as == NULL || cli->settings.as[0] == '\0') return CLI_EXIT_OK;
    if (cli_member_parse(gm_bytes_of_text(cli->settings.as), &cli->member) == GM_OK)
        return CLI_EXIT_OK;
    return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_VALUE_WRONG, "--as", cli->settings.as,
                    cli_word_text(cli->language, CLI_SAY_BAD_MEMBER));
}

static enum cli_exit run(struct cli *cli, int argc, char *const *argv, char *const *environment)
{
    static const struct gm_program program = {
        .name = "gomnet",
        .version = GOMNET_VERSION,
        .purpose = "Speaks to the services of Gomnet.",
        .arguments = "COMMAND",
        .options_first = true,
        .options = cli_options,
        .option_count = 5,
    };
    cli->language = early_language(argc, argv, environment);
    const struct gm_config config =
        gm_config_read(&program, cli->arena, argc, argv, environment, &cli->settings);
    if (config.action == GM_CONFIG_REFUSE) {
        fputs(config.text, cli->err);
        return CLI_EXIT_USAGE;
    }
    if (config.action == GM_CONFIG_SHOW) {
        /* The version is short; the help is ours, which knows the commands. */
        if (strncmp(config.text, "gomnet ", 7) == 0) {
            fputs(config.text, cli->out);
        } else {
            cli_help(cli, cli->out);
        }
        return CLI_EXIT_OK;
    }
    if (config.argument_count == 0) {
        cli_help(cli, cli->err);
        return CLI_EXIT_USAGE;
    }
    cli->language = cli_language_of(&cli->settings, environment);
    if (config.unknown_variable != NULL)
        CLI_FAIL(cli, CLI_EXIT_OK, CLI_SAY_VARIABLE_UNKNOWN, config.unknown_variable);
    struct cli_line line;
    enum cli_exit code = cli_line_read(cli, (int)config.argument_count, config.arguments, &line);
    if (code != CLI_EXIT_OK) return code;
    cli->language = cli_language_of(&cli->settings, environment);
    if (line.help) {
        cli_help_of(cli, line.command, cli->out);
        return CLI_EXIT_OK;
    }
    code = set_member(cli);
    return code == CLI_EXIT_OK ? line.command->run(cli, &line) : code;
}

enum cli_exit cli_main(int argc, char *const *argv, char *const *environment, FILE *out, FILE *err,
                       struct cli_connection *connection)
{
    struct gm_arena arena;
    if (gm_arena_init(&arena, CLI_ARENA_BYTES) != GM_OK) return CLI_EXIT_LATER;
    struct cli cli = {.arena = &arena, .out = out, .err = err, .connection = connection};
    const enum cli_exit code = run(&cli, argc, argv, environment);
    if (connection == NULL) cli_connection_close(cli.connection);
    gm_arena_release(&arena);
    return code;
}
