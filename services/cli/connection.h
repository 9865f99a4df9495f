/* cli/connection.h - the one place where gomnet meets the services: over the client library in the
 * program, over hosts in the same process in tests. */
#pragma once

#include "client/client.h"

struct cli_connection {
    /* As gm_client_submit_bytes, gm_client_run, gm_client_subscribe and gm_client_unsubscribe. */
    enum gm_status (*submit)(struct cli_connection *connection, const char *service,
                             const struct gm_method *method, struct gm_bytes body,
                             const struct gm_call_options *options, gm_client_done *done);
    enum gm_status (*run)(struct cli_connection *connection, int timeout_ms);
    enum gm_status (*subscribe)(struct cli_connection *connection, const char *service,
                                const struct gm_subscription_config *config, gm_client_heard *heard,
                                const struct gm_subscription **ret_subscription);
    void (*unsubscribe)(struct cli_connection *connection,
                        const struct gm_subscription *subscription);
    void (*close)(struct cli_connection *connection);
};

/* The names of all services, ends with NULL. */
extern const char *const cli_services[];

/* Finds the services by their endpoint files below the data folder; waits for nobody. */
GM_CHECKED enum gm_status cli_connection_open(const char *data,
                                              struct cli_connection **ret_connection);
void cli_connection_close(struct cli_connection *connection); /* accepts NULL */
