#include <string.h>

#include <sodium.h>

#include "cli/events.h"
#include "cli/figure.h"
#include "cli/operator.h"

enum { HEX_64_DIGITS = 16 };

struct watch {
    struct cli *cli;
    const char *service;
    bool positions;
    bool over;
    enum gm_reason reason;
};

/* JOURNAL:SEQ:HASH */
static void put_position(struct watch *watch, const struct gm_stream_place *place)
{
    struct cli *cli = watch->cli;
    char hash[2 * GM_HASH_BYTES + 1];
    sodium_bin2hex(hash, sizeof hash, place->batch_hash.v, GM_HASH_BYTES);
    const char *text = gm_arena_format(cli->arena, "%016llx:%llu:%s",
                                       (unsigned long long)place->position.journal_id,
                                       (unsigned long long)place->position.seq, hash);
    if (text == NULL) return;
    if (!cli->settings.json) {
        CLI_TELL(cli, CLI_SAY_POSITION, text);
        return;
    }
    json_t *line = json_pack("{s:s,s:s}", "service", watch->service, "position", text);
    json_dumpf(line, cli->out, JSON_COMPACT);
    fputc('\n', cli->out);
    json_decref(line);
}

static bool read_position(const char *text, struct gm_stream_place *ret_place)
{
    char *end;
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon - text != HEX_64_DIGITS) return false;
    ret_place->position.journal_id = strtoull(text, &end, 16);
    if (end != colon || colon[1] < '0' || colon[1] > '9') return false;
    ret_place->position.seq = strtoull(colon + 1, &end, 10);
    if (*end != ':') return false;
    size_t size;
    const char *rest;
    const size_t digits = strlen(end + 1);
    return digits == 2 * GM_HASH_BYTES &&
           sodium_hex2bin(ret_place->batch_hash.v, GM_HASH_BYTES, end + 1, digits, NULL, &size,
                          &rest) == 0 &&
           size == GM_HASH_BYTES;
}

static void hear(void *context, const struct gm_subscription *subscription,
                 const Wire__StreamChunk *chunk)
{
    struct watch *watch = context;
    struct cli *cli = watch->cli;
    if (chunk == NULL) {
        watch->over = true;
        watch->reason = subscription->reason;
        return;
    }
    const size_t mark = gm_arena_mark(cli->arena);
    for (size_t i = 0; i < chunk->n_entries; i++) {
        cli_put_events(cli, watch->service, chunk->entries[i], CLI_EVENTS_SHORT);
    }
    /* A service with nothing to show says so every second. */
    if (watch->positions && chunk->n_entries > 0) put_position(watch, &subscription->place);
    fflush(cli->out);
    gm_arena_rewind(cli->arena, mark);
}

/* Until it is over or, with a target, as far as that. */
static enum cli_exit follow(struct watch *watch, const struct gm_subscription *subscription,
                            const struct gm_position *target)
{
    struct cli *cli = watch->cli;
    while (!watch->over && (target == NULL || subscription->place.position.seq < target->seq)) {
        const enum gm_status status = cli->connection->run(cli->connection, -1);
        if (status != GM_OK && status != GM_TIMEOUT)
            return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_CONNECTION_FAILED, gm_status_name(status));
    }
    if (!watch->over) {
        cli->connection->unsubscribe(cli->connection, subscription);
        return CLI_EXIT_OK;
    }
    return CLI_FAIL(cli, CLI_EXIT_REFUSED, CLI_SAY_WATCH_OVER, watch->service,
                    watch->reason == GM_REASON_NONE ? "?" : gm_reason_row(watch->reason)->word);
}

enum cli_exit cli_run_watch(struct cli *cli, const struct cli_line *line)
{
    struct watch watch = {.cli = cli,
                          .service = cli_given_of(line, "SERVICE"),
                          .positions = cli_given_of(line, "positions") != NULL};
    const char *after = cli_given_of(line, "after");
    const bool from_start = cli_given_of(line, "from-start") != NULL;
    if (!cli_knows_service(cli, watch.service)) return CLI_EXIT_USAGE;
    if (after != NULL && from_start)
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_OVER_ALL, "after", "from-start");
    struct gm_subscription_config config = {.member = cli->member, .context = &watch};
    config.from_head = after == NULL && !from_start;
    if (after != NULL && !read_position(after, &config.after))
        return CLI_FAIL(cli, CLI_EXIT_USAGE, CLI_SAY_VALUE_WRONG, "--after", after,
                        cli_word_text(cli->language, CLI_SAY_BAD_POSITION));

    struct gm_call_options head = {0};
    const bool until_head = cli_given_of(line, "until-head") != NULL;
    if (until_head) {
        const enum cli_exit code = cli_include_newest(cli, watch.service, &head);
        if (code != CLI_EXIT_OK) return code;
        if (head.position_count == 0)
            return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_UNREACHABLE, watch.service);
    }
    if (!cli_connect(cli)) return CLI_EXIT_LATER;
    const struct gm_subscription *subscription = NULL;
    const enum gm_status status =
        cli->connection->subscribe(cli->connection, watch.service, &config, hear, &subscription);
    if (status != GM_OK)
        return CLI_FAIL(cli, CLI_EXIT_LATER, CLI_SAY_CONNECTION_FAILED, gm_status_name(status));
    return follow(&watch, subscription, until_head ? &head.positions[0] : NULL);
}
