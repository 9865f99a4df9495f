#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/figure.h"
#include "cli/json.h"
#include "cli/label.h"
#include "cli/table.h"
#include "cli/width.h"
#include "methods.h"
#include "wire.pb-c.h"
#include "wire/check.h"

void cli_tell(struct cli *cli, FILE *out, enum cli_word word, const char *const *values)
{
    const size_t mark = gm_arena_mark(cli->arena);
    const char *sentence = cli_say(cli->arena, cli->language, word, values);
    if (sentence == NULL) sentence = cli_word_text(cli->language, CLI_SAY_ARENA_FULL);
    cli_put_text(out, sentence);
    fputc('\n', out);
    gm_arena_rewind(cli->arena, mark);
}

enum cli_exit cli_fail(struct cli *cli, enum cli_exit code, enum cli_word word,
                       const char *const *values)
{
    cli_tell(cli, cli->err, word, values);
    return code;
}

enum cli_exit cli_overflow(struct cli *cli)
{
    fprintf(cli->err, "%s\n", cli_word_text(cli->language, CLI_SAY_ARENA_FULL));
    return CLI_EXIT_USAGE;
}

void cli_put_json(struct cli *cli, json_t *json)
{
    json_dumpf(json, cli->out, JSON_INDENT(2) | JSON_ENCODE_ANY);
    fputc('\n', cli->out);
    json_decref(json);
}

bool cli_connect(struct cli *cli)
{
    if (cli->connection != NULL) return true;
    const enum gm_status status = cli_connection_open(cli->settings.data, &cli->connection);
    if (status == GM_OK) return true;
    return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_CONNECTION_FAILED, gm_status_name(status)) ==
           CLI_EXIT_OK;
}

/* ---- one call ---- */

struct waiting {
    struct cli *cli;
    struct cli_answer *answer;
    bool done;
    bool overflow;
};

static void take(void *context, const struct gm_outcome *outcome)
{
    struct waiting *waiting = context;
    struct cli_answer *answer = waiting->answer;
    struct gm_arena *arena = waiting->cli->arena;
    answer->answered = outcome->answered;
    answer->recorded = outcome->recorded;
    answer->unknown = outcome->unknown;
    answer->status = outcome->status;
    answer->position = outcome->position;
    answer->refusal = outcome->refusal;
    waiting->done = true;
    if (outcome->status == GM_CODE_OK) {
        answer->reply = gm_outcome_message(outcome, arena);
    } else if (outcome->answered) {
        answer->sentence = gm_arena_copy_text(arena, outcome->sentence);
        waiting->overflow = answer->sentence == NULL;
    }
}

enum cli_exit cli_ask(struct cli *cli, const char *service, const struct gm_method *method,
                      const ProtobufCMessage *message, struct gm_call_options options,
                      struct cli_answer *ret_answer)
{
    if (!cli_connect(cli)) return CLI_EXIT_LATER;
    *ret_answer = (struct cli_answer){
        .method = method, .service = service == NULL ? method->service : service, .sentence = ""};
    struct waiting waiting = {.cli = cli, .answer = ret_answer};
    options.context = &waiting;
    options.member = gm_id_is_zero(options.member) ? cli->member : options.member;
    options.language = cli->language;
    if (options.timeout_ms == 0) options.timeout_ms = (uint32_t)cli->settings.timeout_ms;
    const struct gm_bytes body = gm_message_pack(message, cli->arena);
    if (body.at == NULL) return cli_overflow(cli);
    enum gm_status status =
        cli->connection->submit(cli->connection, ret_answer->service, method, body, &options, take);
    while (status == GM_OK && !waiting.done) {
        status = cli->connection->run(cli->connection, -1);
    }
    if (status != GM_OK)
        return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_CONNECTION_FAILED, gm_status_name(status));
    if (waiting.overflow) return cli_overflow(cli);
    if (ret_answer->status == GM_CODE_OK && ret_answer->reply == NULL)
        return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_REPLY_DAMAGED, ret_answer->service);
    return CLI_EXIT_OK;
}

/* ---- what was answered ---- */

static enum cli_exit exit_of(const struct cli_answer *answer)
{
    if (answer->status == GM_CODE_OK) return CLI_EXIT_OK;
    if (!answer->answered) return CLI_EXIT_LATER;
    if (answer->refusal.reason != GM_REASON_NONE)
        return gm_reason_row(answer->refusal.reason)->transient ? CLI_EXIT_LATER : CLI_EXIT_REFUSED;
    /* A reason that this program does not know: its status says what kind it is. */
    const bool later = answer->status == GM_CODE_UNAVAILABLE ||
                       answer->status == GM_CODE_DEADLINE_EXCEEDED ||
                       answer->status == GM_CODE_RESOURCE_EXHAUSTED;
    return later ? CLI_EXIT_LATER : CLI_EXIT_REFUSED;
}

static const char *word_of(const struct cli_answer *answer)
{
    if (!answer->answered) return "";
    return answer->refusal.reason == GM_REASON_NONE ? "?"
                                                    : gm_reason_row(answer->refusal.reason)->word;
}

static void put_refusal_json(struct cli *cli, const struct cli_answer *answer)
{
    json_t *lines = json_array();
    for (unsigned i = 0; i < answer->refusal.line_count; i++) {
        const struct gm_refused_line *line = &answer->refusal.lines[i];
        const bool known = line->reason > GM_REASON_NONE && line->reason < GM_REASON_COUNT;
        json_array_append_new(
            lines, json_pack("{s:i,s:s?,s:I,s:I}", "line", (int)line->line, "reason",
                             known ? gm_reason_row((enum gm_reason)line->reason)->word : NULL,
                             "available", (json_int_t)line->available, "unit_price_minor",
                             (json_int_t)line->unit_price_minor));
    }
    const char *word = word_of(answer);
    cli_put_json(cli, json_pack("{s:{s:s,s:s?,s:s,s:s,s:o,s:i,s:b,s:b}}", "error", "status",
                                gm_code_name(answer->status), "reason",
                                word[0] == '\0' ? NULL : word, "sentence", answer->sentence,
                                "field", answer->refusal.field, "lines", lines, "retry_after_ms",
                                (int)answer->refusal.retry_after_ms, "transient",
                                exit_of(answer) == CLI_EXIT_LATER, "maybe_done", answer->unknown));
}

static void put_refused_lines(struct cli *cli, const struct gm_refusal *refusal)
{
    struct cli_table table;
    cli_table_init(&table, cli->arena, "  ");
    cli_table_column(&table, cli_label_of("line", cli->language), true);
    cli_table_column(&table, cli_label_of("reason", cli->language), false);
    cli_table_column(&table, cli_label_of("available", cli->language), true);
    cli_table_column(&table, cli_label_of("unit_price_minor", cli->language), true);
    for (unsigned i = 0; i < refusal->line_count; i++) {
        const struct gm_refused_line *line = &refusal->lines[i];
        const bool known = line->reason > GM_REASON_NONE && line->reason < GM_REASON_COUNT;
        const bool price = line->reason == GM_REASON_PRICE_CHANGED;
        char number[CLI_FIGURE_TEXT_MAX], available[CLI_FIGURE_TEXT_MAX] = "",
                                          now[CLI_FIGURE_TEXT_MAX] = "";
        if (!price) cli_figure_number(cli->language, line->available, available);
        if (price) cli_figure_number(cli->language, line->unit_price_minor, now);
        const char *cells[] = {cli_figure_number(cli->language, line->line + 1, number),
                               known ? gm_reason_row((enum gm_reason)line->reason)->word : "?",
                               available, now};
        for (size_t c = 0; c < 4; c++) {
            const char *copy = gm_arena_copy_text(cli->arena, gm_bytes_of_text(cells[c]));
            if (copy == NULL || cli_table_cell(&table, copy) != GM_OK) return;
        }
    }
    cli_table_print(&table, cli->err);
}

enum cli_exit cli_judge(struct cli *cli, const struct cli_answer *answer)
{
    const enum cli_exit code = exit_of(answer);
    if (code == CLI_EXIT_OK) return code;
    if (cli->settings.json) {
        put_refusal_json(cli, answer);
        return code;
    }
    if (!answer->answered) {
        const bool unreached = answer->status == GM_CODE_UNAVAILABLE;
        cli_fail(cli, code, unreached ? CLI_SAY_UNREACHABLE : CLI_SAY_NO_ANSWER,
                 (const char *const[]){answer->service, NULL});
    } else {
        CLI_FAIL(cli, code, code == CLI_EXIT_LATER ? CLI_SAY_REFUSED_LATER : CLI_SAY_REFUSED,
                 word_of(answer), gm_code_name(answer->status));
        cli_put_text(cli->err, answer->sentence);
        fputc('\n', cli->err);
        if (answer->refusal.field[0] != '\0')
            CLI_FAIL(cli, code, CLI_SAY_FIELD, answer->refusal.field);
        put_refused_lines(cli, &answer->refusal);
    }
    if (answer->unknown) CLI_FAIL(cli, code, CLI_SAY_MAYBE_DONE, "");
    return code;
}

enum cli_exit cli_get(struct cli *cli, const struct gm_method *method,
                      const ProtobufCMessage *message, struct gm_call_options options,
                      const ProtobufCMessage **ret_reply)
{
    struct cli_answer answer;
    enum cli_exit code = cli_ask(cli, NULL, method, message, options, &answer);
    if (code == CLI_EXIT_OK) code = cli_judge(cli, &answer);
    if (code == CLI_EXIT_OK) *ret_reply = answer.reply;
    return code;
}

enum cli_exit cli_include_newest(struct cli *cli, const char *service,
                                 struct gm_call_options *options)
{
    const Wire__StatusRequest request = WIRE__STATUS_REQUEST__INIT;
    struct cli_answer answer;
    const enum cli_exit code = cli_ask(cli, service, gm_method_find(GM_METHOD_HOST_STATUS),
                                       &request.base, (struct gm_call_options){0}, &answer);
    if (code != CLI_EXIT_OK || answer.status != GM_CODE_OK) return code;
    const Wire__StatusReply *status = (const Wire__StatusReply *)answer.reply;
    if (status->head == NULL) return code;
    GM_ASSERT(options->position_count < GM_POSITIONS_MAX);
    options->positions[options->position_count++] =
        (struct gm_position){status->head->journal_id, status->head->seq};
    return code;
}
