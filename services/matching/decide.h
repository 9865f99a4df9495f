/* matching/decide.h - may this happen? Rules: README.md. Pure: no clock, socket or log, so that the
 * same call on the same rows decides the same again. Guards stand in the order of precedence:
 * existence, ownership, revision, state, rule. */
#pragma once

#include "runtime/service.h"

gm_decide_fn matching_decide_submit;
gm_decide_fn matching_decide_close;
gm_decide_timer_fn matching_decide_timer;
