#include "wire/envelope.h"

#include "base/assert.h"
#include "wire/scan.h"

/* The field numbers of proto/wire.proto; envelope_test.c holds them against the generated codec. */
enum { POSITION_JOURNAL_ID = 1, POSITION_SEQ = 2 };

enum {
    REQUEST_PROTOCOL = 1,
    REQUEST_METHOD = 2,
    REQUEST_REQUEST_ID = 3,
    REQUEST_COMMAND_ID = 4,
    REQUEST_TIMEOUT_MS = 5,
    REQUEST_MEMBER = 6,
    REQUEST_TRACEPARENT = 7,
    REQUEST_LANGUAGE = 8,
    REQUEST_DRY_RUN = 9,
    REQUEST_UNTIL_SETTLED = 10,
    REQUEST_POSITIONS = 11,
};

enum {
    REPLY_REQUEST_ID = 1,
    REPLY_STATUS = 2,
    REPLY_JOURNAL_ID = 3,
    REPLY_SEQ = 4,
    REPLY_RECORDED = 5,
    REPLY_MORE = 6,
};

enum {
    REFUSAL_REASON = 1,
    REFUSAL_SENTENCE = 2,
    REFUSAL_FIELD = 3,
    REFUSAL_LINES = 4,
    REFUSAL_RETRY_AFTER_MS = 5,
};

enum { LINE_LINE = 1, LINE_REASON = 2, LINE_AVAILABLE = 3, LINE_UNIT_PRICE_MINOR = 4 };

enum {
    POSITION_BYTES_MAX = 2 * (1 + 8),
    LINE_BYTES_MAX = 2 * (1 + 3) + 2 * (1 + GM_VARINT_BYTES_MAX),
};
_Static_assert(3 * (1 + 5) /* protocol, method, timeout */ + 9 + 2 * (2 + GM_ID_BYTES) + 2 +
                       GM_TRACEPARENT_BYTES + 4 /* language */ + 2 * 2 +
                       GM_POSITIONS_MAX * (2 + POSITION_BYTES_MAX) <=
                   GM_REQUEST_HEADER_BYTES_MAX,
               "what we write, everybody reads");
_Static_assert(3 * (1 + 8) + 3 * (1 + 1) <= GM_REPLY_HEADER_BYTES_MAX, "all six fields fit");

/* ---- trace context: 00-<32 digits>-<16 digits>-<2 digits>, lower-case hex ---- */

enum { TRACE_ID_AT = 3, TRACE_PARENT_AT = 36, TRACE_FLAGS_AT = 53 };

enum { NOT_HEX = 16 };

static unsigned hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9') return digit - (unsigned)'0';
    if (digit >= 'a' && digit <= 'f') return digit - (unsigned)'a' + 10;
    return NOT_HEX;
}

static bool all_hex(struct gm_bytes text, size_t from, size_t until)
{
    for (size_t i = from; i < until; i++) {
        if (hex_value(text.at[i]) == NOT_HEX) return false;
    }
    return true;
}

/* Zero where it is not of the form: a broken trace is no reason to refuse the request. */
static struct gm_id trace_id_of(struct gm_bytes text)
{
    const bool formed =
        text.size == GM_TRACEPARENT_BYTES && all_hex(text, 0, TRACE_ID_AT - 1) &&
        text.at[TRACE_ID_AT - 1] == '-' && all_hex(text, TRACE_ID_AT, TRACE_PARENT_AT - 1) &&
        text.at[TRACE_PARENT_AT - 1] == '-' && all_hex(text, TRACE_PARENT_AT, TRACE_FLAGS_AT - 1) &&
        text.at[TRACE_FLAGS_AT - 1] == '-' && all_hex(text, TRACE_FLAGS_AT, GM_TRACEPARENT_BYTES);
    struct gm_id trace_id = {{0}};
    for (size_t i = 0; formed && i < GM_ID_BYTES; i++) {
        const uint8_t *digits = text.at + TRACE_ID_AT + 2 * i;
        trace_id.v[i] = (uint8_t)(hex_value(digits[0]) << 4 | hex_value(digits[1]));
    }
    return trace_id;
}

static uint8_t *put_hex(uint8_t *at, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *at++ = (uint8_t)digits[bytes[i] >> 4];
        *at++ = (uint8_t)digits[bytes[i] & 15];
    }
    return at;
}

static uint8_t *put_traceparent(uint8_t *at, struct gm_id trace_id)
{
    uint8_t text[GM_TRACEPARENT_BYTES] = "00-";
    uint8_t *end = put_hex(text + TRACE_ID_AT, trace_id.v, GM_ID_BYTES);
    *end++ = '-';
    end = put_hex(end, trace_id.v + 8, 8);
    memcpy(end, "-01", 3);
    return gm_scan_put_bytes(at, REQUEST_TRACEPARENT, gm_bytes(text, sizeof text));
}

/* ---- request header ---- */

static enum gm_reason read_id(const struct gm_scan_field *field, struct gm_id *ret_id)
{
    if (field->type != GM_WIRE_BYTES) return GM_REASON_BAD_FRAME;
    if (field->bytes.size == 0) return GM_REASON_NONE; /* as absent */
    if (field->bytes.size != GM_ID_BYTES) return GM_REASON_BAD_ID;
    memcpy(ret_id->v, field->bytes.at, GM_ID_BYTES);
    return GM_REASON_NONE;
}

static enum gm_reason read_u32(const struct gm_scan_field *field, uint32_t *ret_value)
{
    if (field->type != GM_WIRE_VARINT || field->value > UINT32_MAX) return GM_REASON_BAD_FRAME;
    *ret_value = (uint32_t)field->value;
    return GM_REASON_NONE;
}

static enum gm_reason read_bool(const struct gm_scan_field *field, bool *ret_value)
{
    if (field->type != GM_WIRE_VARINT) return GM_REASON_BAD_FRAME;
    *ret_value = field->value != 0;
    return GM_REASON_NONE;
}

static enum gm_reason read_fixed64(const struct gm_scan_field *field, uint64_t *ret_value)
{
    if (field->type != GM_WIRE_FIXED64) return GM_REASON_BAD_FRAME;
    *ret_value = field->value;
    return GM_REASON_NONE;
}

static enum gm_reason read_position(const struct gm_scan_field *field,
                                    struct gm_request_header *header)
{
    if (field->type != GM_WIRE_BYTES) return GM_REASON_BAD_FRAME;
    if (header->position_count == GM_POSITIONS_MAX) return GM_REASON_TOO_MANY;

    struct gm_position position = {0};
    struct gm_scan scan = {field->bytes};
    struct gm_scan_field inner;
    enum gm_status status;
    while ((status = gm_scan_next(&scan, &inner)) == GM_OK) {
        enum gm_reason reason = GM_REASON_NONE;
        if (inner.number == POSITION_JOURNAL_ID)
            reason = read_fixed64(&inner, &position.journal_id);
        if (inner.number == POSITION_SEQ) reason = read_fixed64(&inner, &position.seq);
        if (reason != GM_REASON_NONE) return reason;
    }
    if (status != GM_END) return GM_REASON_BAD_FRAME;
    header->positions[header->position_count++] = position;
    return GM_REASON_NONE;
}

/* "vi" and its regions; every other language gets English. */
static enum gm_language language_of(struct gm_bytes tag)
{
    const bool vi = tag.size >= 2 && memcmp(tag.at, "vi", 2) == 0;
    return vi && (tag.size == 2 || tag.at[2] == '-') ? GM_LANGUAGE_VI : GM_LANGUAGE_EN;
}

static enum gm_reason read_request_field(const struct gm_scan_field *field,
                                         struct gm_request_header *header)
{
    switch (field->number) {
    case REQUEST_PROTOCOL:
        return read_u32(field, &header->protocol);
    case REQUEST_METHOD:
        return read_u32(field, &header->method);
    case REQUEST_REQUEST_ID:
        return read_fixed64(field, &header->request_id);
    case REQUEST_COMMAND_ID:
        return read_id(field, &header->command_id);
    case REQUEST_TIMEOUT_MS:
        return read_u32(field, &header->timeout_ms);
    case REQUEST_MEMBER:
        return read_id(field, &header->member);
    case REQUEST_TRACEPARENT:
        if (field->type != GM_WIRE_BYTES) return GM_REASON_BAD_FRAME;
        header->trace_id = trace_id_of(field->bytes);
        return GM_REASON_NONE;
    case REQUEST_LANGUAGE:
        if (field->type != GM_WIRE_BYTES) return GM_REASON_BAD_FRAME;
        header->language = language_of(field->bytes);
        return GM_REASON_NONE;
    case REQUEST_DRY_RUN:
        return read_bool(field, &header->dry_run);
    case REQUEST_UNTIL_SETTLED:
        return read_bool(field, &header->until_settled);
    case REQUEST_POSITIONS:
        return read_position(field, header);
    default:
        return GM_REASON_NONE; /* of a newer program */
    }
}

enum gm_reason gm_request_header_decode(struct gm_bytes frame, struct gm_request_header *ret_header)
{
    /* Filled in as far as it can be read, since a refusal needs the request id. */
    *ret_header = (struct gm_request_header){0};

    const bool too_long = frame.size > GM_REQUEST_HEADER_BYTES_MAX;
    if (too_long) frame.size = GM_REQUEST_HEADER_BYTES_MAX;
    enum gm_reason first = GM_REASON_NONE;
    struct gm_scan scan = {frame};
    struct gm_scan_field field;
    enum gm_status status;
    while ((status = gm_scan_next(&scan, &field)) == GM_OK) {
        const enum gm_reason reason = read_request_field(&field, ret_header);
        if (first == GM_REASON_NONE) first = reason;
    }
    if (too_long || status != GM_END || ret_header->request_id == 0) return GM_REASON_BAD_FRAME;
    return first;
}

static uint8_t *put_id(uint8_t *at, uint32_t number, const struct gm_id *id)
{
    return gm_id_is_zero(*id) ? at : gm_scan_put_bytes(at, number, gm_bytes(id->v, GM_ID_BYTES));
}

size_t gm_request_header_encode(const struct gm_request_header *header, uint8_t *at)
{
    GM_ASSERT(header->position_count <= GM_POSITIONS_MAX);
    uint8_t *end = at;
    end = gm_scan_put_varint(end, REQUEST_PROTOCOL, header->protocol);
    end = gm_scan_put_varint(end, REQUEST_METHOD, header->method);
    end = gm_scan_put_fixed64(end, REQUEST_REQUEST_ID, header->request_id);
    end = put_id(end, REQUEST_COMMAND_ID, &header->command_id);
    end = gm_scan_put_varint(end, REQUEST_TIMEOUT_MS, header->timeout_ms);
    end = put_id(end, REQUEST_MEMBER, &header->member);
    if (!gm_id_is_zero(header->trace_id)) end = put_traceparent(end, header->trace_id);
    if (header->language == GM_LANGUAGE_VI) {
        end = gm_scan_put_bytes(end, REQUEST_LANGUAGE, gm_bytes_of_text("vi"));
    }
    end = gm_scan_put_varint(end, REQUEST_DRY_RUN, header->dry_run);
    end = gm_scan_put_varint(end, REQUEST_UNTIL_SETTLED, header->until_settled);
    for (unsigned i = 0; i < header->position_count; i++) {
        uint8_t position[POSITION_BYTES_MAX];
        uint8_t *position_end = position;
        position_end =
            gm_scan_put_fixed64(position_end, POSITION_JOURNAL_ID, header->positions[i].journal_id);
        position_end = gm_scan_put_fixed64(position_end, POSITION_SEQ, header->positions[i].seq);
        end = gm_scan_put_message(end, REQUEST_POSITIONS,
                                  gm_bytes(position, (size_t)(position_end - position)));
    }
    return (size_t)(end - at);
}

/* ---- reply header ---- */

static enum gm_reason read_reply_field(const struct gm_scan_field *field,
                                       struct gm_reply_header *header)
{
    uint32_t code;
    switch (field->number) {
    case REPLY_REQUEST_ID:
        return read_fixed64(field, &header->request_id);
    case REPLY_STATUS:
        if (read_u32(field, &code) != GM_REASON_NONE) return GM_REASON_BAD_FRAME;
        header->status = code < GM_CODE_COUNT ? (uint16_t)code : GM_CODE_UNKNOWN;
        return GM_REASON_NONE;
    case REPLY_JOURNAL_ID:
        return read_fixed64(field, &header->position.journal_id);
    case REPLY_SEQ:
        return read_fixed64(field, &header->position.seq);
    case REPLY_RECORDED:
        return read_bool(field, &header->recorded);
    case REPLY_MORE:
        return read_bool(field, &header->more);
    default:
        return GM_REASON_NONE;
    }
}

enum gm_status gm_reply_header_decode(struct gm_bytes frame, struct gm_reply_header *ret_header)
{
    struct gm_reply_header header = {0};
    struct gm_scan scan = {frame};
    struct gm_scan_field field;
    enum gm_status status;
    while ((status = gm_scan_next(&scan, &field)) == GM_OK) {
        if (read_reply_field(&field, &header) != GM_REASON_NONE) return GM_MALFORMED;
    }
    if (status != GM_END) return GM_MALFORMED;
    *ret_header = header;
    return GM_OK;
}

size_t gm_reply_header_encode(const struct gm_reply_header *header, uint8_t *at)
{
    GM_ASSERT(header->status < GM_CODE_COUNT); /* one byte on the wire */
    uint8_t *end = at;
    end = gm_scan_put_fixed64(end, REPLY_REQUEST_ID, header->request_id);
    end = gm_scan_put_varint(end, REPLY_STATUS, header->status);
    end = gm_scan_put_fixed64(end, REPLY_JOURNAL_ID, header->position.journal_id);
    end = gm_scan_put_fixed64(end, REPLY_SEQ, header->position.seq);
    end = gm_scan_put_varint(end, REPLY_RECORDED, header->recorded);
    end = gm_scan_put_varint(end, REPLY_MORE, header->more);
    return (size_t)(end - at);
}

/* ---- refusals ---- */

static size_t encode_line(const struct gm_refused_line *line, uint8_t *at)
{
    uint8_t *end = at;
    end = gm_scan_put_varint(end, LINE_LINE, line->line);
    end = gm_scan_put_varint(end, LINE_REASON, line->reason);
    end = gm_scan_put_varint(end, LINE_AVAILABLE, (uint64_t)line->available);
    end = gm_scan_put_varint(end, LINE_UNIT_PRICE_MINOR, (uint64_t)line->unit_price_minor);
    return (size_t)(end - at);
}

enum { RETRY_AFTER_BYTES_MAX = 1 + 5, REASON_WORD_BYTES_MAX = 32 };
_Static_assert(2 + REASON_WORD_BYTES_MAX + 3 + GM_SENTENCE_BYTES_MAX + 2 + GM_FIELD_PATH_BYTES_MAX +
                       RETRY_AFTER_BYTES_MAX + 2 + LINE_BYTES_MAX <=
                   GM_REFUSAL_BYTES_MAX,
               "all but the lines fits");

size_t gm_refusal_encode(const struct gm_refusal *refusal, enum gm_language language,
                         uint8_t at[GM_REFUSAL_BYTES_MAX])
{
    GM_ASSERT(refusal->line_count <= GM_REFUSED_LINES_MAX);
    const struct gm_reason_row *row = gm_reason_row(refusal->reason);
    GM_ASSERT(strlen(row->word) <= REASON_WORD_BYTES_MAX);
    const struct gm_bytes field =
        gm_bytes(refusal->field, strnlen(refusal->field, GM_FIELD_PATH_BYTES_MAX));

    uint8_t *end = at;
    end = gm_scan_put_bytes(end, REFUSAL_REASON, gm_bytes_of_text(row->word));
    end = gm_scan_put_bytes(end, REFUSAL_SENTENCE, gm_bytes_of_text(row->sentence[language]));
    end = gm_scan_put_bytes(end, REFUSAL_FIELD, field);
    for (unsigned i = 0; i < refusal->line_count; i++) {
        uint8_t line[LINE_BYTES_MAX];
        const size_t size = encode_line(&refusal->lines[i], line);
        const size_t used = (size_t)(end - at);
        if (used + 2 + size + RETRY_AFTER_BYTES_MAX > GM_REFUSAL_BYTES_MAX) break;
        end = gm_scan_put_message(end, REFUSAL_LINES, gm_bytes(line, size));
    }
    end = gm_scan_put_varint(end, REFUSAL_RETRY_AFTER_MS, refusal->retry_after_ms);
    return (size_t)(end - at);
}

static enum gm_reason read_line(struct gm_bytes body, struct gm_refused_line *ret_line)
{
    struct gm_refused_line line = {0};
    struct gm_scan scan = {body};
    struct gm_scan_field field;
    enum gm_status status;
    while ((status = gm_scan_next(&scan, &field)) == GM_OK) {
        if (field.number > LINE_UNIT_PRICE_MINOR) continue;
        if (field.type != GM_WIRE_VARINT) return GM_REASON_BAD_FRAME;
        if (field.number <= LINE_REASON && field.value > UINT16_MAX) return GM_REASON_BAD_FRAME;
        if (field.number == LINE_LINE) line.line = (uint16_t)field.value;
        if (field.number == LINE_REASON) line.reason = (uint16_t)field.value;
        if (field.number == LINE_AVAILABLE) line.available = (int64_t)field.value;
        if (field.number == LINE_UNIT_PRICE_MINOR) line.unit_price_minor = (int64_t)field.value;
    }
    if (status != GM_END) return GM_REASON_BAD_FRAME;
    *ret_line = line;
    return GM_REASON_NONE;
}

static enum gm_reason reason_of(struct gm_bytes word)
{
    char text[REASON_WORD_BYTES_MAX + 1] = "";
    if (word.size > REASON_WORD_BYTES_MAX) return GM_REASON_NONE;
    memcpy(text, word.at, word.size);
    return gm_reason_named(text);
}

static enum gm_reason read_refusal_field(const struct gm_scan_field *field,
                                         struct gm_refusal *refusal, struct gm_bytes *ret_sentence)
{
    const bool known = field->number >= REFUSAL_REASON && field->number <= REFUSAL_LINES;
    if (known && field->type != GM_WIRE_BYTES) return GM_REASON_BAD_FRAME;
    switch (field->number) {
    case REFUSAL_REASON:
        refusal->reason = reason_of(field->bytes);
        return GM_REASON_NONE;
    case REFUSAL_SENTENCE:
        *ret_sentence = field->bytes;
        return GM_REASON_NONE;
    case REFUSAL_FIELD:
        memset(refusal->field, 0, sizeof refusal->field);
        memcpy(refusal->field, field->bytes.at,
               field->bytes.size < GM_FIELD_PATH_BYTES_MAX ? field->bytes.size
                                                           : GM_FIELD_PATH_BYTES_MAX);
        return GM_REASON_NONE;
    case REFUSAL_LINES:
        if (refusal->line_count == GM_REFUSED_LINES_MAX) return GM_REASON_NONE;
        return read_line(field->bytes, &refusal->lines[refusal->line_count++]);
    case REFUSAL_RETRY_AFTER_MS:
        return read_u32(field, &refusal->retry_after_ms);
    default:
        return GM_REASON_NONE;
    }
}

enum gm_status gm_refusal_decode(struct gm_bytes body, struct gm_refusal *ret_refusal,
                                 struct gm_bytes *ret_sentence)
{
    struct gm_refusal refusal = {0};
    struct gm_bytes sentence = {0};
    struct gm_scan scan = {body};
    struct gm_scan_field field;
    enum gm_status status;
    while ((status = gm_scan_next(&scan, &field)) == GM_OK) {
        if (read_refusal_field(&field, &refusal, &sentence) != GM_REASON_NONE) return GM_MALFORMED;
    }
    if (status != GM_END) return GM_MALFORMED;
    *ret_refusal = refusal;
    if (ret_sentence != NULL) *ret_sentence = sentence;
    return GM_OK;
}
