#include <stdlib.h>

#include "base/assert.h"
#include "runtime/parts.h"

/* Requests that wait: for a position, for a checkpoint and a worker, for the end of a saga. Each
 * has an alarm at its deadline and is owned by the map of all parked ones. */

struct parked *parked_new(struct gm_host *host, enum parked_kind kind,
                          const struct request *request, struct gm_bytes body)
{
    if (host->draining || host->parked.count >= GM_PARKED_MAX ||
        host->parked_bytes + body.size > GM_PARKED_BYTES_MAX)
        return NULL;
    struct parked *parked = calloc(1, sizeof *parked + body.size);
    GM_ASSERT(parked != NULL);
    parked->kind = kind;
    parked->request = *request;
    parked->bytes = (uint32_t)body.size;
    if (body.size > 0) memcpy(parked->body, body.at, body.size);
    parked->id = id_of_number(host->next_request_id++);
    gm_idmap_put(&host->parked, parked->id, parked);
    host->parked_bytes += body.size;
    gm_heap_push(&host->alarms, (struct gm_due){request->deadline_ms, ALARM_PARKED, parked->id});
    return parked;
}

static void drop(struct gm_host *host, struct parked *parked)
{
    gm_idmap_take(&host->parked, parked->id);
    host->parked_bytes -= parked->bytes;
    free(parked);
}

static void refuse(struct gm_host *host, struct parked *parked, enum gm_reason reason)
{
    outbox_refuse(host, &parked->request, &(struct gm_refusal){.reason = reason});
    drop(host, parked);
}

/* ---- positions ---- */

/* NOT_CAUGHT_UP where it is still to come. */
static enum gm_reason position_applied(const struct gm_host *host, struct gm_position position)
{
    if (position.journal_id == host->journal_id)
        return position.seq <= host->head ? GM_REASON_NONE : GM_REASON_POSITION_UNKNOWN;
    enum gm_reason reason = GM_REASON_POSITION_UNKNOWN;
    for (unsigned i = 0; i < host->follower_count; i++) {
        const struct gm_follow_row *row = &host->followers[i].row;
        if (row->journal_id == position.journal_id)
            return position.seq <= row->through ? GM_REASON_NONE : GM_REASON_NOT_CAUGHT_UP;
        /* Nothing was heard of the source yet: the position may be its. */
        if (row->journal_id == 0) reason = GM_REASON_NOT_CAUGHT_UP;
    }
    return reason;
}

enum gm_reason parked_positions(const struct gm_host *host, const struct request *request)
{
    enum gm_reason worst = GM_REASON_NONE;
    for (unsigned i = 0; i < request->header.position_count; i++) {
        const enum gm_reason reason = position_applied(host, request->header.positions[i]);
        if (reason == GM_REASON_POSITION_UNKNOWN) return reason;
        if (reason != GM_REASON_NONE) worst = reason;
    }
    return worst;
}

void parked_wait(struct gm_host *host, struct parked *parked)
{
    *host->waiting_last = parked;
    host->waiting_last = &parked->next;
    host->positions_moved = true; /* look at it in the next turn */
}

/* True where it has left the list. */
static bool advance(struct gm_host *host, struct parked *parked)
{
    if (parked->need_seq == 0) {
        const enum gm_reason reason = parked_positions(host, &parked->request);
        if (reason == GM_REASON_NOT_CAUGHT_UP) return false;
        if (reason != GM_REASON_NONE) {
            refuse(host, parked, reason);
            return true;
        }
        if (parked->kind == PARKED_QUERY) {
            door_resume(host, parked);
            drop(host, parked);
            return true;
        }
        /* Applied at the head at the latest; with no position the last checkpoint will do. */
        parked->need_seq = parked->request.header.position_count == 0 ? 1 : host->head;
    }
    const uint64_t applied = gm_store_applied(host->store);
    if (parked->request.header.position_count > 0 && applied < parked->need_seq) {
        host->checkpoint_wanted = true;
        return false;
    }
    if (!job_search(host, &parked->request, gm_bytes(parked->body, parked->bytes))) return false;
    drop(host, parked);
    return true;
}

void parked_turn(struct gm_host *host)
{
    if (!host->positions_moved) return;
    host->positions_moved = false;
    struct parked **at = &host->waiting;
    while (*at != NULL) {
        struct parked *next = (*at)->next;
        if (advance(host, *at))
            *at = next;
        else
            at = &(*at)->next;
    }
    host->waiting_last = at;
}

static void unlink_waiting(struct gm_host *host, const struct parked *parked)
{
    struct parked **at = &host->waiting;
    while (*at != NULL && *at != parked)
        at = &(*at)->next;
    if (*at == NULL) return;
    *at = parked->next;
    if (*at == NULL) host->waiting_last = at;
}

/* ---- sagas ---- */

/* Answers where the service says that the saga is over; else says which one it is. */
static bool settled(struct gm_host *host, struct parked *parked, struct gm_id *ret_saga)
{
    gm_arena_reset(&host->arena);
    struct gm_call call = execute_call(host, parked->request.header.member);
    call.method = parked->request.method;
    struct gm_answer answer = {0};
    if (!host->service->settled(host->rows, &call, gm_bytes(parked->body, parked->bytes), ret_saga,
                                &answer))
        return false;
    outbox_reply(host, &parked->request, GM_CODE_OK,
                 (struct gm_position){host->journal_id, host->head}, true, host->head, answer.body);
    return true;
}

void parked_wait_saga(struct gm_host *host, struct parked *parked, struct gm_id saga_id)
{
    if (settled(host, parked, &saga_id)) {
        drop(host, parked);
        return;
    }
    struct saga *saga = gm_idmap_get(&host->sagas, saga_id);
    GM_ASSERT(saga != NULL); /* it runs, so it has an effect */
    parked->saga = saga_id;
    parked->next = saga->waiting;
    saga->waiting = parked;
}

static void unlink_settled(struct saga *saga, const struct parked *parked)
{
    struct parked **at = &saga->waiting;
    while (*at != parked)
        at = &(*at)->next;
    *at = parked->next;
}

static void forget_saga(struct gm_host *host, struct saga *saga)
{
    if (saga->first != NULL || saga->waiting != NULL) return;
    gm_idmap_take(&host->sagas, saga->id);
    free(saga);
}

void parked_settle(struct gm_host *host, struct gm_id saga_id)
{
    struct saga *saga = gm_idmap_get(&host->sagas, saga_id);
    if (saga == NULL) return;
    for (struct parked **at = &saga->waiting; *at != NULL;) {
        struct parked *parked = *at;
        struct gm_id id;
        if (settled(host, parked, &id)) {
            *at = parked->next;
            drop(host, parked);
        } else {
            at = &parked->next;
        }
    }
    forget_saga(host, saga);
}

void parked_alarm(struct gm_host *host, struct gm_id id)
{
    struct parked *parked = gm_idmap_get(&host->parked, id);
    if (parked == NULL) return;
    if (parked->kind != PARKED_SETTLED) {
        const bool behind =
            parked->request.header.position_count > 0 &&
            (parked->need_seq == 0 || gm_store_applied(host->store) < parked->need_seq);
        unlink_waiting(host, parked);
        refuse(host, parked, behind ? GM_REASON_NOT_CAUGHT_UP : GM_REASON_TIMED_OUT);
        return;
    }
    struct saga *saga = gm_idmap_get(&host->sagas, parked->saga);
    GM_ASSERT(saga != NULL);
    unlink_settled(saga, parked);
    refuse(host, parked, GM_REASON_TIMED_OUT);
    forget_saga(host, saga);
}

void parked_drain(struct gm_host *host)
{
    while (host->waiting != NULL) {
        struct parked *parked = host->waiting;
        unlink_waiting(host, parked);
        refuse(host, parked, GM_REASON_DRAINING);
    }
    /* What is left waits for sagas: its command is journalled, a repeat gets the answer. */
    for (uint32_t i = 0; i < host->parked.capacity;) {
        struct parked *parked = host->parked.slots[i].value;
        if (parked == NULL) {
            i++;
            continue;
        }
        struct saga *saga = gm_idmap_get(&host->sagas, parked->saga);
        GM_ASSERT(saga != NULL);
        unlink_settled(saga, parked);
        refuse(host, parked, GM_REASON_DRAINING); /* another may move into its slot */
        forget_saga(host, saga);
    }
}

int64_t parked_wake_ms(const struct gm_host *host)
{
    return host->positions_moved && host->waiting != NULL ? host->monotonic_ms : INT64_MAX;
}

void parked_release(struct gm_host *host)
{
    for (uint32_t i = 0; i < host->parked.capacity; i++)
        free(host->parked.slots[i].value);
    gm_idmap_release(&host->parked);
}
