#include "runtime/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/cleanup.h"
#include "base/config.h"
#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "runtime/crash.h"
#include "runtime/disk.h"
#include "runtime/host.h"
#include "runtime/lane.h"
#include "wire/endpoint.h"
#include "wire/socket.h"

enum {
    DRAIN_MESSAGES = 256, /* taken in one turn, then acks and signals are looked at */
    INBOX_MAX = 16384, /* messages taken off the sockets and not yet executed: their age is known */
    WORKERS_MAX = 8,
    LOOK_EVERY_MS = 1000, /* space, memory, endpoints of peers */
    LOOK_DOWN_MS = 100,   /* the endpoint of a peer that is not reached */
    DRAIN_MS_MAX = 10000, /* a stop takes no longer; what is acked is durable anyhow */
    WHY_BYTES = 512,
};

struct settings {
    const char *data;
    const char *listen;
    int64_t map_bytes;
    int64_t disk_floor_bytes;
    int64_t memory_limit_bytes;
    int64_t workers;
    enum gm_log_level log_level;
};

static const struct gm_option options[] = {
    {.name = "data",
     .standard = "var",
     .help = "Folder of all services' data; this one's lies in it.",
     .kind = GM_OPTION_TEXT,
     .letter = 'd',
     GM_OPTION_FIELD(struct settings, data)},
    {.name = "listen",
     .standard = "127.0.0.1:0",
     .help = "Address and port; port 0 takes a free one. Loopback only.",
     .kind = GM_OPTION_TEXT,
     .letter = 'l',
     GM_OPTION_FIELD(struct settings, listen)},
    {.name = "map",
     .standard = "64G",
     .help = "Address space of tables and of the journal each: the most they can grow to.",
     .kind = GM_OPTION_BYTES,
     .min = 16 << 20,
     .max = INT64_C(1) << 44,
     GM_OPTION_FIELD(struct settings, map_bytes)},
    {.name = "disk-floor",
     .standard = "256M",
     .help = "Free space of the disk below which commands are refused.",
     .kind = GM_OPTION_BYTES,
     GM_OPTION_FIELD(struct settings, disk_floor_bytes)},
    {.name = "memory-limit",
     .standard = "1G",
     .help = "Memory of its own above which the service stops, to be started again.",
     .kind = GM_OPTION_BYTES,
     .min = 64 << 20,
     .max = INT64_C(1) << 44,
     GM_OPTION_FIELD(struct settings, memory_limit_bytes)},
    {.name = "workers",
     .standard = "2",
     .help = "Threads for searches.",
     .kind = GM_OPTION_INTEGER,
     .min = 1,
     .max = WORKERS_MAX,
     GM_OPTION_FIELD(struct settings, workers)},
    {.name = "log-level",
     .standard = "info",
     .help = "Least level of lines that are written.",
     .kind = GM_OPTION_CHOICE,
     .choices = gm_log_level_names,
     GM_OPTION_FIELD(struct settings, log_level)},
};

/* Another service, as this one's client. */
struct peer {
    enum gm_service_name name;
    struct gm_socket socket;
    struct gm_endpoint endpoint; /* connected to; text "" where none */
    char folder[GM_PATH_MAX];
    bool up;
    int64_t look_ms; /* monotonic: next look at its endpoint file */
};

struct waiting {
    struct gm_inbound inbound;
    enum gm_service_name from; /* GM_SERVICE_NONE: a request at the ROUTER */
    int64_t arrived_ms;
};

struct shell {
    const struct gm_service *service;
    const struct settings *settings;
    struct gm_disk disk;
    struct gm_host *host;
    struct gm_context *context;
    struct gm_socket router;
    struct peer peers[GM_SERVICE_COUNT];
    unsigned peer_count;
    struct waiting *inbox; /* a ring of INBOX_MAX */
    unsigned inbox_first;
    unsigned inbox_count;
    struct waker waker;
    struct lane journal_lane;
    struct lane checkpoint_lane;
    struct lane worker_lane;
    struct gm_batch *batch;    /* with the journal thread */
    _Atomic int outcome;       /* enum gm_append, of that batch */
    _Atomic bool failed;       /* a commit failed on its thread */
    int signals;               /* signalfd */
    int64_t look_ms;           /* monotonic: next look at space */
    int64_t draining_since_ms; /* 0: not draining */
    bool final_checkpoint;
    int exit_code;
};

/* ---- lanes ---- */

static void run_append(struct lane *lane, void *work)
{
    struct shell *shell = lane->context;
    shell->outcome = gm_journal_append(shell->disk.journal, work);
}

static bool tend_journal(struct lane *lane)
{
    struct shell *shell = lane->context;
    return gm_journal_tend(shell->disk.journal, (uint64_t)shell->settings->disk_floor_bytes);
}

static void run_job(struct lane *lane, void *work)
{
    struct shell *shell = lane->context;
    if (gm_job_run(work) != GM_OK) shell->failed = true;
}

static bool tend_store(struct lane *lane)
{
    struct shell *shell = lane->context;
    return gm_store_tend(shell->disk.store, (uint64_t)shell->settings->disk_floor_bytes);
}

static enum gm_status start_lanes(struct shell *shell)
{
    shell->journal_lane = (struct lane){.name = "journal",
                                        .run = run_append,
                                        .idle = tend_journal,
                                        .context = shell,
                                        .waker = &shell->waker};
    shell->checkpoint_lane = (struct lane){.name = "checkpoint",
                                           .run = run_job,
                                           .idle = tend_store,
                                           .context = shell,
                                           .waker = &shell->waker,
                                           .nice = 10};
    shell->worker_lane = (struct lane){
        .name = "worker", .run = run_job, .context = shell, .waker = &shell->waker, .nice = 5};
    enum gm_status status = lane_start(&shell->journal_lane, 1);
    if (status == GM_OK) status = lane_start(&shell->checkpoint_lane, 1);
    if (status == GM_OK)
        status = lane_start(&shell->worker_lane, (unsigned)shell->settings->workers);
    return status;
}

/* What threads have finished. True where there was something. */
static bool take_done(struct shell *shell)
{
    bool any = false;
    if (shell->failed) {
        gm_log(GM_LOG_ERROR, "a checkpoint could not be committed, stopping");
        shell->exit_code = GM_EXIT_AGAIN;
        return true;
    }
    if (lane_take(&shell->journal_lane) != NULL) {
        const enum gm_append outcome = (enum gm_append)shell->outcome;
        shell->batch = NULL;
        any = true;
        if (outcome != GM_APPEND_ACKED) {
            gm_log(GM_LOG_ERROR, "an append was not acked, stopping",
                   gm_log_u64("outcome", (uint64_t)outcome));
            shell->exit_code = GM_EXIT_AGAIN;
            return true;
        }
        gm_host_appended(shell->host, outcome);
    }
    void *job;
    while ((job = lane_take(&shell->checkpoint_lane)) != NULL ||
           (job = lane_take(&shell->worker_lane)) != NULL) {
        gm_host_job_done(shell->host, job);
        any = true;
    }
    return any;
}

static bool give_work(struct shell *shell)
{
    bool any = false;
    if (shell->batch == NULL && gm_host_batch(shell->host, &shell->batch)) {
        lane_give(&shell->journal_lane, shell->batch);
        any = true;
    }
    struct gm_job *job;
    while ((job = gm_host_job(shell->host, GM_LANE_CHECKPOINT)) != NULL) {
        lane_give(&shell->checkpoint_lane, job);
        any = true;
    }
    while ((job = gm_host_job(shell->host, GM_LANE_WORKER)) != NULL) {
        lane_give(&shell->worker_lane, job);
        any = true;
    }
    return any;
}

/* ---- messages ---- */

static struct gm_socket *socket_to(struct shell *shell, enum gm_service_name name)
{
    for (unsigned i = 0; i < shell->peer_count; i++)
        if (shell->peers[i].name == name) return &shell->peers[i].socket;
    return NULL;
}

/* Takes what has come off the sockets, so that its age is known though it waits. */
static bool fill_inbox(struct shell *shell, struct gm_socket *socket, enum gm_service_name from,
                       int64_t now_ms)
{
    bool any = false;
    for (unsigned i = 0; i < DRAIN_MESSAGES && shell->inbox_count < INBOX_MAX; i++) {
        struct waiting *waiting =
            &shell->inbox[(shell->inbox_first + shell->inbox_count) % INBOX_MAX];
        const enum gm_status status = gm_socket_receive(socket, &waiting->inbound);
        if (status == GM_TOO_LARGE) continue; /* drained, counted by the socket */
        if (status != GM_OK) break;
        waiting->from = from;
        waiting->arrived_ms = now_ms;
        shell->inbox_count++;
        any = true;
    }
    return any;
}

static bool fill_inboxes(struct shell *shell, int64_t now_ms)
{
    bool any = fill_inbox(shell, &shell->router, GM_SERVICE_NONE, now_ms);
    for (unsigned i = 0; i < shell->peer_count; i++)
        if (fill_inbox(shell, &shell->peers[i].socket, shell->peers[i].name, now_ms)) any = true;
    return any;
}

static bool execute_inbox(struct shell *shell)
{
    unsigned executed = 0;
    while (shell->inbox_count > 0 && executed < DRAIN_MESSAGES && gm_host_ready(shell->host)) {
        struct waiting *waiting = &shell->inbox[shell->inbox_first];
        const struct gm_frames *frames = &waiting->inbound.frames;
        if (waiting->from == GM_SERVICE_NONE)
            gm_host_receive(shell->host, &waiting->inbound.peer, frames, waiting->arrived_ms);
        else
            gm_host_hear(shell->host, waiting->from, frames);
        gm_inbound_release(&waiting->inbound);
        shell->inbox_first = (shell->inbox_first + 1) % INBOX_MAX;
        shell->inbox_count--;
        executed++;
    }
    return executed > 0;
}

static bool send_outputs(struct shell *shell)
{
    bool any = false;
    struct gm_output output;
    while (gm_host_output(shell->host, &output)) {
        any = true;
        if (output.kind == GM_OUTPUT_REQUEST) {
            struct gm_socket *socket = socket_to(shell, output.to);
            GM_ASSERT(socket != NULL);
            /* Not connected, or full: the host asks again later. */
            gm_ignore(gm_socket_send(socket, NULL, output.header, output.body), "asked again");
        } else if (gm_socket_send(&shell->router, &output.peer, output.header, output.body) !=
                   GM_OK) {
            const struct gm_peer gone = output.peer;
            gm_host_peer_gone(shell->host, &gone);
        }
    }
    return any;
}

/* ---- looking after things ---- */

static uint64_t rss_anon_bytes(void)
{
    GM_CLEANUP(gm_closep) int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    char text[4096];
    const ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (size <= 0) return 0;
    text[size] = '\0';
    const char *line = strstr(text, "RssAnon:");
    return line == NULL ? 0 : strtoull(line + 8, NULL, 10) * 1024;
}

static uint8_t percent(uint64_t used, uint64_t whole)
{
    return (uint8_t)(whole == 0 ? 0 : used / (whole / 100 + 1));
}

static void look_at_space(struct shell *shell)
{
    struct gm_store_space tables;
    struct gm_journal_space journal;
    gm_store_space(shell->disk.store, &tables);
    gm_journal_space(shell->disk.journal, &journal);
    const struct gm_host_space space = {
        .tables_percent = percent(tables.used_bytes, tables.map_bytes),
        .journal_percent = percent(journal.used_bytes, journal.map_bytes),
        .disk_free_bytes = tables.disk_free_bytes < journal.disk_free_bytes
                               ? tables.disk_free_bytes
                               : journal.disk_free_bytes,
        .tables_bytes = tables.used_bytes,
        .journal_bytes = journal.used_bytes,
        .rss_anon_bytes = rss_anon_bytes(),
    };
    gm_host_set_space(shell->host, &space);
    if (space.rss_anon_bytes <= (uint64_t)shell->settings->memory_limit_bytes) return;
    gm_log(GM_LOG_ERROR, "memory has passed its limit, stopping to be started again",
           gm_log_u64("rss_anon_bytes", space.rss_anon_bytes));
    shell->exit_code = GM_EXIT_AGAIN;
}

static void look_at_link(struct shell *shell, struct peer *peer)
{
    bool up;
    while (gm_socket_link(&peer->socket, &up) == GM_OK) {
        if (up == peer->up) continue; /* it tries again and again */
        peer->up = up;
        gm_log(GM_LOG_INFO, up ? "connected" : "connection lost",
               gm_log_text("peer", gm_service_text(peer->name)),
               gm_log_text("endpoint", peer->endpoint.text));
        if (up) gm_host_reconnected(shell->host, peer->name);
    }
}

/* A peer that was started again may listen elsewhere. */
static void look_at_endpoint(struct peer *peer)
{
    struct gm_endpoint endpoint;
    if (gm_endpoint_read(peer->folder, &endpoint) != GM_OK ||
        strcmp(endpoint.text, peer->endpoint.text) == 0)
        return;
    if (peer->endpoint.text[0] != '\0') gm_socket_disconnect(&peer->socket, &peer->endpoint);
    peer->endpoint = (struct gm_endpoint){0};
    if (gm_socket_connect(&peer->socket, &endpoint) == GM_OK) peer->endpoint = endpoint;
}

static void look_around(struct shell *shell, int64_t now_ms)
{
    for (unsigned i = 0; i < shell->peer_count; i++) {
        struct peer *peer = &shell->peers[i];
        look_at_link(shell, peer);
        if (!peer->up && peer->look_ms > now_ms + LOOK_DOWN_MS) peer->look_ms = now_ms;
        if (now_ms < peer->look_ms) continue;
        peer->look_ms = now_ms + (peer->up ? LOOK_EVERY_MS : LOOK_DOWN_MS);
        look_at_endpoint(peer);
    }
    if (now_ms < shell->look_ms) return;
    shell->look_ms = now_ms + LOOK_EVERY_MS;
    look_at_space(shell);
}

static void look_at_signals(struct shell *shell, int64_t now_ms)
{
    struct signalfd_siginfo info;
    if (read(shell->signals, &info, sizeof info) != (ssize_t)sizeof info) return;
    if (shell->draining_since_ms != 0) return;
    gm_log(GM_LOG_INFO, "stopping", gm_log_u64("signal", info.ssi_signo));
    shell->draining_since_ms = now_ms;
    gm_host_drain(shell->host);
}

/* Everything is answered and committed, or time is up. */
static bool stopped(struct shell *shell, int64_t now_ms)
{
    if (shell->draining_since_ms == 0) return false;
    if (now_ms - shell->draining_since_ms > DRAIN_MS_MAX) return true;
    if (shell->inbox_count > 0 || !gm_host_idle(shell->host)) return false;
    if (shell->final_checkpoint) return true;
    shell->final_checkpoint = true;
    gm_host_checkpoint_now(shell->host);
    return gm_host_idle(shell->host);
}

static void sleep_until(struct shell *shell, int64_t now_ms)
{
    int64_t wake_ms = gm_host_wake_ms(shell->host);
    if (shell->look_ms < wake_ms) wake_ms = shell->look_ms;
    for (unsigned i = 0; i < shell->peer_count; i++)
        if (shell->peers[i].look_ms < wake_ms) wake_ms = shell->peers[i].look_ms;
    const long timeout_ms = wake_ms <= now_ms ? 0 : (long)(wake_ms - now_ms);
    struct gm_wait waits[GM_SERVICE_COUNT + 3] = {
        {.socket = &shell->router},
        {.fd = shell->waker.fd},
        {.fd = shell->signals},
    };
    unsigned count = 3;
    for (unsigned i = 0; i < shell->peer_count; i++)
        waits[count++] = (struct gm_wait){.socket = &shell->peers[i].socket};
    shell->waker.asleep = true;
    /* A thread that finished before it could see the flag is seen here. */
    if (shell->journal_lane.done_seen + shell->checkpoint_lane.done_seen +
            shell->worker_lane.done_seen ==
        0)
        gm_ignore(gm_wait(waits, count, timeout_ms), "whatever woke us is looked at next");
    shell->waker.asleep = false;
    waker_drain(&shell->waker);
}

static void run(struct shell *shell)
{
    while (shell->exit_code == 0) {
        const struct gm_clock_reading reading = gm_clock_read_system();
        gm_host_time(shell->host, reading);
        bool busy = take_done(shell);
        if (shell->exit_code != 0) return;
        if (fill_inboxes(shell, reading.monotonic_ms)) busy = true;
        if (execute_inbox(shell)) busy = true;
        /* Before the turn, which does what they make due. */
        look_around(shell, reading.monotonic_ms);
        look_at_signals(shell, reading.monotonic_ms);
        gm_host_turn(shell->host);
        if (give_work(shell)) busy = true;
        if (send_outputs(shell)) busy = true;
        if (stopped(shell, reading.monotonic_ms)) return;
        if (!busy) sleep_until(shell, reading.monotonic_ms);
    }
}

/* ---- start and end ---- */

static int give_up(const char *what, const char *why, int exit_code)
{
    gm_log(GM_LOG_ERROR, what, gm_log_text("why", why));
    return exit_code;
}

static int exit_code_of(enum gm_status status)
{
    if (status == GM_CORRUPT) return GM_EXIT_DAMAGED;
    return status == GM_UNAVAILABLE ? GM_EXIT_AGAIN : GM_EXIT_SETUP;
}

static int open_host(struct shell *shell, const char *version)
{
    char why[WHY_BYTES] = "";
    uint64_t seed;
    gm_random_system(&seed, sizeof seed);
    const struct gm_host_config config = {
        .service = shell->service,
        .store = shell->disk.store,
        .journal = shell->disk.journal,
        .poison = shell->disk.poison,
        .seed = seed,
        .disk_floor_bytes = (uint64_t)shell->settings->disk_floor_bytes,
        .version = version,
    };
    shell->host = gm_host_new(&config);
    if (shell->host == NULL) return give_up("not enough memory", "", GM_EXIT_SETUP);
    const enum gm_status status =
        gm_host_start(shell->host, gm_clock_read_system(), why, sizeof why);
    if (status != GM_OK) return give_up("the service does not start", why, exit_code_of(status));
    return 0;
}

static int open_peers(struct shell *shell)
{
    for (enum gm_service_name name = GM_SERVICE_NONE + 1; name < GM_SERVICE_COUNT; name++) {
        if (name == shell->service->name) continue;
        struct peer *peer = &shell->peers[shell->peer_count];
        peer->name = name;
        if (gm_path_join(shell->settings->data, gm_service_text(name), peer->folder) != GM_OK ||
            gm_socket_open(shell->context, GM_SOCKET_DEALER, GM_IN_FLIGHT_SERVICE, &peer->socket) !=
                GM_OK)
            return give_up("a socket cannot be opened", strerror(errno), GM_EXIT_SETUP);
        shell->peer_count++;
    }
    return 0;
}

static int read_listen(const char *text, struct gm_endpoint *ret_wanted)
{
    if (gm_endpoint_parse(text, ret_wanted) != GM_OK)
        return give_up("--listen takes ADDRESS:PORT", text, GM_EXIT_USAGE);
    const char *refusal = gm_endpoint_listen_refusal(ret_wanted);
    return refusal == NULL ? 0
                           : give_up("the service may not listen there", refusal, GM_EXIT_USAGE);
}

static int open_sockets(struct shell *shell, const struct gm_endpoint *wanted)
{
    struct gm_endpoint bound;
    if (gm_context_open(&shell->context) != GM_OK ||
        gm_socket_open(shell->context, GM_SOCKET_ROUTER, GM_IN_FLIGHT_SERVICE, &shell->router) !=
            GM_OK)
        return give_up("a socket cannot be opened", strerror(errno), GM_EXIT_SETUP);
    const int code = open_peers(shell);
    if (code != 0) return code;
    const enum gm_status status = gm_socket_bind(&shell->router, wanted, &bound);
    if (status == GM_BUSY)
        return give_up("the port is in use: choose another with --listen, or 0 for a free one",
                       wanted->text, GM_EXIT_SETUP);
    if (status != GM_OK) return give_up("the port cannot be used", wanted->text, GM_EXIT_SETUP);
    if (gm_endpoint_write(shell->disk.folder, &bound) != GM_OK)
        return give_up("the endpoint file cannot be written", strerror(errno), GM_EXIT_SETUP);
    gm_log(GM_LOG_INFO, "ready", gm_log_text("endpoint", bound.text),
           gm_log_u64("entries", gm_host_head(shell->host)),
           gm_log_u64("epoch", gm_host_epoch(shell->host)));
    return 0;
}

static int open_all(struct shell *shell, const char *version)
{
    char why[WHY_BYTES] = "";
    struct gm_endpoint wanted;
    int code = read_listen(shell->settings->listen, &wanted);
    if (code != 0) return code;
    const enum gm_status status =
        gm_disk_open(shell->settings->data, shell->service, (uint64_t)shell->settings->map_bytes,
                     why, sizeof why, &shell->disk);
    if (status != GM_OK)
        return give_up("the data folder cannot be used", why, exit_code_of(status));
    gm_crash_set_up(shell->disk.poison);
    code = open_host(shell, version);
    if (code != 0) return code;
    shell->inbox = calloc(INBOX_MAX, sizeof *shell->inbox);
    shell->signals = gm_crash_signals();
    if (shell->inbox == NULL || shell->signals < 0 || waker_init(&shell->waker) != GM_OK ||
        start_lanes(shell) != GM_OK)
        return give_up("threads cannot be started", strerror(errno), GM_EXIT_SETUP);
    /* Sockets last: who can connect is answered. */
    return open_sockets(shell, &wanted);
}

static void close_all(struct shell *shell)
{
    lane_stop(&shell->worker_lane);
    lane_stop(&shell->checkpoint_lane);
    lane_stop(&shell->journal_lane);
    for (; shell->inbox_count > 0; shell->inbox_count--) {
        gm_inbound_release(&shell->inbox[shell->inbox_first].inbound);
        shell->inbox_first = (shell->inbox_first + 1) % INBOX_MAX;
    }
    for (unsigned i = 0; i < shell->peer_count; i++)
        gm_socket_close(&shell->peers[i].socket);
    gm_socket_close(&shell->router);
    if (shell->context != NULL) gm_context_close(shell->context);
    gm_host_free(shell->host);
    gm_crash_set_up(NULL);
    gm_disk_close(&shell->disk);
    waker_release(&shell->waker);
    if (shell->signals >= 0) close(shell->signals);
    free(shell->inbox);
}

static int run_service(const struct gm_service *service, const char *version,
                       const struct settings *settings)
{
    struct shell *shell = calloc(1, sizeof *shell);
    if (shell == NULL) return GM_EXIT_SETUP;
    shell->service = service;
    shell->settings = settings;
    shell->disk.lock.fd = shell->signals = shell->waker.fd = -1;
    int code = open_all(shell, version);
    if (code == 0) {
        run(shell);
        code = shell->exit_code;
    }
    if (code == 0) gm_log(GM_LOG_INFO, "stopped", gm_log_u64("entries", gm_host_head(shell->host)));
    /* After a failed append or commit nothing is tidied up: the next start reads what is durable.
     */
    if (code == GM_EXIT_AGAIN) _exit(code);
    close_all(shell);
    free(shell);
    return code;
}

int gm_shell_main(const struct gm_service *service, const char *version, int argc, char **argv)
{
    char name[64];
    (void)snprintf(name, sizeof name, "gomnet-%s", gm_service_text(service->name));
    const struct gm_program program = {
        .name = name,
        .version = version,
        .purpose = "A service of Gomnet, the network of ceramics producers and their distributors.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
    };
    struct gm_arena arena;
    if (gm_arena_init(&arena, GM_CONFIG_ARENA_BYTES) != GM_OK) return GM_EXIT_SETUP;
    struct settings settings;
    const struct gm_config config =
        gm_config_read(&program, &arena, argc, argv, environ, &settings);
    int code = GM_EXIT_USAGE;
    if (config.action == GM_CONFIG_SHOW) {
        code = fputs(config.text, stdout) < 0 ? GM_EXIT_SETUP : 0;
    } else if (config.action == GM_CONFIG_REFUSE) {
        (void)fputs(config.text, stderr);
    } else {
        gm_log_set_up(gm_service_text(service->name), settings.log_level);
        if (config.unknown_variable != NULL)
            gm_log(GM_LOG_WARN, "a variable is no option of this program",
                   gm_log_text("variable", config.unknown_variable));
        code = run_service(service, version, &settings);
    }
    gm_arena_release(&arena);
    return code;
}
