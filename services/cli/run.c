#include <string.h>

#include "base/assert.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/show.h"
#include "cli/value.h"
#include "common.pb-c.h"

enum { PAGE_ROWS_MAX = 500 };

enum cli_exit cli_send(struct cli *cli, const struct gm_method *method,
                       const ProtobufCMessage *request, struct gm_call_options options)
{
    if (method->kind == GM_METHOD_COMMAND && gm_id_is_zero(cli->member))
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_MEMBER_MISSING, "");
    options.dry_run = cli->settings.dry_run;
    const ProtobufCMessage *reply = NULL;
    enum cli_exit code = cli_get(cli, method, request, options, &reply);
    if (code != CLI_EXIT_OK) return code;
    code = cli_show(cli, reply);
    if (code == CLI_EXIT_OK && options.dry_run && !cli->settings.json)
        CLI_TELL(cli, CLI_SAY_DRY_RUN, "");
    return code;
}

enum cli_exit cli_run_call(struct cli *cli, const struct cli_line *line)
{
    ProtobufCMessage *request;
    const enum cli_exit code = cli_request_of(cli, line, (struct cli_base){0}, &request);
    if (code != CLI_EXIT_OK) return code;
    return cli_send(cli, cli_method_of(line->command), request, (struct gm_call_options){0});
}

/* ---- lists ---- */

struct rows {
    const ProtobufCMessage **at;
    size_t count, room;
    ProtobufCBinaryData next; /* the token of the page behind them */
};

static bool add_rows(struct cli *cli, struct rows *rows, const ProtobufCMessage *reply,
                     const ProtobufCFieldDescriptor *field)
{
    const size_t count = cli_message_count(reply, field);
    if (rows->count + count > rows->room) {
        const size_t room = 2 * rows->room + count;
        const ProtobufCMessage **more = GM_ARENA_ARRAY(cli->arena, const ProtobufCMessage *, room);
        if (more == NULL) return false;
        if (rows->count > 0) memcpy(more, rows->at, rows->count * sizeof *more);
        rows->at = more;
        rows->room = room;
    }
    for (size_t i = 0; i < count; i++) {
        rows->at[rows->count++] = cli_message_inner(reply, field, i);
    }
    rows->next = *(const ProtobufCBinaryData *)cli_message_at(
        reply, cli_message_field_named(reply->descriptor, "next_token"), 0);
    return true;
}

static enum cli_exit put_rows(struct cli *cli, const ProtobufCFieldDescriptor *field,
                              const struct rows *rows)
{
    const char *token = cli_value_bytes((struct cli_meaning){CLI_MEANS_TOKEN, GM_ID_KIND_COUNT},
                                        rows->next, cli->arena);
    if (token == NULL) return cli_overflow(cli);
    if (cli->settings.json) {
        json_t *list = json_array();
        for (size_t i = 0; i < rows->count; i++) {
            json_array_append_new(list, cli_json_of(rows->at[i]));
        }
        cli_put_json(cli, json_pack("{s:o,s:s?}", field->name, list, "next_token",
                                    token[0] == '\0' ? NULL : token));
        return CLI_EXIT_OK;
    }
    if (rows->count == 0) CLI_TELL(cli, CLI_SAY_NONE_LISTED, "");
    const enum cli_exit code = cli_show_rows(cli, field->descriptor, rows->at, rows->count);
    if (code == CLI_EXIT_OK && token[0] != '\0') CLI_TELL(cli, CLI_SAY_MORE, token);
    return code;
}

enum cli_exit cli_run_list(struct cli *cli, const struct cli_line *line)
{
    return cli_run_pages(cli, line, (struct cli_base){0});
}

enum cli_exit cli_run_pages(struct cli *cli, const struct cli_line *line, struct cli_base base)
{
    const struct gm_method *method = cli_method_of(line->command);
    const ProtobufCFieldDescriptor *field = cli_list_field(method->reply);
    GM_ASSERT(field != NULL);
    const bool all = cli_given_of(line, "all") != NULL;
    ProtobufCMessage *request;
    enum cli_exit code = cli_request_of(cli, line, base, &request);
    if (code != CLI_EXIT_OK) return code;
    Common__Page *page = (Common__Page *)cli_message_open(
        request, cli_message_field_named(request->descriptor, "page"), cli->arena);
    if (page == NULL) return cli_overflow(cli);
    if (all) page->size = PAGE_ROWS_MAX;

    struct gm_call_options options = {0};
    code = cli_include_newest(cli, method->service, &options);
    if (code != CLI_EXIT_OK) return code;
    struct rows rows = {0};
    do {
        const ProtobufCMessage *reply = NULL;
        code = cli_get(cli, method, request, options, &reply);
        if (code != CLI_EXIT_OK) return code;
        if (!add_rows(cli, &rows, reply, field)) return cli_overflow(cli);
        page->token = rows.next;
    } while (all && rows.next.len > 0);
    return put_rows(cli, field, &rows);
}
