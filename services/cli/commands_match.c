#include <string.h>

#include "cli/command.h"
#include "cli/figure.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/show.h"
#include "cli/show_match.h"
#include "matching.pb-c.h"
#include "methods.h"

/* clang-format off */
#define SOURCING_INPUTS                                                                       \
    {"deliver-to", "deliver_to", NULL, 0, {"Where to: see gomnet places.", "Giao đến: xem gomnet places."}}, \
    {"currency", "currency", "VND", 0, {"Currency of prices.", "Loại tiền của giá."}},        \
    {"split", "split", NULL, 0, {"WHOLE: each line from one lot; SPLIT_LINES: from several.", "WHOLE: mỗi dòng từ một lô; SPLIT_LINES: từ nhiều lô."}}, \
    {"air", "air", NULL, CLI_SWITCH, {"Allow air freight.", "Cho phép vận chuyển hàng không."}}, \
    {"weights", NULL, NULL, 0,                                                                \
     {"What counts: cheapest, fastest, greenest, nearest, or price:time:co2e:distance as 40%:20%:30%:10%.", \
      "Tiêu chí: cheapest, fastest, greenest, nearest, hoặc giá:thời gian:co2e:khoảng cách, ví dụ 40%:20%:30%:10%."}}, \
    {"note", "note", NULL, 0, {"Note for sellers.", "Ghi chú cho người bán."}},               \
    {"reference", "buyer_reference", NULL, 0, {"Your own number.", "Số của bạn."}}
#define LINE_ARGUMENT                                                                         \
    {"LINE", NULL, NULL, CLI_ARGUMENT | CLI_MANY,                                             \
     {"What and how many, as bowl:200, with conditions as bowl:200:body=stoneware:price_cap=90.000:needed_by=2026-12-24"  \
      ":co2e_cap=900:distance_cap=500:worst_grade=B:village=VN-BAT-TRANG:excluded=NAME; the unit is C62 unless it says base_unit=SET.", \
      "Cần gì và bao nhiêu, ví dụ bowl:200, kèm điều kiện như bowl:200:body=stoneware:price_cap=90.000:needed_by=24/12/2026" \
      ":co2e_cap=900:distance_cap=500:worst_grade=B:village=VN-BAT-TRANG:excluded=TÊN; đơn vị là C62 nếu không ghi base_unit=SET."}}
static const struct cli_input match_inputs[] = {
    LINE_ARGUMENT,
    SOURCING_INPUTS,
    {"request", NULL, NULL, 0, {"Instead of lines: a stored request (srq_...).", "Thay cho các dòng: một yêu cầu đã lưu (srq_...)."}},
    {"matches", NULL, NULL, 0, {"Matches shown of a line, 100 at most; else 10.", "Số kết quả mỗi dòng, tối đa 100; mặc định 10."}},
    CLI_INPUTS_END};
static const struct cli_input submit_inputs[] = {
    LINE_ARGUMENT,
    SOURCING_INPUTS,
    {"close-day", "close_day", NULL, 0, {"Last day on which it stands; else 14 days from today.", "Ngày cuối còn hiệu lực; mặc định 14 ngày."}},
    CLI_INPUTS_END};
#define REQUEST_ARGUMENT                                                                      \
    {"REQUEST", "request_id", NULL, CLI_ARGUMENT | CLI_NEEDED, {"Sourcing request (srq_...).", "Yêu cầu tìm nguồn (srq_...)."}}
static const struct cli_input close_inputs[] = {
    REQUEST_ARGUMENT,
    {"revision", "revision", NULL, 0, {"Refuse if it is not at this revision any more.", "Từ chối nếu bản sửa hiện tại khác số này."}},
    CLI_INPUTS_END};
static const struct cli_input show_inputs[] = {REQUEST_ARGUMENT, CLI_INPUTS_END};
static const struct cli_input list_inputs[] = {
    {"state", "state", NULL, 0, {"In this state only: OPEN, CLOSED, EXPIRED.", "Chỉ trạng thái này: OPEN, CLOSED, EXPIRED."}},
    CLI_PAGE_INPUTS, CLI_INPUTS_END};
/* clang-format on */

/* Weights by name; others are written in parts. */
static const struct {
    const char *name, *weights;
} presets[] = {
    {"cheapest", "1000000:0:0:0"},
    {"fastest", "0:1000000:0:0"},
    {"greenest", "0:0:1000000:0"},
    {"nearest", "0:0:0:1000000"},
};

static enum cli_exit fill_weights(struct cli *cli, const struct cli_line *line,
                                  struct cli_filling *filling, Matching__SourcingRequest *request)
{
    const char *weights = cli_given_of(line, "weights");
    if (weights == NULL) return CLI_EXIT_OK;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        if (strcmp(presets[i].name, weights) == 0) weights = presets[i].weights;
    }
    return cli_put(cli, filling, &request->base, "weights", "--weights", weights);
}

static enum cli_exit fill_lines(struct cli *cli, const struct cli_line *line,
                                struct cli_filling *filling, Matching__SourcingRequest *request)
{
    enum cli_exit code = CLI_EXIT_OK;
    for (size_t i = 0; i < cli_given_count(line, "LINE") && code == CLI_EXIT_OK; i++) {
        code =
            cli_put(cli, filling, &request->base, "lines", "LINE", cli_given_at(line, "LINE", i));
    }
    for (size_t i = 0; i < request->n_lines; i++) {
        if (request->lines[i]->base_unit == COMMON__UNIT__UNIT_UNSPECIFIED)
            request->lines[i]->base_unit = COMMON__UNIT__C62;
    }
    return code;
}

/* The sourcing request that a line of `match` or `request submit` describes. It is read as the
 * message of SubmitSourcingRequest, whichever command it is. */
static enum cli_exit sourcing_of(struct cli *cli, const struct cli_line *line,
                                 Matching__SourcingRequest **ret_request)
{
    static const struct cli_command submit = {
        "request submit", "matching", "SubmitSourcingRequest", NULL, NULL, {NULL, NULL}, false};
    struct cli_command command = *line->command;
    command.method = submit.method;
    struct cli_line as_submit = *line;
    as_submit.command = &command;
    ProtobufCMessage *message;
    enum cli_exit code = cli_request_of(cli, &as_submit, (struct cli_base){0}, &message);
    if (code != CLI_EXIT_OK) return code;
    Matching__SourcingRequest *request = (Matching__SourcingRequest *)message;
    struct cli_filling filling = {.arena = cli->arena, .language = cli->language};
    gm_ignore(gm_currency_parse(request->currency, &filling.currency), "then it has no decimals");
    code = fill_weights(cli, line, &filling, request);
    if (code == CLI_EXIT_OK) code = fill_lines(cli, line, &filling, request);
    if (code == CLI_EXIT_OK) *ret_request = request;
    return code;
}

static enum cli_exit submit(struct cli *cli, const struct cli_line *line)
{
    Matching__SourcingRequest *request;
    const enum cli_exit code = sourcing_of(cli, line, &request);
    if (code != CLI_EXIT_OK) return code;
    return cli_send(cli, cli_method_of(line->command), &request->base, (struct gm_call_options){0});
}

/* ---- match ---- */

enum { LINES_MAX = 100 }; /* of a request, as matching.proto says */

struct answers {
    const Matching__LineAnswer *lines[LINES_MAX];
    size_t count;
    const Matching__FindMatchesReply *last;
};

/* Pages until all lines are answered. */
static enum cli_exit find(struct cli *cli, Matching__FindMatchesRequest *request,
                          struct answers *answers)
{
    struct gm_call_options options = {0};
    enum cli_exit code = cli_include_newest(cli, "catalog", &options);
    if (code == CLI_EXIT_OK) code = cli_include_newest(cli, "matching", &options);
    if (code != CLI_EXIT_OK) return code;
    do {
        const ProtobufCMessage *reply = NULL;
        code = cli_get(cli, gm_method_find(GM_METHOD_MATCHING_FIND_MATCHES), &request->base,
                       options, &reply);
        if (code != CLI_EXIT_OK) return code;
        answers->last = (const Matching__FindMatchesReply *)reply;
        for (size_t i = 0; i < answers->last->n_lines && answers->count < LINES_MAX; i++) {
            answers->lines[answers->count++] = answers->last->lines[i];
        }
        request->token = answers->last->next_token;
    } while (request->token.len > 0 && answers->count < LINES_MAX);
    return CLI_EXIT_OK;
}

static enum cli_exit show_answers(struct cli *cli, const Matching__SourcingRequest *request,
                                  const struct answers *answers)
{
    if (cli->settings.json) {
        Matching__FindMatchesReply all = *answers->last;
        all.lines = (Matching__LineAnswer **)(uintptr_t)answers->lines;
        all.n_lines = answers->count;
        return cli_show(cli, &all.base);
    }
    const enum cli_exit code = cli_show_matches(cli, request, answers->lines, answers->count);
    char seen[CLI_FIGURE_TEXT_MAX];
    cli_figure_number(cli->language, answers->last->lots_seen, seen);
    if (code == CLI_EXIT_OK) CLI_TELL(cli, CLI_SAY_LOTS_SEEN, seen);
    return code;
}

/* The stored request, so that its lines can be named. */
static enum cli_exit stored(struct cli *cli, ProtobufCBinaryData id,
                            Matching__SourcingRequest **ret_request)
{
    Matching__GetSourcingRequestRequest get = MATCHING__GET_SOURCING_REQUEST_REQUEST__INIT;
    get.request_id = id;
    const ProtobufCMessage *reply = NULL;
    const enum cli_exit code = cli_get(cli, gm_method_find(GM_METHOD_MATCHING_GET_SOURCING_REQUEST),
                                       &get.base, (struct gm_call_options){0}, &reply);
    if (code == CLI_EXIT_OK) *ret_request = ((const Matching__SourcingView *)reply)->request;
    return code;
}

static enum cli_exit match(struct cli *cli, const struct cli_line *line)
{
    Matching__FindMatchesRequest find_request = MATCHING__FIND_MATCHES_REQUEST__INIT;
    struct cli_filling filling = {.arena = cli->arena, .language = cli->language};
    const char *id = cli_given_of(line, "request");
    const char *most = cli_given_of(line, "matches");
    enum cli_exit code = CLI_EXIT_OK;
    if (most != NULL)
        code = cli_put(cli, &filling, &find_request.base, "matches_max", "--matches", most);
    Matching__SourcingRequest *request = NULL;
    if (code == CLI_EXIT_OK && id != NULL) {
        code = cli_put(cli, &filling, &find_request.base, "request_id", "--request", id);
        if (code == CLI_EXIT_OK) code = stored(cli, find_request.request_id, &request);
    } else if (code == CLI_EXIT_OK) {
        code = sourcing_of(cli, line, &request);
        find_request.request = request;
    }
    struct answers answers = {0};
    if (code == CLI_EXIT_OK) code = find(cli, &find_request, &answers);
    return code == CLI_EXIT_OK ? show_answers(cli, request, &answers) : code;
}

const struct cli_command cli_match_commands[] = {
    {"match",
     "matching",
     "FindMatches",
     match_inputs,
     match,
     {"Finds who can supply what is asked, ranked and explained; stores nothing.",
      "Tìm nguồn hàng phù hợp, có xếp hạng và giải thích; không lưu gì."},
     false},
    {"request submit",
     "matching",
     "SubmitSourcingRequest",
     submit_inputs,
     submit,
     {"Stores a sourcing request.", "Lưu một yêu cầu tìm nguồn hàng."},
     false},
    {"request close",
     "matching",
     "CloseSourcingRequest",
     close_inputs,
     cli_run_call,
     {"Closes a sourcing request.", "Đóng một yêu cầu tìm nguồn hàng."},
     false},
    {"request show",
     "matching",
     "GetSourcingRequest",
     show_inputs,
     cli_run_call,
     {"Shows a sourcing request.", "Xem một yêu cầu tìm nguồn hàng."},
     false},
    {"request list",
     "matching",
     "ListSourcingRequests",
     list_inputs,
     cli_run_list,
     {"Lists your sourcing requests.", "Liệt kê yêu cầu tìm nguồn hàng của bạn."},
     false},
    {NULL, NULL, NULL, NULL, NULL, {NULL, NULL}, false},
};
