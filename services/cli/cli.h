/* cli/cli.h - what every part of `gomnet` is handed: who acts, in which language, where output
 * goes, and the connection to the services. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/id.h"
#include "cli/connection.h"
#include "cli/words.h"

/* Exit codes: what scripts rely on. */
enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_REFUSED = 1, /* for good: the same will be refused again */
    CLI_EXIT_USAGE = 2,   /* options, arguments, files */
    CLI_EXIT_LATER = 3,   /* refused for now, unreachable, no answer in time */
    CLI_EXIT_DAMAGED = 4, /* verify: a history or its tables do not check */
    CLI_EXIT_PARTLY = 5,  /* import: good rows were sent, others were not */
};

enum { CLI_ARENA_BYTES = 64 * 1024 * 1024 }; /* of one run; touched as it is used */

struct cli_settings {
    const char *data;
    const char *as; /* NULL: nobody */
    int language;   /* index of "auto", "en", "vi" */
    bool json;
    bool dry_run;
    int64_t timeout_ms;
};

struct cli {
    struct cli_settings settings;
    enum gm_language language;
    struct gm_id member; /* acting; zero: nobody */
    struct gm_arena *arena;
    FILE *out, *err;
    struct cli_connection *connection; /* NULL until it is needed */
};

/* A sentence and a newline; the second to the error output. Returns code. */
void cli_tell(struct cli *cli, FILE *out, enum cli_word word, const char *const *values);
enum cli_exit cli_fail(struct cli *cli, enum cli_exit code, enum cli_word word,
                       const char *const *values);
#define CLI_TELL(cli, word, ...) \
    cli_tell((cli), (cli)->out, (word), (const char *const[]){__VA_ARGS__, NULL})
#define CLI_FAIL(cli, code, word, ...) \
    cli_fail((cli), (code), (word), (const char *const[]){__VA_ARGS__, NULL})
/* The arena is full. */
enum cli_exit cli_overflow(struct cli *cli);

/* Prints it, indented, and gives it up. */
void cli_put_json(struct cli *cli, json_t *json);

/* ---- calls ---- */

struct cli_answer {
    const struct gm_method *method;
    const char *service; /* that was asked */
    bool answered;
    bool recorded;
    bool unknown; /* a command that may have happened */
    enum gm_code status;
    struct gm_position position;
    struct gm_refusal refusal;
    const char *sentence;          /* of the refusal */
    const ProtobufCMessage *reply; /* status is OK */
};

/* Calls and waits. service NULL: the method's own. options: language, member and timeout are filled
 * in. CLI_EXIT_OK with an answer, whatever it is; otherwise nothing can be asked at all, and it was
 * said why. */
GM_CHECKED enum cli_exit cli_ask(struct cli *cli, const char *service,
                                 const struct gm_method *method, const ProtobufCMessage *message,
                                 struct gm_call_options options, struct cli_answer *ret_answer);

/* The exit code of an answer, and, where it is not OK, says why (as JSON where that is asked). */
enum cli_exit cli_judge(struct cli *cli, const struct cli_answer *answer);

/* Both, for what has to succeed. */
GM_CHECKED enum cli_exit cli_get(struct cli *cli, const struct gm_method *method,
                                 const ProtobufCMessage *message, struct gm_call_options options,
                                 const ProtobufCMessage **ret_reply);

/* Adds the newest state of the service to what an answer has to include: lists are made from the
 * last checkpoint, and a person who has just published looks for it. A service that does not say
 * its state adds nothing. */
GM_CHECKED enum cli_exit cli_include_newest(struct cli *cli, const char *service,
                                            struct gm_call_options *options);

/* Makes the connection where there is none; says why it cannot. */
GM_CHECKED bool cli_connect(struct cli *cli);
