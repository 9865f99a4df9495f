#include <string.h>

#include "base/numbers.h"
#include "catalog.pb-c.h"
#include "cli/command.h"
#include "cli/figure.h"
#include "cli/lookup.h"
#include "cli/message.h"
#include "cli/show.h"
#include "methods.h"
#include "order.pb-c.h"
#include "wire/check.h"

/* clang-format off */
static const struct cli_input place_inputs[] = {
    {"LINE", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED | CLI_MANY,
     {"What to order, as lot_...:20, SKU:20 or SKU#CODE:20; a third part is the price a unit that you saw, "
      "else it is the one now.",
      "Hàng cần đặt, ví dụ lot_...:20, SKU:20 hoặc SKU#MÃ:20; phần thứ ba là đơn giá bạn đã thấy, "
      "nếu không là giá hiện tại."}},
    {"deliver-to", "deliver_to", NULL, CLI_NEEDED, {"Where to: see gomnet places.", "Giao đến: xem gomnet places."}},
    {"seller", NULL, NULL, 0, {"Whose SKUs the lines name.", "SKU trong các dòng là của ai."}},
    {"accept-within", "accept_within_hours", NULL, 0,
     {"Hours within which the seller has to accept, 1 to 336; else 48.", "Số giờ người bán phải chấp nhận, 1 đến 336; mặc định 48."}},
    {"group", "group_id", NULL, 0, {"32 hex digits that orders of one plan share.", "32 chữ số hex chung của các đơn cùng kế hoạch."}},
    {"reference", "buyer_reference", NULL, 0, {"Your own order number.", "Số đơn hàng của bạn."}},
    {"note", "note", NULL, 0, {"Note for the seller.", "Ghi chú cho người bán."}},
    {"wait", NULL, NULL, CLI_SWITCH, {"Answer when the goods are reserved or not.", "Trả lời khi đã giữ được hàng hay chưa."}},
    CLI_INPUTS_END};
#define ORDER_ARGUMENT                                                     \
    {"ORDER", "order_id", NULL, CLI_ARGUMENT | CLI_NEEDED, {"Order (ord_...).", "Đơn hàng (ord_...)."}}
#define ORDER_REVISION                                                     \
    {"revision", "revision", NULL, 0, {"Refuse if it is not at this revision any more.", "Từ chối nếu bản sửa hiện tại khác số này."}}
static const struct cli_input move_inputs[] = {ORDER_ARGUMENT, ORDER_REVISION, CLI_INPUTS_END};
static const struct cli_input reason_inputs[] = {
    ORDER_ARGUMENT, ORDER_REVISION, {"reason", "reason", NULL, 0, {"Why.", "Lý do."}}, CLI_INPUTS_END};
static const struct cli_input show_inputs[] = {ORDER_ARGUMENT, CLI_INPUTS_END};
static const struct cli_input list_inputs[] = {
    {"side", "side", "BUYER", 0, {"BUYER: what you ordered; SELLER: what was ordered from you.", "BUYER: đơn bạn đặt; SELLER: đơn đặt của bạn."}},
    {"state", "state", NULL, 0, {"In this state only.", "Chỉ trạng thái này."}},
    {"since", "from_ms", NULL, 0, {"Placed on this day or later.", "Đặt từ ngày này."}},
    {"before", "until_ms", NULL, 0, {"Placed before this day.", "Đặt trước ngày này."}},
    CLI_PAGE_INPUTS, CLI_INPUTS_END};
/* clang-format on */

/* ---- place ---- */

/* What one price is, at a quantity, as the lot's tiers say: what the buyer sees. */
static int64_t price_at(const Catalog__LotTerms *terms, int64_t quantity)
{
    int64_t price = terms->n_tiers == 0 ? 0 : terms->tiers[0]->unit_price_minor;
    for (size_t i = 0; i < terms->n_tiers; i++) {
        if (terms->tiers[i]->from_quantity <= quantity) price = terms->tiers[i]->unit_price_minor;
    }
    return price;
}

/* The order's seller, place and currency are those of its first lot; the others have to agree. */
static bool agrees(Order__PlaceRequest *request, const Catalog__Lot *lot)
{
    if (request->seller.len == 0) {
        request->seller = lot->seller;
        request->ship_from = lot->terms->ship_from;
        request->currency = lot->terms->currency;
        return true;
    }
    return gm_id_equal(gm_message_id(request->seller), gm_message_id(lot->seller)) &&
           strcmp(request->ship_from, lot->terms->ship_from) == 0 &&
           strcmp(request->currency, lot->terms->currency) == 0;
}

static enum cli_exit wrong_line(struct cli *cli, const char *text, enum cli_word word,
                                const char *value)
{
    const char *why = CLI_SAY(cli->arena, cli->language, word, value);
    return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_VALUE_WRONG, "LINE", text, why == NULL ? "" : why);
}

/* LOT:QUANTITY[:PRICE] */
static enum cli_exit read_line(struct cli *cli, const char *text, const char *first,
                               struct gm_id seller, Order__PlaceRequest *request,
                               Order__OrderLine *line)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL) return wrong_line(cli, text, CLI_SAY_BAD_PARTS, "LOT:QUANTITY[:PRICE]");
    const char *name = gm_arena_copy_text(cli->arena, gm_bytes(text, (size_t)(colon - text)));
    if (name == NULL) return cli_overflow(cli);
    const size_t size = strcspn(colon + 1, ":");
    const enum cli_number_fault fault =
        cli_number_read(gm_bytes(colon + 1, size), 0, &line->quantity);
    if (fault != CLI_NUMBER_FINE) return wrong_line(cli, text, cli_number_word(fault), "");

    const Catalog__LotView *view = NULL;
    const enum cli_exit code = cli_find_lot(cli, name, seller, &view);
    if (code != CLI_EXIT_OK) return code;
    if (!agrees(request, view->lot))
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_LOTS_DIFFER, first, text);
    line->lot_id = view->lot->lot_id;
    line->unit_price_minor = price_at(view->lot->terms, line->quantity);
    if (colon[1 + size] == '\0') return CLI_EXIT_OK;
    struct gm_currency currency = {0};
    gm_ignore(gm_currency_parse(request->currency, &currency), "then it has no decimals");
    const enum cli_number_fault price = cli_figure_read_money(gm_bytes_of_text(colon + 2 + size),
                                                              currency, &line->unit_price_minor);
    if (price == CLI_NUMBER_FINE) return CLI_EXIT_OK;
    return wrong_line(cli, text, cli_number_word(price), "");
}

static enum cli_exit read_lines(struct cli *cli, const struct cli_line *line,
                                Order__PlaceRequest *request)
{
    const size_t count = cli_given_count(line, "LINE");
    const char *first = cli_given_at(line, "LINE", 0);
    const char *named = cli_given_of(line, "seller");
    struct gm_id seller = cli->member;
    enum cli_exit code = CLI_EXIT_OK;
    if (named != NULL) {
        struct cli_filling filling = {.arena = cli->arena, .language = cli->language};
        Order__PlaceRequest holder = ORDER__PLACE_REQUEST__INIT;
        code = cli_put(cli, &filling, &holder.base, "seller", "--seller", named);
        seller = gm_message_id(holder.seller);
    }
    for (size_t i = 0; i < count && code == CLI_EXIT_OK; i++) {
        Order__OrderLine **place = cli_message_append(
            &request->base, cli_message_field_named(request->base.descriptor, "lines"), cli->arena);
        if (place != NULL)
            *place =
                (Order__OrderLine *)cli_message_new(&order__order_line__descriptor, cli->arena);
        if (place == NULL || *place == NULL) return cli_overflow(cli);
        code = read_line(cli, cli_given_at(line, "LINE", i), first, seller, request, *place);
    }
    return code;
}

static bool ended_badly(const Order__OrderReply *reply)
{
    return reply->state == ORDER__ORDER_STATE__REJECTED ||
           reply->state == ORDER__ORDER_STATE__CANCELLED ||
           reply->state == ORDER__ORDER_STATE__EXPIRED;
}

static enum cli_exit place(struct cli *cli, const struct cli_line *line)
{
    if (gm_id_is_zero(cli->member))
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_MEMBER_MISSING, "");
    const bool wait = cli_given_of(line, "wait") != NULL;
    ProtobufCMessage *request;
    enum cli_exit code = cli_request_of(cli, line, (struct cli_base){0}, &request);
    if (code == CLI_EXIT_OK) code = read_lines(cli, line, (Order__PlaceRequest *)request);
    if (code != CLI_EXIT_OK) return code;

    const ProtobufCMessage *reply = NULL;
    const struct gm_call_options options = {.dry_run = cli->settings.dry_run,
                                            .until_settled = wait};
    code = cli_get(cli, cli_method_of(line->command), request, options, &reply);
    if (code == CLI_EXIT_OK) code = cli_show(cli, reply);
    if (code != CLI_EXIT_OK) return code;
    if (options.dry_run && !cli->settings.json) CLI_TELL(cli, CLI_SAY_DRY_RUN, "");
    if (!ended_badly((const Order__OrderReply *)reply)) return CLI_EXIT_OK;
    return CLI_FAIL(cli, CLI_EXIT_REFUSED, CLI_SAY_ORDER_REJECTED, "");
}

const struct cli_command cli_order_commands[] = {
    {"order place",
     "order",
     "Place",
     place_inputs,
     place,
     {"Places an order: one seller, one ship-from place.", "Đặt hàng: một người bán, một nơi gửi."},
     false},
    {"order accept",
     "order",
     "Accept",
     move_inputs,
     cli_run_call,
     {"The seller accepts it.", "Người bán chấp nhận."},
     false},
    {"order reject",
     "order",
     "Reject",
     reason_inputs,
     cli_run_call,
     {"The seller rejects it.", "Người bán từ chối."},
     false},
    {"order cancel",
     "order",
     "Cancel",
     reason_inputs,
     cli_run_call,
     {"The buyer cancels it, before it is accepted.", "Người mua huỷ, trước khi được chấp nhận."},
     false},
    {"order propose-cancel",
     "order",
     "ProposeCancel",
     reason_inputs,
     cli_run_call,
     {"Proposes to cancel an accepted order.", "Đề nghị huỷ đơn đã chấp nhận."},
     false},
    {"order agree-cancel",
     "order",
     "AgreeCancel",
     move_inputs,
     cli_run_call,
     {"The other side agrees to cancel.", "Bên kia đồng ý huỷ."},
     false},
    {"order despatch",
     "order",
     "Despatch",
     move_inputs,
     cli_run_call,
     {"The seller has sent the goods.", "Người bán đã gửi hàng."},
     false},
    {"order receive",
     "order",
     "Receive",
     move_inputs,
     cli_run_call,
     {"The buyer has received them.", "Người mua đã nhận hàng."},
     false},
    {"order complete",
     "order",
     "Complete",
     move_inputs,
     cli_run_call,
     {"The buyer completes it.", "Người mua hoàn tất đơn."},
     false},
    {"order show",
     "order",
     "GetOrder",
     show_inputs,
     cli_run_call,
     {"Shows an order with what happened to it.", "Xem đơn hàng và các bước đã qua."},
     false},
    {"order list",
     "order",
     "ListOrders",
     list_inputs,
     cli_run_list,
     {"Lists your orders, newest first.", "Liệt kê đơn hàng của bạn, mới nhất trước."},
     false},
    {NULL, NULL, NULL, NULL, NULL, {NULL, NULL}, false},
};
