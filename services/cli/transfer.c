#include "cli/transfer.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/csv/export.h"
#include "cli/csv/plan.h"
#include "cli/figure.h"
#include "cli/stock.h"

enum {
    FILE_BYTES_MAX = 256 * 1024 * 1024,
    FAULTS_SHOWN = 50,
    ROUNDS_MAX = 100, /* times that a row of one file was sent in one day */
};
#define TRANSFER_ARENA_BYTES \
    (UINT64_C(3) << 30) /* of address space: a million rows; touched as it is used */

/* ---- one import ---- */

struct import {
    struct cli *cli;
    bool of_lots;
    bool skip_bad;
    struct csv_sheet sheet;
    struct csv_plan plan;
    struct csv_faults faults;
    struct cli_flow flow;
    bool asking;   /* the pass that changes nothing */
    uint64_t sent; /* commands of the pass that does */
    uint64_t unanswered;
    uint64_t stale; /* commands to be sent once more */
    struct gm_position
        read; /* the catalog's state that the plan was made from, or an earlier one */
    int64_t now_ms;
};

/* One command of a row. */
struct sent {
    struct import *import;
    struct csv_planned *row;
    unsigned command;
    bool due;
};

/* The id was used by an earlier import of the same file: what is answered is of then, but the plan
 * was made from a later state, in which the row is not as the file says. So it is sent again, under
 * the next id. (What an import that broke off has done is seen in that state, and not sent.) */
static bool is_of_before(const struct import *import, const struct gm_outcome *outcome)
{
    if (outcome->refusal.reason == GM_REASON_COMMAND_ID_REUSED) return true;
    return outcome->recorded && outcome->position.journal_id == import->read.journal_id &&
           outcome->position.seq <= import->read.seq;
}

/* The catalog could not say: the row is neither good nor bad. */
static bool is_no_verdict(const struct gm_outcome *outcome)
{
    if (!outcome->answered || outcome->refusal.reason == GM_REASON_NONE) return true;
    const struct gm_reason_row *row = gm_reason_row(outcome->refusal.reason);
    return row->transient && strcmp(row->giver, "host") == 0;
}

/* A row that the catalog refuses is a bad row, found by the first pass; one that is refused by the
 * second only, since somebody else was faster, is one as well. */
static void answered(void *context, const struct gm_outcome *outcome)
{
    struct sent *sent = context;
    struct import *import = sent->import;
    cli_flow_done(&import->flow);
    if (!import->asking && is_of_before(import, outcome)) {
        sent->due = true;
        import->stale++;
        return;
    }
    if (outcome->status == GM_CODE_OK) return;
    if (is_no_verdict(outcome)) {
        import->unanswered++;
        return;
    }
    if (sent->row->action == CSV_BAD) return; /* its other command was refused */
    struct csv_fault fault = {.line = sent->row->line,
                              .problem = CSV_REFUSED,
                              .reason = outcome->refusal.reason,
                              .column_name = ""};
    char column[CSV_NAME_MAX];
    const char *name = gm_arena_copy_text(
        import->cli->arena, gm_bytes_of_text(csv_columns_of_path(outcome->refusal.field, column)));
    const int at = name == NULL ? -1 : csv_sheet_column(&import->sheet, name);
    if (name != NULL) fault.column_name = name;
    if (at >= 0) fault.column = (unsigned)at + 1;
    csv_faults_add(&import->faults, &fault);
    import->plan.actions[sent->row->action]--;
    sent->row->action = CSV_BAD;
    import->plan.actions[CSV_BAD]++;
}

/* Those that are due and whose row is not bad, many under way at once. */
static enum cli_exit send_due(struct import *import, struct sent *sent, size_t count,
                              uint32_t round)
{
    for (size_t i = 0; i < count; i++) {
        struct sent *each = &sent[i];
        if (!each->due || each->row->action == CSV_BAD) continue;
        const struct gm_id first =
            csv_plan_command_id(&import->sheet, each->row, each->command, import->now_ms);
        const struct gm_call_options options = {
            .context = each,
            .command_id = round == 0 ? first : gm_id_derive(first, round),
            .dry_run = import->asking,
        };
        const struct csv_command *command = &each->row->commands[each->command];
        each->due = false;
        const enum cli_exit code = cli_flow_call(&import->flow, gm_method_find(command->method),
                                                 command->message, options, answered);
        if (code != CLI_EXIT_OK) return code;
        if (!import->asking) import->sent += round == 0;
    }
    return cli_flow_end(&import->flow);
}

static enum cli_exit pass(struct import *import, bool asking)
{
    struct cli *cli = import->cli;
    const size_t room = import->plan.count * CSV_ROW_COMMANDS_MAX;
    struct sent *sent = GM_ARENA_ARRAY(cli->arena, struct sent, room + 1);
    if (sent == NULL) return cli_overflow(cli);
    size_t count = 0;
    for (uint64_t i = 0; i < import->plan.count; i++) {
        struct csv_planned *row = &import->plan.rows[i];
        for (unsigned j = 0; j < row->command_count && row->action != CSV_BAD; j++) {
            sent[count++] = (struct sent){.import = import, .row = row, .command = j, .due = true};
        }
    }
    import->asking = asking;
    import->flow = (struct cli_flow){.cli = cli};
    enum cli_exit code = CLI_EXIT_OK;
    for (uint32_t round = 0; code == CLI_EXIT_OK && round < ROUNDS_MAX; round++) {
        import->stale = 0;
        code = send_due(import, sent, count, round);
        if (import->stale == 0) return code;
    }
    import->unanswered += import->stale;
    return code;
}

/* ---- what stands there, and what is to be done ---- */

static enum cli_exit read_sheet(struct import *import, const char *path)
{
    struct cli *cli = import->cli;
    struct gm_bytes content;
    const enum gm_status status = gm_file_read(path, FILE_BYTES_MAX, cli->arena, &content);
    if (status == GM_TOO_LARGE) return cli_overflow(cli);
    if (status != GM_OK)
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_FILE_UNREADABLE, path, strerror(errno));
    return csv_sheet_read(content, cli->arena, &import->sheet, &import->faults) ? CLI_EXIT_OK
                                                                                : CLI_EXIT_REFUSED;
}

static enum cli_exit make_plan(struct import *import)
{
    struct cli *cli = import->cli;
    struct cli_products products;
    struct cli_lots lots = {0};
    struct gm_call_options newest = {0};
    enum cli_exit code = cli_include_newest(cli, "catalog", &newest);
    import->read = newest.positions[0];
    if (code == CLI_EXIT_OK) code = cli_stock_products(cli, !import->of_lots, &products);
    if (code == CLI_EXIT_OK && import->of_lots) code = cli_stock_lots(cli, &lots);
    if (code != CLI_EXIT_OK) return code;
    const bool planned =
        import->of_lots ? csv_plan_lots(&import->sheet, products.views, products.count, lots.views,
                                        lots.count, cli->arena, &import->plan, &import->faults)
                        : csv_plan_products(&import->sheet, products.views, products.count,
                                            cli->arena, &import->plan, &import->faults);
    return planned ? CLI_EXIT_OK : CLI_EXIT_REFUSED;
}

/* ---- what is said of it ---- */

static void put_faults(const struct import *import)
{
    struct cli *cli = import->cli;
    const uint64_t kept = import->faults.count < FAULTS_SHOWN ? import->faults.count : FAULTS_SHOWN;
    for (uint64_t i = 0; i < kept; i++) {
        char text[CSV_FAULT_TEXT_MAX];
        fprintf(cli->err, "%s\n", csv_fault_text(&import->faults.rows[i], cli->language, text));
    }
    if (import->faults.count > kept) {
        char number[CLI_FIGURE_TEXT_MAX];
        cli_tell(
            cli, cli->err, CLI_SAY_IMPORT_MORE,
            (const char *const[]){
                cli_figure_number(cli->language, (int64_t)(import->faults.count - kept), number),
                NULL});
    }
}

static json_t *faults_json(const struct import *import)
{
    json_t *list = json_array();
    const uint64_t kept =
        import->faults.count < CSV_FAULTS_MAX ? import->faults.count : CSV_FAULTS_MAX;
    for (uint64_t i = 0; i < kept; i++) {
        const struct csv_fault *fault = &import->faults.rows[i];
        char text[CSV_FAULT_TEXT_MAX];
        json_array_append_new(
            list,
            json_pack("{s:I,s:i,s:s,s:s?,s:s}", "line", (json_int_t)fault->line, "column",
                      (int)fault->column, "name", fault->column_name, "reason",
                      fault->problem == CSV_REFUSED ? gm_reason_row(fault->reason)->word : NULL,
                      "sentence", csv_fault_text(fault, import->cli->language, text)));
    }
    return list;
}

static void put_report(const struct import *import, uint64_t took_ms)
{
    struct cli *cli = import->cli;
    const uint64_t *actions = import->plan.actions;
    if (cli->settings.json) {
        cli_put_json(cli,
                     json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "rows",
                               (json_int_t)import->plan.count, "new", (json_int_t)actions[CSV_NEW],
                               "changed", (json_int_t)actions[CSV_CHANGED], "unchanged",
                               (json_int_t)actions[CSV_SAME], "bad", (json_int_t)actions[CSV_BAD],
                               "commands", (json_int_t)import->sent, "ms", (json_int_t)took_ms,
                               "faults", faults_json(import)));
        return;
    }
    char numbers[CSV_ACTION_COUNT][CLI_FIGURE_TEXT_MAX];
    for (unsigned i = 0; i < CSV_ACTION_COUNT; i++)
        (void)cli_figure_number(cli->language, (int64_t)actions[i], numbers[i]);
    CLI_TELL(cli, CLI_SAY_IMPORTED, numbers[CSV_NEW], numbers[CSV_CHANGED], numbers[CSV_SAME],
             numbers[CSV_BAD]);
    if (cli->settings.dry_run) CLI_TELL(cli, CLI_SAY_DRY_RUN, "");
}

/* ---- import ---- */

static enum cli_exit stop(const struct import *import)
{
    struct cli *cli = import->cli;
    if (cli->settings.json) {
        put_report(import, 0);
        return CLI_EXIT_REFUSED;
    }
    put_faults(import);
    return CLI_FAIL(cli, CLI_EXIT_REFUSED, CLI_SAY_IMPORT_STOPPED, "");
}

static enum cli_exit import_file(struct import *import, const char *path)
{
    struct cli *cli = import->cli;
    const int64_t begun_ms = gm_clock_read_system().monotonic_ms;
    enum cli_exit code = read_sheet(import, path);
    if (code == CLI_EXIT_OK) code = make_plan(import);
    if (code == CLI_EXIT_REFUSED) return stop(import);
    /* The catalog's own rules, asked of every row before the first is sent. */
    if (code == CLI_EXIT_OK) code = pass(import, true);
    if (code != CLI_EXIT_OK) return code;
    if (import->faults.count > 0 && !import->skip_bad) return stop(import);
    if (import->unanswered > 0) return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_NO_ANSWER, "catalog");
    if (!cli->settings.dry_run) code = pass(import, false);
    if (code != CLI_EXIT_OK) return code;
    if (!cli->settings.json) put_faults(import);
    put_report(import, (uint64_t)(gm_clock_read_system().monotonic_ms - begun_ms));
    if (import->unanswered > 0) return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_IMPORT_AGAIN, "");
    return import->faults.count > 0 ? CLI_EXIT_PARTLY : CLI_EXIT_OK;
}

/* Runs with an arena of its own, which holds a whole file. */
static enum cli_exit in_large_arena(struct cli *cli, const struct cli_line *line,
                                    enum cli_exit (*run)(struct cli *, const struct cli_line *))
{
    if (gm_id_is_zero(cli->member))
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_MEMBER_MISSING, "");
    struct gm_arena large;
    struct gm_arena *usual = cli->arena;
    if (gm_arena_init(&large, TRANSFER_ARENA_BYTES) != GM_OK) return cli_overflow(cli);
    cli->arena = &large;
    const enum cli_exit code = run(cli, line);
    cli->arena = usual;
    gm_arena_release(&large);
    return code;
}

/* products or lots; says so where it is neither. */
static enum cli_exit kind_of(struct cli *cli, const struct cli_line *line, bool *ret_of_lots)
{
    const char *kind = cli_given_of(line, "KIND");
    *ret_of_lots = strcmp(kind, "lots") == 0;
    if (*ret_of_lots || strcmp(kind, "products") == 0) return CLI_EXIT_OK;
    return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_OPTION_TAKES, "KIND", "products, lots", kind);
}

static enum cli_exit do_import(struct cli *cli, const struct cli_line *line)
{
    struct import import = {
        .cli = cli,
        .skip_bad = cli_given_of(line, "skip-bad") != NULL,
        .now_ms = gm_clock_read_system().wall_ms,
    };
    enum cli_exit code = kind_of(cli, line, &import.of_lots);
    if (code == CLI_EXIT_OK) code = import_file(&import, cli_given_of(line, "FILE"));
    csv_faults_release(&import.faults);
    return code;
}

static enum cli_exit run_import(struct cli *cli, const struct cli_line *line)
{
    return in_large_arena(cli, line, do_import);
}

/* ---- export ---- */

static enum cli_exit write_export(struct cli *cli, bool of_lots, FILE *file)
{
    struct cli_products products;
    struct cli_lots lots;
    enum cli_exit code =
        of_lots ? cli_stock_lots(cli, &lots) : cli_stock_products(cli, true, &products);
    if (code != CLI_EXIT_OK) return code;
    const enum gm_status status =
        of_lots ? csv_export_lots(file, lots.views, lots.count, cli->arena)
                : csv_export_products(file, products.views, products.count, cli->arena);
    if (status == GM_TOO_LARGE) return cli_overflow(cli);
    return status == GM_OK ? CLI_EXIT_OK : CLI_EXIT_USAGE;
}

static enum cli_exit do_export(struct cli *cli, const struct cli_line *line)
{
    bool of_lots;
    enum cli_exit code = kind_of(cli, line, &of_lots);
    if (code != CLI_EXIT_OK) return code;
    const char *path = cli_given_of(line, "FILE");
    if (path == NULL || strcmp(path, "-") == 0) return write_export(cli, of_lots, cli->out);
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_FILE_UNWRITABLE, path, strerror(errno));
    code = write_export(cli, of_lots, file);
    if (fclose(file) != 0 && code == CLI_EXIT_OK) code = CLI_EXIT_USAGE;
    if (code == CLI_EXIT_USAGE)
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_FILE_UNWRITABLE, path, strerror(errno));
    return code;
}

static enum cli_exit run_export(struct cli *cli, const struct cli_line *line)
{
    return in_large_arena(cli, line, do_export);
}

/* clang-format off */
static const struct cli_input import_inputs[] = {
    {"KIND", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED, {"products or lots.", "products (sản phẩm) hoặc lots (lô hàng)."}},
    {"FILE", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED, {"A CSV file: comma, semicolon or tab; columns by name, those left out stay as they are.", "Tệp CSV: dấu phẩy, chấm phẩy hoặc tab; cột theo tên, cột không có thì giữ nguyên."}},
    {"skip-bad", NULL, NULL, CLI_SWITCH, {"Send the good rows though others are bad.", "Gửi các dòng đúng dù có dòng lỗi."}},
    CLI_INPUTS_END};
static const struct cli_input export_inputs[] = {
    {"KIND", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED, {"products or lots.", "products (sản phẩm) hoặc lots (lô hàng)."}},
    {"FILE", NULL, NULL, CLI_ARGUMENT, {"Where to; else the output.", "Ghi vào tệp này; nếu không thì in ra."}},
    CLI_INPUTS_END};
/* clang-format on */

const struct cli_command cli_transfer_commands[] = {
    {"import",
     NULL,
     NULL,
     import_inputs,
     run_import,
     {"Makes your products or lots what a CSV file says; checks all of it first.",
      "Cập nhật sản phẩm hoặc lô hàng theo tệp CSV; kiểm tra toàn bộ trước."},
     true},
    {"export",
     NULL,
     NULL,
     export_inputs,
     run_export,
     {"Writes your products or lots as a CSV file for a spreadsheet.",
      "Xuất sản phẩm hoặc lô hàng ra tệp CSV cho bảng tính."},
     false},
    {NULL, NULL, NULL, NULL, NULL, {NULL, NULL}, false},
};
