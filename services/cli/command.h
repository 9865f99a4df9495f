/* cli/command.h - one table of subcommands: what each is called, takes, calls and says of itself;
 * and a command line read by it. */
#pragma once

#include "cli/cli.h"
#include "cli/fill.h"
#include "wire/method.h"

enum {
    CLI_ARGUMENT = 1, /* stands without a name, in the order of the table */
    CLI_NEEDED = 2,
    CLI_MANY = 4,   /* may be repeated; of an argument: all that follow */
    CLI_SWITCH = 8, /* alone */
};

struct cli_input {
    const char *name;
    const char *path;     /* field of the request that it fills; NULL: the command reads it */
    const char *standard; /* where it is not given; NULL: none */
    unsigned flags;
    const char *help[GM_LANGUAGE_COUNT];
};

struct cli_command;

#define CLI_INPUTS_END       \
    {                        \
        NULL, NULL, NULL, 0, \
        {                    \
            NULL, NULL       \
        }                    \
    }
/* Of every list. */
#define CLI_PAGE_INPUTS                                                   \
    {"limit",                                                             \
     "page.size",                                                         \
     NULL,                                                                \
     0,                                                                   \
     {"Rows of a page, 500 at most.", "Số dòng mỗi trang, tối đa 500."}}, \
        {"page",                                                          \
         "page.token",                                                    \
         NULL,                                                            \
         0,                                                               \
         {"The page to show, as the one before named it.",                \
          "Trang cần xem, theo mã của trang trước."}},                    \
    {                                                                     \
        "all", NULL, NULL, CLI_SWITCH,                                    \
        {                                                                 \
            "All pages.", "Tất cả các trang."                        \
        }                                                                 \
    }

/* One command line, read. All borrowed from argv and arena. */
struct cli_line {
    const struct cli_command *command;
    struct cli_given *given; /* in the order of the command line */
    size_t given_count;
    const char *from; /* --from: file of JSON, or NULL */
    bool help;
};

struct cli_given {
    const struct cli_input *input;
    const char *value;
};

typedef enum cli_exit cli_run(struct cli *cli, const struct cli_line *line);

struct cli_command {
    const char *words;              /* "lot publish" */
    const char *service;            /* NULL: calls nothing of one service */
    const char *method;             /* NULL: none of its own */
    const struct cli_input *inputs; /* ends with name NULL; may be NULL */
    cli_run *run;
    const char *help[GM_LANGUAGE_COUNT];
    bool writes; /* takes --dry-run; every command that calls a command does */
};

/* All commands in the order of --help; ends with words NULL. */
extern const struct cli_command *const cli_command_groups[];
/* Each group ends with words NULL. */
extern const struct cli_command cli_product_commands[];
extern const struct cli_command cli_lot_commands[];
extern const struct cli_command cli_order_commands[];
extern const struct cli_command cli_match_commands[];
extern const struct cli_command cli_operator_commands[];
extern const struct cli_command cli_code_commands[];

const struct gm_method *cli_method_of(const struct cli_command *command);
bool cli_writes(const struct cli_command *command);

/* Finds the command that argv begins with and reads the rest. Options that all commands share
 * (--as, --json ...) go into cli->settings. CLI_EXIT_USAGE: it was said why. */
GM_CHECKED enum cli_exit cli_line_read(struct cli *cli, int argc, char *const *argv,
                                       struct cli_line *ret_line);

/* The value given for that name, the n-th of several; else the standard or NULL. */
const char *cli_given_of(const struct cli_line *line, const char *name);
size_t cli_given_count(const struct cli_line *line, const char *name);
const char *cli_given_at(const struct cli_line *line, const char *name, size_t index);

/* What a request is made on top of. */
struct cli_base {
    ProtobufCMessage *message; /* changed in place; NULL: an empty one */
    bool is_known;             /* what stands there already: no standards are put in */
};

/* The command's request: its base, then what --from says, then what was given; standards where
 * nothing is set. */
GM_CHECKED enum cli_exit cli_request_of(struct cli *cli, const struct cli_line *line,
                                        struct cli_base base, ProtobufCMessage **ret_request);

/* Fills in one field, or says why it cannot. */
GM_CHECKED enum cli_exit cli_put(struct cli *cli, struct cli_filling *filling,
                                 ProtobufCMessage *message, const char *path, const char *name,
                                 const char *value);

/* Sends the line's request as its method and shows the reply: what most commands do. */
enum cli_exit cli_run_call(struct cli *cli, const struct cli_line *line);
/* The same for a list, page by page. */
enum cli_exit cli_run_list(struct cli *cli, const struct cli_line *line);
enum cli_exit cli_run_pages(struct cli *cli, const struct cli_line *line, struct cli_base base);
/* With a request that is made already. */
enum cli_exit cli_send(struct cli *cli, const struct gm_method *method,
                       const ProtobufCMessage *request, struct gm_call_options options);

/* --help, of all and of one. */
void cli_help(struct cli *cli, FILE *out);
void cli_help_of(struct cli *cli, const struct cli_command *command, FILE *out);
