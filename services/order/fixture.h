/* order/fixture.h - for tests: the order service in a kit, its commands in one line each, and a
 * catalog that answers as it is told. Whatever should not happen fails the test. */
#pragma once

#include "base/arena.h"
#include "order/service.h"
#include "order/state.h"
#include "runtime/kit.h"

extern const struct gm_id fixture_buyer;
extern const struct gm_id fixture_seller;
extern const struct gm_id fixture_stranger;

struct fixture {
    struct gm_kit *kit;
    struct gm_arena arena;         /* of what the functions below return; reset by fixture_reset */
    struct gm_kit_reply reply;     /* to the last command or query */
    struct gm_kit_request request; /* taken last from what the service has sent */
};

struct fixture *fixture_new(uint64_t seed);
void fixture_free(struct fixture *fixture);
void fixture_reset(struct fixture *fixture);

/* Sends; the refusal's reason, or GM_REASON_NONE. A reply comes at once. */
enum gm_reason fixture_call(struct fixture *fixture, struct gm_id member, uint16_t method,
                            const ProtobufCMessage *message, const struct gm_kit_options *options);
/* The last reply's body. */
const Order__OrderReply *fixture_order_reply(struct fixture *fixture);

/* 24 at 85,000 and 6 at 120,000 dong: 2,760,000 in all. May be changed before it is sent. */
Order__PlaceRequest *fixture_place_request(struct fixture *fixture);
enum { FIXTURE_TOTAL = 2760000 };
/* Placed by the buyer. */
struct gm_order_id fixture_place(struct fixture *fixture);

/* A command on an order that exists. */
enum gm_reason fixture_move(struct fixture *fixture, struct gm_id member, uint16_t method,
                            struct gm_order_id order, uint64_t revision);

/* What the service has sent to the catalog: the next is this one; or there is none. */
void fixture_expect(struct fixture *fixture, uint16_t method, struct gm_order_id order);
void fixture_expect_nothing(struct fixture *fixture);
/* The order that the request taken last is about. */
struct gm_order_id fixture_asked(struct fixture *fixture);
/* The catalog's answers to the request taken last. */
void fixture_answer_ok(struct fixture *fixture, struct gm_order_id order);
void fixture_answer_refused(struct fixture *fixture, enum gm_reason reason);

/* A new order, brought to a state by the shortest way, nothing open with the catalog. CANCELLED and
 * REJECTED come from RESERVED. */
struct gm_order_id fixture_order_in(struct fixture *fixture, enum order_state state);

struct order_row fixture_row(struct fixture *fixture, struct gm_order_id order);
/* GetOrder by the buyer. */
const Order__OrderView *fixture_view(struct fixture *fixture, struct gm_order_id order);
void fixture_expect_state(struct fixture *fixture, struct gm_order_id order, enum order_state state,
                          enum order_reservation reservation);
/* The order's last step, as its buyer sees it. */
void fixture_expect_step(struct fixture *fixture, struct gm_order_id order, const char *action,
                         const char *reason, struct gm_id member);
