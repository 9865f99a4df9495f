/* wire/frames.h - what goes over a connection, without the socket: who, which frames, how many at
 * once. proto/README.md draws them. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"

enum {
    GM_PEER_BYTES_MAX = 15,    /* ROUTER's own ids have 5; longer ones are dropped at the socket */
    GM_IN_FLIGHT_MEMBER = 256, /* requests under way per connection */
    GM_IN_FLIGHT_SERVICE = 2048, /* the same where the acting member is a service */
};

/* A connection: the routing id of a ROUTER. Compared as a whole. */
struct gm_peer {
    uint8_t size;
    uint8_t id[GM_PEER_BYTES_MAX];
};

/* The frames of a message without the routing id. count is what arrived; over two, the rest was
 * dropped. */
struct gm_frames {
    struct gm_bytes header;
    struct gm_bytes body;
    unsigned count;
};
