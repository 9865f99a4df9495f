#include "wire/socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"

/* ---- the context ---- */

struct gm_context {
    void *zmq;
    unsigned opened; /* sockets, so far: names of their monitors */
};

enum {
    IO_THREADS = 1, /* two gain nothing without encryption, measured */
    /* The oldest libzmq with the fixes of CVE-2019-13132 and CVE-2020-15166; what Debian 12 has. */
    VERSION_MIN = 40304,
};

enum gm_status gm_context_open(struct gm_context **ret_context)
{
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    if (major * 10000 + minor * 100 + patch < VERSION_MIN) return GM_REFUSED;

    struct gm_context *context = calloc(1, sizeof *context);
    if (context == NULL) return GM_NO_SPACE;
    context->zmq = zmq_ctx_new();
    if (context->zmq == NULL) {
        free(context);
        return GM_NO_SPACE;
    }
    const bool set = zmq_ctx_set(context->zmq, ZMQ_IO_THREADS, IO_THREADS) == 0 &&
                     zmq_ctx_set(context->zmq, ZMQ_MAX_SOCKETS, GM_SOCKETS_MAX) == 0;
    GM_ASSERT(set);
    *ret_context = context;
    return GM_OK;
}

void gm_context_close(struct gm_context *context)
{
    if (context == NULL) return;
    while (zmq_ctx_term(context->zmq) != 0 && errno == EINTR)
        continue;
    free(context);
}

/* ---- options: all of them, for every socket ---- */

enum { ON_ROUTER = 1, ON_DEALER = 2, ON_BOTH = ON_ROUTER | ON_DEALER };
enum { SECOND_MS = 1000 };

static const struct option {
    int name;
    int value;
    int on;
} options[] = {
    /* A SIGTERM ends the process in time though a peer does not read: what was acked is in the
     * journal, and clients ask again. */
    {ZMQ_LINGER, GM_SOCKET_LINGER_MS, ON_BOTH},
    /* A TCP connection that never speaks ZMTP is closed; the default is 30 s. */
    {ZMQ_HANDSHAKE_IVL, 5 * SECOND_MS, ON_BOTH},
    /* Both ends notice within 15 s that the other is gone without a word (power, network), and free
     * its queues and descriptor. */
    {ZMQ_HEARTBEAT_IVL, 5 * SECOND_MS, ON_BOTH},
    {ZMQ_HEARTBEAT_TIMEOUT, 15 * SECOND_MS, ON_BOTH},
    {ZMQ_HEARTBEAT_TTL, 15 * SECOND_MS, ON_BOTH},
    /* The same below ZMTP, for a peer whose heartbeats are off. */
    {ZMQ_TCP_KEEPALIVE, 1, ON_BOTH},
    {ZMQ_TCP_KEEPALIVE_IDLE, 60, ON_BOTH}, /* seconds, like the next */
    {ZMQ_TCP_KEEPALIVE_INTVL, 10, ON_BOTH},
    {ZMQ_TCP_KEEPALIVE_CNT, 3, ON_BOTH},
    /* Connections that wait to be accepted: all clients of a service that has just restarted. The
     * kernel caps it by net.core.somaxconn (4,096). How many may be connected is bounded by the
     * process's descriptors (RLIMIT_NOFILE). */
    {ZMQ_BACKLOG, 1024, ON_ROUTER},
    /* A reply to who is gone is an error that we count; without it, silence. */
    {ZMQ_ROUTER_MANDATORY, 1, ON_ROUTER},
    /* Requests wait with their sender, who knows their deadlines, not in a queue to a connection
     * that is not up. */
    {ZMQ_IMMEDIATE, 1, ON_DEALER},
    /* A service that restarts is found again at once, one that stays away is not hammered. */
    {ZMQ_RECONNECT_IVL, 50, ON_DEALER},
    {ZMQ_RECONNECT_IVL_MAX, 2 * SECOND_MS, ON_DEALER},
    /* A ROUTER that waits for a full peer, which then leaves, hangs for ever (libzmq issue 4665).
     * Every call says DONTWAIT; should one forget it, it fails and does not hang. */
    {ZMQ_SNDTIMEO, 0, ON_BOTH},
    {ZMQ_RCVTIMEO, 0, ON_BOTH},
};
/* Set beside these: ZMQ_SNDHWM and ZMQ_RCVHWM to twice the requests in flight, so that nobody who
 * keeps to the limit meets a full queue (64 would have dropped 960 of 1,024 replies that one sync
 * released), and ZMQ_MAXMSGSIZE to GM_MESSAGE_BYTES_MAX: a peer that announces a larger frame is
 * disconnected before memory is taken. Left as they are: ZMQ_ROUTER_HANDOVER (off, else anybody
 * could take over a routing id), ZMQ_IPV6 (off). */

static bool set_options(void *zmq, enum gm_socket_kind kind, unsigned in_flight_max)
{
    const int mask = kind == GM_SOCKET_ROUTER ? ON_ROUTER : ON_DEALER;
    const int high_water = 2 * (int)in_flight_max;
    const int64_t frame_max = GM_MESSAGE_BYTES_MAX;
    bool set = zmq_setsockopt(zmq, ZMQ_SNDHWM, &high_water, sizeof high_water) == 0 &&
               zmq_setsockopt(zmq, ZMQ_RCVHWM, &high_water, sizeof high_water) == 0 &&
               zmq_setsockopt(zmq, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max) == 0;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if ((options[i].on & mask) == 0) continue;
        const int value = options[i].value;
        set = set && zmq_setsockopt(zmq, options[i].name, &value, sizeof value) == 0;
    }
    return set;
}

/* ---- sockets ---- */

/* What zmq_errno says, where the caller knows nothing better. */
static enum gm_status status_of_zmq(void)
{
    switch (zmq_errno()) {
    case EADDRINUSE:
        return GM_BUSY;
    case EACCES:
    case EPERM:
    case EADDRNOTAVAIL:
    case ENODEV:
        return GM_REFUSED;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return GM_NO_SPACE;
    case EINVAL:
    case EPROTONOSUPPORT:
    case ENOCOMPATPROTO:
        return GM_MALFORMED;
    case EAGAIN:
        return GM_BUSY;
    case EHOSTUNREACH:
        return GM_UNAVAILABLE;
    default:
        return GM_IO;
    }
}

/* Connected and disconnected, told over a PAIR of its own. */
static void *open_monitor(struct gm_context *context, void *zmq)
{
    char name[64];
    snprintf(name, sizeof name, "inproc://link-%u", context->opened);
    const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED;
    const int no_linger = 0;
    void *monitor = zmq_socket(context->zmq, ZMQ_PAIR);
    const bool watching = monitor != NULL && zmq_socket_monitor(zmq, name, events) == 0 &&
                          zmq_setsockopt(monitor, ZMQ_LINGER, &no_linger, sizeof no_linger) == 0 &&
                          zmq_connect(monitor, name) == 0;
    if (watching) return monitor;
    if (monitor != NULL) zmq_close(monitor);
    return NULL;
}

enum gm_status gm_socket_open(struct gm_context *context, enum gm_socket_kind kind,
                              unsigned in_flight_max, struct gm_socket *ret_socket)
{
    GM_ASSERT(in_flight_max > 0 && in_flight_max <= 1 << 20);
    struct gm_socket socket = {.kind = kind};
    context->opened++;
    socket.zmq = zmq_socket(context->zmq, kind == GM_SOCKET_ROUTER ? ZMQ_ROUTER : ZMQ_DEALER);
    bool opened = socket.zmq != NULL && set_options(socket.zmq, kind, in_flight_max);
    if (opened && kind == GM_SOCKET_DEALER) {
        socket.monitor = open_monitor(context, socket.zmq);
        opened = socket.monitor != NULL;
    }
    if (!opened) {
        const enum gm_status status = status_of_zmq();
        gm_socket_close(&socket);
        return status;
    }
    *ret_socket = socket;
    return GM_OK;
}

void gm_socket_close(struct gm_socket *socket)
{
    if (socket == NULL || socket->zmq == NULL) return;
    if (socket->monitor != NULL) {
        (void)zmq_socket_monitor(socket->zmq, NULL, 0); /* ends it */
        zmq_close(socket->monitor);
    }
    zmq_close(socket->zmq);
    socket->zmq = socket->monitor = NULL;
}

enum gm_status gm_socket_bind(struct gm_socket *socket, const struct gm_endpoint *endpoint,
                              struct gm_endpoint *ret_endpoint)
{
    if (gm_endpoint_listen_refusal(endpoint) != NULL) return GM_REFUSED;
    if (zmq_bind(socket->zmq, endpoint->text) != 0) return status_of_zmq();
    struct gm_endpoint bound;
    size_t size = sizeof bound.text;
    if (zmq_getsockopt(socket->zmq, ZMQ_LAST_ENDPOINT, bound.text, &size) != 0) {
        return status_of_zmq();
    }
    *ret_endpoint = bound;
    return GM_OK;
}

enum gm_status gm_socket_connect(struct gm_socket *socket, const struct gm_endpoint *endpoint)
{
    const char *port = strrchr(endpoint->text, ':');
    if (port == NULL || strcmp(port, ":0") == 0)
        return GM_MALFORMED; /* ZeroMQ would try for ever */
    return zmq_connect(socket->zmq, endpoint->text) == 0 ? GM_OK : status_of_zmq();
}

void gm_socket_disconnect(struct gm_socket *socket, const struct gm_endpoint *endpoint)
{
    (void)zmq_disconnect(socket->zmq, endpoint->text); /* ENOENT: it was not connected */
}

enum { EVENT_FRAME_BYTES = 2 + 4 }; /* number, value; the endpoint follows in a frame of its own */

enum gm_status gm_socket_link(struct gm_socket *socket, bool *ret_up)
{
    GM_ASSERT(socket->monitor != NULL);
    uint8_t event[EVENT_FRAME_BYTES];
    char endpoint[1];
    int size;
    while ((size = zmq_recv(socket->monitor, event, sizeof event, ZMQ_DONTWAIT)) < 0) {
        if (errno == EINTR) continue;
        return errno == EAGAIN ? GM_END : GM_IO;
    }
    GM_ASSERT(size == EVENT_FRAME_BYTES);
    (void)zmq_recv(socket->monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
    *ret_up = gm_get_u16(event) == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    return GM_OK;
}

/* ---- receive ---- */

/* One frame into *msg, which is initialised; *ret_more: another one follows. */
static enum gm_status receive_frame(struct gm_socket *socket, zmq_msg_t *msg, bool *ret_more)
{
    while (zmq_msg_recv(msg, socket->zmq, ZMQ_DONTWAIT) < 0) {
        if (errno == EINTR) continue;
        return errno == EAGAIN ? GM_END : GM_IO;
    }
    *ret_more = zmq_msg_more(msg) != 0;
    return GM_OK;
}

/* Frames of a message arrive together: once the first is there, so are the others. */
static enum gm_status drain(struct gm_socket *socket, bool more, unsigned *count)
{
    enum gm_status status = GM_OK;
    while (more && status == GM_OK) {
        zmq_msg_t msg;
        zmq_msg_init(&msg);
        status = receive_frame(socket, &msg, &more);
        zmq_msg_close(&msg);
        if (status == GM_OK && *count < UINT32_MAX) (*count)++;
    }
    return status;
}

/* The frame that a ROUTER puts before the others. GM_TOO_LARGE: see gm_socket_receive. */
static enum gm_status receive_peer(struct gm_socket *socket, struct gm_peer *ret_peer,
                                   bool *ret_more)
{
    zmq_msg_t msg;
    zmq_msg_init(&msg);
    enum gm_status status = receive_frame(socket, &msg, ret_more);
    const size_t size = zmq_msg_size(&msg);
    if (status == GM_OK && size > GM_PEER_BYTES_MAX) {
        unsigned ignored = 0;
        socket->counts.long_peers++;
        status = drain(socket, *ret_more, &ignored);
        if (status == GM_OK) status = GM_TOO_LARGE;
    } else if (status == GM_OK) {
        *ret_peer = (struct gm_peer){.size = (uint8_t)size};
        memcpy(ret_peer->id, zmq_msg_data(&msg), size);
    }
    zmq_msg_close(&msg);
    return status;
}

void gm_inbound_release(struct gm_inbound *inbound)
{
    for (size_t i = 0; i < GM_FRAMES_MAX; i++) {
        zmq_msg_close(&inbound->held[i]);
    }
}

enum gm_status gm_socket_receive(struct gm_socket *socket, struct gm_inbound *ret_inbound)
{
    struct gm_peer peer = {0};
    bool more = true;
    if (socket->kind == GM_SOCKET_ROUTER) {
        const enum gm_status status = receive_peer(socket, &peer, &more);
        if (status != GM_OK) return status;
    }
    unsigned count = 0;
    enum gm_status status = GM_OK;
    for (size_t i = 0; i < GM_FRAMES_MAX; i++) {
        zmq_msg_init(&ret_inbound->held[i]);
    }
    while (more && count < GM_FRAMES_MAX && status == GM_OK) {
        status = receive_frame(socket, &ret_inbound->held[count], &more);
        count += status == GM_OK;
    }
    if (status == GM_OK) status = drain(socket, more, &count);
    if (status != GM_OK) {
        gm_inbound_release(ret_inbound);
        return status;
    }
    ret_inbound->peer = peer;
    ret_inbound->frames = (struct gm_frames){
        .header =
            gm_bytes(zmq_msg_data(&ret_inbound->held[0]), zmq_msg_size(&ret_inbound->held[0])),
        .body = gm_bytes(zmq_msg_data(&ret_inbound->held[1]), zmq_msg_size(&ret_inbound->held[1])),
        .count = count,
    };
    if (count == GM_FRAMES_MAX) {
        socket->counts.received++;
    } else {
        socket->counts.odd++;
    }
    return GM_OK;
}

/* ---- send ---- */

static enum gm_status make_frame(zmq_msg_t *msg, struct gm_bytes frame)
{
    if (zmq_msg_init_size(msg, frame.size) != 0) return GM_NO_SPACE;
    if (frame.size > 0) memcpy(zmq_msg_data(msg), frame.at, frame.size);
    return GM_OK;
}

static enum gm_status send_frame(struct gm_socket *socket, zmq_msg_t *msg, bool more)
{
    while (zmq_msg_send(msg, socket->zmq, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) < 0) {
        if (errno != EINTR) return status_of_zmq();
    }
    return GM_OK;
}

enum gm_status gm_socket_send(struct gm_socket *socket, const struct gm_peer *peer,
                              struct gm_bytes header, struct gm_bytes body)
{
    GM_ASSERT((peer != NULL) == (socket->kind == GM_SOCKET_ROUTER));
    struct gm_bytes frames[1 + GM_FRAMES_MAX];
    size_t count = 0;
    if (peer != NULL) frames[count++] = gm_bytes(peer->id, peer->size);
    frames[count++] = header;
    frames[count++] = body;

    /* All are made before one is sent: a message is whole or not there. */
    zmq_msg_t msgs[1 + GM_FRAMES_MAX];
    size_t made = 0;
    enum gm_status status = GM_OK;
    while (status == GM_OK && made < count) {
        status = make_frame(&msgs[made], frames[made]);
        made += status == GM_OK;
    }
    /* Only the first can meet a full queue; a peer that leaves meanwhile takes what it has with it.
     */
    for (size_t i = 0; status == GM_OK && i < count; i++) {
        status = send_frame(socket, &msgs[i], i + 1 < count);
    }
    for (size_t i = 0; i < made; i++) {
        zmq_msg_close(&msgs[i]); /* empty where it was sent */
    }
    socket->counts.sent += status == GM_OK;
    socket->counts.unreachable += status == GM_UNAVAILABLE;
    socket->counts.full += status == GM_BUSY;
    return status;
}

/* ---- waiting ---- */

static zmq_pollitem_t receiving(void *socket, int fd)
{
    return (zmq_pollitem_t){.socket = socket, .fd = fd, .events = ZMQ_POLLIN};
}

enum gm_status gm_wait(struct gm_wait *waits, size_t count, long timeout_ms)
{
    GM_ASSERT(count <= GM_WAITS_MAX);
    zmq_pollitem_t items[2 * GM_WAITS_MAX]; /* monitors behind the others, in their order */
    int used = 0;
    for (size_t i = 0; i < count; i++) {
        void *socket = waits[i].socket == NULL ? NULL : waits[i].socket->zmq;
        items[used] = receiving(socket, waits[i].fd);
        if (waits[i].want_send) items[used].events |= ZMQ_POLLOUT;
        used++;
    }
    for (size_t i = 0; i < count; i++) {
        const bool watched = waits[i].socket != NULL && waits[i].socket->monitor != NULL;
        if (watched) items[used++] = receiving(waits[i].socket->monitor, 0);
    }
    const int ready = zmq_poll(items, used, timeout_ms);
    if (ready < 0 && errno != EINTR) return GM_IO;

    const zmq_pollitem_t *monitor = items + count;
    for (size_t i = 0; i < count; i++) {
        const short events = ready > 0 ? items[i].revents : 0;
        waits[i].can_receive = (events & (ZMQ_POLLIN | ZMQ_POLLERR)) != 0;
        waits[i].can_send = (events & ZMQ_POLLOUT) != 0;
        waits[i].link = false;
        if (waits[i].socket != NULL && waits[i].socket->monitor != NULL) {
            waits[i].link = ready > 0 && monitor->revents != 0;
            monitor++;
        }
    }
    return ready == 0 ? GM_TIMEOUT : GM_OK;
}
