/* Random lives against a simple model of the rules. Buyers, sellers and strangers send whatever
 * they like; a catalog answers late, twice, without recording, or not at all; time passes, the
 * service crashes. Each outcome has to be the model's, the catalog is never asked for what it does
 * not hold, and when the faults end every order ends with its reservation consumed or released.
 *
 *   order_model_test [SEED]    one seed, as a failure prints it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/time.h"
#include "methods.h"
#include "order/fixture.h"
#include "wire/check.h"

enum { SEEDS = 40, STEPS = 300, ORDERS_MAX = 8, MAILS_MAX = 64, PPM = 1000000 };

/* ---- the model ---- */

/* What the catalog has done for an order. */
enum stock { STOCK_NEVER, STOCK_HELD, STOCK_REFUSED, STOCK_RELEASED, STOCK_CONSUMED };

struct life {
    struct gm_order_id id;
    enum order_state state;
    enum order_reservation reservation;
    uint64_t revision;
    int64_t accept_by_ms;
    int64_t due_ms;
    bool cancel_wanted;
    struct gm_id proposed_by;

    enum stock stock;
    unsigned releases; /* asked for under ids of their own */
    unsigned consumes;
    struct gm_id asked[3]; /* command ids of reserve, release, consume */
    bool done[3];          /* the catalog has done it, or refused */
};

/* A message to the catalog, not yet lost or answered for good. */
struct mail {
    unsigned life;
    unsigned kind; /* index as in asked */
    struct gm_kit_request request;
    int64_t taken_ms;
};

struct world {
    struct fixture *fixture;
    struct gm_random random;
    struct life lives[ORDERS_MAX];
    unsigned life_count;
    struct mail mails[MAILS_MAX];
    unsigned mail_count;
    bool faults;
    bool patient; /* days pass, and buyers leave the end to the timers */
};

static uint64_t below(struct world *world, uint64_t bound)
{
    return gm_random_below(&world->random, bound);
}

static int64_t now(const struct world *world)
{
    return gm_kit_now(world->fixture->kit);
}

static bool chance(struct world *world, unsigned percent)
{
    return world->faults && gm_random_chance(&world->random, percent * (PPM / 100));
}

static void enter(struct life *life, enum order_state state, int64_t due_ms)
{
    life->state = state;
    life->due_ms = due_ms;
    life->cancel_wanted = false;
    life->proposed_by = (struct gm_id){{0}};
}

/* Timers that are due by now have fired. A timer's entry is made some time after it came due, which
 * the model learns from what runs next. */
static void expect_timers(struct world *world, struct life *life)
{
    if (life->due_ms == 0 || life->due_ms > now(world)) return;
    const struct order_row row = fixture_row(world->fixture, life->id);
    life->revision++;
    if (life->state == ORDER_RESERVED) {
        enter(life, ORDER_EXPIRED, 0);
    } else if (life->state == ORDER_DESPATCHED) {
        assert_in_range(row.due_ms, life->due_ms + 7 * GM_DAY_MS, now(world) + 7 * GM_DAY_MS);
        enter(life, ORDER_RECEIVED, row.due_ms);
    } else {
        assert_int_equal(life->state, ORDER_RECEIVED);
        enter(life, ORDER_COMPLETED, 0);
    }
}

static void expect_as_modelled(struct world *world, struct life *life)
{
    expect_timers(world, life);
    const struct order_row row = fixture_row(world->fixture, life->id);
    assert_int_equal(row.state, life->state);
    assert_int_equal(row.reservation, life->reservation);
    assert_int_equal(row.revision, life->revision);
    assert_int_equal(row.due_ms, life->due_ms);
    assert_int_equal(row.cancel_wanted, life->cancel_wanted);
    assert_true(gm_id_equal(row.cancel_proposed_by.id, life->proposed_by));
}

/* ---- the catalog ---- */

static unsigned kind_of(uint32_t method)
{
    if (method == GM_METHOD_CATALOG_RESERVE) return 0;
    if (method == GM_METHOD_CATALOG_RELEASE) return 1;
    assert_int_equal(method, GM_METHOD_CATALOG_CONSUME);
    return 2;
}

static struct life *life_of(struct world *world, struct gm_order_id order)
{
    for (unsigned i = 0; i < world->life_count; i++) {
        if (gm_id_equal(world->lives[i].id.id, order.id)) return &world->lives[i];
    }
    fail_msg("a message about no order");
    return NULL;
}

/* Takes what the service has sent. A repeat carries the command id of the first. */
static void collect(struct world *world)
{
    struct fixture *fixture = world->fixture;
    while (gm_kit_request(fixture->kit, &fixture->request)) {
        fixture_reset(fixture);
        struct life *life = life_of(world, fixture_asked(fixture));
        const unsigned kind = kind_of(fixture->request.header.method);
        const struct gm_id id = fixture->request.header.command_id;
        if (gm_id_is_zero(life->asked[kind])) {
            life->asked[kind] = id;
            if (kind == 1) life->releases++;
            if (kind == 2) life->consumes++;
        }
        assert_true(gm_id_equal(life->asked[kind], id));
        /* The newest take the place of the oldest. */
        if (world->mail_count == MAILS_MAX) {
            memmove(world->mails, world->mails + 1, (MAILS_MAX - 1) * sizeof world->mails[0]);
            world->mail_count--;
        }
        world->mails[world->mail_count++] = (struct mail){
            .life = (unsigned)(life - world->lives),
            .kind = kind,
            .request = fixture->request,
            .taken_ms = now(world),
        };
    }
}

/* A command that was done before is not done again. It holds what it is asked to give. */
static void catalog_does(struct world *world, struct life *life, unsigned kind)
{
    if (life->done[kind]) return;
    life->done[kind] = true;
    if (kind == 0) {
        assert_int_equal(life->stock, STOCK_NEVER);
        life->stock = gm_random_chance(&world->random, PPM / 4) ? STOCK_REFUSED : STOCK_HELD;
    } else {
        assert_int_equal(life->stock, STOCK_HELD);
        life->stock = kind == 1 ? STOCK_RELEASED : STOCK_CONSUMED;
    }
}

/* What becomes of the order when the answer is taken. */
static void model_answer(struct life *life, unsigned kind)
{
    if (kind != 0) {
        assert_int_equal(life->reservation, ORDER_RESERVATION_HELD);
        life->reservation = ORDER_RESERVATION_GONE;
        life->revision++;
        return;
    }
    const bool refused = life->stock == STOCK_REFUSED;
    const bool wanted = life->cancel_wanted;
    assert_int_equal(life->state, ORDER_PLACED);
    life->reservation = refused ? ORDER_RESERVATION_NONE : ORDER_RESERVATION_HELD;
    life->revision += refused || !wanted ? 1 : 2; /* reserved, then cancelled */
    if (wanted) {
        enter(life, ORDER_CANCELLED, 0);
    } else if (refused) {
        enter(life, ORDER_REJECTED, 0);
    } else {
        enter(life, ORDER_RESERVED, life->accept_by_ms);
    }
}

static void send_answer(struct world *world, const struct mail *mail, const struct life *life)
{
    struct fixture *fixture = world->fixture;
    fixture->request = mail->request;
    if (mail->kind == 0 && life->stock == STOCK_REFUSED) {
        fixture_answer_refused(fixture, GM_REASON_TOO_FEW_AVAILABLE);
    } else {
        fixture_answer_ok(fixture, life->id);
    }
}

/* An answer is taken or, where it is not the one that is waited for, changes nothing. */
static void answer(struct world *world, const struct mail *mail)
{
    struct life *life = &world->lives[mail->life];
    const uint64_t before = fixture_row(world->fixture, life->id).revision;
    catalog_does(world, life, mail->kind);
    send_answer(world, mail, life);
    if (fixture_row(world->fixture, life->id).revision != before) model_answer(life, mail->kind);
    expect_as_modelled(world, life);
    if (chance(world, 20)) { /* the same again */
        send_answer(world, mail, life);
        expect_as_modelled(world, life);
    }
}

static void deliver(struct world *world)
{
    collect(world);
    if (world->mail_count == 0) return;
    const unsigned index = (unsigned)below(world, world->mail_count);
    const struct mail mail = world->mails[index];
    struct life *life = &world->lives[mail.life];
    const bool kept = chance(world, 20); /* and delivered again */
    if (!kept) world->mails[index] = world->mails[--world->mail_count];

    if (chance(world, 15)) return; /* lost on its way */
    if (chance(world, 15)) {       /* the answer is lost */
        catalog_does(world, life, mail.kind);
        return;
    }
    if (chance(world, 15)) { /* the catalog is busy */
        gm_kit_answer(world->fixture->kit, &mail.request, GM_CODE_UNAVAILABLE, false,
                      gm_bytes(NULL, 0));
        expect_as_modelled(world, life);
        return;
    }
    answer(world, &mail);
}

/* ---- members ---- */

static void place(struct world *world)
{
    if (world->life_count == ORDERS_MAX) return;
    struct fixture *fixture = world->fixture;
    Order__PlaceRequest *request = fixture_place_request(fixture);
    const uint32_t hours = (uint32_t)below(world, 4); /* 0: 48 */
    request->accept_within_hours = hours;
    assert_int_equal(
        fixture_call(fixture, fixture_buyer, GM_METHOD_ORDER_PLACE, &request->base, NULL),
        GM_REASON_NONE);
    world->lives[world->life_count++] = (struct life){
        .id = {gm_message_id(fixture_order_reply(fixture)->order_id)},
        .state = ORDER_PLACED,
        .reservation = ORDER_RESERVATION_ASKED,
        .revision = 1,
        .accept_by_ms = now(world) + (hours == 0 ? 48 : hours) * GM_HOUR_MS,
    };
}

enum verdict { ALLOWED, WRONG_STATE, WRONG_SIDE };

/* The rules once more, in the fewest words; moves the life where it is allowed. */
static enum verdict model_move(struct world *world, struct life *life, struct gm_id member,
                               uint16_t method)
{
    const bool buyer = gm_id_equal(member, fixture_buyer);
    const enum order_state in = life->state;
    const bool proposed = !gm_id_is_zero(life->proposed_by);
    switch (method) {
    case GM_METHOD_ORDER_ACCEPT:
        if (buyer) return WRONG_SIDE;
        if (in != ORDER_RESERVED) return WRONG_STATE;
        enter(life, ORDER_ACCEPTED, 0);
        return ALLOWED;
    case GM_METHOD_ORDER_REJECT:
        if (buyer) return WRONG_SIDE;
        if (in != ORDER_RESERVED) return WRONG_STATE;
        enter(life, ORDER_REJECTED, 0);
        return ALLOWED;
    case GM_METHOD_ORDER_CANCEL:
        if (!buyer) return WRONG_SIDE;
        if (in == ORDER_PLACED && !life->cancel_wanted) {
            life->cancel_wanted = true;
            return ALLOWED;
        }
        if (in != ORDER_RESERVED) return WRONG_STATE;
        enter(life, ORDER_CANCELLED, 0);
        return ALLOWED;
    case GM_METHOD_ORDER_PROPOSE_CANCEL:
        if (in != ORDER_ACCEPTED || proposed) return WRONG_STATE;
        life->proposed_by = member;
        return ALLOWED;
    case GM_METHOD_ORDER_AGREE_CANCEL:
        if (proposed && gm_id_equal(life->proposed_by, member)) return WRONG_SIDE;
        if (!proposed) return WRONG_STATE;
        enter(life, ORDER_CANCELLED, 0);
        return ALLOWED;
    case GM_METHOD_ORDER_DESPATCH:
        if (buyer) return WRONG_SIDE;
        if (in != ORDER_ACCEPTED) return WRONG_STATE;
        enter(life, ORDER_DESPATCHED, now(world) + 30 * GM_DAY_MS);
        return ALLOWED;
    case GM_METHOD_ORDER_RECEIVE:
        if (!buyer) return WRONG_SIDE;
        if (in != ORDER_DESPATCHED) return WRONG_STATE;
        enter(life, ORDER_RECEIVED, now(world) + 7 * GM_DAY_MS);
        return ALLOWED;
    default:
        assert_int_equal(method, GM_METHOD_ORDER_COMPLETE);
        if (!buyer) return WRONG_SIDE;
        if (in != ORDER_RECEIVED) return WRONG_STATE;
        enter(life, ORDER_COMPLETED, 0);
        return ALLOWED;
    }
}

static void move(struct world *world, struct life *life, struct gm_id member, uint16_t method,
                 uint64_t revision)
{
    struct life moved = *life;
    const enum verdict verdict = model_move(world, &moved, member, method);
    enum gm_reason expected = verdict == ALLOWED ? GM_REASON_NONE : GM_REASON_STATE_FORBIDS;
    if (revision != 0 && revision != life->revision) expected = GM_REASON_REVISION_MOVED;
    if (verdict == WRONG_SIDE) expected = GM_REASON_NOT_YOURS;
    if (gm_id_equal(member, fixture_stranger)) expected = GM_REASON_ORDER_UNKNOWN;

    assert_int_equal(fixture_move(world->fixture, member, method, life->id, revision), expected);
    if (expected == GM_REASON_NONE) {
        *life = moved;
        life->revision++;
    }
    expect_as_modelled(world, life);
}

static void random_move(struct world *world)
{
    if (world->life_count == 0) return;
    struct life *life = &world->lives[below(world, world->life_count)];
    const uint64_t who = below(world, 10);
    const struct gm_id member = who == 0  ? fixture_stranger
                                : who < 6 ? fixture_seller
                                          : fixture_buyer;
    const uint16_t method =
        (uint16_t)(GM_METHOD_ORDER_ACCEPT +
                   below(world, GM_METHOD_ORDER_COMPLETE - GM_METHOD_ORDER_ACCEPT + 1));
    const uint64_t revision = below(world, 3) == 0 ? life->revision + below(world, 2) : 0;
    move(world, life, member, method, revision);
}

/* ---- time and crashes ---- */

static void expect_all(struct world *world)
{
    for (unsigned i = 0; i < world->life_count; i++)
        expect_as_modelled(world, &world->lives[i]);
}

/* At most hours in most seeds; in some, days, but so few that no order passes two timers at once.
 */
static void pass_time(struct world *world)
{
    static const int64_t spans[] = {1,          GM_SECOND_MS,   GM_MINUTE_MS,
                                    GM_HOUR_MS, 2 * GM_HOUR_MS, 5 * GM_DAY_MS};
    const unsigned count = sizeof spans / sizeof spans[0] - (world->patient ? 0 : 1);
    const int64_t most = spans[below(world, count)];
    gm_kit_advance(world->fixture->kit, gm_random_between(&world->random, 1, most));
    expect_all(world);
}

/* The connections end with the process: what was under way on them is never answered. */
static void crash(struct world *world)
{
    gm_kit_restart(world->fixture->kit);
    world->mail_count = 0;
    expect_all(world);
}

/* ---- a run ---- */

static void random_step(struct world *world)
{
    const uint64_t what = below(world, 100);
    fixture_reset(world->fixture);
    if (what < 8) {
        place(world);
    } else if (what < 55) {
        random_move(world);
    } else if (what < 85) {
        deliver(world);
    } else if (what < 98) {
        pass_time(world);
    } else {
        crash(world);
    }
}

/* Longer than any back-off of the service: what is open is sent again and answered. */
static void answer_all(struct world *world)
{
    for (unsigned seconds = 0; seconds < 20; seconds++) {
        gm_kit_advance(world->fixture->kit, GM_SECOND_MS);
        expect_all(world);
        do {
            fixture_reset(world->fixture);
            deliver(world);
        } while (world->mail_count > 0);
    }
}

static bool has_ended(const struct life *life)
{
    return life->state >= ORDER_COMPLETED && (life->reservation == ORDER_RESERVATION_NONE ||
                                              life->reservation == ORDER_RESERVATION_GONE);
}

static bool all_ended(const struct world *world)
{
    for (unsigned i = 0; i < world->life_count; i++) {
        if (!has_ended(&world->lives[i])) return false;
    }
    return true;
}

/* The sellers despatch what they have accepted, the buyers receive it. Patient buyers do nothing
 * more: the timers end what was despatched. */
static void members_go_on(struct world *world)
{
    for (unsigned i = 0; i < world->life_count; i++) {
        struct life *life = &world->lives[i];
        if (life->state == ORDER_ACCEPTED) {
            move(world, life, fixture_seller, GM_METHOD_ORDER_DESPATCH, 0);
        } else if (life->state == ORDER_DESPATCHED && !world->patient) {
            move(world, life, fixture_buyer, GM_METHOD_ORDER_RECEIVE, 0);
        } else if (life->state == ORDER_RECEIVED && !world->patient) {
            move(world, life, fixture_buyer, GM_METHOD_ORDER_COMPLETE, 0);
        }
    }
}

/* The faults are over. */
static void let_end(struct world *world)
{
    world->faults = false;
    answer_all(world);
    for (unsigned i = 0; i < 50 && !all_ended(world); i++) {
        members_go_on(world);
        gm_kit_advance(world->fixture->kit, world->patient ? GM_DAY_MS : 3 * GM_HOUR_MS);
        expect_all(world);
        answer_all(world);
    }
}

static void expect_ended(const struct life *life)
{
    const bool refused = life->stock == STOCK_REFUSED;
    const bool completed = life->state == ORDER_COMPLETED;
    assert_true(has_ended(life));
    assert_int_equal(life->stock, refused     ? STOCK_REFUSED
                                  : completed ? STOCK_CONSUMED
                                              : STOCK_RELEASED);
    assert_int_equal(life->reservation, refused ? ORDER_RESERVATION_NONE : ORDER_RESERVATION_GONE);
    assert_int_equal(life->releases, !refused && !completed);
    assert_int_equal(life->consumes, completed);
}

/* How many orders ended how: a run that never comes by some end would prove little. */
static unsigned ends[ORDER_STATE_COUNT][ORDER_RESERVATION_COUNT];

static void run(uint64_t seed)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    print_message("seed %llu\n", (unsigned long long)seed);
    world->fixture = fixture_new(seed);
    world->faults = true;
    world->patient = seed % 20 == 0;
    gm_random_seed(&world->random, seed);
    for (unsigned i = 0; i < STEPS; i++)
        random_step(world);
    gm_kit_audit(world->fixture->kit);
    let_end(world);
    for (unsigned i = 0; i < world->life_count; i++) {
        expect_ended(&world->lives[i]);
        ends[world->lives[i].state][world->lives[i].reservation]++;
    }
    assert_int_equal(gm_host_effects_open(gm_kit_host(world->fixture->kit)), 0);
    gm_kit_audit(world->fixture->kit);
    fixture_free(world->fixture);
    free(world);
}

static uint64_t first_seed = 1, seed_count = SEEDS;

static void every_order_ends_with_its_reservation_consumed_or_released(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < seed_count; i++)
        run(first_seed + i);
    if (seed_count < SEEDS) return;
    assert_true(ends[ORDER_COMPLETED][ORDER_RESERVATION_GONE] > 0);
    assert_true(ends[ORDER_REJECTED][ORDER_RESERVATION_GONE] > 0);
    assert_true(ends[ORDER_REJECTED][ORDER_RESERVATION_NONE] > 0);
    assert_true(ends[ORDER_CANCELLED][ORDER_RESERVATION_GONE] > 0);
    assert_true(ends[ORDER_CANCELLED][ORDER_RESERVATION_NONE] > 0);
    assert_true(ends[ORDER_EXPIRED][ORDER_RESERVATION_GONE] > 0);
}

int main(int count, char **arguments)
{
    if (count > 1) {
        first_seed = strtoull(arguments[1], NULL, 10);
        seed_count = 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_ends_with_its_reservation_consumed_or_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
