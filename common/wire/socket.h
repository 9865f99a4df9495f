/* wire/socket.h - ZeroMQ sockets with all their options in one table (socket.c), frames in and out
 * without ever waiting but in gm_wait.
 *
 * A service binds one ROUTER; whoever speaks to it connects a DEALER, one for each service. ZeroMQ
 * keeps no promise across a reconnect: a message that was taken may be lost. Only a reply is an
 * answer, so clients ask again under the same command id. One thread owns all sockets of a context;
 * no fork once there is one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <zmq.h>

#include "base/bytes.h"
#include "base/status.h"
#include "wire/endpoint.h"
#include "wire/envelope.h"
#include "wire/frames.h"

/* ---- the context: one for the process ---- */

struct gm_context;

/* GM_REFUSED: libzmq is older than 4.3.4, which lacks fixes that we rely on. GM_NO_SPACE, GM_IO. */
GM_CHECKED enum gm_status gm_context_open(struct gm_context **ret_context);
/* All sockets are closed before. Waits for what is still to be sent, GM_SOCKET_LINGER_MS at most.
 */
void gm_context_close(struct gm_context *context);

/* ---- sockets ---- */

enum {
    GM_SOCKET_LINGER_MS = 200,
    GM_SOCKETS_MAX = 256, /* of a context; a DEALER takes three */
};

enum gm_socket_kind {
    GM_SOCKET_ROUTER, /* bound by a service, for all who speak to it */
    GM_SOCKET_DEALER, /* connected to one service */
};

/* Since it was opened; a service shows them. */
struct gm_socket_counts {
    uint64_t received;    /* messages of two frames */
    uint64_t sent;        /* messages handed to ZeroMQ */
    uint64_t odd;         /* messages of another number of frames */
    uint64_t long_peers;  /* messages whose routing id is over GM_PEER_BYTES_MAX */
    uint64_t unreachable; /* messages to a peer that has gone */
    uint64_t full;        /* messages to a peer that does not read, or that is not connected yet */
};

struct gm_socket {
    void *zmq;
    void *monitor; /* DEALER: tells whether it is connected */
    enum gm_socket_kind kind;
    struct gm_socket_counts counts;
};

/* in_flight_max: requests under way over one connection of this socket; its queues hold twice as
 * many messages, so that who keeps to the limit never meets a full one. GM_NO_SPACE (too many
 * sockets or files), GM_IO. */
GM_CHECKED enum gm_status gm_socket_open(struct gm_context *context, enum gm_socket_kind kind,
                                         unsigned in_flight_max, struct gm_socket *ret_socket);
void gm_socket_close(struct gm_socket *socket); /* accepts a zeroed one */

/* Listens; port 0 takes any free one. *ret_endpoint is where. GM_REFUSED: not a loopback address
 * (see gm_endpoint_listen_refusal), or the system does not allow it; GM_BUSY: the port is in use.
 */
GM_CHECKED enum gm_status gm_socket_bind(struct gm_socket *socket,
                                         const struct gm_endpoint *endpoint,
                                         struct gm_endpoint *ret_endpoint);
/* Begins to connect, again and again until there is somebody; that nobody is there now is no
 * failure. GM_MALFORMED: port 0. */
GM_CHECKED enum gm_status gm_socket_connect(struct gm_socket *socket,
                                            const struct gm_endpoint *endpoint);
/* Ends the connection to that endpoint; what is queued for it is dropped. */
void gm_socket_disconnect(struct gm_socket *socket, const struct gm_endpoint *endpoint);

/* DEALER: the next time that the connection was made or ended, if there is one: GM_OK or GM_END.
 * What was under way when it ended may be lost. gm_wait wakes for it. */
GM_CHECKED enum gm_status gm_socket_link(struct gm_socket *socket, bool *ret_up);

/* ---- messages ---- */

/* A message as it came; frames borrow from it until release. */
struct gm_inbound {
    struct gm_peer peer; /* who sent it, ROUTER only */
    struct gm_frames frames;
    zmq_msg_t held[GM_FRAMES_MAX];
};

/* The next message, if there is one:
 *   GM_OK           *ret_inbound, to be released; frames.count says how many frames came, the first
 * two are held, the rest was drained GM_END          none now GM_TOO_LARGE    drained whole: its
 * peer chose a routing id of more than GM_PEER_BYTES_MAX bytes and cannot be answered GM_IO the
 * context is going down */
GM_CHECKED enum gm_status gm_socket_receive(struct gm_socket *socket,
                                            struct gm_inbound *ret_inbound);
void gm_inbound_release(struct gm_inbound *inbound);

/* Hands over one message of two frames, both copied; peer is NULL on a DEALER.
 *   GM_OK           ZeroMQ has it; whether it arrives, only an answer says
 *   GM_UNAVAILABLE  that peer has gone
 *   GM_BUSY         its queue is full, or nobody is connected yet
 *   GM_IO           the context is going down */
GM_CHECKED enum gm_status gm_socket_send(struct gm_socket *socket, const struct gm_peer *peer,
                                         struct gm_bytes header, struct gm_bytes body);

/* ---- waiting ---- */

enum { GM_WAITS_MAX = 32 };

struct gm_wait {
    struct gm_socket *socket; /* or, where it is NULL, */
    int fd;
    bool want_send;   /* also when a message could be sent (or the fd written) */
    bool can_receive; /* set by gm_wait, like the next two */
    bool can_send;
    bool link; /* gm_socket_link has something */
};

/* Until one of them is ready, or timeout_ms is over (-1: no limit), or a signal came. GM_OK, with
 * what is ready marked, if anything; GM_TIMEOUT. */
GM_CHECKED enum gm_status gm_wait(struct gm_wait *waits, size_t count, long timeout_ms);
