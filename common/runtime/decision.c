#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"
#include "runtime/service.h"
#include "wire/check.h"

void gm_decision_event(struct gm_decision *decision, const ProtobufCMessage *event)
{
    GM_ASSERT(decision->event_count < GM_DECISION_EVENTS_MAX);
    decision->events[decision->event_count++] = event;
}

enum gm_reason gm_decision_refuse(struct gm_decision *decision, enum gm_reason reason,
                                  const char *field_format, ...)
{
    va_list arguments;
    va_start(arguments, field_format);
    (void)vsnprintf(decision->refusal.field, sizeof decision->refusal.field, field_format,
                    arguments);
    va_end(arguments);
    return reason;
}

bool gm_decision_refuse_line(struct gm_decision *decision, struct gm_refused_line line)
{
    struct gm_refusal *refusal = &decision->refusal;
    if (refusal->line_count == GM_REFUSED_LINES_MAX) return false;
    refusal->lines[refusal->line_count++] = line;
    return true;
}

enum gm_reason gm_answer_message(struct gm_answer *answer, const struct gm_call *call,
                                 const ProtobufCMessage *message)
{
    if (protobuf_c_message_get_packed_size(message) > GM_REPLY_BODY_BYTES_MAX)
        return GM_REASON_REPLY_TOO_LARGE;
    answer->body = gm_message_pack(message, call->arena);
    /* NULL where the arena is full, not where the message is empty. */
    return answer->body.at == NULL ? GM_REASON_REPLY_TOO_LARGE : GM_REASON_NONE;
}
