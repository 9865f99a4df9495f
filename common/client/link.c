#include "client/link.h"

#include <stdlib.h>

#include "base/assert.h"

/* ---- open and close ---- */

static enum gm_status connect_to(struct link *link, const struct gm_endpoint *endpoint)
{
    if (strcmp(link->endpoint.text, endpoint->text) == 0) return GM_OK;
    if (link->endpoint.text[0] != '\0') gm_socket_disconnect(&link->socket, &link->endpoint);
    link->endpoint = (struct gm_endpoint){0};
    const enum gm_status status = gm_socket_connect(&link->socket, endpoint);
    if (status == GM_OK) link->endpoint = *endpoint;
    return status;
}

enum gm_status link_open(struct gm_context *context, const struct gm_client_service *service,
                         unsigned in_flight_max, uint64_t seed, struct link *ret_link)
{
    struct link link = {.service = service};
    enum gm_status status = gm_socket_open(context, GM_SOCKET_DEALER, in_flight_max, &link.socket);
    if (status != GM_OK) return status;
    link.calls = gm_calls_new(seed, in_flight_max);
    if (link.calls == NULL) status = GM_NO_SPACE;
    if (status == GM_OK && service->folder == NULL) {
        struct gm_endpoint endpoint;
        status = gm_endpoint_parse(service->endpoint, &endpoint);
        if (status == GM_OK) status = connect_to(&link, &endpoint);
    }
    if (status != GM_OK) {
        link_close(&link);
        return status;
    }
    *ret_link = link;
    return GM_OK;
}

void link_close(struct link *link)
{
    while (link->watchers != NULL)
        link_unwatch(link, link->watchers);
    gm_calls_free(link->calls);
    gm_socket_close(&link->socket);
}

/* ---- is there anybody? ---- */

static void disconnected(struct link *link, int64_t now_ms)
{
    link->is_up = false;
    gm_calls_disconnected(link->calls);
    for (struct watcher *watcher = link->watchers; watcher != NULL; watcher = watcher->next) {
        gm_subscription_disconnected(&watcher->subscription, now_ms);
    }
}

void link_look(struct link *link, int64_t now_ms)
{
    bool up;
    while (gm_socket_link(&link->socket, &up) == GM_OK) {
        if (!up) disconnected(link, now_ms);
        link->is_up = up;
    }
    if (link->is_up || link->service->folder == NULL || now_ms < link->look_ms) return;
    struct gm_endpoint endpoint;
    if (gm_endpoint_read(link->service->folder, &endpoint) == GM_OK) {
        gm_ignore(connect_to(link, &endpoint), "looked at again before long");
    }
    link->look_ms = now_ms + GM_CLIENT_LOOK_MS;
}

/* ---- send ---- */

/* False: the socket takes nothing now. */
static bool send_streams(struct link *link, int64_t now_ms)
{
    struct gm_subscription_message message;
    for (struct watcher *watcher = link->watchers; watcher != NULL; watcher = watcher->next) {
        struct gm_subscription *subscription = &watcher->subscription;
        while (gm_subscription_output(subscription, link->calls, now_ms, &message)) {
            const enum gm_status status =
                gm_socket_send(&link->socket, NULL, gm_bytes(message.header, message.header_bytes),
                               gm_bytes(message.body, message.body_bytes));
            if (status == GM_OK) continue;
            gm_subscription_disconnected(subscription, now_ms);
            return false;
        }
    }
    return true;
}

static bool send_calls(struct link *link, int64_t now_ms)
{
    struct gm_bytes header, body;
    while (gm_calls_output(link->calls, now_ms, &header, &body)) {
        if (gm_socket_send(&link->socket, NULL, header, body) == GM_OK) continue;
        gm_calls_unsent(link->calls);
        return false;
    }
    return true;
}

void link_send(struct link *link, int64_t now_ms)
{
    /* Without a connection the socket takes nothing (ZMQ_IMMEDIATE); the link event wakes us. */
    link->is_full = link->is_up && !(send_streams(link, now_ms) && send_calls(link, now_ms));
}

int64_t link_wake_ms(const struct link *link)
{
    int64_t wake_ms = gm_calls_wake_ms(link->calls);
    const bool wanted = gm_calls_open(link->calls) > 0 || link->watchers != NULL;
    if (!link->is_up) {
        const bool looks = wanted && link->service->folder != NULL;
        return looks && link->look_ms < wake_ms ? link->look_ms : wake_ms;
    }
    if (link->is_full) return wake_ms;
    for (const struct watcher *watcher = link->watchers; watcher != NULL; watcher = watcher->next) {
        const int64_t due_ms = gm_subscription_wake_ms(&watcher->subscription);
        if (due_ms < wake_ms) wake_ms = due_ms;
    }
    return wake_ms;
}

/* ---- subscriptions ---- */

enum gm_status link_watch(struct link *link, const struct gm_subscription_config *config,
                          gm_client_heard *heard, uint64_t seed,
                          const struct gm_subscription **ret_subscription)
{
    if (link->watcher_count == GM_CLIENT_SUBSCRIPTIONS_MAX) return GM_BUSY;
    struct watcher *watcher = calloc(1, sizeof *watcher);
    if (watcher == NULL) return GM_NO_SPACE;
    watcher->heard = heard;
    gm_subscription_init(&watcher->subscription, config, seed, gm_clock_read_system().monotonic_ms);
    watcher->next = link->watchers;
    link->watchers = watcher;
    link->watcher_count++;
    *ret_subscription = &watcher->subscription;
    return GM_OK;
}

void link_unwatch(struct link *link, struct watcher *watcher)
{
    struct watcher **at = &link->watchers;
    while (*at != watcher)
        at = &(*at)->next;
    *at = watcher->next;
    link->watcher_count--;
    free(watcher);
}
