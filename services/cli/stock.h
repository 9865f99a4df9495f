/* cli/stock.h - all that a seller has in the catalog, asked for page by page and then many at once.
 */
#pragma once

#include "catalog.pb-c.h"
#include "cli/cli.h"

struct cli_products {
    Catalog__ProductView **views;
    size_t count;
};

struct cli_lots {
    Catalog__LotView **views;
    size_t count;
};

/* Those of the acting member. whole: with their descriptions, which lists leave out. Everything
 * lies in cli->arena. */
GM_CHECKED enum cli_exit cli_stock_products(struct cli *cli, bool whole,
                                            struct cli_products *ret_products);
GM_CHECKED enum cli_exit cli_stock_lots(struct cli *cli, struct cli_lots *ret_lots);

/* Many calls under way at once. what is called back with its context in any order; cli_flow_end
 * waits for all. */
struct cli_flow {
    struct cli *cli;
    size_t open;
};
GM_CHECKED enum cli_exit cli_flow_call(struct cli_flow *flow, const struct gm_method *method,
                                       const ProtobufCMessage *message,
                                       struct gm_call_options options, gm_client_done *done);
/* Called by every done: one fewer is open. */
static inline void cli_flow_done(struct cli_flow *flow)
{
    flow->open--;
}
GM_CHECKED enum cli_exit cli_flow_end(struct cli_flow *flow);
