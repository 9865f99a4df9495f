#include "cli/stock.h"

#include <string.h>

#include "base/assert.h"
#include "methods.h"
#include "wire/check.h"

enum { PAGE_ROWS = 500, FIRST_ROOM = 1024 };

/* ---- many calls at once ---- */

static enum cli_exit run(struct cli_flow *flow)
{
    struct cli *cli = flow->cli;
    const enum gm_status status = cli->connection->run(cli->connection, -1);
    if (status == GM_OK) return CLI_EXIT_OK;
    return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_CONNECTION_FAILED, gm_status_name(status));
}

enum cli_exit cli_flow_call(struct cli_flow *flow, const struct gm_method *method,
                            const ProtobufCMessage *message, struct gm_call_options options,
                            gm_client_done *done)
{
    struct cli *cli = flow->cli;
    if (!cli_connect(cli)) return CLI_EXIT_LATER;
    options.member = cli->member;
    options.language = cli->language;
    options.timeout_ms = GM_CALL_TIMEOUT_MAX_MS; /* the whole flow may take its time */
    const size_t mark = gm_arena_mark(cli->arena);
    const struct gm_bytes body = gm_message_pack(message, cli->arena);
    if (body.at == NULL) return cli_overflow(cli);
    enum gm_status status;
    while ((status = cli->connection->submit(cli->connection, method->service, method, body,
                                             &options, done)) == GM_BUSY) {
        const enum cli_exit code = run(flow);
        if (code != CLI_EXIT_OK) return code;
    }
    /* The body was copied; a reply that came meanwhile may lie above it, so only an empty wait
     * gives it back. */
    if (gm_arena_mark(cli->arena) == (size_t)(body.at + body.size - cli->arena->base))
        gm_arena_rewind(cli->arena, mark);
    if (status != GM_OK)
        return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_CONNECTION_FAILED, gm_status_name(status));
    flow->open++;
    return CLI_EXIT_OK;
}

enum cli_exit cli_flow_end(struct cli_flow *flow)
{
    while (flow->open > 0) {
        const enum cli_exit code = run(flow);
        if (code != CLI_EXIT_OK) return code;
    }
    return CLI_EXIT_OK;
}

/* ---- pages ---- */

/* Room for more pointers, twice as many each time. */
static bool grow(struct gm_arena *arena, void *list, size_t count, size_t more, size_t *room)
{
    void **old;
    memcpy(&old, list, sizeof old);
    if (count + more <= *room) return true;
    *room = (count + more) * 2 + FIRST_ROOM;
    void **larger = GM_ARENA_ARRAY(arena, void *, *room);
    if (larger == NULL) return false;
    if (count > 0) memcpy(larger, old, count * sizeof(void *));
    memcpy(list, &larger, sizeof larger);
    return true;
}

static enum cli_exit list_products(struct cli *cli, struct cli_products *products)
{
    Common__Page page = COMMON__PAGE__INIT;
    Catalog__ListProductsRequest request = CATALOG__LIST_PRODUCTS_REQUEST__INIT;
    struct gm_call_options options = {0};
    size_t room = 0;
    page.size = PAGE_ROWS;
    request.page = &page;
    request.seller = gm_message_bytes(&cli->member);
    enum cli_exit code = cli_include_newest(cli, "catalog", &options);
    while (code == CLI_EXIT_OK) {
        const ProtobufCMessage *message;
        code = cli_get(cli, gm_method_find(GM_METHOD_CATALOG_LIST_PRODUCTS), &request.base, options,
                       &message);
        if (code != CLI_EXIT_OK) break;
        const Catalog__ListProductsReply *reply = (const Catalog__ListProductsReply *)message;
        if (!grow(cli->arena, &products->views, products->count, reply->n_products, &room))
            return cli_overflow(cli);
        for (size_t i = 0; i < reply->n_products; i++)
            products->views[products->count++] = reply->products[i];
        if (reply->next_token.len == 0) break;
        page.token = reply->next_token;
    }
    return code;
}

struct wanted {
    struct cli_flow *flow;
    Catalog__ProductView **view;
    bool failed;
};

static void take_product(void *context, const struct gm_outcome *outcome)
{
    struct wanted *wanted = context;
    const ProtobufCMessage *message = outcome->status == GM_CODE_OK
                                          ? gm_outcome_message(outcome, wanted->flow->cli->arena)
                                          : NULL;
    wanted->failed = message == NULL;
    if (message != NULL) *wanted->view = (Catalog__ProductView *)(uintptr_t)message;
    cli_flow_done(wanted->flow);
}

/* Each once more, with its descriptions. */
static enum cli_exit get_products(struct cli *cli, struct cli_products *products)
{
    struct cli_flow flow = {.cli = cli};
    struct wanted *wanted = GM_ARENA_ARRAY(cli->arena, struct wanted, products->count + 1);
    if (wanted == NULL) return cli_overflow(cli);
    enum cli_exit code = CLI_EXIT_OK;
    for (size_t i = 0; i < products->count && code == CLI_EXIT_OK; i++) {
        Catalog__GetProductRequest request = CATALOG__GET_PRODUCT_REQUEST__INIT;
        wanted[i] = (struct wanted){&flow, &products->views[i], false};
        request.product_id = products->views[i]->product->product_id;
        code = cli_flow_call(&flow, gm_method_find(GM_METHOD_CATALOG_GET_PRODUCT), &request.base,
                             (struct gm_call_options){.context = &wanted[i]}, take_product);
    }
    if (code == CLI_EXIT_OK) code = cli_flow_end(&flow);
    for (size_t i = 0; i < products->count && code == CLI_EXIT_OK; i++)
        if (wanted[i].failed) code = CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_NO_ANSWER, "catalog");
    return code;
}

enum cli_exit cli_stock_products(struct cli *cli, bool whole, struct cli_products *ret_products)
{
    *ret_products = (struct cli_products){0};
    enum cli_exit code = list_products(cli, ret_products);
    if (code == CLI_EXIT_OK && whole) code = get_products(cli, ret_products);
    return code;
}

enum cli_exit cli_stock_lots(struct cli *cli, struct cli_lots *ret_lots)
{
    Common__Page page = COMMON__PAGE__INIT;
    Catalog__ListLotsRequest request = CATALOG__LIST_LOTS_REQUEST__INIT;
    struct gm_call_options options = {0};
    size_t room = 0;
    *ret_lots = (struct cli_lots){0};
    page.size = PAGE_ROWS;
    request.page = &page;
    request.seller = gm_message_bytes(&cli->member);
    enum cli_exit code = cli_include_newest(cli, "catalog", &options);
    while (code == CLI_EXIT_OK) {
        const ProtobufCMessage *message;
        code = cli_get(cli, gm_method_find(GM_METHOD_CATALOG_LIST_LOTS), &request.base, options,
                       &message);
        if (code != CLI_EXIT_OK) break;
        const Catalog__ListLotsReply *reply = (const Catalog__ListLotsReply *)message;
        if (!grow(cli->arena, &ret_lots->views, ret_lots->count, reply->n_lots, &room))
            return cli_overflow(cli);
        for (size_t i = 0; i < reply->n_lots; i++)
            ret_lots->views[ret_lots->count++] = reply->lots[i];
        if (reply->next_token.len == 0) break;
        page.token = reply->next_token;
    }
    return code;
}
