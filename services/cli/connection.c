#include "cli/connection.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"

enum { SERVICE_COUNT = 3 };

const char *const cli_services[] = {"catalog", "matching", "order", NULL};

struct over_sockets {
    struct cli_connection base;
    struct gm_client *client;
    struct gm_client_service services[SERVICE_COUNT];
    char folders[SERVICE_COUNT][GM_PATH_MAX];
};

static struct gm_client *client_of(struct cli_connection *connection)
{
    return ((struct over_sockets *)connection)->client;
}

static enum gm_status submit(struct cli_connection *connection, const char *service,
                             const struct gm_method *method, struct gm_bytes body,
                             const struct gm_call_options *options, gm_client_done *done)
{
    return gm_client_submit_bytes(client_of(connection), service, method, body, options, done);
}

static enum gm_status run(struct cli_connection *connection, int timeout_ms)
{
    return gm_client_run(client_of(connection), timeout_ms);
}

static enum gm_status subscribe(struct cli_connection *connection, const char *service,
                                const struct gm_subscription_config *config, gm_client_heard *heard,
                                const struct gm_subscription **ret_subscription)
{
    return gm_client_subscribe(client_of(connection), service, config, heard, ret_subscription);
}

static void unsubscribe(struct cli_connection *connection,
                        const struct gm_subscription *subscription)
{
    gm_client_unsubscribe(client_of(connection), subscription);
}

static void close_client(struct cli_connection *connection)
{
    gm_client_close(client_of(connection));
    free(connection);
}

enum gm_status cli_connection_open(const char *data, struct cli_connection **ret_connection)
{
    GM_CLEANUP(gm_freep) struct over_sockets *connection = calloc(1, sizeof *connection);
    if (connection == NULL) return GM_NO_SPACE;
    connection->base = (struct cli_connection){
        .submit = submit,
        .run = run,
        .subscribe = subscribe,
        .unsubscribe = unsubscribe,
        .close = close_client,
    };
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        const enum gm_status status = gm_path_join(data, cli_services[i], connection->folders[i]);
        if (status != GM_OK) return status;
        connection->services[i] =
            (struct gm_client_service){.name = cli_services[i], .folder = connection->folders[i]};
    }
    /* Matching follows the catalog: who publishes and then searches sees the piece. */
    connection->services[1].follows[0] = cli_services[0];
    const struct gm_client_config config = {.services = connection->services,
                                            .service_count = SERVICE_COUNT};
    const enum gm_status status = gm_client_open(&config, &connection->client);
    if (status != GM_OK) return status;
    *ret_connection = &gm_steal(&connection)->base;
    return GM_OK;
}

void cli_connection_close(struct cli_connection *connection)
{
    if (connection != NULL) connection->close(connection);
}
