#include <string.h>

#include "cli/figure.h"
#include "cli/json.h"
#include "cli/label.h"
#include "cli/message.h"
#include "cli/operator.h"
#include "cli/show.h"
#include "cli/table.h"
#include "methods.h"
#include "wire.pb-c.h"

enum { SERVICES_MAX = 8, STATUS_TIMEOUT_MS = 2000 };

bool cli_knows_service(struct cli *cli, const char *name)
{
    for (size_t i = 0; cli_services[i] != NULL; i++) {
        if (strcmp(cli_services[i], name) == 0) return true;
    }
    return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_SERVICE_UNKNOWN, name) == CLI_EXIT_OK;
}

/* ---- any method ---- */

enum cli_exit cli_run_any(struct cli *cli, const struct cli_line *line)
{
    const char *service = cli_given_of(line, "SERVICE");
    const char *name = cli_given_of(line, "METHOD");
    const char *text = cli_given_of(line, "message");
    if (!cli_knows_service(cli, service)) return CLI_EXIT_USAGE;
    const struct gm_method *method = gm_method_named(service, name);
    if (method == NULL || method->kind == GM_METHOD_STREAM)
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_METHOD_UNKNOWN, service, name);
    ProtobufCMessage *request = cli_message_new(method->request->descriptor, cli->arena);
    if (request == NULL) return cli_overflow(cli);
    if (text != NULL) {
        json_error_t error;
        json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
        char path[CLI_JSON_PATH_MAX] = "";
        const enum gm_status status =
            json == NULL ? GM_MALFORMED : cli_json_fill(json, request, cli->arena, path);
        if (json == NULL)
            return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_FILE_NO_JSON, "--message", "1",
                            error.text);
        json_decref(json);
        if (status == GM_TOO_LARGE) return cli_overflow(cli);
        if (status != GM_OK)
            return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_FILE_FIELD, "--message", path);
    }
    struct cli_answer answer;
    const struct gm_call_options options = {.dry_run = cli->settings.dry_run};
    enum cli_exit code = cli_ask(cli, service, method, request, options, &answer);
    if (code == CLI_EXIT_OK) code = cli_judge(cli, &answer);
    return code == CLI_EXIT_OK ? cli_show(cli, answer.reply) : code;
}

enum cli_exit cli_run_confirm_clock(struct cli *cli, const struct cli_line *line)
{
    const char *service = cli_given_of(line, "SERVICE");
    const Wire__ConfirmClockRequest request = WIRE__CONFIRM_CLOCK_REQUEST__INIT;
    if (!cli_knows_service(cli, service)) return CLI_EXIT_USAGE;
    struct cli_answer answer;
    const enum cli_exit code = cli_ask(cli, service, gm_method_find(GM_METHOD_HOST_CONFIRM_CLOCK),
                                       &request.base, (struct gm_call_options){0}, &answer);
    return code == CLI_EXIT_OK ? cli_judge(cli, &answer) : code;
}

/* ---- status ---- */

struct overview {
    struct cli *cli;
    struct cli_table table;
    bool full;
};

static void cell(struct overview *overview, const char *text)
{
    const char *copy =
        text == NULL ? NULL : gm_arena_copy_text(overview->cli->arena, gm_bytes_of_text(text));
    overview->full =
        overview->full || copy == NULL || cli_table_cell(&overview->table, copy) != GM_OK;
}

static void number(struct overview *overview, uint64_t value)
{
    char text[CLI_FIGURE_TEXT_MAX];
    cell(overview, cli_figure_number(overview->cli->language, (int64_t)value, text));
}

static void bytes(struct overview *overview, uint64_t value)
{
    char text[CLI_FIGURE_TEXT_MAX];
    cell(overview, cli_figure_bytes(overview->cli->language, value, text));
}

/* Entries behind each source that it follows, as "catalog 12". */
static const char *lag_of(struct cli *cli, const Wire__StatusReply *status)
{
    const char *list = "";
    for (size_t i = 0; i < status->n_follows && list != NULL; i++) {
        const Wire__FollowStatus *follow = status->follows[i];
        const uint64_t seen = follow->through == NULL ? 0 : follow->through->seq;
        const uint64_t behind = follow->head_seq > seen ? follow->head_seq - seen : 0;
        char text[CLI_FIGURE_TEXT_MAX];
        list = gm_arena_format(cli->arena, "%s%s%s %s", list, i == 0 ? "" : ", ", follow->service,
                               cli_figure_number(cli->language, (int64_t)behind, text));
    }
    return list;
}

static void put_columns(struct overview *overview)
{
    static const struct {
        const char *name;
        bool is_number;
    } columns[] = {
        {"service", false},       {"state", false},
        {"head", true},           {"durable_seq", true},
        {"checkpoint_seq", true}, {"queue", true},
        {"queue_age_ms", true},   {"lag", false},
        {"effects_open", true},   {"oldest_effect_ms", true},
        {"journal_bytes", true},  {"growth", true},
        {"tables_bytes", true},   {"disk_free_bytes", true},
        {"rss_anon_bytes", true}, {"uptime_ms", true},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        cli_table_column(&overview->table, cli_label_of(columns[i].name, overview->cli->language),
                         columns[i].is_number);
    }
}

static void put_up(struct overview *overview, const char *name, const Wire__StatusReply *status)
{
    struct cli *cli = overview->cli;
    char text[CLI_FIGURE_TEXT_MAX];
    const uint64_t head = status->head == NULL ? 0 : status->head->seq;
    cell(overview, name);
    cell(overview, status->clock_jumped
                       ? CLI_SAY(cli->arena, cli->language, CLI_SAY_CLOCK_JUMPED, name)
                       : cli_word_text(cli->language, CLI_SAY_UP));
    number(overview, head);
    number(overview, status->durable_seq);
    number(overview, status->checkpoint_seq);
    number(overview, status->queue);
    cell(overview, cli_figure_duration(status->queue_age_ms, text));
    cell(overview, lag_of(cli, status));
    number(overview, status->effects_open);
    cell(overview, cli_figure_duration(status->oldest_effect_ms, text));
    bytes(overview, status->journal_bytes);
    /* What an entry takes: with the entries a day, how the journal grows. */
    cli_figure_bytes(cli->language, head == 0 ? 0 : status->journal_bytes / head, text);
    const char *each = cli->language == GM_LANGUAGE_VI ? "mục" : "entry";
    cell(overview, gm_arena_format(cli->arena, "%s/%s", text, each));
    bytes(overview, status->tables_bytes);
    bytes(overview, status->disk_free_bytes);
    bytes(overview, status->rss_anon_bytes);
    cell(overview, cli_figure_duration(status->uptime_ms, text));
}

static void put_down(struct overview *overview, const char *name)
{
    cell(overview, name);
    cell(overview, cli_word_text(overview->cli->language, CLI_SAY_DOWN));
    for (size_t i = 2; i < overview->table.column_count; i++) {
        cell(overview, "");
    }
}

enum cli_exit cli_run_status(struct cli *cli, const struct cli_line *line)
{
    (void)line;
    struct overview overview = {.cli = cli};
    json_t *services = json_object();
    bool all_up = true;
    cli_table_init(&overview.table, cli->arena, "");
    put_columns(&overview);
    struct gm_call_options options = {.timeout_ms = STATUS_TIMEOUT_MS};
    if (cli->settings.timeout_ms < STATUS_TIMEOUT_MS)
        options.timeout_ms = (uint32_t)cli->settings.timeout_ms;
    for (size_t i = 0; cli_services[i] != NULL; i++) {
        const Wire__StatusRequest request = WIRE__STATUS_REQUEST__INIT;
        struct cli_answer answer;
        const enum cli_exit code =
            cli_ask(cli, cli_services[i], gm_method_find(GM_METHOD_HOST_STATUS), &request.base,
                    options, &answer);
        if (code != CLI_EXIT_OK) {
            json_decref(services);
            return code;
        }
        const bool up = answer.status == GM_CODE_OK;
        all_up = all_up && up;
        json_object_set_new(services, cli_services[i],
                            up ? cli_json_of(answer.reply) : json_null());
        if (up) {
            put_up(&overview, cli_services[i], (const Wire__StatusReply *)answer.reply);
        } else {
            put_down(&overview, cli_services[i]);
        }
    }
    if (cli->settings.json) {
        cli_put_json(cli, services);
    } else {
        json_decref(services);
        if (overview.full) return cli_overflow(cli);
        cli_table_print(&overview.table, cli->out);
    }
    return all_up ? CLI_EXIT_OK : CLI_EXIT_LATER;
}
