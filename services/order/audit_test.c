/* The audit finds each way in which rows may contradict each other or the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "order/fixture.h"
#include "order/query.h"
#include "runtime/tables.h"
#include "wire/check.h"

/* A healthy order to do harm to. */
struct patient {
    struct fixture *fixture;
    struct gm_store *store;
    struct gm_order_id order;
    struct order_row row;
};

static void put_row(struct patient *patient)
{
    struct gm_key key;
    order_key(&key, patient->order);
    gm_store_put(patient->store, &order_rows_table, &key,
                 gm_bytes(&patient->row, sizeof patient->row));
}

static void put_view(struct patient *patient, const struct gm_table *table, struct gm_key key,
                     const Order__OrderView *view)
{
    gm_store_put(patient->store, table, &key,
                 gm_message_pack(&view->base, &patient->fixture->arena));
}

static void wrong_reservation(struct patient *patient)
{
    patient->row.reservation = ORDER_RESERVATION_ASKED;
    put_row(patient);
}

static void state_of_no_step(struct patient *patient)
{
    patient->row.state = ORDER_ACCEPTED;
    put_row(patient);
}

static void kept_state(struct patient *patient)
{
    patient->row.state = 4;
    put_row(patient);
}

static void state_out_of_range(struct patient *patient)
{
    patient->row.state = 200;
    put_row(patient);
}

static void no_revision(struct patient *patient)
{
    patient->row.revision = 0;
    put_row(patient);
}

static void revision_beyond_the_steps(struct patient *patient)
{
    patient->row.revision = 3;
    put_row(patient);
}

static void revision_before_the_steps(struct patient *patient)
{
    patient->row.revision = 1;
    put_row(patient);
}

static void wish_after_placed(struct patient *patient)
{
    patient->row.cancel_wanted = 1;
    put_row(patient);
}

static void proposal_before_accepted(struct patient *patient)
{
    patient->row.cancel_proposed_by = patient->row.buyer;
    put_row(patient);
}

static void other_total(struct patient *patient)
{
    patient->row.total_minor++;
    put_row(patient);
}

static void row_of_another_size(struct patient *patient)
{
    struct gm_key key;
    order_key(&key, patient->order);
    gm_store_put(patient->store, &order_rows_table, &key, gm_bytes(&patient->row, 8));
}

static void other_deadline(struct patient *patient)
{
    patient->row.due_ms++;
    put_row(patient);
}

static void timer_key(struct patient *patient, uint8_t kind, struct gm_key *key)
{
    gm_key_begin(key);
    gm_key_u8(key, kind);
    gm_key_id(key, patient->order.id);
}

static void no_timer(struct patient *patient)
{
    struct gm_key key;
    timer_key(patient, ORDER_TIMER_ACCEPT_BY, &key);
    gm_store_delete(patient->store, &gm_table_timers, &key);
}

static void timer_of_another_state(struct patient *patient)
{
    const int64_t due_ms = patient->row.due_ms;
    struct gm_key key;
    timer_key(patient, ORDER_TIMER_RECEIVE_BY, &key);
    gm_store_put(patient->store, &gm_table_timers, &key, gm_bytes(&due_ms, sizeof due_ms));
}

static void no_document(struct patient *patient)
{
    struct gm_key key;
    order_key(&key, patient->order);
    gm_store_delete(patient->store, &order_documents_table, &key);
}

static void document_of_another_form(struct patient *patient)
{
    const Order__OrderView nothing = ORDER__ORDER_VIEW__INIT;
    struct gm_key key;
    order_key(&key, patient->order);
    put_view(patient, &order_documents_table, key, &nothing);
}

static void document_without_an_order(struct patient *patient)
{
    const Order__OrderView nothing = ORDER__ORDER_VIEW__INIT;
    struct gm_key key;
    order_key(&key, (struct gm_order_id){fixture_stranger});
    put_view(patient, &order_documents_table, key, &nothing);
}

static void no_step(struct patient *patient)
{
    struct gm_key key;
    order_step_key(&key, patient->order, 1);
    gm_store_delete(patient->store, &order_steps_table, &key);
}

static void put_step(struct patient *patient, uint64_t revision, Order__OrderStep *step)
{
    Order__OrderView view = ORDER__ORDER_VIEW__INIT;
    view.n_steps = 1;
    view.steps = &step;
    struct gm_key key;
    order_step_key(&key, patient->order, revision);
    put_view(patient, &order_steps_table, key, &view);
}

static void step_too_many(struct patient *patient)
{
    Order__OrderStep step = ORDER__ORDER_STEP__INIT;
    put_step(patient, 3, &step);
}

static void illegal_step(struct patient *patient)
{
    Order__OrderStep step = ORDER__ORDER_STEP__INIT;
    step.action = "Accept"; /* from PLACED */
    step.state = ORDER__ORDER_STATE__RESERVED;
    step.time_ms = gm_kit_now(patient->fixture->kit);
    put_step(patient, 2, &step);
}

static void step_back_in_time(struct patient *patient)
{
    Order__OrderStep step = ORDER__ORDER_STEP__INIT;
    step.action = "Reserve";
    step.state = ORDER__ORDER_STATE__RESERVED;
    step.time_ms = 1;
    put_step(patient, 2, &step);
}

static void listing(struct patient *patient, struct gm_key *key, enum order_state state)
{
    order_party_key(key, patient->row.seller, ORDER_SELLER, state,
                    (struct order_listing){patient->row.placed_ms, patient->order});
}

static void not_listed(struct patient *patient)
{
    struct gm_key key;
    listing(patient, &key, ORDER_STATE_NONE);
    gm_store_delete(patient->store, &order_party_table, &key);
}

static void not_listed_in_its_state(struct patient *patient)
{
    struct gm_key key;
    listing(patient, &key, ORDER_RESERVED);
    gm_store_delete(patient->store, &order_party_table, &key);
}

static void listed_in_a_state_that_it_left(struct patient *patient)
{
    struct gm_key key;
    listing(patient, &key, ORDER_PLACED);
    gm_store_put(patient->store, &order_party_table, &key, gm_bytes(NULL, 0));
}

static enum gm_status audit(struct fixture *fixture, char *ret_why, size_t why_size)
{
    struct gm_snapshot *snapshot;
    gm_host_checkpoint_now(gm_kit_host(fixture->kit));
    gm_kit_run(fixture->kit);
    assert_int_equal(gm_snapshot_open(gm_kit_store(fixture->kit), &snapshot), GM_OK);
    const enum gm_status status = order_audit(snapshot, &fixture->arena, ret_why, why_size);
    gm_snapshot_release(snapshot);
    return status;
}

static void each_harm_is_found(void **state)
{
    static const struct {
        void (*harm)(struct patient *patient);
        const char *why;
    } rows[] = {
        {wrong_reservation, "state 2 with reservation 1"},
        {state_of_no_step, "timer 1 is due"},
        {kept_state, "state 4 with reservation 2"},
        {state_out_of_range, "state 200 with reservation 2"},
        {no_revision, "revision 0"},
        {revision_beyond_the_steps, "step 3 is missing"},
        {revision_before_the_steps, "the last step leads to state 1"},
        {wish_after_placed, "a cancel is wanted in state 2"},
        {proposal_before_accepted, "a cancel is proposed in state 2"},
        {other_total, "its document and its row differ"},
        {row_of_another_size, "a row of another form"},
        {other_deadline, "timer 1 is due"},
        {no_timer, "timer 1 is due at 0"},
        {timer_of_another_state, "timer 2 is due"},
        {no_document, "its document is missing"},
        {document_of_another_form, "its document is none"},
        {document_without_an_order, "order_documents has 3 rows"},
        {no_step, "step 1 is missing"},
        {step_too_many, "order_steps has 5 rows"},
        {illegal_step, "step 2: Accept leads from state 1 to 2"},
        {step_back_in_time, "step 2 is before the one before it"},
        {not_listed, "it is not in the list of both sides"},
        {not_listed_in_its_state, "it is not in the list of both sides"},
        {listed_in_a_state_that_it_left, "orders_by_party has 9 rows"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char why[256] = "";
        struct patient patient = {.fixture = fixture_new(i)};
        patient.store = gm_kit_store(patient.fixture->kit);
        (void)fixture_order_in(patient.fixture, ORDER_RESERVED); /* another one, left in peace */
        patient.order = fixture_order_in(patient.fixture, ORDER_RESERVED);
        patient.row = fixture_row(patient.fixture, patient.order);
        rows[i].harm(&patient);
        if (audit(patient.fixture, why, sizeof why) != GM_CORRUPT) fail_msg("%s", rows[i].why);
        if (strstr(why, rows[i].why) == NULL) fail_msg("%s, and not %s", why, rows[i].why);
        fixture_free(patient.fixture);
    }
}

static void healthy_orders_pass(void **state)
{
    static const enum order_state states[] = {
        ORDER_PLACED,   ORDER_RESERVED,  ORDER_ACCEPTED, ORDER_DESPATCHED,
        ORDER_RECEIVED, ORDER_COMPLETED, ORDER_REJECTED, ORDER_CANCELLED,
    };
    (void)state;
    char why[256] = "";
    struct fixture *fixture = fixture_new(1);
    assert_int_equal(audit(fixture, why, sizeof why), GM_OK);
    for (unsigned i = 0; i < sizeof states / sizeof states[0]; i++) {
        (void)fixture_order_in(fixture, states[i]);
        if (audit(fixture, why, sizeof why) != GM_OK) fail_msg("%s", why);
    }
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy_orders_pass),
        cmocka_unit_test(each_harm_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
