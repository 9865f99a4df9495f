#include <string.h>

#include "catalog.pb-c.h"
#include "cli/command.h"
#include "cli/lookup.h"
#include "cli/message.h"
#include "cli/show.h"
#include "methods.h"
#include "wire/check.h"

#define REVISION_INPUT                                                        \
    {                                                                         \
        "revision", "revision", NULL, 0,                                      \
        {                                                                     \
            "Refuse if it is not at this revision any more.",                 \
                "Từ chối nếu bản sửa hiện tại khác số này." \
        }                                                                     \
    }

#define PRODUCT_TERMS                                                                                   \
    {"name",                                                                                            \
     "terms.names",                                                                                     \
     NULL,                                                                                              \
     CLI_MANY,                                                                                          \
     {"Name in a language, as vi:Bát ăn cơm.", "Tên theo ngôn ngữ, ví dụ vi:Bát ăn cơm."}},             \
        {"description",                                                                                 \
         "terms.descriptions",                                                                          \
         NULL,                                                                                          \
         CLI_MANY,                                                                                      \
         {"Description in a language, as en:Ash glaze.",                                                \
          "Mô tả theo ngôn ngữ, ví dụ vi:Men tro."}},                                                   \
        {"category",                                                                                    \
         "terms.category",                                                                              \
         NULL,                                                                                          \
         0,                                                                                             \
         {"Category: see gomnet categories.", "Danh mục: xem gomnet categories."}},                     \
        {"body",                                                                                        \
         "terms.body",                                                                                  \
         NULL,                                                                                          \
         0,                                                                                             \
         {"Body, as stoneware or porcelain.", "Xương gốm, ví dụ stoneware, porcelain."}},               \
        {"glaze",                                                                                       \
         "terms.glaze",                                                                                 \
         NULL,                                                                                          \
         0,                                                                                             \
         {"Glaze, as celadon or ash.", "Men, ví dụ celadon, ash."}},                                    \
        {"unit",                                                                                        \
         "terms.base_unit",                                                                             \
         "C62",                                                                                         \
         0,                                                                                             \
         {"Unit it is sold by: C62 piece, PR pair, SET set, CMK cm2, GRM gram.",                        \
          "Đơn vị bán: C62 chiếc, PR đôi, SET bộ, CMK cm2, GRM gam."}},                                 \
        {"set-pieces", "terms.set_pieces", NULL, 0, {"Pieces a set.", "Số món mỗi bộ."}},               \
        {"mass",                                                                                        \
         "terms.mass_g",                                                                                \
         NULL,                                                                                          \
         0,                                                                                             \
         {"Grams a unit, net.", "Số gam mỗi đơn vị, không bao bì."}},                                   \
        {"hs", "terms.hs_code", NULL, 0, {"Harmonized System code.", "Mã HS."}},                        \
        {"gtin", "terms.gtin", NULL, 0, {"GTIN.", "Mã GTIN."}},                                         \
        {"recycled",                                                                                    \
         "terms.recycled_ppm",                                                                          \
         NULL,                                                                                          \
         0,                                                                                             \
         {"Recycled share of the body, as 30%.", "Tỷ lệ tái chế của xương gốm, ví dụ 30%."}},           \
    {                                                                                                   \
        "assumed", "terms.assumed", NULL, CLI_MANY,                                                     \
        {                                                                                               \
            "A field that nobody stated, as mass_g.", "Trường chưa ai công bố, ví dụ mass_g." \
        }                                                                                               \
    }

#define LOT_TERMS                                                                                       \
    {"currency", "terms.currency", "VND", 0, {"Currency of its prices.", "Loại tiền của giá."}},        \
        {"tier",                                                                                        \
         "terms.tiers",                                                                                 \
         NULL,                                                                                          \
         CLI_MANY,                                                                                      \
         {"Price from a quantity on, as 10:90.000.", "Giá từ một số lượng, ví dụ 10:90.000."}},         \
        {"min-order",                                                                                   \
         "terms.min_order",                                                                             \
         "1",                                                                                           \
         0,                                                                                             \
         {"Least quantity of an order.", "Lượng đặt tối thiểu."}},                                      \
        {"multiple",                                                                                    \
         "terms.order_multiple",                                                                        \
         "1",                                                                                           \
         0,                                                                                             \
         {"Orders go in steps of so many.", "Đặt theo bội số này."}},                                   \
        {"lead-time",                                                                                   \
         "terms.lead_time_days",                                                                        \
         NULL,                                                                                          \
         0,                                                                                             \
         {"Days until it can be despatched.", "Số ngày chuẩn bị trước khi gửi."}},                      \
        {"ship-from",                                                                                   \
         "terms.ship_from",                                                                             \
         NULL,                                                                                          \
         0,                                                                                             \
         {"Place it ships from: see gomnet places.", "Nơi gửi: xem gomnet places."}},                   \
        {"incoterm", "terms.incoterm", "EXW", 0, {"EXW or FCA.", "EXW hoặc FCA."}},                     \
        {"grade",                                                                                       \
         "terms.grade",                                                                                 \
         "A",                                                                                           \
         0,                                                                                             \
         {"A, B, SECOND or BYPRODUCT.", "A, B, SECOND hoặc BYPRODUCT."}},                               \
        {"pack",                                                                                        \
         "terms.pack",                                                                                  \
         NULL,                                                                                          \
         0,                                                                                             \
         {"Rec 21 code, units a pack, gross grams, as CT:24:12500.",                                    \
          "Mã Rec 21, số đơn vị mỗi kiện, số gam cả bì, ví dụ CT:24:12500."}},                          \
        {"energy",                                                                                      \
         "terms.firing.sources",                                                                        \
         NULL,                                                                                          \
         CLI_MANY,                                                                                      \
         {"Energy of a firing, as LPG:150000 (g, Wh or ml).",                                           \
          "Năng lượng một mẻ nung, ví dụ LPG:150000 (g, Wh hoặc ml)."}},                                \
        {"good-ware",                                                                                   \
         "terms.firing.output_g",                                                                       \
         NULL,                                                                                          \
         0,                                                                                             \
         {"Grams of good ware that came out of it.", "Số gam thành phẩm của mẻ nung."}},                \
        {"note", "terms.note", NULL, 0, {"Note for buyers.", "Ghi chú cho người mua."}},                \
    {                                                                                                   \
        "assumed", "terms.assumed", NULL, CLI_MANY,                                                     \
        {                                                                                               \
            "A field that nobody stated, as firing.", "Trường chưa ai công bố, ví dụ firing." \
        }                                                                                               \
    }

#define PRODUCT_ARGUMENT                                                                                    \
    {                                                                                                       \
        "PRODUCT", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED,                                                   \
        {                                                                                                   \
            "Product: its id (prd_...) or your SKU.", "Sản phẩm: mã (prd_...) hoặc SKU của bạn." \
        }                                                                                                   \
    }
#define LOT_ARGUMENT                                                                                   \
    {                                                                                                  \
        "LOT", NULL, NULL, CLI_ARGUMENT | CLI_NEEDED,                                                  \
        {                                                                                              \
            "Lot: its id (lot_...), SKU or SKU#CODE.", "Lô hàng: mã (lot_...), SKU hoặc SKU#MÃ." \
        }                                                                                              \
    }
#define SELLER_INPUT                                                                       \
    {                                                                                      \
        "seller", NULL, NULL, 0,                                                           \
        {                                                                                  \
            "Whose SKU it is; else yours.", "SKU của ai; mặc định là của bạn." \
        }                                                                                  \
    }

/* clang-format off */
static const struct cli_input publish_product_inputs[] = {
    {"SKU", "sku", NULL, CLI_ARGUMENT | CLI_NEEDED, {"Your number for it.", "Mã hàng của bạn."}},
    PRODUCT_TERMS, CLI_INPUTS_END};
static const struct cli_input revise_product_inputs[] = {PRODUCT_ARGUMENT, REVISION_INPUT, PRODUCT_TERMS, CLI_INPUTS_END};
static const struct cli_input withdraw_product_inputs[] = {PRODUCT_ARGUMENT, REVISION_INPUT, CLI_INPUTS_END};
static const struct cli_input show_product_inputs[] = {PRODUCT_ARGUMENT, SELLER_INPUT, CLI_INPUTS_END};
static const struct cli_input list_products_inputs[] = {
    {"seller", "seller", NULL, 0, {"Of this member only.", "Chỉ của thành viên này."}},
    CLI_PAGE_INPUTS, CLI_INPUTS_END};

static const struct cli_input publish_lot_inputs[] = {
    PRODUCT_ARGUMENT,
    {"code", "lot_code", NULL, 0, {"Lot code; else MAIN.", "Mã lô; mặc định MAIN."}},
    {"on-hand", "on_hand", NULL, 0, {"Units to begin with.", "Số đơn vị ban đầu."}},
    LOT_TERMS, CLI_INPUTS_END};
static const struct cli_input revise_lot_inputs[] = {LOT_ARGUMENT, REVISION_INPUT, LOT_TERMS, CLI_INPUTS_END};
static const struct cli_input withdraw_lot_inputs[] = {LOT_ARGUMENT, REVISION_INPUT, CLI_INPUTS_END};
static const struct cli_input restock_inputs[] = {
    LOT_ARGUMENT,
    {"QUANTITY", "quantity", NULL, CLI_ARGUMENT | CLI_NEEDED, {"Units that come in.", "Số đơn vị nhập."}},
    {"reason", "reason", "PRODUCED", 0, {"PRODUCED or RETURNED.", "PRODUCED hoặc RETURNED."}},
    CLI_INPUTS_END};
static const struct cli_input adjust_inputs[] = {
    LOT_ARGUMENT,
    {"REASON", "reason", NULL, CLI_ARGUMENT | CLI_NEEDED,
     {"COUNTED sets what is on hand; BROKEN, LOST, SAMPLE take away.",
      "COUNTED đặt lại tồn kho; BROKEN, LOST, SAMPLE trừ đi."}},
    {"QUANTITY", "quantity", NULL, CLI_ARGUMENT | CLI_NEEDED, {"Units.", "Số đơn vị."}},
    {"note", "note", NULL, 0, {"Why.", "Lý do."}},
    CLI_INPUTS_END};
static const struct cli_input show_lot_inputs[] = {LOT_ARGUMENT, SELLER_INPUT, CLI_INPUTS_END};
static const struct cli_input list_lots_inputs[] = {
    {"seller", "seller", NULL, 0, {"Of this member only.", "Chỉ của thành viên này."}},
    {"product", "product_id", NULL, 0, {"Of this product (prd_...) only.", "Chỉ của sản phẩm này (prd_...)."}},
    CLI_PAGE_INPUTS, CLI_INPUTS_END};
static const struct cli_input reservations_inputs[] = {LOT_ARGUMENT, CLI_PAGE_INPUTS, CLI_INPUTS_END};
static const struct cli_input reservation_inputs[] = {
    {"ORDER", "order_id", NULL, CLI_ARGUMENT | CLI_NEEDED, {"Order (ord_...).", "Đơn hàng (ord_...)."}},
    CLI_INPUTS_END};
/* clang-format on */

/* The member that --seller names, else the acting one. */
static enum cli_exit seller_of(struct cli *cli, const struct cli_line *line,
                               struct gm_id *ret_seller)
{
    Catalog__ListProductsRequest holder = CATALOG__LIST_PRODUCTS_REQUEST__INIT;
    const char *given = cli_given_of(line, "seller");
    *ret_seller = cli->member;
    if (given == NULL) return CLI_EXIT_OK;
    struct cli_filling filling = {.arena = cli->arena, .language = cli->language};
    const enum cli_exit code = cli_put(cli, &filling, &holder.base, "seller", "--seller", given);
    if (code == CLI_EXIT_OK) *ret_seller = gm_message_id(holder.seller);
    return code;
}

/* A message of the command's method with its id field set, that of the argument's product or lot.
 */
static enum cli_exit addressed(struct cli *cli, const struct cli_line *line, const char *field,
                               ProtobufCBinaryData id, ProtobufCMessage **ret_message)
{
    const struct gm_method *method = cli_method_of(line->command);
    ProtobufCMessage *message = cli_message_new(method->request->descriptor, cli->arena);
    if (message == NULL) return cli_overflow(cli);
    *(ProtobufCBinaryData *)cli_message_slot(
        message, cli_message_field_named(message->descriptor, field)) = id;
    *ret_message = message;
    return CLI_EXIT_OK;
}

static enum cli_exit send_line(struct cli *cli, const struct cli_line *line, struct cli_base base)
{
    ProtobufCMessage *request;
    const enum cli_exit code = cli_request_of(cli, line, base, &request);
    if (code != CLI_EXIT_OK) return code;
    return cli_send(cli, cli_method_of(line->command), request, (struct gm_call_options){0});
}

static enum cli_exit on_product(struct cli *cli, const struct cli_line *line)
{
    const Catalog__ProductView *view = NULL;
    struct cli_base base = {0};
    enum cli_exit code = cli_find_product(cli, cli_given_of(line, "PRODUCT"), cli->member, &view);
    if (code == CLI_EXIT_OK)
        code = addressed(cli, line, "product_id", view->product->product_id, &base.message);
    return code == CLI_EXIT_OK ? send_line(cli, line, base) : code;
}

static enum cli_exit on_lot(struct cli *cli, const struct cli_line *line)
{
    const Catalog__LotView *view = NULL;
    struct cli_base base = {0};
    enum cli_exit code = cli_find_lot(cli, cli_given_of(line, "LOT"), cli->member, &view);
    if (code == CLI_EXIT_OK)
        code = addressed(cli, line, "lot_id", view->lot->lot_id, &base.message);
    return code == CLI_EXIT_OK ? send_line(cli, line, base) : code;
}

/* Terms are revised as a whole: begins with those that stand, so that what is not given stays. */
static enum cli_exit revise_product(struct cli *cli, const struct cli_line *line)
{
    const Catalog__ProductView *view = NULL;
    const enum cli_exit code =
        cli_find_product(cli, cli_given_of(line, "PRODUCT"), cli->member, &view);
    if (code != CLI_EXIT_OK) return code;
    Catalog__ReviseProductRequest request = CATALOG__REVISE_PRODUCT_REQUEST__INIT;
    request.product_id = view->product->product_id;
    request.revision = view->revision;
    request.terms = view->product->terms;
    return send_line(cli, line, (struct cli_base){&request.base, true});
}

static enum cli_exit revise_lot(struct cli *cli, const struct cli_line *line)
{
    const Catalog__LotView *view = NULL;
    const enum cli_exit code = cli_find_lot(cli, cli_given_of(line, "LOT"), cli->member, &view);
    if (code != CLI_EXIT_OK) return code;
    Catalog__ReviseLotRequest request = CATALOG__REVISE_LOT_REQUEST__INIT;
    request.lot_id = view->lot->lot_id;
    request.revision = view->revision;
    request.terms = view->lot->terms;
    return send_line(cli, line, (struct cli_base){&request.base, true});
}

static enum cli_exit show_product(struct cli *cli, const struct cli_line *line)
{
    const Catalog__ProductView *view = NULL;
    struct gm_id seller;
    enum cli_exit code = seller_of(cli, line, &seller);
    if (code == CLI_EXIT_OK)
        code = cli_find_product(cli, cli_given_of(line, "PRODUCT"), seller, &view);
    return code == CLI_EXIT_OK ? cli_show(cli, &view->base) : code;
}

static enum cli_exit show_lot(struct cli *cli, const struct cli_line *line)
{
    const Catalog__LotView *view = NULL;
    struct gm_id seller;
    enum cli_exit code = seller_of(cli, line, &seller);
    if (code == CLI_EXIT_OK) code = cli_find_lot(cli, cli_given_of(line, "LOT"), seller, &view);
    return code == CLI_EXIT_OK ? cli_show(cli, &view->base) : code;
}

static enum cli_exit list_reservations(struct cli *cli, const struct cli_line *line)
{
    const Catalog__LotView *view = NULL;
    struct cli_base base = {0};
    enum cli_exit code = cli_find_lot(cli, cli_given_of(line, "LOT"), cli->member, &view);
    if (code == CLI_EXIT_OK)
        code = addressed(cli, line, "lot_id", view->lot->lot_id, &base.message);
    return code == CLI_EXIT_OK ? cli_run_pages(cli, line, base) : code;
}

const struct cli_command cli_product_commands[] = {
    {"product publish",
     "catalog",
     "PublishProduct",
     publish_product_inputs,
     cli_run_call,
     {"Publishes a product.", "Đăng một sản phẩm."},
     false},
    {"product revise",
     "catalog",
     "ReviseProduct",
     revise_product_inputs,
     revise_product,
     {"Changes what is said of a product; what is not given stays.",
      "Sửa thông tin sản phẩm; phần không nêu được giữ nguyên."},
     false},
    {"product withdraw",
     "catalog",
     "WithdrawProduct",
     withdraw_product_inputs,
     on_product,
     {"Takes a product off sale, for good.", "Rút sản phẩm, không đăng lại được."},
     false},
    {"product show",
     "catalog",
     "GetProduct",
     show_product_inputs,
     show_product,
     {"Shows a product.", "Xem một sản phẩm."},
     false},
    {"product list",
     "catalog",
     "ListProducts",
     list_products_inputs,
     cli_run_list,
     {"Lists products.", "Liệt kê sản phẩm."},
     false},
    {NULL, NULL, NULL, NULL, NULL, {NULL, NULL}, false},
};

const struct cli_command cli_lot_commands[] = {
    {"lot publish",
     "catalog",
     "PublishLot",
     publish_lot_inputs,
     on_product,
     {"Offers stock of a product at a price.", "Chào bán hàng có sẵn của một sản phẩm."},
     false},
    {"lot revise",
     "catalog",
     "ReviseLot",
     revise_lot_inputs,
     revise_lot,
     {"Changes the terms of a lot; what is not given stays.",
      "Sửa điều kiện của lô; phần không nêu được giữ nguyên."},
     false},
    {"lot withdraw",
     "catalog",
     "WithdrawLot",
     withdraw_lot_inputs,
     on_lot,
     {"Takes a lot off sale, for good; what is reserved stands.",
      "Rút lô hàng, không đăng lại được; phần đã giữ vẫn còn."},
     false},
    {"lot restock",
     "catalog",
     "Restock",
     restock_inputs,
     on_lot,
     {"Adds units to a lot.", "Nhập thêm hàng vào lô."},
     false},
    {"lot adjust",
     "catalog",
     "Adjust",
     adjust_inputs,
     on_lot,
     {"Counts a lot, or takes off what is broken, lost or given as a sample.",
      "Kiểm kê lô, hoặc trừ hàng vỡ, mất, làm mẫu."},
     false},
    {"lot show",
     "catalog",
     "GetLot",
     show_lot_inputs,
     show_lot,
     {"Shows a lot with its stock.", "Xem một lô và tồn kho."},
     false},
    {"lot list",
     "catalog",
     "ListLots",
     list_lots_inputs,
     cli_run_list,
     {"Lists lots.", "Liệt kê lô hàng."},
     false},
    {"lot reservations",
     "catalog",
     "ListReservations",
     reservations_inputs,
     list_reservations,
     {"Lists the orders that hold a lot of yours.", "Liệt kê các đơn đang giữ lô hàng của bạn."},
     false},
    {"reservation show",
     "catalog",
     "GetReservation",
     reservation_inputs,
     cli_run_call,
     {"Shows what is held for an order.", "Xem hàng đang giữ cho một đơn."},
     false},
    {NULL, NULL, NULL, NULL, NULL, {NULL, NULL}, false},
};
