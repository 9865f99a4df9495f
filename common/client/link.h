/* client/link.h - one service as a client sees it: its socket, the calls and subscriptions that go
 * over it, and whether there is anybody. client.c's own; nothing else includes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client/client.h"
#include "wire/socket.h"

struct watcher {
    struct watcher *next;
    struct gm_subscription subscription;
    gm_client_heard *heard;
};

struct link {
    const struct gm_client_service *service;
    struct gm_socket socket;
    struct gm_calls *calls;
    struct watcher *watchers;
    unsigned watcher_count;
    struct gm_position written;  /* by this client, all zero: nothing */
    struct gm_endpoint endpoint; /* that the socket is connected to, "" none */
    bool is_up;                  /* there is a connection */
    bool is_full;                /* the socket takes nothing now, and there is more */
    int64_t look_ms;             /* while it is not up: when to look at the file again */
};

GM_CHECKED enum gm_status link_open(struct gm_context *context,
                                    const struct gm_client_service *service, unsigned in_flight_max,
                                    uint64_t seed, struct link *ret_link);
void link_close(struct link *link);

/* Notices that the connection was made or has ended, and looks for the service where there is none.
 */
void link_look(struct link *link, int64_t now_ms);
/* Sends what is to be sent, as far as the socket takes it. */
void link_send(struct link *link, int64_t now_ms);
int64_t link_wake_ms(const struct link *link);

GM_CHECKED enum gm_status link_watch(struct link *link, const struct gm_subscription_config *config,
                                     gm_client_heard *heard, uint64_t seed,
                                     const struct gm_subscription **ret_subscription);
void link_unwatch(struct link *link, struct watcher *watcher);
