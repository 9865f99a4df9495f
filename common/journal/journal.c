#include "journal/journal.h"

enum gm_status gm_journal_tail(struct gm_journal *journal, struct gm_journal_tail *ret_tail)
{
    return journal->ops->tail(journal, ret_tail);
}

enum gm_status gm_journal_fence(struct gm_journal *journal, uint64_t *ret_epoch)
{
    return journal->ops->fence(journal, ret_epoch);
}

enum gm_append gm_journal_append(struct gm_journal *journal, struct gm_batch *batch)
{
    return journal->ops->append(journal, batch);
}

enum gm_status gm_journal_probe(struct gm_journal *journal, struct gm_id batch_id,
                                uint64_t *ret_first_seq)
{
    return journal->ops->probe(journal, batch_id, ret_first_seq);
}

enum gm_status gm_journal_read(struct gm_journal *journal, uint64_t seq, uint8_t *buffer,
                               struct gm_batch *ret_batch)
{
    return journal->ops->read(journal, seq, buffer, ret_batch);
}

enum gm_status gm_journal_follow(struct gm_journal *journal, uint64_t seq,
                                 const struct gm_hash *hash, uint8_t *buffer,
                                 struct gm_batch *ret_batch)
{
    struct gm_journal_tail tail;
    enum gm_status status = gm_journal_tail(journal, &tail);
    if (status != GM_OK) return status;
    if (seq == 0) return tail.seq == 0 ? GM_END : gm_journal_read(journal, 1, buffer, ret_batch);
    if (seq > tail.seq) return GM_NOT_FOUND;
    if (seq == tail.seq) return gm_hash_compare(hash, &tail.hash) == 0 ? GM_END : GM_NOT_FOUND;

    /* Mostly seq ends its batch: the next one then names it by hash, and one read does. */
    struct gm_batch batch;
    status = gm_journal_read(journal, seq + 1, buffer, &batch);
    if (status != GM_OK) return status;
    const bool is_next = batch.first_seq == seq + 1;
    const struct gm_hash *held = is_next ? &batch.previous : &batch.hash;
    if (gm_hash_compare(hash, held) != 0) return GM_NOT_FOUND;
    if (!is_next) {
        const uint64_t last = gm_batch_last_seq(&batch);
        if (last == tail.seq) return GM_END;
        status = gm_journal_read(journal, last + 1, buffer, &batch);
        if (status != GM_OK) return status;
    }
    *ret_batch = batch;
    return GM_OK;
}

void gm_journal_space(struct gm_journal *journal, struct gm_journal_space *ret_space)
{
    journal->ops->space(journal, ret_space);
}

bool gm_journal_tend(struct gm_journal *journal, uint64_t floor_bytes)
{
    return journal->ops->tend(journal, floor_bytes);
}

void gm_journal_close(struct gm_journal *journal)
{
    if (journal != NULL) journal->ops->close(journal);
}

enum gm_append gm_journal_admit(const struct gm_journal_tail *tail, struct gm_batch *batch)
{
    if (batch->epoch < tail->epoch) return GM_APPEND_FENCED;
    /* An epoch that was never taken: 0, or one beyond the latest. */
    if (batch->epoch == 0 || batch->epoch > tail->epoch) return GM_APPEND_REJECTED;
    if (batch->journal_id != tail->journal_id) return GM_APPEND_REJECTED;
    if (batch->first_seq != tail->seq + 1) return GM_APPEND_REJECTED;
    if (!gm_batch_within_limits(batch)) return GM_APPEND_REJECTED;

    batch->previous = tail->hash;
    gm_batch_seal(batch);
    return GM_APPEND_ACKED;
}
