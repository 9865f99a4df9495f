#include "runtime/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog.pb-c.h"
#include "methods.h"
#include "wire.pb-c.h"
#include "wire/check.h"

static int setup(void **state)
{
    *state = stand_new(&toy_service);
    return 0;
}

static int teardown(void **state)
{
    stand_free(*state);
    return 0;
}

/* ---- precedence: every way in which the door refuses a command, alone and in pairs ---- */

/* What of the request a fault takes for itself; two that want the same cannot meet. */
enum part {
    PART_COMMAND_ID = 1,
    PART_WAITED = 2,
    PART_METHOD = 4,
};

struct attempt {
    struct stand *stand;
    struct gm_request_header header;
    bool empty;   /* no body */
    bool release; /* a method that members may not call */
    unsigned frame_count;
    bool reused;
    bool crowded;
    bool quarantined;
};

static void give_third_frame(struct attempt *attempt)
{
    attempt->frame_count = 3;
}

static void speak_another_protocol(struct attempt *attempt)
{
    attempt->header.protocol = GM_PROTOCOL + 1;
}

static void wait_too_long(struct attempt *attempt)
{
    attempt->header.timeout_ms = GM_TIMEOUT_MS_MAX + 1;
}

static void call_nothing(struct attempt *attempt)
{
    attempt->header.method = 999;
}

static void leave_out_command_id(struct attempt *attempt)
{
    attempt->header.command_id = (struct gm_id){{0}};
}

static void make_up_command_id(struct attempt *attempt)
{
    attempt->header.command_id = (struct gm_id){{1}};
}

static void leave_out_member(struct attempt *attempt)
{
    attempt->header.member = (struct gm_id){{0}};
}

static void leave_out_body(struct attempt *attempt)
{
    attempt->empty = true;
}

static void call_what_is_for_services(struct attempt *attempt)
{
    attempt->header.method = GM_METHOD_CATALOG_RELEASE;
    attempt->release = true;
}

static void use_an_id_again(struct attempt *attempt)
{
    attempt->reused = true;
}

static void use_an_id_of_the_future(struct attempt *attempt)
{
    attempt->header.command_id =
        gm_id_v7(attempt->stand->reading.wall_ms + GM_COMMAND_AHEAD_MS + 1, (const uint8_t[10]){7});
}

static void come_after_the_deadline(struct attempt *attempt)
{
    attempt->header.timeout_ms = GM_QUEUE_AGE_MAX_MS + 500; /* old for the queue, too */
    attempt->stand->waited_ms = attempt->header.timeout_ms;
}

static void come_late(struct attempt *attempt)
{
    attempt->stand->waited_ms = GM_QUEUE_AGE_MAX_MS + 1;
}

static void crowd(struct attempt *attempt)
{
    attempt->crowded = true;
}

static void drain(struct attempt *attempt)
{
    gm_host_drain(attempt->stand->host);
}

static void jump(struct attempt *attempt)
{
    stand_shift_wall(attempt->stand, GM_CLOCK_STEP_MAX_MS + 1);
}

static void fill_space(struct stand *stand, bool full, bool low)
{
    struct gm_host_space space = stand->host->space;
    if (full) space.journal_percent = GM_MAP_QUOTA_PERCENT;
    if (low) space.disk_free_bytes = GM_DISK_FLOOR_DEFAULT - 1;
    gm_host_set_space(stand->host, &space);
}

static void fill_store(struct attempt *attempt)
{
    fill_space(attempt->stand, true, false);
}

static void fill_disk(struct attempt *attempt)
{
    fill_space(attempt->stand, false, true);
}

static void quarantine(struct attempt *attempt)
{
    attempt->quarantined = true;
}

/* In order of precedence: frames, decoding, identity and permission, dedup, deadline, queue age,
 * quotas, what stops commands. */
static const struct fault {
    const char *label;
    enum gm_reason reason;
    void (*commit)(struct attempt *attempt);
    unsigned parts;
} faults[] = {
    {"a third frame", GM_REASON_BAD_FRAME, give_third_frame, 0},
    {"another protocol", GM_REASON_PROTOCOL_VERSION, speak_another_protocol, 0},
    {"a timeout over its limit", GM_REASON_OUT_OF_RANGE, wait_too_long, PART_WAITED},
    {"no such method", GM_REASON_METHOD_UNKNOWN, call_nothing, PART_METHOD},
    {"no command id", GM_REASON_FIELD_MISSING, leave_out_command_id, PART_COMMAND_ID},
    {"a command id that is no UUIDv7", GM_REASON_BAD_ID, make_up_command_id, PART_COMMAND_ID},
    {"no member", GM_REASON_FIELD_MISSING, leave_out_member, 0},
    {"no body", GM_REASON_FIELD_MISSING, leave_out_body, 0},
    {"for services alone", GM_REASON_ROLE_FORBIDS, call_what_is_for_services, PART_METHOD},
    {"an id of other content", GM_REASON_COMMAND_ID_REUSED, use_an_id_again, PART_COMMAND_ID},
    {"an id of the future", GM_REASON_COMMAND_ID_EXPIRED, use_an_id_of_the_future, PART_COMMAND_ID},
    {"after the deadline", GM_REASON_TIMED_OUT, come_after_the_deadline, PART_WAITED},
    {"late in the queue", GM_REASON_QUEUE_TOO_OLD, come_late, PART_WAITED},
    {"too many in flight", GM_REASON_IN_FLIGHT, crowd, 0},
    {"draining", GM_REASON_DRAINING, drain, 0},
    {"a clock that jumped", GM_REASON_CLOCK_JUMPED, jump, 0},
    {"a full store", GM_REASON_STORE_FULL, fill_store, 0},
    {"a full disk", GM_REASON_DISK_LOW, fill_disk, 0},
    {"in quarantine", GM_REASON_QUARANTINED, quarantine, 0},
};
enum { FAULTS = sizeof faults / sizeof *faults };

/* Requests of this peer that are not answered yet. */
static void send_many(struct stand *stand, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
        stand_get_lot(stand, &header, 2);
    }
}

static struct gm_bytes body_of(const struct attempt *attempt, struct gm_arena *arena)
{
    const struct gm_id lot = stand_lot(1);
    Catalog__RestockRequest restock = CATALOG__RESTOCK_REQUEST__INIT;
    restock.lot_id = gm_message_bytes(&lot);
    restock.quantity = 1;
    restock.reason = CATALOG__RESTOCK_REASON__PRODUCED;
    Catalog__ReleaseRequest release = CATALOG__RELEASE_REQUEST__INIT;
    release.order_id = gm_message_bytes(&lot);
    if (attempt->empty) return gm_bytes(NULL, 0);
    return gm_message_pack(attempt->release ? &release.base : &restock.base, arena);
}

static void send_attempt(const struct attempt *attempt)
{
    struct stand *stand = attempt->stand;
    uint8_t head[GM_REQUEST_HEADER_BYTES_MAX];
    const size_t size = gm_request_header_encode(&attempt->header, head);
    gm_arena_reset(&stand->arena);
    const struct gm_bytes body = body_of(attempt, &stand->arena);
    if (attempt->quarantined)
        stand->poison.quarantine[3] = (struct gm_quarantined){
            .command_id = attempt->header.command_id,
            .content_hash = gm_content_hash((uint16_t)attempt->header.method, body),
            .until_ms = INT64_MAX,
        };
    const struct gm_frames frames = {gm_bytes(head, size), body, attempt->frame_count};
    stand_send_frames(stand, &frames);
}

/* A fresh host, the faults committed, the request sent: the reason that it is refused for. What the
 * door answers leaves at once, though the newest state is not durable. */
static void expect_refusal(const struct fault *first, const struct fault *second)
{
    struct stand *stand = stand_new(&toy_service);
    struct attempt attempt = {
        .stand = stand,
        .header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK),
        .frame_count = GM_FRAMES_MAX,
    };
    const bool reused =
        first->commit == use_an_id_again || (second != NULL && second->commit == use_an_id_again);
    const bool crowded = first->commit == crowd || (second != NULL && second->commit == crowd);
    if (reused) stand_restock(stand, &attempt.header, 9, 9);
    stand_run(stand);
    if (reused) (void)stand_expect(stand, GM_REASON_NONE);
    const struct gm_request_header pending = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &pending, 2, 2);
    if (crowded) send_many(stand, GM_IN_FLIGHT_MEMBER - 1);
    first->commit(&attempt);
    if (second != NULL) second->commit(&attempt);

    const uint64_t head = gm_host_head(stand->host);
    send_attempt(&attempt);
    const struct stand_reply reply = stand_expect(stand, first->reason);
    assert_true(reply.header.request_id == attempt.header.request_id);
    assert_false(reply.header.recorded);
    assert_true(gm_host_head(stand->host) == head);
    assert_true(gm_host_counts(stand->host)->reasons[first->reason] == 1);
    stand_free(stand);
}

static void each_fault_has_its_reason(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FAULTS; i++) {
        print_message("%s\n", faults[i].label);
        expect_refusal(&faults[i], NULL);
    }
}

static void of_two_faults_the_earlier_is_named(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FAULTS; i++)
        for (unsigned j = i + 1; j < FAULTS; j++) {
            if ((faults[i].parts & faults[j].parts) != 0) continue;
            expect_refusal(&faults[i], &faults[j]);
        }
}

static void a_deadline_passed_is_named_before_an_old_queue(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand->waited_ms = GM_TIMEOUT_MS_DEFAULT;
    stand_restock(stand, &header, 1, 1);
    (void)stand_expect(stand, GM_REASON_TIMED_OUT);
    stand->waited_ms = GM_TIMEOUT_MS_DEFAULT - 1;
    stand_restock(stand, &header, 1, 1);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_QUEUE_TOO_OLD);
    assert_int_equal(reply.refusal.retry_after_ms, GM_RETRY_AFTER_MS);
}

static void a_command_at_the_edge_of_each_limit_is_taken(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    header.command_id =
        gm_id_v7(stand->reading.wall_ms + GM_COMMAND_AHEAD_MS, (const uint8_t[10]){1});
    header.timeout_ms = GM_TIMEOUT_MS_MAX;
    stand->waited_ms = GM_QUEUE_AGE_MAX_MS;
    send_many(stand, GM_IN_FLIGHT_MEMBER - 1);
    struct gm_host_space space = stand->host->space;
    space.tables_percent = space.journal_percent = GM_MAP_QUOTA_PERCENT - 1;
    space.disk_free_bytes = GM_DISK_FLOOR_DEFAULT;
    gm_host_set_space(stand->host, &space);
    stand_shift_wall(stand, GM_CLOCK_STEP_MAX_MS);
    stand_restock(stand, &header, 1, 1);
    assert_int_equal(stand_row(stand, 1).on_hand, 1);
}

static void what_the_door_refused_may_be_sent_again_with_the_same_id(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand->waited_ms = GM_QUEUE_AGE_MAX_MS + 1;
    stand_restock(stand, &header, 1, 5);
    (void)stand_expect(stand, GM_REASON_QUEUE_TOO_OLD);
    stand->waited_ms = 0;
    stand_restock(stand, &header, 1, 5);
    stand_run(stand);
    assert_true(stand_expect(stand, GM_REASON_NONE).header.recorded);
    assert_int_equal(stand_row(stand, 1).on_hand, 5);
}

/* ---- header and body ---- */

/* Cut anywhere: the request id is kept where it could be read, and stands at zero where not. */
static void a_header_that_cannot_be_read_is_refused(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    uint8_t head[GM_REQUEST_HEADER_BYTES_MAX];
    const size_t size = gm_request_header_encode(&header, head);
    for (size_t cut = 0; cut < size; cut++) {
        const struct gm_frames frames = {gm_bytes(head, cut), gm_bytes(NULL, 0), GM_FRAMES_MAX};
        stand_send_frames(stand, &frames);
        struct gm_output output;
        assert_true(gm_host_output(stand->host, &output));
        gm_arena_reset(&stand->arena);
        const Wire__ReplyHeader *reply = (const Wire__ReplyHeader *)gm_message_unpack(
            output.header, &wire__reply_header__descriptor, &stand->arena);
        assert_non_null(reply);
        assert_true(reply->request_id == 0 || reply->request_id == header.request_id);
        assert_int_equal(reply->status, GM_CODE_INVALID_ARGUMENT);
        assert_false(gm_host_output(stand->host, &output));
    }
}

static void a_query_needs_neither_member_nor_command_id(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
    header.member = (struct gm_id){{0}};
    stand_get_lot(stand, &header, 1);
    const struct stand_reply reply = stand_expect(stand, GM_REASON_LOT_UNKNOWN);
    assert_string_equal(reply.refusal.field, "lot_id");
    assert_false(reply.header.recorded);
}

static struct gm_bytes cut_id(struct gm_arena *arena)
{
    const struct gm_id lot = stand_lot(1);
    Catalog__GetLotRequest request = CATALOG__GET_LOT_REQUEST__INIT;
    request.lot_id = (ProtobufCBinaryData){GM_ID_BYTES - 1, (uint8_t *)(uintptr_t)lot.v};
    return gm_message_pack(&request.base, arena);
}

static struct gm_bytes adjust_with(struct gm_arena *arena, int reason, int64_t quantity,
                                   const char *note)
{
    const struct gm_id lot = stand_lot(1);
    Catalog__AdjustRequest request = CATALOG__ADJUST_REQUEST__INIT;
    request.lot_id = gm_message_bytes(&lot);
    request.reason = (Catalog__AdjustReason)reason;
    request.quantity = quantity;
    request.note = note;
    return gm_message_pack(&request.base, arena);
}

static struct gm_bytes no_enum(struct gm_arena *arena)
{
    return adjust_with(arena, 99, 1, "");
}

static struct gm_bytes negative(struct gm_arena *arena)
{
    return adjust_with(arena, CATALOG__ADJUST_REASON__BROKEN, -1, "");
}

static struct gm_bytes long_note(struct gm_arena *arena)
{
    char note[502];
    memset(note, 'a', sizeof note);
    note[501] = '\0';
    return adjust_with(arena, CATALOG__ADJUST_REASON__BROKEN, 1, note);
}

static struct gm_bytes broken_text(struct gm_arena *arena)
{
    return adjust_with(arena, CATALOG__ADJUST_REASON__BROKEN, 1, "\xff\xfe");
}

static struct gm_bytes many_lines(struct gm_arena *arena)
{
    const struct gm_id order = stand_lot(1);
    Catalog__LotQuantity line = CATALOG__LOT_QUANTITY__INIT;
    line.lot_id = gm_message_bytes(&order);
    line.quantity = 1;
    Catalog__LotQuantity *lines[1001];
    for (size_t i = 0; i < 1001; i++)
        lines[i] = &line;
    Catalog__ConsumeRequest request = CATALOG__CONSUME_REQUEST__INIT;
    request.order_id = gm_message_bytes(&order);
    request.n_lines = 1001;
    request.lines = lines;
    return gm_message_pack(&request.base, arena);
}

static struct gm_bytes noise(struct gm_arena *arena)
{
    return gm_bytes(gm_arena_copy(arena, "\x07\x07\x07", 3), 3);
}

static struct gm_bytes nothing(struct gm_arena *arena)
{
    return gm_bytes(gm_arena_alloc(arena, 0), 0);
}

static void a_body_is_checked_before_anything_looks_at_it(void **state)
{
    struct stand *stand = *state;
    static const struct {
        uint16_t method;
        struct gm_bytes (*body)(struct gm_arena *arena);
        enum gm_reason reason;
        const char *field;
    } rows[] = {
        {GM_METHOD_CATALOG_ADJUST, noise, GM_REASON_BAD_FRAME, ""},
        {GM_METHOD_CATALOG_ADJUST, nothing, GM_REASON_FIELD_MISSING, "lot_id"},
        {GM_METHOD_CATALOG_GET_LOT, cut_id, GM_REASON_BAD_ID, "lot_id"},
        {GM_METHOD_CATALOG_ADJUST, no_enum, GM_REASON_BAD_ENUM, "reason"},
        {GM_METHOD_CATALOG_ADJUST, negative, GM_REASON_OUT_OF_RANGE, "quantity"},
        {GM_METHOD_CATALOG_ADJUST, long_note, GM_REASON_FIELD_TOO_LONG, "note"},
        {GM_METHOD_CATALOG_ADJUST, broken_text, GM_REASON_BAD_TEXT, "note"},
        {GM_METHOD_CATALOG_CONSUME, many_lines, GM_REASON_TOO_MANY, "lines"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct gm_request_header header = stand_header(stand, rows[i].method);
        uint8_t head[GM_REQUEST_HEADER_BYTES_MAX];
        const size_t size = gm_request_header_encode(&header, head);
        gm_arena_reset(&stand->arena);
        const struct gm_frames frames = {gm_bytes(head, size), rows[i].body(&stand->arena),
                                         GM_FRAMES_MAX};
        stand_send_frames(stand, &frames);
        const struct stand_reply reply = stand_expect(stand, rows[i].reason);
        assert_string_equal(reply.refusal.field, rows[i].field);
    }
    assert_true(gm_host_counts(stand->host)->commands == 0);
}

static void methods_that_are_not_handled_here_are_unknown(void **state)
{
    struct stand *stand = *state;
    static const uint32_t methods[] = {
        0, 5, GM_METHOD_ORDER_PLACE, GM_METHOD_CATALOG_PUBLISH_LOT, 65535, 65536 + 1, UINT32_MAX,
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
        header.method = methods[i];
        stand_get_lot(stand, &header, 1);
        (void)stand_expect(stand, GM_REASON_METHOD_UNKNOWN);
    }
}

static void a_refusal_speaks_the_language_that_was_asked_for(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
    for (enum gm_language language = 0; language < GM_LANGUAGE_COUNT; language++) {
        header.language = language;
        stand_get_lot(stand, &header, 1);
        const struct stand_reply reply = stand_expect(stand, GM_REASON_LOT_UNKNOWN);
        struct gm_refusal refusal;
        struct gm_bytes sentence;
        assert_int_equal(gm_refusal_decode(reply.body, &refusal, &sentence), GM_OK);
        assert_true(gm_bytes_equal(
            sentence, gm_bytes_of_text(gm_reason_row(GM_REASON_LOT_UNKNOWN)->sentence[language])));
    }
}

/* ---- replies ---- */

static void a_reply_over_its_limit_is_a_refusal(void **state)
{
    struct stand *stand = *state;
    Catalog__GetProductRequest request = CATALOG__GET_PRODUCT_REQUEST__INIT;
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_GET_PRODUCT);
    request.sku = "65536";
    stand_send(stand, &header, &request.base);
    assert_int_equal(stand_expect(stand, GM_REASON_NONE).body.size, GM_REPLY_BODY_BYTES_MAX);
    request.sku = "65537";
    stand_send(stand, &header, &request.base);
    (void)stand_expect(stand, GM_REASON_REPLY_TOO_LARGE);
}

static void an_answer_that_the_arena_cannot_hold_is_too_large(void **state)
{
    (void)state;
    Catalog__StockReply reply = CATALOG__STOCK_REPLY__INIT;
    reply.on_hand = 1;
    struct gm_arena arena;
    assert_int_equal(gm_arena_init(&arena, 1), GM_OK);
    const struct gm_call call = {.arena = &arena};
    struct gm_answer answer = {0};
    assert_int_equal(gm_answer_message(&answer, &call, &reply.base), GM_REASON_REPLY_TOO_LARGE);
    reply.on_hand = 0; /* an empty message is an answer, too */
    assert_int_equal(gm_answer_message(&answer, &call, &reply.base), GM_REASON_NONE);
    gm_arena_release(&arena);
}

static void events_over_the_limit_of_an_entry_are_refused_and_not_journalled(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    const uint64_t head = gm_host_head(stand->host);
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__SAMPLE, GM_ENTRY_EVENT_BYTES_MAX, "");
    assert_false(stand_expect(stand, GM_REASON_FIELD_TOO_LONG).header.recorded);
    assert_true(gm_host_head(stand->host) == head);
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__SAMPLE, GM_ENTRY_EVENT_BYTES_MAX - 64,
                 "");
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    stand_audit(stand);
}

/* ---- services ---- */

static struct gm_request_header of_order_service(struct stand *stand)
{
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RELEASE);
    header.member = gm_service_member(GM_SERVICE_ORDER);
    return header;
}

static void release(struct stand *stand, const struct gm_request_header *header)
{
    const struct gm_id order = stand_lot(1);
    Catalog__ReleaseRequest request = CATALOG__RELEASE_REQUEST__INIT;
    request.order_id = gm_message_bytes(&order);
    stand_send(stand, header, &request.base);
}

static void a_service_may_call_what_members_may_not(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = of_order_service(stand);
    release(stand, &header);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
}

static void commands_of_services_pass_where_space_is_short(void **state)
{
    struct stand *stand = *state;
    fill_space(stand, true, true);
    const struct gm_request_header header = of_order_service(stand);
    release(stand, &header);
    const struct gm_request_header query = stand_header(stand, GM_METHOD_CATALOG_GET_LOT);
    stand_get_lot(stand, &query, 1);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    (void)stand_expect(stand, GM_REASON_LOT_UNKNOWN);
}

static void commands_go_on_when_space_returns(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    fill_space(stand, true, false);
    stand_restock(stand, &header, 1, 1);
    (void)stand_expect(stand, GM_REASON_STORE_FULL);
    gm_host_set_space(stand->host, &(struct gm_host_space){.tables_percent = GM_MAP_QUOTA_PERCENT,
                                                           .disk_free_bytes = UINT64_MAX});
    stand_restock(stand, &header, 1, 1);
    (void)stand_expect(stand, GM_REASON_STORE_FULL);
    gm_host_set_space(stand->host, &(struct gm_host_space){.disk_free_bytes = UINT64_MAX});
    stand_restock(stand, &header, 1, 1);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
}

static void a_service_may_have_more_in_flight(void **state)
{
    struct stand *stand = *state;
    /* Nothing is durable, so nothing is answered. */
    const struct gm_request_header first = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &first, 1, 1);
    send_many(stand, GM_IN_FLIGHT_MEMBER - 1);
    for (unsigned i = GM_IN_FLIGHT_MEMBER; i < GM_IN_FLIGHT_SERVICE; i++) {
        const struct gm_request_header header = of_order_service(stand);
        release(stand, &header);
    }
    stand_expect_none(stand);
    const struct gm_request_header last = of_order_service(stand);
    release(stand, &last);
    (void)stand_expect(stand, GM_REASON_IN_FLIGHT);
}

static void in_flight_is_counted_by_connection_and_ends_with_the_answer(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header first = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &first, 1, 1);
    send_many(stand, GM_IN_FLIGHT_MEMBER - 1);
    stand_expect_none(stand);
    stand->peer = 2;
    send_many(stand, 1);
    stand_expect_none(stand);
    stand->peer = 1;
    send_many(stand, 1);
    (void)stand_expect(stand, GM_REASON_IN_FLIGHT);
    stand_run(stand);
    for (unsigned i = 0; i < GM_IN_FLIGHT_MEMBER + 1; i++)
        assert_true(stand_reply(stand, &(struct stand_reply){0}));
    stand_expect_none(stand);
    assert_int_equal(stand->host->peers.count, 0);
    send_many(stand, 1);
    (void)stand_expect(stand, GM_REASON_LOT_UNKNOWN);
}

/* ---- dry runs ---- */

static void a_dry_run_says_what_would_happen_and_changes_nothing(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    header.dry_run = true;
    const uint64_t head = gm_host_head(stand->host);
    const uint64_t hash = gm_store_hash(stand->store);
    stand_restock(stand, &header, 1, 5);
    struct stand_reply reply = stand_expect(stand, GM_REASON_NONE);
    assert_false(reply.header.recorded);
    const Catalog__StockReply *said = (const Catalog__StockReply *)gm_message_unpack(
        reply.body, &catalog__stock_reply__descriptor, &stand->arena);
    assert_int_equal(said->on_hand, 5);
    assert_true(gm_host_head(stand->host) == head);
    assert_true(gm_store_hash(stand->store) == hash);
    assert_true(gm_host_counts(stand->host)->commands == 0);
    assert_true(gm_id_is_zero(stand->poison.command_id));

    header.dry_run = false; /* the same id is still unused */
    stand_restock(stand, &header, 1, 5);
    stand_run(stand);
    assert_true(stand_expect(stand, GM_REASON_NONE).header.recorded);
}

static void a_dry_run_is_refused_for_the_same_reason(void **state)
{
    struct stand *stand = *state;
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_ADJUST);
    header.dry_run = true;
    stand_adjust(stand, &header, 1, CATALOG__ADJUST_REASON__BROKEN, 1, "");
    const struct stand_reply reply = stand_expect(stand, GM_REASON_BELOW_RESERVED);
    assert_false(reply.header.recorded);
    assert_int_equal(reply.refusal.line_count, 1);
}

static void a_dry_run_shows_no_state_that_is_not_durable(void **state)
{
    struct stand *stand = *state;
    const struct gm_request_header first = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    stand_restock(stand, &first, 1, 1);
    struct gm_request_header header = stand_header(stand, GM_METHOD_CATALOG_RESTOCK);
    header.dry_run = true;
    stand_restock(stand, &header, 1, 1);
    stand_expect_none(stand);
    stand_run(stand);
    (void)stand_expect(stand, GM_REASON_NONE);
    (void)stand_expect(stand, GM_REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_has_its_reason),
        cmocka_unit_test(of_two_faults_the_earlier_is_named),
        cmocka_unit_test_setup_teardown(a_deadline_passed_is_named_before_an_old_queue, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_command_at_the_edge_of_each_limit_is_taken, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_the_door_refused_may_be_sent_again_with_the_same_id,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_header_that_cannot_be_read_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_query_needs_neither_member_nor_command_id, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_body_is_checked_before_anything_looks_at_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(methods_that_are_not_handled_here_are_unknown, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_refusal_speaks_the_language_that_was_asked_for, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_reply_over_its_limit_is_a_refusal, setup, teardown),
        cmocka_unit_test(an_answer_that_the_arena_cannot_hold_is_too_large),
        cmocka_unit_test_setup_teardown(
            events_over_the_limit_of_an_entry_are_refused_and_not_journalled, setup, teardown),
        cmocka_unit_test_setup_teardown(a_service_may_call_what_members_may_not, setup, teardown),
        cmocka_unit_test_setup_teardown(commands_of_services_pass_where_space_is_short, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(commands_go_on_when_space_returns, setup, teardown),
        cmocka_unit_test_setup_teardown(a_service_may_have_more_in_flight, setup, teardown),
        cmocka_unit_test_setup_teardown(in_flight_is_counted_by_connection_and_ends_with_the_answer,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_dry_run_says_what_would_happen_and_changes_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_dry_run_is_refused_for_the_same_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dry_run_shows_no_state_that_is_not_durable, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
