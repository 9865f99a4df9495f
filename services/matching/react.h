/* matching/react.h - the timer that an event starts or stops. */
#pragma once

#include "runtime/service.h"

gm_react_fn matching_react; /* of Matching__Event */
