/* order/react.h - the saga: what an event asks of the catalog, and the timers that it starts and
 * stops. The effects of one order leave one at a time, in their order. */
#pragma once

#include "runtime/service.h"

gm_react_fn order_react;
