#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

struct settings {
    const char *data_folder;
    const char *peer;
    int64_t port;
    int64_t map;
    int64_t patience_ms;
    bool small;
    enum { COLD, WARM, HOT } kiln;
};

static const char *const kilns[] = {"cold", "warm", "hot", NULL};

static const struct gm_option options[] = {
    {.name = "data-folder",
     .letter = 'd',
     .kind = GM_OPTION_TEXT,
     .standard = "var/data",
     .help = "Where tables and journal lie.",
     GM_OPTION_FIELD(struct settings, data_folder)},
    {.name = "peer",
     .kind = GM_OPTION_TEXT,
     .help = "Whom to call.",
     GM_OPTION_FIELD(struct settings, peer)},
    {.name = "port",
     .letter = 'p',
     .kind = GM_OPTION_INTEGER,
     .standard = "5555",
     .min = 1,
     .max = 65535,
     .help = "Where to listen.",
     GM_OPTION_FIELD(struct settings, port)},
    {.name = "map",
     .kind = GM_OPTION_BYTES,
     .standard = "64G",
     .min = 1 << 20,
     .help = "Address space of the tables.",
     GM_OPTION_FIELD(struct settings, map)},
    {.name = "patience",
     .kind = GM_OPTION_DURATION,
     .standard = "5s",
     .max = 60000,
     .help = "How long to wait.",
     GM_OPTION_FIELD(struct settings, patience_ms)},
    {.name = "small",
     .letter = 's',
     .kind = GM_OPTION_BOOLEAN,
     .standard = "no",
     .help = "Starts small.",
     GM_OPTION_FIELD(struct settings, small)},
    {.name = "kiln",
     .kind = GM_OPTION_CHOICE,
     .standard = "cold",
     .choices = kilns,
     .help = "How hot.",
     GM_OPTION_FIELD(struct settings, kiln)},
};

static const struct gm_program program = {
    .name = "gomnet-test",
    .version = "1.2.3",
    .purpose = "Tests the options.",
    .arguments = "FILE...",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

struct fixture {
    struct gm_arena arena;
    char *folder;
    char file[GM_PATH_MAX];     /* the config file */
    char variable[GM_PATH_MAX]; /* GOMNET_CONFIG=file */
    struct settings settings;
    struct gm_config config;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.folder = gm_temp_dir_new()};
    *state = &fixture;
    if (gm_path_join(fixture.folder, "conf", fixture.file) != GM_OK) return -1;
    snprintf(fixture.variable, sizeof fixture.variable, "GOMNET_CONFIG=%.4000s", fixture.file);
    return gm_arena_init(&fixture.arena, GM_CONFIG_ARENA_BYTES) == GM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    gm_arena_release(&fixture->arena);
    gm_temp_dir_free(fixture->folder);
    return 0;
}

/* Reads flags and variables, lists that end with NULL; returns what is to be done. */
static enum gm_config_action read_as(struct fixture *fixture, const struct gm_program *as,
                                     const char *const *flags, const char *const *variables)
{
    char *argv[80] = {(char *)as->name};
    int argc = 1;
    for (; *flags != NULL; flags++) {
        argv[argc++] = (char *)*flags;
    }
    fixture->settings = (struct settings){.port = -7};
    fixture->config = gm_config_read(as, &fixture->arena, argc, argv, (char *const *)variables,
                                     &fixture->settings);
    return fixture->config.action;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void assert_runs(struct fixture *fixture, const char *const *flags,
                        const char *const *variables)
{
    const enum gm_config_action action = read_as(fixture, &program, flags, variables);
    if (action != GM_CONFIG_RUN) fail_msg("refused: %s", fixture->config.text);
}

static void assert_refuses(struct fixture *fixture, const char *const *flags,
                           const char *const *variables, const char *sentence)
{
    assert_int_equal(read_as(fixture, &program, flags, variables), GM_CONFIG_REFUSE);
    assert_string_equal(fixture->config.text, sentence);
}

static void write_file(struct fixture *fixture, const char *content)
{
    assert_int_equal(gm_file_write(fixture->file, gm_bytes_of_text(content)), GM_OK);
}

static void without_anything_given_the_defaults_count(void **state)
{
    struct fixture *fixture = *state;
    assert_runs(fixture, LIST(), LIST());
    assert_string_equal(fixture->settings.data_folder, "var/data");
    assert_null(fixture->settings.peer);
    assert_true(fixture->settings.port == 5555);
    assert_true(fixture->settings.map == INT64_C(64) << 30);
    assert_true(fixture->settings.patience_ms == 5000);
    assert_false(fixture->settings.small);
    assert_int_equal(fixture->settings.kiln, COLD);
    assert_int_equal(fixture->config.argument_count, 0);
    assert_null(fixture->config.arguments[0]);
    assert_null(fixture->config.unknown_variable);
}

static void a_program_without_argv_has_its_defaults(void **state)
{
    struct fixture *fixture = *state;
    char *const nothing[] = {NULL};
    fixture->config =
        gm_config_read(&program, &fixture->arena, 0, nothing, nothing, &fixture->settings);
    assert_int_equal(fixture->config.action, GM_CONFIG_RUN);
    assert_true(fixture->settings.port == 5555);
    assert_null(fixture->config.arguments[0]);
}

static void every_form_of_a_flag_is_understood(void **state)
{
    struct fixture *fixture = *state;
    assert_runs(fixture,
                LIST("--data-folder", "/a b", "--peer=x=y", "-p", "1", "--map=2M", "--patience",
                     "1min", "--small", "--kiln=hot"),
                LIST());
    assert_string_equal(fixture->settings.data_folder, "/a b");
    assert_string_equal(fixture->settings.peer, "x=y");
    assert_true(fixture->settings.port == 1);
    assert_true(fixture->settings.map == 2 << 20);
    assert_true(fixture->settings.patience_ms == 60000);
    assert_true(fixture->settings.small);
    assert_int_equal(fixture->settings.kiln, HOT);

    assert_runs(fixture, LIST("-sdfolder", "-p65535", "--peer="), LIST());
    assert_true(fixture->settings.small);
    assert_string_equal(fixture->settings.data_folder, "folder");
    assert_string_equal(fixture->settings.peer, "");
    assert_true(fixture->settings.port == 65535);

    assert_runs(fixture, LIST("--small", "--small=no", "--da=x", "--port=1", "--port=2"), LIST());
    assert_false(fixture->settings.small); /* the last counts */
    assert_string_equal(fixture->settings.data_folder, "x");
    assert_true(fixture->settings.port == 2);
}

static void arguments_are_what_is_left(void **state)
{
    struct fixture *fixture = *state;
    assert_runs(fixture, LIST("one", "--port=2", "two", "--", "--three"), LIST());
    assert_int_equal(fixture->config.argument_count, 3);
    assert_string_equal(fixture->config.arguments[0], "one");
    assert_string_equal(fixture->config.arguments[1], "two");
    assert_string_equal(fixture->config.arguments[2], "--three");
    assert_null(fixture->config.arguments[3]);
    assert_true(fixture->settings.port == 2);
}

static void a_subcommand_keeps_its_own_options(void **state)
{
    struct fixture *fixture = *state;
    struct gm_program with_commands = program;
    with_commands.options_first = true;
    assert_int_equal(read_as(fixture, &with_commands, LIST("--port=2", "list", "--port=x"), LIST()),
                     GM_CONFIG_RUN);
    assert_true(fixture->settings.port == 2);
    assert_int_equal(fixture->config.argument_count, 2);
    assert_string_equal(fixture->config.arguments[1], "--port=x");
    assert_int_equal(read_as(fixture, &with_commands, LIST("--prot", "list"), LIST()),
                     GM_CONFIG_REFUSE);
}

static void a_flag_counts_before_a_variable_before_the_file(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, "port = 1\npatience = 1s\nmap = 1M\n");
    assert_runs(fixture, LIST("--port=3"),
                LIST("GOMNET_PORT=2", "GOMNET_PATIENCE=2s", fixture->variable));
    assert_true(fixture->settings.port == 3);
    assert_true(fixture->settings.patience_ms == 2000);
    assert_true(fixture->settings.map == 1 << 20);
    assert_int_equal(fixture->settings.kiln, COLD);
}

static void the_files_path_given_by_flag_counts_before_the_variable(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, "port = 1\n");
    const char *flag = gm_arena_format(&fixture->arena, "--config=%s", fixture->file);
    assert_runs(fixture, LIST(flag), LIST("GOMNET_CONFIG=/nowhere"));
    assert_true(fixture->settings.port == 1);
}

static void an_empty_variable_is_not_set_and_a_longer_name_is_another(void **state)
{
    struct fixture *fixture = *state;
    assert_runs(fixture, LIST(),
                LIST("GOMNET_PORT=", "GOMNET_PORTAL=x", "PORT=9", "XGOMNET_PORT=9",
                     "GOMNET_DATA_FOLDER=first", "GOMNET_DATA_FOLDER=second", "GOMNET_CONFIG="));
    assert_true(fixture->settings.port == 5555);
    assert_string_equal(fixture->settings.data_folder, "first"); /* as getenv has it */
    assert_string_equal(fixture->config.unknown_variable, "GOMNET_PORTAL=x");
}

static void the_file_is_lines_of_names_and_values(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, "\xef\xbb\xbf# gốm\n\n  port=7\r\n\tdata-folder =  a # b = c  \n"
                        "peer = Bát Trà\n#kiln = lava\n   # more\nsmall = yes");
    assert_runs(fixture, LIST(), LIST(fixture->variable));
    assert_true(fixture->settings.port == 7);
    assert_string_equal(fixture->settings.data_folder, "a # b = c");
    assert_string_equal(fixture->settings.peer, "Bát Trà");
    assert_true(fixture->settings.small);
    assert_int_equal(fixture->settings.kiln, COLD);
}

static void what_is_wrong_with_a_file_is_said_with_its_line(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *content, *sentence; /* after the file's name */
    } rows[] = {
        {"port = 1\n\nprot = 2\n", ":3: prot is no option of gomnet-test; --help lists them.\n"},
        {"config = x\n", ":1: config is no option of gomnet-test; --help lists them.\n"},
        {" = x\n", ":1:  is no option of gomnet-test; --help lists them.\n"},
        {"port 1\n", ":1: a line is `name = value`, not \"port 1\".\n"},
        {"# x\nport = 0x10", ":2: port takes an integer from 1 to 65535, not \"0x10\".\n"},
        {"port =\n", ":1: port takes an integer from 1 to 65535, not \"\".\n"},
        {"port = 1\nport = 1\n", ":2: port stands in line 1 already.\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_file(fixture, rows[i].content);
        const char *sentence =
            gm_arena_format(&fixture->arena, "%s%s", fixture->file, rows[i].sentence);
        assert_refuses(fixture, LIST(), LIST(fixture->variable), sentence);
    }
}

static void a_file_that_is_no_text_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const char *sentence =
        gm_arena_format(&fixture->arena, "The config file %s is not UTF-8 text.\n", fixture->file);
    assert_int_equal(gm_file_write(fixture->file, gm_bytes("peer = a\0b\n", 11)), GM_OK);
    assert_refuses(fixture, LIST(), LIST(fixture->variable), sentence);
    write_file(fixture, "peer = \xff\n");
    assert_refuses(fixture, LIST(), LIST(fixture->variable), sentence);
}

static void a_file_that_cannot_be_read_is_refused(void **state)
{
    struct fixture *fixture = *state;
    assert_refuses(fixture, LIST("--config=/nowhere/conf"), LIST(),
                   "Cannot read the config file /nowhere/conf: not-found.\n");
    static uint8_t content[GM_CONFIG_FILE_BYTES_MAX + 1];
    memset(content, '\n', sizeof content);
    assert_int_equal(gm_file_write(fixture->file, gm_bytes(content, sizeof content)), GM_OK);
    assert_int_equal(read_as(fixture, &program, LIST(), LIST(fixture->variable)), GM_CONFIG_REFUSE);
    assert_non_null(strstr(fixture->config.text, ": too-large.\n"));
    assert_int_equal(gm_file_write(fixture->file, gm_bytes(content, sizeof content - 1)), GM_OK);
    assert_runs(fixture, LIST(), LIST(fixture->variable));
}

static void what_is_wrong_with_a_flag_is_said_with_its_name(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *flags[3];
        const char *sentence;
    } rows[] = {
        {{"--prot=1"},
         "--prot=1 is no option of gomnet-test, or the beginning of several; --help lists them.\n"},
        {{"--p=1"},
         "--p=1 is no option of gomnet-test, or the beginning of several; --help lists them.\n"},
        {{"-x"}, "-x is no option of gomnet-test; --help lists them.\n"},
        {{"-sx"}, "-x is no option of gomnet-test; --help lists them.\n"},
        {{"--port"}, "--port needs a value; gomnet-test --help says which.\n"},
        {{"-p"}, "-p needs a value; gomnet-test --help says which.\n"},
        {{"--config"}, "--config needs a value; gomnet-test --help says which.\n"},
        {{"--help=x"}, "--help=x takes no value.\n"},
        {{"--port=0"}, "--port takes an integer from 1 to 65535, not \"0\".\n"},
        {{"-p", "x"}, "--port takes an integer from 1 to 65535, not \"x\".\n"},
        {{"--map=1"}, "--map takes a size (bytes, or with K, M, G, T) of 1M or more, not \"1\".\n"},
        {{"--patience=2min"},
         "--patience takes a duration (with ms, s, min, h) from 0ms to 1min, not \"2min\".\n"},
        {{"--small=maybe"}, "--small takes yes or no, not \"maybe\".\n"},
        {{"--kiln=lava"}, "--kiln takes one of cold, warm, hot, not \"lava\".\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_refuses(fixture, rows[i].flags, LIST(), rows[i].sentence);
    }
}

static void a_bad_variable_is_refused_even_where_a_flag_overrules_it(void **state)
{
    struct fixture *fixture = *state;
    assert_refuses(fixture, LIST("--port=1"), LIST("GOMNET_PORT=tcp://10.0.0.1:80"),
                   "GOMNET_PORT takes an integer from 1 to 65535, not \"tcp://10.0.0.1:80\".\n");
}

static void what_is_required_has_to_be_given_somewhere(void **state)
{
    struct fixture *fixture = *state;
    static const struct gm_option required[] = {
        {.name = "peer",
         .kind = GM_OPTION_TEXT,
         .required = true,
         .help = "Whom to call.",
         GM_OPTION_FIELD(struct settings, peer)},
    };
    struct gm_program strict = program;
    strict.options = required;
    strict.option_count = 1;
    assert_int_equal(read_as(fixture, &strict, LIST(), LIST()), GM_CONFIG_REFUSE);
    assert_string_equal(fixture->config.text,
                        "peer is missing: give --peer, the variable GOMNET_PEER or a line in the "
                        "file of --config.\n");
    assert_int_equal(read_as(fixture, &strict, LIST("--peer=x"), LIST()), GM_CONFIG_RUN);
    assert_int_equal(read_as(fixture, &strict, LIST(), LIST("GOMNET_PEER=x")), GM_CONFIG_RUN);
    write_file(fixture, "peer = x");
    assert_int_equal(read_as(fixture, &strict, LIST(), LIST(fixture->variable)), GM_CONFIG_RUN);
}

static void arguments_are_refused_where_none_are_taken(void **state)
{
    struct fixture *fixture = *state;
    struct gm_program plain = program;
    plain.arguments = NULL;
    assert_int_equal(read_as(fixture, &plain, LIST("--small", "no"), LIST()), GM_CONFIG_REFUSE);
    assert_string_equal(fixture->config.text,
                        "\"no\" is too much: gomnet-test takes options only; --help lists them.\n");
    assert_int_equal(read_as(fixture, &plain, LIST("--small"), LIST()), GM_CONFIG_RUN);
}

static void an_arena_that_is_too_small_is_a_refusal(void **state)
{
    struct fixture *fixture = *state;
    struct gm_arena whole = fixture->arena;
    for (size_t capacity = 0; capacity < 600; capacity += 16) {
        fixture->arena.capacity = capacity;
        gm_arena_reset(&fixture->arena);
        const enum gm_config_action action = read_as(fixture, &program, LIST("--port=x"), LIST());
        assert_int_equal(action, GM_CONFIG_REFUSE);
        assert_true(strlen(fixture->config.text) > 10);
    }
    fixture->arena.capacity = whole.capacity;
}

static void help_lists_every_option_with_default_and_variable(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_as(fixture, &program, LIST("--port=x", "--help", "--nonsense"), LIST()),
                     GM_CONFIG_SHOW);
    const char *help = fixture->config.text;
    assert_non_null(strstr(help, "Usage: gomnet-test [OPTION]... FILE...\n"));
    assert_non_null(strstr(help, "\nTests the options.\n"));
    for (size_t i = 0; i < program.option_count; i++) {
        char variable[GM_VARIABLE_NAME_MAX], line[100];
        assert_non_null(strstr(help, options[i].help));
        gm_config_variable(&options[i], variable);
        snprintf(line, sizeof line, "Default: %s. Variable: %s.\n",
                 options[i].standard == NULL ? "none" : options[i].standard, variable);
        assert_non_null(strstr(help, line));
    }
    assert_non_null(strstr(help, "  -d, --data-folder=TEXT\n"));
    assert_non_null(strstr(help, "      --map=SIZE\n"));
    assert_non_null(strstr(help, "  -s, --small[=yes|no]\n"));
    assert_non_null(strstr(help, "Takes one of cold, warm, hot. Default: cold."));
    assert_non_null(strstr(help, "GOMNET_CONFIG"));
    assert_int_equal(read_as(fixture, &program, LIST("-h"), LIST()), GM_CONFIG_SHOW);
    assert_string_equal(fixture->config.text, help);
}

static void version_is_name_and_version(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_as(fixture, &program, LIST("--version"), LIST()), GM_CONFIG_SHOW);
    assert_string_equal(fixture->config.text, "gomnet-test 1.2.3\n");
    assert_int_equal(read_as(fixture, &program, LIST("-V"), LIST()), GM_CONFIG_SHOW);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_anything_given_the_defaults_count),
        TEST(a_program_without_argv_has_its_defaults),
        TEST(every_form_of_a_flag_is_understood),
        TEST(arguments_are_what_is_left),
        TEST(a_subcommand_keeps_its_own_options),
        TEST(a_flag_counts_before_a_variable_before_the_file),
        TEST(the_files_path_given_by_flag_counts_before_the_variable),
        TEST(an_empty_variable_is_not_set_and_a_longer_name_is_another),
        TEST(the_file_is_lines_of_names_and_values),
        TEST(what_is_wrong_with_a_file_is_said_with_its_line),
        TEST(a_file_that_is_no_text_is_refused),
        TEST(a_file_that_cannot_be_read_is_refused),
        TEST(what_is_wrong_with_a_flag_is_said_with_its_name),
        TEST(a_bad_variable_is_refused_even_where_a_flag_overrules_it),
        TEST(what_is_required_has_to_be_given_somewhere),
        TEST(arguments_are_refused_where_none_are_taken),
        TEST(an_arena_that_is_too_small_is_a_refusal),
        TEST(help_lists_every_option_with_default_and_variable),
        TEST(version_is_name_and_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
