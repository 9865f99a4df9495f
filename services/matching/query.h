/* matching/query.h - questions: reads only. One request by point look-ups on the newest state;
 * lists and matches on a snapshot. A request is there for its buyer; for everybody else it does not
 * exist.
 */
#pragma once

#include "matching/state.h"
#include "runtime/service.h"

gm_query_fn matching_query_request;    /* GetSourcingRequest: REQUEST_UNKNOWN */
gm_search_fn matching_search_requests; /* ListSourcingRequests: PAGE_TOKEN */
/* FindMatches: FIELD_MISSING (neither a request nor the id of one), REQUEST_UNKNOWN, PAGE_TOKEN,
 * then as matching_ask. */
gm_search_fn matching_search_matches;

/* Names the offending field; returns the reason, to be returned. */
enum gm_reason matching_refuse_query(struct gm_answer *answer, enum gm_reason reason,
                                     const char *field);
