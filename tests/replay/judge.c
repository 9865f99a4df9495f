#include "judge.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "wire.pb-c.h"

enum { SETTLE_MS = 60 * 1000, LOOK_NS = 5000000 };

static const Wire__StatusReply *ask_status(struct tool *tool, const char *service)
{
    const Wire__StatusRequest request = WIRE__STATUS_REQUEST__INIT;
    return tool_ask(tool, service, tool_method("host", "Status"), &request, NULL);
}

static struct gm_position position_of(const Wire__Position *position)
{
    return position == NULL ? (struct gm_position){0}
                            : (struct gm_position){position->journal_id, position->seq};
}

/* What order sends, the catalog has entered before order hears the answer: so order is asked
 * first. */
static bool is_settled(struct tool *tool, struct gm_position *ret_catalog)
{
    if (ask_status(tool, "order")->effects_open > 0) return false;
    const struct gm_position catalog = position_of(ask_status(tool, "catalog")->head);
    const Wire__StatusReply *matching = ask_status(tool, "matching");
    for (size_t i = 0; i < matching->n_follows; i++) {
        if (strcmp(matching->follows[i]->service, "catalog") != 0) continue;
        const struct gm_position through = position_of(matching->follows[i]->through);
        if (through.journal_id != catalog.journal_id || through.seq < catalog.seq) return false;
        *ret_catalog = catalog;
        return true;
    }
    return false;
}

struct gm_position judge_settle(struct tool *tool)
{
    const int64_t until_ms = gm_clock_read_system().monotonic_ms + SETTLE_MS;
    struct gm_position catalog;
    while (!is_settled(tool, &catalog)) {
        if (gm_clock_read_system().monotonic_ms > until_ms)
            tool_fail("the services have not settled after %d s", SETTLE_MS / 1000);
        (void)nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    }
    return catalog;
}

static bool has_left(Order__OrderState state)
{
    return state == ORDER__ORDER_STATE__DESPATCHED || state == ORDER__ORDER_STATE__RECEIVED ||
           state == ORDER__ORDER_STATE__COMPLETED;
}

static bool is_held(Order__OrderState state)
{
    return state == ORDER__ORDER_STATE__RESERVED || state == ORDER__ORDER_STATE__ACCEPTED;
}

/* Takes from each offer, as it was before, what has left and what is no longer held. */
static void expect_stock(const struct deals *deals)
{
    for (size_t i = 0; i < deals->count; i++) {
        const struct deal *deal = &deals->at[i];
        const bool left = has_left(deal->heard.state) && !has_left(deal->found.state);
        const int held = is_held(deal->heard.state) - is_held(deal->found.state);
        for (size_t j = 0; j < deal->line_count; j++) {
            const struct deal_line *line = &deal->lines[j];
            if (left) line->offer->on_hand -= line->quantity;
            line->offer->reserved += held * line->quantity;
        }
    }
}

static void judge_stock(struct tool *tool, const struct deals *deals, struct verdict *verdict)
{
    expect_stock(deals);
    const struct shelf now = shelf_read(tool, judge_settle(tool));
    for (size_t i = 0; i < now.count; i++) {
        const struct offer *offer = &now.at[i];
        const struct offer *expected = shelf_find(deals->shelf, offer->seller, offer->sku);
        verdict->remaining += offer->on_hand;
        if (expected == NULL || offer->on_hand != expected->on_hand ||
            offer->reserved != expected->reserved)
            verdict->lots_wrong++;
    }
    if (now.count != deals->shelf->count) verdict->lots_wrong++;
}

static int64_t total_of(const struct deal *deal)
{
    int64_t total = 0;
    for (size_t i = 0; i < deal->line_count; i++)
        total += deal->lines[i].quantity * deal->lines[i].unit_price_minor;
    return total;
}

struct verdict judge(struct tool *tool, const struct deals *deals)
{
    struct verdict verdict = {0};
    struct standing *listed = tool_alloc(tool, deals->count * sizeof *listed);
    judge_stock(tool, deals, &verdict);
    drive_list(tool, deals, listed);
    for (size_t i = 0; i < deals->count; i++) {
        const struct deal *deal = &deals->at[i];
        if (!gm_id_equal(listed[i].order, deal->heard.order) ||
            listed[i].state != deal->heard.state ||
            listed[i].total_minor != deal->heard.total_minor)
            verdict.orders_unlike++;
        if (!gm_id_is_zero(deal->heard.order) && deal->heard.total_minor != total_of(deal))
            verdict.totals_wrong++;
    }
    return verdict;
}
