#include "drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "matching.pb-c.h"

enum {
    CALL_MS = 60 * 1000,
    REQUEST_LINES_MAX = 100,
    NOTE_BYTES = 64,
};

/* ---- what is there ---- */

static int compare_deal(const void *a, const void *b)
{
    const struct deal *one = a;
    const struct deal *other = b;
    const int order = strcmp(one->invoice->number, other->invoice->number);
    return order != 0 ? order
                      : gm_id_compare(one->lines[0].offer->seller, other->lines[0].offer->seller);
}

static struct deal *find_deal(const struct deals *deals, const char *number, struct gm_id seller)
{
    struct invoice invoice = {.number = number};
    struct offer offer = {.seller = seller};
    struct deal_line line = {.offer = &offer};
    const struct deal wanted = {.invoice = &invoice, .lines = &line};
    return bsearch(&wanted, deals->at, deals->count, sizeof *deals->at, compare_deal);
}

static void list_of_seller(struct tool *tool, const struct deals *deals, struct gm_id seller,
                           struct standing *standings)
{
    uint8_t token[TOOL_TOKEN_BYTES];
    Common__Page page = COMMON__PAGE__INIT;
    page.size = TOOL_PAGE_ROWS;
    Order__ListOrdersRequest request = ORDER__LIST_ORDERS_REQUEST__INIT;
    request.page = &page;
    request.side = ORDER__SIDE__SELLER;
    const struct gm_call_options options = {.member = seller};
    const Order__ListOrdersReply *reply;
    do {
        reply = tool_ask(tool, NULL, tool_method("order", "ListOrders"), &request, &options);
        for (size_t i = 0; i < reply->n_orders; i++) {
            const Order__OrderSummary *order = reply->orders[i];
            const struct deal *deal = find_deal(deals, order->buyer_reference, seller);
            if (deal == NULL || !gm_id_equal(tool_id(order->buyer), deal->invoice->buyer)) continue;
            standings[deal - deals->at] =
                (struct standing){tool_id(order->order_id), order->state, order->total->minor};
        }
    } while (tool_turn_page(&page, reply->next_token, token));
}

void drive_list(struct tool *tool, const struct deals *deals, struct standing *ret_standings)
{
    memset(ret_standings, 0, deals->count * sizeof *ret_standings);
    const struct shelf *shelf = deals->shelf;
    for (size_t i = 0; i < shelf->count; i++)
        if (i == 0 || !gm_id_equal(shelf->at[i - 1].seller, shelf->at[i].seller))
            list_of_seller(tool, deals, shelf->at[i].seller, ret_standings);
}

/* ---- the life of an order ---- */

enum side { BUYER, SELLER };

/* What happens next to an order in that state; no method: it has ended. */
struct step {
    const char *method;
    enum side by;
};

static struct step next_step(Order__OrderState state)
{
    switch ((int)state) {
    case ORDER__ORDER_STATE__ORDER_STATE_UNSPECIFIED:
        return (struct step){"Place", BUYER};
    case ORDER__ORDER_STATE__RESERVED:
        return (struct step){"Accept", SELLER};
    case ORDER__ORDER_STATE__ACCEPTED:
        return (struct step){"Despatch", SELLER};
    case ORDER__ORDER_STATE__DESPATCHED:
        return (struct step){"Receive", BUYER};
    case ORDER__ORDER_STATE__RECEIVED:
        return (struct step){"Complete", BUYER};
    default:
        return (struct step){NULL, BUYER};
    }
}

static void submit(struct drive *drive, const struct gm_method *method, const void *message,
                   const struct gm_call_options *options, gm_client_done *done)
{
    struct gm_call_options own = *options;
    own.timeout_ms = CALL_MS;
    const enum gm_status status =
        gm_client_submit(drive->tool->client, NULL, method, message, &own, done);
    if (status != GM_OK) tool_fail("%s cannot be sent: %s", method->name, gm_status_name(status));
}

/* What the arena gave: of one message, gone with the next. */
static void *given(void *at)
{
    if (at == NULL) tool_fail("a message of an invoice is too large");
    return at;
}

static void advance(struct deal *deal);

static void close_request(struct invoice *invoice);

static void end_deal(struct deal *deal)
{
    struct invoice *invoice = deal->invoice;
    struct drive *drive = invoice->drive;
    GM_ASSERT(invoice->open > 0 && drive->open_deals > 0);
    invoice->open--;
    drive->open_deals--;
    if (invoice->open == 0) close_request(invoice);
}

static void deal_done(void *context, const struct gm_outcome *outcome)
{
    struct deal *deal = context;
    struct drive *drive = deal->invoice->drive;
    if (outcome->status != GM_CODE_OK) {
        deal->why = tool_reason(outcome);
        end_deal(deal);
        return;
    }
    drive->commands++;
    gm_arena_reset(&drive->tool->scratch);
    const Order__OrderReply *reply =
        (const Order__OrderReply *)gm_outcome_message(outcome, &drive->tool->scratch);
    if (reply == NULL) tool_fail("the reply of %s is damaged", outcome->method->name);
    if (gm_id_is_zero(deal->heard.order)) drive->placed++;
    deal->heard = (struct standing){tool_id(reply->order_id), reply->state, reply->total->minor};
    if (reply->n_refused > 0) deal->why = tool_text(drive->tool, reply->refused[0]->reason);
    advance(deal);
}

static void place(struct deal *deal)
{
    const struct invoice *invoice = deal->invoice;
    struct drive *drive = invoice->drive;
    const struct offer *offer = deal->lines[0].offer;
    struct gm_arena *scratch = &drive->tool->scratch;
    gm_arena_reset(scratch);
    Order__OrderLine *lines = given(GM_ARENA_ARRAY(scratch, Order__OrderLine, deal->line_count));
    Order__OrderLine **items = given(GM_ARENA_ARRAY(scratch, Order__OrderLine *, deal->line_count));
    for (size_t i = 0; i < deal->line_count; i++) {
        const struct deal_line *line = &deal->lines[i];
        order__order_line__init(&lines[i]);
        lines[i].lot_id = tool_bytes(&line->offer->lot);
        lines[i].quantity = line->quantity;
        lines[i].unit_price_minor = line->unit_price_minor;
        items[i] = &lines[i];
    }
    char note[NOTE_BYTES];
    (void)snprintf(note, sizeof note, "Online Retail, %s", invoice->time);
    Order__PlaceRequest request = ORDER__PLACE_REQUEST__INIT;
    request.seller = tool_bytes(&offer->seller);
    request.currency = offer->currency;
    request.ship_from = offer->ship_from;
    request.deliver_to = invoice->deliver_to;
    request.n_lines = deal->line_count;
    request.lines = items;
    request.note = note;
    request.buyer_reference = invoice->number;
    const struct gm_call_options options = {
        .context = deal, .member = invoice->buyer, .until_settled = true};
    submit(drive, tool_method("order", "Place"), &request, &options, deal_done);
}

/* The next step of its life, or its end. */
static void advance(struct deal *deal)
{
    const struct step step = next_step(deal->heard.state);
    if (step.method == NULL) {
        end_deal(deal);
        return;
    }
    if (gm_id_is_zero(deal->heard.order)) {
        place(deal);
        return;
    }
    Order__OrderCommand request = ORDER__ORDER_COMMAND__INIT;
    request.order_id = tool_bytes(&deal->heard.order);
    const struct gm_call_options options = {
        .context = deal,
        .member = step.by == BUYER ? deal->invoice->buyer : deal->lines[0].offer->seller};
    submit(deal->invoice->drive, tool_method("order", step.method), &request, &options, deal_done);
}

/* ---- the buyer's request ---- */

static void request_closed(void *context, const struct gm_outcome *outcome)
{
    struct drive *drive = ((struct invoice *)context)->drive;
    if (outcome->status != GM_CODE_OK)
        tool_fail("a request cannot be closed: %s", tool_reason(outcome));
    drive->commands++;
    drive->requests_closed++;
}

static void close_request(struct invoice *invoice)
{
    Matching__CloseSourcingRequestRequest request = MATCHING__CLOSE_SOURCING_REQUEST_REQUEST__INIT;
    request.request_id = tool_bytes(&invoice->request);
    const struct gm_call_options options = {.context = invoice, .member = invoice->buyer};
    submit(invoice->drive, tool_method("matching", "CloseSourcingRequest"), &request, &options,
           request_closed);
}

static void request_submitted(void *context, const struct gm_outcome *outcome)
{
    struct invoice *invoice = context;
    struct drive *drive = invoice->drive;
    if (outcome->status != GM_CODE_OK)
        tool_fail("the request of invoice %s is refused: %s", invoice->number,
                  tool_reason(outcome));
    drive->commands++;
    gm_arena_reset(&drive->tool->scratch);
    const Matching__SourcingReply *reply =
        (const Matching__SourcingReply *)gm_outcome_message(outcome, &drive->tool->scratch);
    if (reply == NULL) tool_fail("the reply of SubmitSourcingRequest is damaged");
    invoice->request = tool_id(reply->request_id);
    for (size_t i = 0; i < invoice->deal_count; i++)
        advance(&invoice->deals[i]);
}

/* The line of that category and unit, made where there is none. */
static Matching__SourcingLine *line_of(struct drive *drive, const struct offer *offer,
                                       Matching__SourcingRequest *request)
{
    for (size_t i = 0; i < request->n_lines; i++)
        if (request->lines[i]->base_unit == offer->base_unit &&
            strcmp(request->lines[i]->category, offer->category) == 0)
            return request->lines[i];
    if (request->n_lines == REQUEST_LINES_MAX) tool_fail("too many categories in one invoice");
    Matching__SourcingLine *line =
        given(GM_ARENA_NEW(&drive->tool->scratch, Matching__SourcingLine));
    matching__sourcing_line__init(line);
    line->category = offer->category;
    line->base_unit = offer->base_unit;
    request->lines[request->n_lines++] = line;
    return line;
}

/* A line for each category of what she will order. */
static void begin_invoice(struct drive *drive, struct invoice *invoice)
{
    struct gm_arena *scratch = &drive->tool->scratch;
    gm_arena_reset(scratch);
    Matching__SourcingRequest request = MATCHING__SOURCING_REQUEST__INIT;
    request.deliver_to = invoice->deliver_to;
    request.currency = invoice->deals[0].lines[0].offer->currency;
    request.buyer_reference = invoice->number;
    request.lines = given(GM_ARENA_ARRAY(scratch, Matching__SourcingLine *, REQUEST_LINES_MAX));
    for (size_t i = 0; i < invoice->deal_count; i++)
        for (size_t j = 0; j < invoice->deals[i].line_count; j++) {
            const struct deal_line *line = &invoice->deals[i].lines[j];
            line_of(drive, line->offer, &request)->quantity += line->quantity;
        }
    const struct gm_call_options options = {.context = invoice, .member = invoice->buyer};
    submit(drive, tool_method("matching", "SubmitSourcingRequest"), &request, &options,
           request_submitted);
}

/* ---- the stream ---- */

static bool has_ended(const struct deal *deal)
{
    return next_step(deal->heard.state).method == NULL;
}

static void begin_more(struct drive *drive)
{
    const struct deals *deals = drive->deals;
    while (drive->next < deals->invoice_count && drive->open_deals < drive->in_flight_max) {
        struct invoice *invoice = &deals->invoices[drive->next++];
        size_t left = 0;
        for (size_t i = 0; i < invoice->deal_count; i++)
            left += !has_ended(&invoice->deals[i]);
        if (left == 0) continue;
        invoice->drive = drive;
        invoice->open = invoice->deal_count; /* one that has ended does so at once */
        drive->open_deals += invoice->deal_count;
        begin_invoice(drive, invoice);
    }
}

void drive_run(struct drive *drive)
{
    do {
        begin_more(drive);
    } while (gm_client_run(drive->tool->client, -1) != GM_END);
    GM_ASSERT(drive->open_deals == 0);
}

const char *drive_why(const struct deal *deal)
{
    if (deal->why != NULL) return deal->why;
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
        &order__order_state__descriptor, (int)deal->heard.state);
    return value == NULL ? "UNKNOWN" : value->name;
}
