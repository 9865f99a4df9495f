/* client/client.h - speaks to services: one API for the command line, tools, tests and benches.
 * Calls by method descriptor (wire/method.h) and message, one after the other or many at once;
 * subscriptions. It knows nothing of what the methods mean.
 *
 * A service is found by the file `endpoint` in its data folder, read again while it cannot be
 * reached, so that one which restarts on another port is found. What a call does when nobody
 * answers stands in client/call.h. Queries name the positions of this client's earlier writes (at
 * their own service and at those that it follows), so they are answered from a state that includes
 * them.
 *
 * One thread. Everything happens inside gm_client_run and gm_client_call: they send, receive and
 * call back. A callback may submit and subscribe; it may not run, call or close. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "client/call.h"
#include "client/subscription.h"

enum {
    GM_CLIENT_SERVICES_MAX = 8,
    GM_CLIENT_SUBSCRIPTIONS_MAX = 16, /* to one service */
    GM_CLIENT_LOOK_MS = 200, /* between two looks at the file of a service that is not reached */
};

struct gm_client_service {
    const char *name;                          /* as in the method table: "catalog" */
    const char *folder;                        /* its data folder; or NULL, and */
    const char *endpoint;                      /* where it listens: 127.0.0.1:40123 */
    const char *follows[GM_POSITIONS_MAX - 1]; /* names of services whose positions it knows */
};

/* Borrowed for the life of the client: names, folders and endpoints. */
struct gm_client_config {
    const struct gm_client_service *services;
    size_t service_count;
    struct gm_call_options defaults; /* of calls that state no options; the member also of those
                                      * that state none */
    unsigned in_flight_max;          /* per service; 0: GM_IN_FLIGHT_MEMBER */
    uint64_t seed;                   /* of command ids and jitter; 0: the system's randomness */
};

struct gm_client;

/* Waits for nobody. GM_MALFORMED: an endpoint that is none; GM_REFUSED, GM_NO_SPACE, GM_IO: as
 * gm_context_open and gm_socket_open. */
GM_CHECKED enum gm_status gm_client_open(const struct gm_client_config *config,
                                         struct gm_client **ret_client);
void gm_client_close(struct gm_client *client); /* forgets what is under way; accepts NULL */

/* ---- calls ---- */

/* Calls, and waits for the outcome; others that are under way go on meanwhile. service: by name,
 * NULL: the method's own. options: NULL: the defaults. GM_OK with the outcome, whatever it is; its
 * reply and sentence live until the next gm_client_call. GM_NOT_FOUND: no such service in the
 * config; GM_TOO_LARGE, GM_BUSY, GM_NO_SPACE: as gm_calls_submit. */
GM_CHECKED enum gm_status gm_client_call(struct gm_client *client, const char *service,
                                         const struct gm_method *method,
                                         const ProtobufCMessage *message,
                                         const struct gm_call_options *options,
                                         struct gm_outcome *ret_outcome);

/* The outcome is borrowed for the call; its context is that of the options. */
typedef void gm_client_done(void *context, const struct gm_outcome *outcome);

/* Begins a call; done is called once, later. The same statuses. */
GM_CHECKED enum gm_status gm_client_submit(struct gm_client *client, const char *service,
                                           const struct gm_method *method,
                                           const ProtobufCMessage *message,
                                           const struct gm_call_options *options,
                                           gm_client_done *done);
/* The same with a message that is packed. */
GM_CHECKED enum gm_status gm_client_submit_bytes(struct gm_client *client, const char *service,
                                                 const struct gm_method *method,
                                                 struct gm_bytes body,
                                                 const struct gm_call_options *options,
                                                 gm_client_done *done);

unsigned gm_client_calls(const struct gm_client *client); /* submitted and not done */

/* Works until something was called back (GM_OK) or timeout_ms are over (GM_TIMEOUT; -1: no limit;
 * 0: what is there now). GM_END: there is no call and no subscription. */
GM_CHECKED enum gm_status gm_client_run(struct gm_client *client, int timeout_ms);

/* ---- subscriptions ---- */

/* chunk: entries in order, each once; borrowed for the call. NULL: the subscription is over, for
 * subscription->reason; it is freed after the call. */
typedef void gm_client_heard(void *context, const struct gm_subscription *subscription,
                             const Wire__StreamChunk *chunk);

/* Follows a service's stream. *ret_subscription is the client's; it ends with gm_client_unsubscribe
 * or the client. GM_NOT_FOUND, GM_BUSY (GM_CLIENT_SUBSCRIPTIONS_MAX), GM_NO_SPACE. */
GM_CHECKED enum gm_status gm_client_subscribe(struct gm_client *client, const char *service,
                                              const struct gm_subscription_config *config,
                                              gm_client_heard *heard,
                                              const struct gm_subscription **ret_subscription);
/* Not from within its own callback. */
void gm_client_unsubscribe(struct gm_client *client, const struct gm_subscription *subscription);
