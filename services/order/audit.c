/* What must hold over all rows: each order in one state, reached by a legal path; the catalog's
 * part and the running timer as the state says; every piece of an order there, and no piece without
 * its order. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "order/apply.h"
#include "order/query.h"
#include "order/state.h"
#include "wire/check.h"

struct audit {
    struct gm_snapshot *snapshot;
    const struct gm_rows *rows;
    struct gm_arena *arena;
    char *why;
    size_t why_size;
    uint64_t orders;
    uint64_t steps; /* that the orders' revisions count */
};

__attribute__((format(printf, 3, 4))) static enum gm_status
corrupt(const struct audit *audit, struct gm_order_id order, const char *format, ...)
{
    char id[GM_ID_TEXT_MAX];
    va_list arguments;
    int used = snprintf(audit->why, audit->why_size, "%s: ", gm_id_text(GM_ID_order, order.id, id));
    if (used < 0 || (size_t)used >= audit->why_size) return GM_CORRUPT;
    va_start(arguments, format);
    (void)vsnprintf(audit->why + used, audit->why_size - (size_t)used, format, arguments);
    va_end(arguments);
    return GM_CORRUPT;
}

static enum gm_status audit_row(const struct audit *audit, struct gm_order_id order,
                                const struct order_row *row)
{
    const enum order_state state = (enum order_state)row->state;
    if (!order_reservation_fits(state, (enum order_reservation)row->reservation)) {
        return corrupt(audit, order, "state %u with reservation %u", row->state, row->reservation);
    }
    if (row->revision < 1 || row->revision > ORDER_STEPS_MAX) {
        return corrupt(audit, order, "revision %llu", (unsigned long long)row->revision);
    }
    if (row->cancel_wanted && state != ORDER_PLACED) {
        return corrupt(audit, order, "a cancel is wanted in state %u", row->state);
    }
    if (!gm_id_is_zero(row->cancel_proposed_by.id) &&
        (state != ORDER_ACCEPTED || order_side_of(row, row->cancel_proposed_by) == 0)) {
        return corrupt(audit, order, "a cancel is proposed in state %u", row->state);
    }
    for (unsigned kind = ORDER_TIMER_NONE + 1; kind < ORDER_TIMER_COUNT; kind++) {
        const int64_t due_ms = gm_timer_due(audit->rows, (uint8_t)kind, order.id);
        const int64_t expected_ms = order_timer_of(state) == kind ? row->due_ms : 0;
        if (due_ms != expected_ms) {
            return corrupt(audit, order, "timer %u is due at %lld and not at %lld", kind,
                           (long long)due_ms, (long long)expected_ms);
        }
    }
    if (order_timer_of(state) == ORDER_TIMER_NONE && row->due_ms != 0) {
        return corrupt(audit, order, "state %u has no timer", row->state);
    }
    return GM_OK;
}

/* The document says what the row was made from. */
static enum gm_status audit_document(const struct audit *audit, struct gm_order_id order,
                                     const struct order_row *row)
{
    struct gm_bytes stored;
    if (order_find_document(audit->rows, order, audit->arena, &stored) != GM_OK) {
        return corrupt(audit, order, "its document is missing");
    }
    const Order__OrderView *view = (const Order__OrderView *)gm_message_unpack(
        stored, &order__order_view__descriptor, audit->arena);
    if (view == NULL || view->order == NULL) return corrupt(audit, order, "its document is none");

    struct order_row placed = order_row_placed(view->order);
    placed.revision = row->revision;
    placed.due_ms = row->due_ms;
    placed.cancel_proposed_by = row->cancel_proposed_by;
    placed.state = row->state;
    placed.reservation = row->reservation;
    placed.cancel_wanted = row->cancel_wanted;
    if (memcmp(&placed, row, sizeof placed) != 0 ||
        !gm_id_equal(gm_message_id(view->order->order_id), order.id)) {
        return corrupt(audit, order, "its document and its row differ");
    }
    return GM_OK;
}

/* Whether some action of that name leads from one state to the other. */
static bool legal(enum order_state from, const char *action, enum order_state to)
{
    for (unsigned i = ORDER_PLACE; i < ORDER_ACTION_COUNT; i++) {
        const enum order_event event = order_permits(from, (enum order_action)i);
        if (event == ORDER_EVENT_NONE) continue;
        if (strcmp(order_action_name((enum order_action)i), action) != 0) continue;
        if (order_state_after(from, event) == to) return true;
    }
    return false;
}

static enum gm_status audit_steps(const struct audit *audit, struct gm_order_id order,
                                  const struct order_row *row)
{
    enum order_state state = ORDER_STATE_NONE;
    int64_t time_ms = 0;
    for (uint64_t revision = 1; revision <= row->revision; revision++) {
        const unsigned long long number = revision;
        struct gm_bytes stored;
        if (order_find_step(audit->rows, order, revision, audit->arena, &stored) != GM_OK) {
            return corrupt(audit, order, "step %llu is missing", number);
        }
        const Order__OrderView *view = (const Order__OrderView *)gm_message_unpack(
            stored, &order__order_view__descriptor, audit->arena);
        if (view == NULL || view->n_steps != 1) {
            return corrupt(audit, order, "step %llu is none", number);
        }
        const Order__OrderStep *step = view->steps[0];
        const enum order_state after = order_state_of_wire(step->state);
        if (!legal(state, step->action, after)) {
            return corrupt(audit, order, "step %llu: %s leads from state %u to %u", number,
                           step->action, (unsigned)state, (unsigned)after);
        }
        if (step->time_ms < time_ms) {
            return corrupt(audit, order, "step %llu is before the one before it", number);
        }
        state = after;
        time_ms = step->time_ms;
    }
    if (state != (enum order_state)row->state) {
        return corrupt(audit, order, "the last step leads to state %u", (unsigned)state);
    }
    return GM_OK;
}

static bool is_listed(const struct audit *audit, struct gm_member_id member, enum order_side side,
                      enum order_state state, struct order_listing at)
{
    struct gm_key key;
    struct gm_bytes nothing;
    order_party_key(&key, member, side, state, at);
    return gm_rows_get(audit->rows, &order_party_table, &key, NULL, &nothing) == GM_OK;
}

static enum gm_status audit_listings(const struct audit *audit, struct gm_order_id order,
                                     const struct order_row *row)
{
    const struct order_listing at = {row->placed_ms, order};
    const enum order_state states[] = {ORDER_STATE_NONE, (enum order_state)row->state};
    for (unsigned i = 0; i < 2; i++) {
        if (!is_listed(audit, row->buyer, ORDER_BUYER, states[i], at) ||
            !is_listed(audit, row->seller, ORDER_SELLER, states[i], at)) {
            return corrupt(audit, order, "it is not in the list of both sides");
        }
    }
    return GM_OK;
}

static enum gm_status audit_order(struct audit *audit, struct gm_order_id order,
                                  const struct order_row *row)
{
    enum gm_status status = audit_row(audit, order, row);
    if (status == GM_OK) status = audit_document(audit, order, row);
    if (status == GM_OK) status = audit_steps(audit, order, row);
    if (status == GM_OK) status = audit_listings(audit, order, row);
    audit->orders++;
    audit->steps += row->revision;
    return status;
}

static enum gm_status audit_orders(struct audit *audit)
{
    struct gm_cursor cursor;
    struct gm_bytes key, value;
    enum gm_status status = GM_OK;
    gm_cursor_init(&cursor, audit->snapshot, &order_rows_table, NULL);
    while (status == GM_OK) {
        const size_t mark = gm_arena_mark(audit->arena);
        status = gm_cursor_next(&cursor, audit->arena, &key, &value);
        if (status != GM_OK) break;
        struct gm_key_reader reader = {key};
        struct gm_order_id order = {{{0}}};
        struct order_row row;
        if (gm_key_read_id(&reader, &order.id) != GM_OK || value.size != sizeof row) {
            status = corrupt(audit, order, "a row of another form");
            break;
        }
        memcpy(&row, value.at, sizeof row);
        status = audit_order(audit, order, &row);
        gm_arena_rewind(audit->arena, mark);
    }
    gm_cursor_release(&cursor);
    return status == GM_END ? GM_OK : status;
}

/* Every order has its pieces (seen above), so a table with more rows than that has some without an
 * order. */
static enum gm_status audit_count(const struct audit *audit, const struct gm_table *table,
                                  uint64_t expected)
{
    struct gm_cursor cursor;
    struct gm_bytes key, value;
    uint64_t count = 0;
    enum gm_status status = GM_OK;
    gm_cursor_init(&cursor, audit->snapshot, table, NULL);
    while (status == GM_OK) {
        const size_t mark = gm_arena_mark(audit->arena);
        status = gm_cursor_next(&cursor, audit->arena, &key, &value);
        if (status == GM_OK) count++;
        gm_arena_rewind(audit->arena, mark);
    }
    gm_cursor_release(&cursor);
    if (status != GM_END) return status;
    if (count == expected) return GM_OK;
    (void)snprintf(audit->why, audit->why_size, "%s has %llu rows and %llu orders' worth of %llu",
                   table->name, (unsigned long long)count, (unsigned long long)audit->orders,
                   (unsigned long long)expected);
    return GM_CORRUPT;
}

enum gm_status order_audit(struct gm_snapshot *snapshot, struct gm_arena *arena, char *ret_why,
                           size_t why_size)
{
    struct audit audit = {
        .snapshot = snapshot,
        .rows = gm_snapshot_rows(snapshot),
        .arena = arena,
        .why = ret_why,
        .why_size = why_size,
    };
    enum gm_status status = audit_orders(&audit);
    if (status == GM_OK) status = audit_count(&audit, &order_documents_table, audit.orders);
    if (status == GM_OK) status = audit_count(&audit, &order_steps_table, audit.steps);
    if (status == GM_OK) status = audit_count(&audit, &order_party_table, 4 * audit.orders);
    return status;
}
