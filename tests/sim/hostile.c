#include "hostile.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "catalog.pb-c.h"
#include "methods.h"
#include "order.pb-c.h"
#include "wire/check.h"
#include "work.h"

/* What stands in a request id beside the bit: which kind it was, so that the answer can be judged.
 */
enum kind {
    RANDOM_BYTES = 1,
    ONE_FRAME,
    SURPLUS_FRAMES,
    BODY_GARBAGE,
    OTHER_PROTOCOL,
    NO_COMMAND_ID,
    COMMAND_ID_AHEAD,
    COMMAND_ID_NOT_V7,
    METHOD_OF_NOBODY,
    METHOD_OF_ANOTHER,
    TEXT_WITH_NUL,
    TEXT_NOT_UTF8,
    TEXT_TOO_LONG,
    NEGATIVE_QUANTITY,
    HUGE_QUANTITY,
    ENUM_UNKNOWN,
    ID_TOO_SHORT,
    FIELD_LEFT_OUT,
    LINES_WITHOUT_END,
    ROLE_OF_A_SERVICE,
    POSITION_OF_NOBODY,
    POSITION_TO_COME,
    FLOOD,
    USED_UP,
    ID_OF_ANOTHER_COMMAND,
    KIND_COUNT,
};

static const enum gm_reason expected[KIND_COUNT] = {
    [RANDOM_BYTES] = GM_REASON_NONE, /* anything but OK */
    [ONE_FRAME] = GM_REASON_BAD_FRAME,
    [SURPLUS_FRAMES] = GM_REASON_BAD_FRAME,
    [BODY_GARBAGE] = GM_REASON_BAD_FRAME,
    [OTHER_PROTOCOL] = GM_REASON_PROTOCOL_VERSION,
    [NO_COMMAND_ID] = GM_REASON_FIELD_MISSING,
    [COMMAND_ID_AHEAD] = GM_REASON_COMMAND_ID_EXPIRED,
    [COMMAND_ID_NOT_V7] = GM_REASON_BAD_ID,
    [METHOD_OF_NOBODY] = GM_REASON_METHOD_UNKNOWN,
    [METHOD_OF_ANOTHER] = GM_REASON_METHOD_UNKNOWN,
    [TEXT_WITH_NUL] = GM_REASON_BAD_TEXT,
    [TEXT_NOT_UTF8] = GM_REASON_BAD_TEXT,
    [TEXT_TOO_LONG] = GM_REASON_FIELD_TOO_LONG,
    [NEGATIVE_QUANTITY] = GM_REASON_OUT_OF_RANGE,
    [HUGE_QUANTITY] = GM_REASON_OUT_OF_RANGE,
    [ENUM_UNKNOWN] = GM_REASON_BAD_ENUM,
    [ID_TOO_SHORT] = GM_REASON_BAD_ID,
    [FIELD_LEFT_OUT] = GM_REASON_FIELD_MISSING,
    [LINES_WITHOUT_END] = GM_REASON_TOO_MANY,
    [ROLE_OF_A_SERVICE] = GM_REASON_ROLE_FORBIDS,
    [POSITION_OF_NOBODY] = GM_REASON_POSITION_UNKNOWN,
    [POSITION_TO_COME] = GM_REASON_NOT_CAUGHT_UP,
    [FLOOD] = GM_REASON_NONE,
    [USED_UP] = GM_REASON_TIMED_OUT,
    [ID_OF_ANOTHER_COMMAND] = GM_REASON_COMMAND_ID_REUSED,
};

enum {
    BODY_BYTES_MAX = 64 * 1024,
    FLOOD_MESSAGES = 400,
    LINES_TOO_MANY = 1001,
    NOTE_TOO_LONG = 501
};

struct attack {
    struct gm_request_header header;
    uint8_t node;
    unsigned frames;
    uint8_t body[BODY_BYTES_MAX];
    size_t body_bytes;
};

static struct gm_id fresh_id(struct sim *sim, int64_t ahead_ms)
{
    uint8_t random[10];
    gm_random_bytes(&sim->random, random, sizeof random);
    return gm_id_v7(sim_reading(sim).wall_ms + ahead_ms, random);
}

static void set_body(struct attack *attack, const ProtobufCMessage *message)
{
    attack->body_bytes = protobuf_c_message_get_packed_size(message);
    GM_ASSERT(attack->body_bytes <= sizeof attack->body);
    (void)protobuf_c_message_pack(message, attack->body);
}

/* A restock of some lot, right in all but what the kind makes wrong. */
static void restock(struct attack *attack, enum kind kind)
{
    uint8_t lot[GM_ID_BYTES] = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80};
    Catalog__RestockRequest request = CATALOG__RESTOCK_REQUEST__INIT;
    request.lot_id = (ProtobufCBinaryData){kind == ID_TOO_SHORT ? 15 : GM_ID_BYTES, lot};
    request.quantity = kind == NEGATIVE_QUANTITY ? -1 : kind == HUGE_QUANTITY ? INT64_MAX : 1;
    request.reason =
        kind == ENUM_UNKNOWN ? (Catalog__RestockReason)99 : CATALOG__RESTOCK_REASON__PRODUCED;
    if (kind == FIELD_LEFT_OUT) request.lot_id.len = 0;
    attack->header.method = GM_METHOD_CATALOG_RESTOCK;
    set_body(attack, &request.base);
}

static void adjust_note(struct sim *sim, struct attack *attack, enum kind kind)
{
    uint8_t lot[GM_ID_BYTES] = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80};
    char note[NOTE_TOO_LONG + 1];
    memset(note, 'a', NOTE_TOO_LONG);
    note[kind == TEXT_TOO_LONG ? NOTE_TOO_LONG : 8] = '\0';
    if (kind == TEXT_NOT_UTF8) note[3] = (char)(0x80 + gm_random_below(&sim->random, 0x40));
    Catalog__AdjustRequest request = CATALOG__ADJUST_REQUEST__INIT;
    request.lot_id = (ProtobufCBinaryData){GM_ID_BYTES, lot};
    request.reason = CATALOG__ADJUST_REASON__BROKEN;
    request.quantity = 1;
    request.note = note;
    attack->header.method = GM_METHOD_CATALOG_ADJUST;
    set_body(attack, &request.base);
    /* The note stands last: a NUL in the middle of it. */
    if (kind == TEXT_WITH_NUL) attack->body[attack->body_bytes - 4] = 0;
}

static void endless_lines(struct attack *attack)
{
    /* Field 5 of PlaceRequest, empty, over and over. */
    for (unsigned i = 0; i < LINES_TOO_MANY; i++) {
        attack->body[2 * i] = 5 << 3 | 2;
        attack->body[2 * i + 1] = 0;
    }
    attack->body_bytes = (size_t)2 * LINES_TOO_MANY;
    attack->header.method = GM_METHOD_ORDER_PLACE;
    attack->node = 2;
}

static void read_at(struct sim *sim, struct attack *attack, enum kind kind)
{
    uint8_t request_id[GM_ID_BYTES] = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80};
    Catalog__GetLotRequest request = CATALOG__GET_LOT_REQUEST__INIT;
    request.lot_id = (ProtobufCBinaryData){GM_ID_BYTES, request_id};
    attack->header.position_count = 1;
    attack->header.positions[0] = (struct gm_position){gm_random_u64(&sim->random) | 1, 1};
    attack->header.method = GM_METHOD_CATALOG_GET_LOT;
    if (kind == POSITION_TO_COME) {
        /* Of the catalog, far ahead, asked of matching, which may yet get there. */
        attack->header.positions[0] =
            (struct gm_position){sim->nodes[0].journal_id, UINT64_C(1) << 40};
        attack->header.method = GM_METHOD_MATCHING_GET_SOURCING_REQUEST;
        attack->header.timeout_ms = 50;
        attack->node = 1;
    }
    set_body(attack, &request.base); /* both requests are one id in field 1 */
}

static void reserve(struct attack *attack)
{
    uint8_t id[GM_ID_BYTES] = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80};
    const ProtobufCBinaryData field = {GM_ID_BYTES, id};
    Catalog__ReserveLine line = CATALOG__RESERVE_LINE__INIT;
    line.lot_id = field;
    line.quantity = 1;
    Catalog__ReserveLine *lines[] = {&line};
    Catalog__ReserveRequest request = CATALOG__RESERVE_REQUEST__INIT;
    request.order_id = request.buyer = request.seller = field;
    request.currency = "VND";
    request.ship_from = "VN-BAT-TRANG";
    request.n_lines = 1;
    request.lines = lines;
    attack->header.method = GM_METHOD_CATALOG_RESERVE;
    set_body(attack, &request.base);
}

static void build(struct sim *sim, uint8_t client, enum kind kind, struct attack *attack)
{
    restock(attack, kind); /* most are about it */
    switch (kind) {
    case ONE_FRAME:
        attack->frames = 1;
        break;
    case SURPLUS_FRAMES:
        attack->frames = 3;
        break;
    case BODY_GARBAGE:
        gm_random_bytes(&sim->random, attack->body, attack->body_bytes);
        attack->body[0] = 0x0f; /* wire type 7 is none */
        break;
    case OTHER_PROTOCOL:
        attack->header.protocol = 2;
        break;
    case NO_COMMAND_ID:
        attack->header.command_id = (struct gm_id){{0}};
        break;
    case COMMAND_ID_AHEAD:
        attack->header.command_id = fresh_id(sim, 30 * GM_DAY_MS);
        break;
    case COMMAND_ID_NOT_V7:
        attack->header.command_id.v[6] = 0x40;
        break;
    case METHOD_OF_NOBODY:
        attack->header.method = 9999;
        break;
    case METHOD_OF_ANOTHER:
        attack->header.method = GM_METHOD_ORDER_GET_ORDER;
        break;
    case TEXT_WITH_NUL:
    case TEXT_NOT_UTF8:
    case TEXT_TOO_LONG:
        adjust_note(sim, attack, kind);
        break;
    case LINES_WITHOUT_END:
        endless_lines(attack);
        break;
    case ROLE_OF_A_SERVICE:
        reserve(attack);
        break;
    case POSITION_OF_NOBODY:
    case POSITION_TO_COME:
        read_at(sim, attack, kind);
        break;
    case USED_UP:
        attack->header.timeout_ms = 1;
        break;
    case ID_OF_ANOTHER_COMMAND:
        attack->header.command_id = sim->used_ids[client];
        break;
    case RANDOM_BYTES:
    case NEGATIVE_QUANTITY:
    case HUGE_QUANTITY:
    case ENUM_UNKNOWN:
    case ID_TOO_SHORT:
    case FIELD_LEFT_OUT:
    case FLOOD:
    case KIND_COUNT:
        break;
    }
}

void hostile_send(struct sim *sim, uint8_t client)
{
    const enum kind kind = (enum kind)(1 + gm_random_below(&sim->random, KIND_COUNT - 1));
    if (kind == ID_OF_ANOTHER_COMMAND && gm_id_is_zero(sim->used_ids[client])) return;
    const unsigned count =
        kind == FLOOD && gm_random_chance(&sim->random, 100000) ? FLOOD_MESSAGES : 1;
    sim->faults[FAULT_hostile_message]++;
    for (unsigned i = 0; i < count; i++) {
        static struct attack attack;
        attack = (struct attack){
            .frames = GM_FRAMES_MAX,
            .header =
                {
                    .protocol = GM_PROTOCOL,
                    .request_id = HOSTILE_BIT | (uint64_t)kind,
                    .command_id = fresh_id(sim, 0),
                    .member = work_member(client),
                },
        };
        build(sim, client, kind, &attack);
        uint8_t header[GM_REQUEST_HEADER_BYTES_MAX];
        size_t header_bytes = gm_request_header_encode(&attack.header, header);
        if (kind == RANDOM_BYTES) {
            header_bytes = 1 + gm_random_below(&sim->random, 100);
            gm_random_bytes(&sim->random, header, header_bytes);
        }
        net_send(sim, (struct end){END_CLIENT, client}, (struct end){END_NODE, attack.node}, false,
                 attack.frames, gm_bytes(header, header_bytes),
                 gm_bytes(attack.body, attack.frames == 1 ? 0 : attack.body_bytes));
    }
}

/* What a busy or ailing service may say before it looks closer. */
static bool is_load(enum gm_reason reason)
{
    static const bool load[GM_REASON_COUNT] = {
        [GM_REASON_TIMED_OUT] = true,          [GM_REASON_QUEUE_TOO_OLD] = true,
        [GM_REASON_IN_FLIGHT] = true,          [GM_REASON_DRAINING] = true,
        [GM_REASON_CLOCK_JUMPED] = true,       [GM_REASON_STORE_FULL] = true,
        [GM_REASON_DISK_LOW] = true,           [GM_REASON_NOT_CAUGHT_UP] = true,
        [GM_REASON_COMMAND_ID_EXPIRED] = true, /* the service's clock is behind */
    };
    return load[reason];
}

void hostile_reply(struct sim *sim, const struct gm_reply_header *header, struct gm_bytes body)
{
    const uint64_t number = header->request_id & ~HOSTILE_BIT;
    const enum kind kind = number < KIND_COUNT ? (enum kind)number : RANDOM_BYTES;
    struct gm_refusal refusal;
    if (header->status == GM_CODE_OK) {
        sim_fail(sim, "hostile message of kind %u was taken", (unsigned)kind);
        return;
    }
    if (gm_refusal_decode(body, &refusal, NULL) != GM_OK) {
        sim_fail(sim, "the refusal of a hostile message does not decode");
        return;
    }
    /* A used-up one that is decided in time finds no such lot; one position may be known no more.
     */
    if (kind == USED_UP && refusal.reason == GM_REASON_LOT_UNKNOWN) return;
    /* An older copy of the catalog has not seen the first use of an id. */
    if (kind == ID_OF_ANOTHER_COMMAND && sim->faults[FAULT_catalog_restored] > 0) return;
    if (kind == POSITION_TO_COME && refusal.reason == GM_REASON_POSITION_UNKNOWN) return;
    /* The reply may be to a random header that happens to carry the bit. */
    if (expected[kind] == GM_REASON_NONE || refusal.reason == expected[kind]) return;
    if (!is_load(refusal.reason))
        sim_fail(sim, "hostile message of kind %u was refused %s, not %s", (unsigned)kind,
                 gm_reason_row(refusal.reason)->word, gm_reason_row(expected[kind])->word);
}
