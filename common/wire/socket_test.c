#include "wire/socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A service, and what speaks to it over loopback. */
struct pair {
    struct gm_context *context;
    struct gm_socket router;
    struct gm_socket dealer;
    struct gm_socket other; /* closed in tear_down: an open one makes the context wait */
    struct gm_endpoint endpoint;
};

enum { IN_FLIGHT = 4 };

static struct gm_endpoint endpoint_of(const char *text)
{
    struct gm_endpoint endpoint;
    assert_int_equal(gm_endpoint_parse(text, &endpoint), GM_OK);
    return endpoint;
}

static void connect_to(struct pair *pair, struct gm_socket *ret_dealer)
{
    assert_int_equal(gm_socket_open(pair->context, GM_SOCKET_DEALER, IN_FLIGHT, ret_dealer), GM_OK);
    assert_int_equal(gm_socket_connect(ret_dealer, &pair->endpoint), GM_OK);
}

static int set_up(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    assert_int_equal(gm_context_open(&pair->context), GM_OK);
    assert_int_equal(gm_socket_open(pair->context, GM_SOCKET_ROUTER, IN_FLIGHT, &pair->router),
                     GM_OK);
    const struct gm_endpoint any = endpoint_of("127.0.0.1:0");
    assert_int_equal(gm_socket_bind(&pair->router, &any, &pair->endpoint), GM_OK);
    connect_to(pair, &pair->dealer);
    *state = pair;
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;
    gm_socket_close(&pair->other);
    gm_socket_close(&pair->dealer);
    gm_socket_close(&pair->router);
    gm_context_close(pair->context);
    free(pair);
    return 0;
}

/* Waits until the socket has something to say, however long that takes: the test has a time limit.
 */
static struct gm_wait wait_for(struct gm_socket *socket, bool want_send)
{
    struct gm_wait wait = {.socket = socket, .want_send = want_send};
    while (!wait.can_receive && !wait.can_send && !wait.link) {
        assert_int_equal(gm_wait(&wait, 1, -1), GM_OK);
    }
    return wait;
}

static void send_text(struct gm_socket *socket, const struct gm_peer *peer, const char *header,
                      const char *body)
{
    enum gm_status status;
    while ((status = gm_socket_send(socket, peer, gm_bytes_of_text(header),
                                    gm_bytes_of_text(body))) == GM_BUSY) {
        struct gm_wait wait = {.socket = socket, .want_send = true};
        assert_int_equal(gm_wait(&wait, 1, -1), GM_OK);
        for (bool up; wait.link && gm_socket_link(socket, &up) == GM_OK;)
            continue;
    }
    assert_int_equal(status, GM_OK);
}

static enum gm_status receive(struct gm_socket *socket, struct gm_inbound *ret_inbound)
{
    for (;;) {
        const enum gm_status status = gm_socket_receive(socket, ret_inbound);
        if (status != GM_END) return status;
        struct gm_wait wait = wait_for(socket, false);
        for (bool up; wait.link && gm_socket_link(socket, &up) == GM_OK;)
            continue;
    }
}

static void expect_text(struct gm_socket *socket, const char *header, const char *body,
                        struct gm_peer *ret_peer)
{
    struct gm_inbound inbound;
    assert_int_equal(receive(socket, &inbound), GM_OK);
    assert_int_equal(inbound.frames.count, 2);
    assert_true(gm_bytes_equal(inbound.frames.header, gm_bytes_of_text(header)));
    assert_true(gm_bytes_equal(inbound.frames.body, gm_bytes_of_text(body)));
    if (ret_peer != NULL) *ret_peer = inbound.peer;
    gm_inbound_release(&inbound);
}

static void a_request_goes_to_the_service_and_its_reply_back(void **state)
{
    struct pair *pair = *state;
    struct gm_peer peer;
    send_text(&pair->dealer, NULL, "header", "body");
    expect_text(&pair->router, "header", "body", &peer);
    assert_int_equal(peer.size, 5);
    send_text(&pair->router, &peer, "reply", "");
    expect_text(&pair->dealer, "reply", "", NULL);
    assert_int_equal(pair->router.counts.received, 1);
    assert_int_equal(pair->router.counts.sent, 1);
    struct gm_inbound inbound;
    assert_int_equal(gm_socket_receive(&pair->router, &inbound), GM_END);
    assert_int_equal(gm_socket_receive(&pair->dealer, &inbound), GM_END);
}

/* As a peer that does not keep to two frames. */
static void send_frames(struct gm_socket *dealer, int count)
{
    const struct gm_wait wait = wait_for(dealer, true);
    if (!wait.can_send) {
        bool up;
        assert_int_equal(gm_socket_link(dealer, &up), GM_OK);
        send_frames(dealer, count);
        return;
    }
    for (int i = 0; i < count; i++) {
        const char frame = (char)('a' + i % 26);
        assert_int_equal(zmq_send(dealer->zmq, &frame, 1, i + 1 < count ? ZMQ_SNDMORE : 0), 1);
    }
}

static void surplus_frames_are_drained_and_counted(void **state)
{
    struct pair *pair = *state;
    static const int counts[] = {1, 3, 4, 5000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        send_frames(&pair->dealer, counts[i]);
        send_text(&pair->dealer, NULL, "header", "body");
        struct gm_inbound inbound;
        assert_int_equal(receive(&pair->router, &inbound), GM_OK);
        assert_int_equal(inbound.frames.count, counts[i]);
        assert_true(gm_bytes_equal(inbound.frames.header, gm_bytes_of_text("a")));
        assert_true(
            gm_bytes_equal(inbound.frames.body, gm_bytes_of_text(counts[i] > 1 ? "b" : "")));
        assert_int_equal(inbound.peer.size, 5);
        gm_inbound_release(&inbound);
        expect_text(&pair->router, "header", "body", NULL);
        assert_int_equal(pair->router.counts.odd, i + 1);
    }
}

static void a_peer_with_a_long_routing_id_is_not_heard(void **state)
{
    struct pair *pair = *state;
    for (size_t size = 15; size <= 16; size++) {
        assert_int_equal(gm_socket_open(pair->context, GM_SOCKET_DEALER, IN_FLIGHT, &pair->other),
                         GM_OK);
        assert_int_equal(zmq_setsockopt(pair->other.zmq, ZMQ_ROUTING_ID, "sixteen bytes id", size),
                         0);
        assert_int_equal(gm_socket_connect(&pair->other, &pair->endpoint), GM_OK);
        send_text(&pair->other, NULL, "header", "body");
        struct gm_inbound inbound;
        const enum gm_status status = receive(&pair->router, &inbound);
        assert_int_equal(status, size > GM_PEER_BYTES_MAX ? GM_TOO_LARGE : GM_OK);
        if (status == GM_OK) {
            assert_int_equal(inbound.peer.size, 15);
            assert_memory_equal(inbound.peer.id, "sixteen bytes i", 15);
            gm_inbound_release(&inbound);
        }
        gm_socket_close(&pair->other);
    }
    assert_int_equal(pair->router.counts.long_peers, 1);
    send_text(&pair->dealer, NULL, "header", "body");
    expect_text(&pair->router, "header", "body", NULL);
}

static void a_reply_to_a_peer_that_has_gone_is_counted_and_nothing_else(void **state)
{
    struct pair *pair = *state;
    struct gm_peer gone;
    connect_to(pair, &pair->other);
    send_text(&pair->other, NULL, "header", "body");
    expect_text(&pair->router, "header", "body", &gone);
    gm_socket_close(&pair->other);

    enum gm_status status;
    do { /* until the service has noticed */
        status = gm_socket_send(&pair->router, &gone, gm_bytes_of_text("reply"),
                                gm_bytes_of_text("too late"));
        struct gm_wait wait = {.socket = &pair->router};
        if (status != GM_UNAVAILABLE) gm_ignore(gm_wait(&wait, 1, 1), "nothing will come");
    } while (status != GM_UNAVAILABLE);
    assert_int_equal(pair->router.counts.unreachable, 1);

    struct gm_peer peer;
    send_text(&pair->dealer, NULL, "header", "body");
    expect_text(&pair->router, "header", "body", &peer);
    send_text(&pair->router, &peer, "reply", "");
    expect_text(&pair->dealer, "reply", "", NULL);
}

static void a_peer_that_does_not_read_is_busy_and_harms_nobody(void **state)
{
    struct pair *pair = *state;
    struct gm_peer peer;
    connect_to(pair, &pair->other);
    send_text(&pair->other, NULL, "header", "body");
    expect_text(&pair->router, "header", "body", &peer);

    static const uint8_t body[64 * 1024];
    unsigned taken = 0;
    while (gm_socket_send(&pair->router, &peer, gm_bytes_of_text("h"),
                          gm_bytes(body, sizeof body)) == GM_OK) {
        taken++;
        assert_true(taken < 10000);
    }
    assert_true(taken >= (unsigned)2 * IN_FLIGHT);
    assert_int_equal(pair->router.counts.full, 1);

    send_text(&pair->dealer, NULL, "header", "body");
    expect_text(&pair->router, "header", "body", &peer);
    send_text(&pair->router, &peer, "reply", "");
    expect_text(&pair->dealer, "reply", "", NULL);
    gm_socket_close(&pair->other);
}

static bool next_link(struct gm_socket *dealer)
{
    bool up;
    enum gm_status status;
    while ((status = gm_socket_link(dealer, &up)) == GM_END) {
        while (!wait_for(dealer, false).link)
            continue;
    }
    assert_int_equal(status, GM_OK);
    return up;
}

static void a_frame_over_the_limit_ends_its_connection_alone(void **state)
{
    struct pair *pair = *state;
    connect_to(pair, &pair->other);
    assert_true(next_link(&pair->other));
    uint8_t *body = calloc(1, GM_MESSAGE_BYTES_MAX + 1);
    struct gm_inbound inbound;

    assert_int_equal(gm_socket_send(&pair->other, NULL, gm_bytes_of_text("header"),
                                    gm_bytes(body, GM_MESSAGE_BYTES_MAX)),
                     GM_OK);
    assert_int_equal(receive(&pair->router, &inbound), GM_OK);
    assert_int_equal(inbound.frames.body.size, GM_MESSAGE_BYTES_MAX);
    gm_inbound_release(&inbound);

    assert_int_equal(gm_socket_send(&pair->other, NULL, gm_bytes_of_text("header"),
                                    gm_bytes(body, GM_MESSAGE_BYTES_MAX + 1)),
                     GM_OK);
    assert_false(next_link(&pair->other));
    send_text(&pair->dealer, NULL, "header", "body");
    expect_text(&pair->router, "header", "body", NULL);
    gm_socket_close(&pair->other);
    free(body);
}

static void a_dealer_is_told_when_its_service_goes_and_when_it_is_back(void **state)
{
    struct pair *pair = *state;
    assert_true(next_link(&pair->dealer));
    gm_socket_close(&pair->router);
    assert_false(next_link(&pair->dealer));

    /* Who was never connected keeps its messages. */
    connect_to(pair, &pair->other);
    assert_int_equal(gm_socket_send(&pair->other, NULL, gm_bytes_of_text("h"), gm_bytes(NULL, 0)),
                     GM_BUSY);
    assert_int_equal(pair->other.counts.full, 1);

    assert_int_equal(gm_socket_open(pair->context, GM_SOCKET_ROUTER, IN_FLIGHT, &pair->router),
                     GM_OK);
    const struct gm_endpoint same = pair->endpoint;
    enum gm_status status; /* until the system has freed the port */
    while ((status = gm_socket_bind(&pair->router, &same, &pair->endpoint)) == GM_BUSY)
        continue;
    assert_int_equal(status, GM_OK);
    assert_true(next_link(&pair->dealer));
    assert_true(next_link(&pair->other));
    send_text(&pair->dealer, NULL, "header", "body");
    expect_text(&pair->router, "header", "body", NULL);
    gm_socket_close(&pair->other);
}

static void a_service_is_bound_to_loopback_and_a_free_port_alone(void **state)
{
    struct pair *pair = *state;
    struct gm_endpoint bound = {"untouched"};
    assert_int_equal(gm_socket_open(pair->context, GM_SOCKET_ROUTER, IN_FLIGHT, &pair->other),
                     GM_OK);
    assert_int_equal(strncmp(pair->endpoint.text, "tcp://127.0.0.1:", 16), 0);
    assert_string_not_equal(pair->endpoint.text, "tcp://127.0.0.1:0");

    const struct gm_endpoint everywhere = endpoint_of("0.0.0.0:0");
    assert_int_equal(gm_socket_bind(&pair->other, &everywhere, &bound), GM_REFUSED);
    assert_int_equal(gm_socket_bind(&pair->other, &pair->endpoint, &bound), GM_BUSY);
    assert_string_equal(bound.text, "untouched");
    const struct gm_endpoint any = endpoint_of("127.0.0.1:0");
    assert_int_equal(gm_socket_connect(&pair->dealer, &any), GM_MALFORMED);
    gm_socket_close(&pair->other);
}

static void every_option_of_the_table_is_set(void **state)
{
    struct pair *pair = *state;
    const struct {
        struct gm_socket *socket;
        int option, value;
    } rows[] = {
        {&pair->router, ZMQ_SNDHWM, 2 * IN_FLIGHT},
        {&pair->dealer, ZMQ_RCVHWM, 2 * IN_FLIGHT},
        {&pair->router, ZMQ_LINGER, GM_SOCKET_LINGER_MS},
        {&pair->router, ZMQ_HANDSHAKE_IVL, 5000},
        {&pair->router, ZMQ_HEARTBEAT_IVL, 5000},
        {&pair->dealer, ZMQ_HEARTBEAT_TIMEOUT, 15000},
        {&pair->router, ZMQ_TCP_KEEPALIVE, 1},
        {&pair->router, ZMQ_BACKLOG, 1024},
        {&pair->dealer, ZMQ_IMMEDIATE, 1},
        {&pair->dealer, ZMQ_RECONNECT_IVL, 50},
        {&pair->dealer, ZMQ_RECONNECT_IVL_MAX, 2000},
        {&pair->router, ZMQ_SNDTIMEO, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int value = -1;
        size_t size = sizeof value;
        assert_int_equal(zmq_getsockopt(rows[i].socket->zmq, rows[i].option, &value, &size), 0);
        assert_int_equal(value, rows[i].value);
    }
    int64_t frame_max = 0;
    size_t size = sizeof frame_max;
    assert_int_equal(zmq_getsockopt(pair->router.zmq, ZMQ_MAXMSGSIZE, &frame_max, &size), 0);
    assert_int_equal(frame_max, GM_MESSAGE_BYTES_MAX);
}

static void waiting_ends_with_a_descriptor_or_with_its_time(void **state)
{
    struct pair *pair = *state;
    const int fd = eventfd(0, EFD_NONBLOCK);
    assert_true(fd >= 0);
    struct gm_wait waits[] = {{.socket = &pair->router}, {.fd = fd}};
    assert_int_equal(gm_wait(waits, 2, 0), GM_TIMEOUT);
    assert_false(waits[0].can_receive || waits[1].can_receive);

    const uint64_t one = 1;
    assert_int_equal(write(fd, &one, sizeof one), sizeof one);
    assert_int_equal(gm_wait(waits, 2, -1), GM_OK);
    assert_false(waits[0].can_receive);
    assert_true(waits[1].can_receive);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_goes_to_the_service_and_its_reply_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(surplus_frames_are_drained_and_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_peer_with_a_long_routing_id_is_not_heard, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_reply_to_a_peer_that_has_gone_is_counted_and_nothing_else,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_does_not_read_is_busy_and_harms_nobody, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_frame_over_the_limit_ends_its_connection_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_dealer_is_told_when_its_service_goes_and_when_it_is_back,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_service_is_bound_to_loopback_and_a_free_port_alone,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_option_of_the_table_is_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_ends_with_a_descriptor_or_with_its_time, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
