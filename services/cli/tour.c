/* The main job as messages: publish, offer, match, order, deliver. Run again, it goes on with what
 * the run before has left: the product stays, the lot is restocked, the order is another. */
#include <string.h>

#include "base/assert.h"
#include "catalog.pb-c.h"
#include "cli/events.h"
#include "cli/figure.h"
#include "cli/json.h"
#include "cli/member.h"
#include "cli/operator.h"
#include "matching.pb-c.h"
#include "methods.h"
#include "order.pb-c.h"
#include "wire/check.h"

enum {
    SERVICE_COUNT = 3,
    WORKSHOP_COUNT = 2,
    LOT_UNITS = 400, /* that a workshop keeps on hand at least */
    WANTED_UNITS = 120,
    PATIENCE_MS = 10000, /* for events that are durable already */
    LEAST_TIMEOUT_MS = 20000,
};

/* Of one workshop: what it makes. */
struct workshop {
    const char *member, *sku, *vi, *en, *ship_from;
    int64_t price, price_of_many; /* dong */
    uint32_t lead_time_days;
    Common__Energy energy;
    int64_t energy_quantity;
};

static const struct workshop workshops[WORKSHOP_COUNT] = {
    {"workshop:tour-bat-trang", "TOUR-BAT-MEN-TRO", "Bát ăn cơm men tro", "Rice bowl, ash glaze",
     "VN-BAT-TRANG", 45000, 39000, 3, COMMON__ENERGY__LPG, 150000},
    {"workshop:tour-kim-lan", "TOUR-BAT-MEN-NAU", "Bát men nâu", "Bowl, brown glaze", "VN-KIM-LAN",
     36000, 33000, 9, COMMON__ENERGY__WOOD, 1400000},
};
static const char distributor[] = "distributor:tour-da-nang";

struct listening {
    struct tour *tour;
    const char *service;
    const struct gm_subscription *subscription;
    bool over;
};

struct tour {
    struct cli *cli;
    struct listening listening[SERVICE_COUNT];
    unsigned step;
    struct gm_id buyer;
    struct gm_id sellers[WORKSHOP_COUNT];
};

/* ---- events ---- */

static void hear(void *context, const struct gm_subscription *subscription,
                 const Wire__StreamChunk *chunk)
{
    struct listening *listening = context;
    (void)subscription;
    listening->over = chunk == NULL;
    for (size_t i = 0; chunk != NULL && i < chunk->n_entries; i++) {
        cli_put_events(listening->tour->cli, listening->service, chunk->entries[i],
                       CLI_EVENTS_LONG);
    }
}

static bool run_once(struct cli *cli, int *left_ms)
{
    enum { SLICE_MS = 100 };
    const enum gm_status status = cli->connection->run(cli->connection, SLICE_MS);
    *left_ms -= status == GM_TIMEOUT ? SLICE_MS : 1;
    return (status == GM_OK || status == GM_TIMEOUT) && *left_ms > 0;
}

static enum cli_exit listen(struct tour *tour)
{
    struct cli *cli = tour->cli;
    if (!cli_connect(cli)) return CLI_EXIT_LATER;
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        struct listening *listening = &tour->listening[i];
        *listening = (struct listening){.tour = tour, .service = cli_services[i]};
        const struct gm_subscription_config config = {
            .from_head = true, .member = tour->buyer, .context = listening};
        const enum gm_status status = cli->connection->subscribe(
            cli->connection, listening->service, &config, hear, &listening->subscription);
        if (status != GM_OK)
            return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_CONNECTION_FAILED, gm_status_name(status));
        /* Where the head is, before anything happens. */
        int left_ms = PATIENCE_MS;
        while (listening->subscription->place.position.journal_id == 0 && !listening->over) {
            if (!run_once(cli, &left_ms))
                return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_UNREACHABLE, listening->service);
        }
    }
    return CLI_EXIT_OK;
}

/* Shows all events up to the services' present heads: what the last step has caused. */
static enum cli_exit show_events(struct tour *tour)
{
    struct cli *cli = tour->cli;
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        struct listening *listening = &tour->listening[i];
        struct gm_call_options head = {0};
        const enum cli_exit code = cli_include_newest(cli, listening->service, &head);
        if (code != CLI_EXIT_OK) return code;
        int left_ms = PATIENCE_MS;
        while (head.position_count > 0 && !listening->over &&
               listening->subscription->place.position.seq < head.positions[0].seq) {
            if (!run_once(cli, &left_ms)) break;
        }
    }
    return CLI_EXIT_OK;
}

static void stop_listening(struct tour *tour)
{
    struct cli *cli = tour->cli;
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        struct listening *listening = &tour->listening[i];
        if (listening->subscription != NULL && !listening->over)
            cli->connection->unsubscribe(cli->connection, listening->subscription);
    }
}

/* ---- steps ---- */

static void explain(struct tour *tour, enum cli_word word, const char *value)
{
    struct cli *cli = tour->cli;
    if (cli->settings.json) return;
    fprintf(cli->out, "\n%u. ", ++tour->step);
    CLI_TELL(cli, word, value);
}

/* One message and its answer, shown; what the answer is, the caller judges. */
static enum cli_exit exchange(struct tour *tour, const char *as, struct gm_id member,
                              uint16_t number, const ProtobufCMessage *message,
                              struct gm_call_options options, struct cli_answer *ret_answer)
{
    struct cli *cli = tour->cli;
    const struct gm_method *method = gm_method_find(number);
    GM_ASSERT(method != NULL);
    options.member = member;
    if (options.timeout_ms == 0 && cli->settings.timeout_ms < LEAST_TIMEOUT_MS)
        options.timeout_ms = LEAST_TIMEOUT_MS;
    if (!cli->settings.json) {
        CLI_TELL(cli, CLI_SAY_TOUR_AS, as, method->service, method->name);
        cli_put_indented(cli, cli_json_of(message), "    ");
    }
    const enum cli_exit code = cli_ask(cli, NULL, method, message, options, ret_answer);
    if (code != CLI_EXIT_OK) return code;
    if (cli->settings.json) {
        json_t *line =
            json_pack("{s:s,s:s,s:s,s:o,s:s,s:o}", "as", as, "service", method->service, "method",
                      method->name, "request", cli_json_of(message), "status",
                      gm_code_name(ret_answer->status), "reply",
                      ret_answer->reply == NULL ? json_null() : cli_json_of(ret_answer->reply));
        json_dumpf(line, cli->out, JSON_COMPACT);
        fputc('\n', cli->out);
        json_decref(line);
        return CLI_EXIT_OK;
    }
    char entry[CLI_FIGURE_TEXT_MAX];
    cli_figure_number(cli->language, (int64_t)ret_answer->position.seq, entry);
    CLI_TELL(cli, CLI_SAY_TOUR_ANSWER, as, gm_code_name(ret_answer->status), entry);
    if (ret_answer->reply != NULL) cli_put_indented(cli, cli_json_of(ret_answer->reply), "    ");
    return CLI_EXIT_OK;
}

/* The same for what has to succeed, with the events that follow. */
static enum cli_exit step(struct tour *tour, const char *as, struct gm_id member, uint16_t number,
                          const ProtobufCMessage *message, struct gm_call_options options,
                          const ProtobufCMessage **ret_reply)
{
    struct cli_answer answer;
    enum cli_exit code = exchange(tour, as, member, number, message, options, &answer);
    if (code == CLI_EXIT_OK) code = cli_judge(tour->cli, &answer);
    if (code == CLI_EXIT_OK) code = show_events(tour);
    if (code == CLI_EXIT_OK && ret_reply != NULL) *ret_reply = answer.reply;
    return code;
}

static enum cli_exit publish_product(struct tour *tour, const struct workshop *shop,
                                     struct gm_id seller, ProtobufCBinaryData *ret_product)
{
    Catalog__GetProductRequest get = CATALOG__GET_PRODUCT_REQUEST__INIT;
    get.seller = gm_message_bytes(&seller);
    get.sku = shop->sku;
    struct cli_answer there;
    const enum cli_exit code =
        cli_ask(tour->cli, NULL, gm_method_find(GM_METHOD_CATALOG_GET_PRODUCT), &get.base,
                (struct gm_call_options){.member = seller}, &there);
    if (code != CLI_EXIT_OK) return code;
    if (there.status == GM_CODE_OK) {
        explain(tour, CLI_SAY_TOUR_PRODUCT_THERE, shop->member);
        *ret_product = ((const Catalog__ProductView *)there.reply)->product->product_id;
        return step(tour, shop->member, seller, GM_METHOD_CATALOG_GET_PRODUCT, &get.base,
                    (struct gm_call_options){0}, NULL);
    }
    Common__LocalText vi = COMMON__LOCAL_TEXT__INIT, en = COMMON__LOCAL_TEXT__INIT;
    Common__LocalText *names[] = {&vi, &en};
    vi.language = "vi";
    vi.text = shop->vi;
    en.language = "en";
    en.text = shop->en;
    Catalog__ProductTerms terms = CATALOG__PRODUCT_TERMS__INIT;
    terms.n_names = 2;
    terms.names = names;
    terms.category = "bowl";
    terms.body = "stoneware";
    terms.base_unit = COMMON__UNIT__C62;
    terms.mass_g = 450;
    terms.hs_code = "691200";
    Catalog__PublishProductRequest request = CATALOG__PUBLISH_PRODUCT_REQUEST__INIT;
    request.sku = shop->sku;
    request.terms = &terms;
    const ProtobufCMessage *reply = NULL;
    explain(tour, CLI_SAY_TOUR_PRODUCT, shop->member);
    const enum cli_exit published =
        step(tour, shop->member, seller, GM_METHOD_CATALOG_PUBLISH_PRODUCT, &request.base,
             (struct gm_call_options){0}, &reply);
    if (published == CLI_EXIT_OK) *ret_product = ((const Catalog__ProductReply *)reply)->product_id;
    return published;
}

static enum cli_exit restock(struct tour *tour, const struct workshop *shop, struct gm_id seller,
                             const Catalog__LotView *view)
{
    const int64_t available = view->on_hand - view->reserved;
    Catalog__RestockRequest request = CATALOG__RESTOCK_REQUEST__INIT;
    request.lot_id = view->lot->lot_id;
    request.quantity = available < LOT_UNITS ? LOT_UNITS - available : 1;
    request.reason = CATALOG__RESTOCK_REASON__PRODUCED;
    explain(tour, CLI_SAY_TOUR_LOT_THERE, shop->member);
    return step(tour, shop->member, seller, GM_METHOD_CATALOG_RESTOCK, &request.base,
                (struct gm_call_options){0}, NULL);
}

static enum cli_exit publish_lot(struct tour *tour, const struct workshop *shop,
                                 struct gm_id seller, ProtobufCBinaryData product)
{
    Common__PriceTier few = COMMON__PRICE_TIER__INIT, many = COMMON__PRICE_TIER__INIT;
    Common__PriceTier *tiers[] = {&few, &many};
    few.from_quantity = 10;
    few.unit_price_minor = shop->price;
    many.from_quantity = 100;
    many.unit_price_minor = shop->price_of_many;
    Common__EnergyUse use = COMMON__ENERGY_USE__INIT;
    Common__EnergyUse *uses[] = {&use};
    use.energy = shop->energy;
    use.quantity = shop->energy_quantity;
    Common__Firing firing = COMMON__FIRING__INIT;
    firing.n_sources = 1;
    firing.sources = uses;
    firing.output_g = 600000;
    Common__Pack pack = COMMON__PACK__INIT;
    pack.code = "CT";
    pack.units = 10;
    pack.gross_g = 5000;
    Catalog__LotTerms terms = CATALOG__LOT_TERMS__INIT;
    terms.currency = "VND";
    terms.n_tiers = 2;
    terms.tiers = tiers;
    terms.min_order = 10;
    terms.order_multiple = 10;
    terms.lead_time_days = shop->lead_time_days;
    terms.ship_from = shop->ship_from;
    terms.incoterm = COMMON__INCOTERM__EXW;
    terms.grade = COMMON__GRADE__A;
    terms.pack = &pack;
    terms.firing = &firing;
    Catalog__PublishLotRequest request = CATALOG__PUBLISH_LOT_REQUEST__INIT;
    request.product_id = product;
    request.terms = &terms;
    request.on_hand = LOT_UNITS;
    explain(tour, CLI_SAY_TOUR_LOT, shop->member);
    return step(tour, shop->member, seller, GM_METHOD_CATALOG_PUBLISH_LOT, &request.base,
                (struct gm_call_options){0}, NULL);
}

static enum cli_exit stock_lot(struct tour *tour, const struct workshop *shop, struct gm_id seller,
                               ProtobufCBinaryData product)
{
    Catalog__GetLotRequest get = CATALOG__GET_LOT_REQUEST__INIT;
    get.seller = gm_message_bytes(&seller);
    get.sku = shop->sku;
    get.lot_code = "MAIN";
    struct cli_answer there;
    const enum cli_exit code =
        cli_ask(tour->cli, NULL, gm_method_find(GM_METHOD_CATALOG_GET_LOT), &get.base,
                (struct gm_call_options){.member = seller}, &there);
    if (code != CLI_EXIT_OK) return code;
    if (there.status == GM_CODE_OK)
        return restock(tour, shop, seller, (const Catalog__LotView *)there.reply);
    return publish_lot(tour, shop, seller, product);
}

/* ---- the distributor's side ---- */

static enum cli_exit source(struct tour *tour, const Matching__Match **ret_match,
                            ProtobufCBinaryData *ret_request)
{
    struct cli *cli = tour->cli;
    Matching__SourcingLine line = MATCHING__SOURCING_LINE__INIT;
    Matching__SourcingLine *lines[] = {&line};
    line.category = "bowl";
    line.quantity = WANTED_UNITS;
    line.base_unit = COMMON__UNIT__C62;
    line.body = "stoneware";
    line.price_cap_case = MATCHING__SOURCING_LINE__PRICE_CAP_PRICE_CAP_MINOR;
    line.price_cap_minor = 60000;
    ProtobufCBinaryData preferred[WORKSHOP_COUNT];
    for (size_t i = 0; i < WORKSHOP_COUNT; i++) {
        preferred[i] = gm_message_bytes(&tour->sellers[i]);
    }
    line.n_preferred = WORKSHOP_COUNT;
    line.preferred = preferred;
    Matching__SourcingRequest request = MATCHING__SOURCING_REQUEST__INIT;
    request.deliver_to = "VN-DA-NANG";
    request.currency = "VND";
    request.n_lines = 1;
    request.lines = lines;
    Matching__FindMatchesRequest find = MATCHING__FIND_MATCHES_REQUEST__INIT;
    find.request = &request;
    find.matches_max = 100; /* the tour's own may stand behind others' */
    struct gm_call_options options = {0};
    enum cli_exit code = cli_include_newest(cli, "catalog", &options);
    const ProtobufCMessage *reply = NULL;
    explain(tour, CLI_SAY_TOUR_MATCH, "");
    if (code == CLI_EXIT_OK)
        code = step(tour, distributor, tour->buyer, GM_METHOD_MATCHING_FIND_MATCHES, &find.base,
                    options, &reply);
    if (code != CLI_EXIT_OK) return code;
    const Matching__FindMatchesReply *answer = (const Matching__FindMatchesReply *)reply;
    for (size_t i = 0; answer->n_lines > 0 && i < answer->lines[0]->n_matches; i++) {
        const Matching__Match *match = answer->lines[0]->matches[i];
        for (size_t s = 0; s < WORKSHOP_COUNT && *ret_match == NULL; s++) {
            if (gm_id_equal(gm_message_id(match->seller), tour->sellers[s])) *ret_match = match;
        }
    }
    if (*ret_match == NULL) return CLI_FAIL(cli, CLI_EXIT_REFUSED, CLI_SAY_TOUR_NO_MATCH, "");

    explain(tour, CLI_SAY_TOUR_SUBMIT, "");
    code = step(tour, distributor, tour->buyer, GM_METHOD_MATCHING_SUBMIT_SOURCING_REQUEST,
                &request.base, (struct gm_call_options){0}, &reply);
    if (code == CLI_EXIT_OK) *ret_request = ((const Matching__SourcingReply *)reply)->request_id;
    return code;
}

static enum cli_exit place(struct tour *tour, const Matching__Match *match,
                           ProtobufCBinaryData *ret_order)
{
    Order__OrderLine line = ORDER__ORDER_LINE__INIT;
    Order__OrderLine *lines[] = {&line};
    GM_ASSERT(match != NULL); /* the step before it found one, or said why not */
    line.lot_id = match->lot_id;
    line.quantity = match->quantity;
    line.unit_price_minor = match->unit_price_minor;
    Order__PlaceRequest request = ORDER__PLACE_REQUEST__INIT;
    request.seller = match->seller;
    request.currency = "VND";
    request.ship_from = match->ship_from;
    request.deliver_to = "VN-DA-NANG";
    request.n_lines = 1;
    request.lines = lines;
    request.buyer_reference = "TOUR";
    const ProtobufCMessage *reply = NULL;
    explain(tour, CLI_SAY_TOUR_PLACE, "");
    const enum cli_exit code =
        step(tour, distributor, tour->buyer, GM_METHOD_ORDER_PLACE, &request.base,
             (struct gm_call_options){.until_settled = true}, &reply);
    if (code != CLI_EXIT_OK) return code;
    const Order__OrderReply *placed = (const Order__OrderReply *)reply;
    if (placed->state != ORDER__ORDER_STATE__RESERVED)
        return CLI_FAIL(tour->cli, CLI_EXIT_REFUSED, CLI_SAY_TOUR_NOT_RESERVED, "");
    *ret_order = placed->order_id;
    return CLI_EXIT_OK;
}

static enum cli_exit deliver(struct tour *tour, const Matching__Match *match,
                             ProtobufCBinaryData order)
{
    static const struct {
        uint16_t method;
        enum cli_word word;
        bool by_seller;
    } moves[] = {
        {GM_METHOD_ORDER_ACCEPT, CLI_SAY_TOUR_ACCEPT, true},
        {GM_METHOD_ORDER_DESPATCH, CLI_SAY_TOUR_DESPATCH, true},
        {GM_METHOD_ORDER_RECEIVE, CLI_SAY_TOUR_RECEIVE, false},
        {GM_METHOD_ORDER_COMPLETE, CLI_SAY_TOUR_COMPLETE, false},
    };
    const struct gm_id seller = gm_message_id(match->seller);
    const char *name =
        gm_id_equal(seller, tour->sellers[0]) ? workshops[0].member : workshops[1].member;
    Order__OrderCommand request = ORDER__ORDER_COMMAND__INIT;
    request.order_id = order;
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        explain(tour, moves[i].word, "");
        const enum cli_exit code = step(tour, moves[i].by_seller ? name : distributor,
                                        moves[i].by_seller ? seller : tour->buyer, moves[i].method,
                                        &request.base, (struct gm_call_options){0}, NULL);
        if (code != CLI_EXIT_OK) return code;
    }
    Catalog__GetLotRequest get = CATALOG__GET_LOT_REQUEST__INIT;
    get.lot_id = match->lot_id;
    explain(tour, CLI_SAY_TOUR_STOCK, "");
    return step(tour, distributor, tour->buyer, GM_METHOD_CATALOG_GET_LOT, &get.base,
                (struct gm_call_options){0}, NULL);
}

static enum cli_exit walk(struct tour *tour)
{
    enum cli_exit code = listen(tour);
    for (size_t i = 0; i < WORKSHOP_COUNT && code == CLI_EXIT_OK; i++) {
        ProtobufCBinaryData product = {0};
        code = publish_product(tour, &workshops[i], tour->sellers[i], &product);
        if (code == CLI_EXIT_OK) code = stock_lot(tour, &workshops[i], tour->sellers[i], product);
    }
    const Matching__Match *match = NULL;
    ProtobufCBinaryData request = {0}, order = {0};
    if (code == CLI_EXIT_OK) code = source(tour, &match, &request);
    if (code == CLI_EXIT_OK) code = place(tour, match, &order);
    if (code == CLI_EXIT_OK) code = deliver(tour, match, order);
    if (code != CLI_EXIT_OK) return code;
    Matching__CloseSourcingRequestRequest close = MATCHING__CLOSE_SOURCING_REQUEST_REQUEST__INIT;
    close.request_id = request;
    explain(tour, CLI_SAY_TOUR_CLOSE, "");
    return step(tour, distributor, tour->buyer, GM_METHOD_MATCHING_CLOSE_SOURCING_REQUEST,
                &close.base, (struct gm_call_options){0}, NULL);
}

enum cli_exit cli_run_tour(struct cli *cli, const struct cli_line *line)
{
    (void)line;
    struct tour tour = {.cli = cli};
    bool named = cli_member_parse(gm_bytes_of_text(distributor), &tour.buyer) == GM_OK;
    for (size_t i = 0; i < WORKSHOP_COUNT; i++) {
        named =
            cli_member_parse(gm_bytes_of_text(workshops[i].member), &tour.sellers[i]) == GM_OK &&
            named;
    }
    GM_ASSERT(named);
    if (!cli->settings.json) CLI_TELL(cli, CLI_SAY_TOUR_BEGIN, "");
    const enum cli_exit code = walk(&tour);
    if (cli->connection != NULL) stop_listening(&tour);
    if (code == CLI_EXIT_OK && !cli->settings.json) {
        fputc('\n', cli->out);
        CLI_TELL(cli, CLI_SAY_TOUR_END, "");
    }
    return code;
}
