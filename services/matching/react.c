#include "matching/react.h"

#include <matching.pb-c.h>

#include "matching/state.h"
#include "wire/check.h"

void matching_react(struct gm_fold *fold, const ProtobufCMessage *message)
{
    const Matching__Event *event = (const Matching__Event *)message;
    if (event->event_case == MATCHING__EVENT__EVENT_SUBMITTED)
        gm_timer_start(fold, MATCHING_TIMER_EXPIRE, gm_message_id(event->submitted->request_id),
                       matching_expires_ms(event->submitted->close_day));
    if (event->event_case == MATCHING__EVENT__EVENT_CLOSED)
        gm_timer_stop(fold, MATCHING_TIMER_EXPIRE, gm_message_id(event->closed->request_id));
    /* One that expired came from the timer, which is over. */
}
