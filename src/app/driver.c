#include "driver_state.h"
#include "timing.h"

#include <string.h>
#include "te/base/clock.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"

enum { MESSAGES_PER_STEP = 1000 };

int driver_send(struct te_driver *d, size_t peer, enum te_msg_type type, struct te_err *err)
{
    if (d->peers[peer].gone)
        return 0;
    te_buf_clear(&d->frame);
    size_t begin = te_frame_begin(&d->frame);
    te_buf_add(&d->frame, d->payload.data, d->payload.len);
    if (te_buf_check(&d->payload, err) < 0 ||
        te_frame_end(&d->frame, begin, type, te_journal_epoch(d->o.journal), err) < 0)
        return -1;
    return te_transport_send(d->transport, (int)peer + 1, &d->frame, err);
}

static int send_ref(struct te_driver *d, size_t peer, enum te_msg_type type, uint32_t task,
                    uint32_t attempt, struct te_err *err)
{
    struct te_task_ref ref = {task, attempt, 0};
    te_buf_clear(&d->payload);
    te_task_ref_encode(&ref, &d->payload);
    return driver_send(d, peer, type, err);
}

/* ---- actions --------------------------------------------------------------------------------- */

static void forget_sent(struct peer *peer, uint32_t task)
{
    for (size_t i = 0; i < peer->n_sent; i++)
        if (peer->sent[i].task == task) {
            te_free(peer->sent[i].payload);
            memmove(&peer->sent[i], &peer->sent[i + 1],
                    (peer->n_sent - i - 1) * sizeof peer->sent[0]);
            peer->n_sent--;
            return;
        }
}

static int note_assign(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    struct te_rec_assign rec = {.number = a->task,
                                .attempt = a->attempt,
                                .rank = (int32_t)a->worker + 1,
                                .host = d->hosts[d->peers[a->worker].host].name,
                                .time = te_clock_real(),
                                .suspect = a->suspect};
    te_buf_clear(&d->payload);
    te_rec_assign_encode(&rec, &d->payload);
    return driver_journal(d, TE_RECORD_ASSIGN, err);
}

static const struct te_driver_file *file_of(const struct te_driver *d, uint32_t dataset,
                                            const char *path)
{
    size_t low = 0, high = d->o.n_files;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->o.files[middle].dataset < dataset)
            low = middle + 1;
        else
            high = middle;
    }
    for (; path && low < d->o.n_files && d->o.files[low].dataset == dataset; low++)
        if (strcmp(d->o.files[low].path, path) == 0)
            return &d->o.files[low];
    return NULL;
}

static void add_checksums(const struct te_driver *d, uint32_t dataset, struct te_task *task)
{
    const struct te_driver_file *train = file_of(d, dataset, task->train_path);
    const struct te_driver_file *test = file_of(d, dataset, task->test_path);
    if (train)
        memcpy(task->train_sha256, train->sha256, sizeof task->train_sha256);
    if (test)
        memcpy(task->test_sha256, test->sha256, sizeof task->test_sha256);
}

static int encode_task(struct te_driver *d, uint32_t number, uint32_t attempt, struct te_err *err)
{
    struct te_task task;
    if (te_plan_task(d->o.plan, number, &task, err) < 0)
        return -1;
    task.attempt = attempt;
    add_checksums(d, te_plan_get(d->o.plan, number)->dataset, &task);
    te_buf_clear(&d->payload);
    te_task_encode(&task, &d->payload);
    te_task_release(&task);
    if (te_buf_check(&d->payload, err) == 0 && d->payload.len > TE_MAX_TASK)
        te_err_set(err, TE_ERR_LIMIT,
                   "experiment %u needs %zu bytes as a task: at most %zu are allowed", number,
                   d->payload.len, TE_MAX_TASK);
    else if (!d->payload.failed)
        return 0;
    return -1;
}

static int do_assign(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    struct peer *peer = &d->peers[a->worker];
    if (peer->n_sent == TE_SCHED_DEPTH)
        return te_err_set(err, TE_ERR_INTERNAL, "worker %u has too many tasks", a->worker);
    if (note_assign(d, a, err) < 0 || encode_task(d, a->task, a->attempt, err) < 0)
        return -1;
    struct sent *sent = &peer->sent[peer->n_sent];
    *sent = (struct sent){.task = a->task, .attempt = a->attempt, .len = d->payload.len};
    sent->payload = te_alloc(d->payload.len, err);
    if (!sent->payload)
        return -1;
    memcpy(sent->payload, d->payload.data, d->payload.len);
    if (peer->n_sent++ == 0)
        peer->started = te_clock_mono();
    return driver_send(d, a->worker, TE_MSG_ASSIGN, err);
}

static int do_cancel(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    forget_sent(&d->peers[a->worker], a->task);
    return send_ref(d, a->worker, TE_MSG_CANCEL, a->task, a->attempt, err);
}

static int do_charged(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    te_log(TE_LOG_WARNING, "experiment %u was lost with its worker (%u of 3 times)", a->task,
           a->charges);
    return driver_note(d, TE_NOTE_CHARGED, a->task, a->charges, NULL, NULL, err);
}

static int do_failed(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    return driver_note(d, TE_NOTE_FAILED, a->task, a->charges, NULL, NULL, err);
}

static int do_cut(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    return driver_note(d, TE_NOTE_WALLTIME, a->task, a->attempt, NULL, NULL, err);
}

static int do_lost(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    return driver_record_own(d, a->task, a->attempt, TE_REASON_NODE_LOST,
                             "the experiment took its worker with it three times", err);
}

static int do_walltime(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    return driver_record_own(d, a->task, a->attempt, TE_REASON_WALLTIME,
                             "the experiment does not fit into the walltime of the run", err);
}

static int do_nowhere(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    return driver_record_own(d, a->task, a->attempt, TE_REASON_INFRASTRUCTURE,
                             "no host has the experiment's dataset as rank 0 has it", err);
}

static int do_lose(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    struct peer *peer = &d->peers[a->worker];
    const char *name = peer->greeted ? d->hosts[peer->host].name : "?";
    const char *why = driver_process_gone(peer) ? "its process is gone" : "it has gone silent";
    peer->gone = true;
    d->lost++;
    while (peer->n_sent > 0)
        forget_sent(peer, peer->sent[0].task);
    te_transport_forget(d->transport, (int)a->worker + 1);
    te_log(TE_LOG_WARNING, "rank %u on %s is lost: %s", a->worker + 1, name, why);
    if (driver_note(d, TE_NOTE_LOST, 0, 0, name, why, err) < 0)
        return -1;
    return peer->greeted ? driver_lead(d, peer->host, err) : 0;
}

static int do_set_aside(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    struct host *host = &d->hosts[a->host];
    host->aside = true;
    te_autofree char *text =
        te_asprintf(err, "set aside, everything fails there: %s", host->why ? host->why : "");
    if (!text)
        return -1;
    te_log(TE_LOG_WARNING, "host '%s' gets no more work: everything fails there: %s", host->name,
           host->why ? host->why : "");
    return driver_note(d, TE_NOTE_LOST, 0, 0, host->name, text, err);
}

static int do_finished(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    (void)a;
    (void)err;
    d->finished = true;
    return 0;
}

static int do_nothing(struct te_driver *d, const struct te_action *a, struct te_err *err)
{
    (void)d;
    (void)a;
    (void)err;
    return 0;
}

/* RECORD and DROP are carried out where the result is at hand. */
static int (*const carry_out[])(struct te_driver *d, const struct te_action *a,
                                struct te_err *err) = {
    [TE_ACT_ASSIGN] = do_assign,     [TE_ACT_CANCEL] = do_cancel,
    [TE_ACT_RECORD] = do_nothing,    [TE_ACT_DROP] = do_nothing,
    [TE_ACT_CHARGED] = do_charged,   [TE_ACT_FAILED] = do_failed,
    [TE_ACT_LOST] = do_lost,         [TE_ACT_CUT] = do_cut,
    [TE_ACT_WALLTIME] = do_walltime, [TE_ACT_NOWHERE] = do_nowhere,
    [TE_ACT_LOSE] = do_lose,         [TE_ACT_SET_ASIDE] = do_set_aside,
    [TE_ACT_FINISHED] = do_finished,
};

static int carry_out_all(struct te_driver *d, struct te_err *err)
{
    for (size_t i = 0; i < d->actions.count; i++)
        if (carry_out[d->actions.items[i].type](d, &d->actions.items[i], err) < 0)
            return -1;
    return 0;
}

int driver_step_sched(struct te_driver *d, struct te_event event, struct te_err *err)
{
    event.now = te_clock_mono();
    if (te_sched_step(d->sched, &event, &d->actions, err) < 0)
        return -1;
    return carry_out_all(d, err);
}

/* ---- messages -------------------------------------------------------------------------------- */

static const struct sent *find_sent(const struct peer *peer, uint32_t task, uint32_t attempt)
{
    for (size_t i = 0; i < peer->n_sent; i++)
        if (peer->sent[i].task == task && peer->sent[i].attempt == attempt)
            return &peer->sent[i];
    return NULL;
}

static int on_scores(struct te_driver *d, size_t p, const struct te_frame *frame,
                     struct te_err *err)
{
    struct te_scores_piece piece;
    if (te_scores_decode(frame->data, frame->len, &piece, err) < 0)
        return -1;
    if (!find_sent(&d->peers[p], piece.number, piece.attempt))
        return 0; /* cancelled meanwhile */
    te_buf_clear(&d->payload);
    te_buf_add(&d->payload, frame->data, frame->len);
    return driver_journal(d, TE_RECORD_SCORES, err);
}

static int record(struct te_driver *d, size_t p, const struct te_result *result,
                  const struct te_frame *frame, struct te_err *err)
{
    const struct sent *sent = find_sent(&d->peers[p], result->number, result->attempt);
    if (!sent)
        return te_err_set(err, TE_ERR_INTERNAL, "experiment %u was not sent", result->number);
    te_buf_clear(&d->payload);
    te_rec_result_join(sent->payload, sent->len, frame->data, frame->len, &d->payload);
    if (driver_journal(d, TE_RECORD_RESULT, err) < 0)
        return -1;
    driver_note_unsynced(d);
    driver_count(d, result->status);
    return driver_learn(d, result, err);
}

static int on_heartbeat(struct te_driver *d, size_t p, const struct te_frame *frame,
                        struct te_err *err)
{
    (void)frame;
    return driver_step_sched(d, (struct te_event){.type = TE_EV_HEARD, .worker = (uint32_t)p}, err);
}

static int on_result(struct te_driver *d, size_t p, const struct te_frame *frame,
                     struct te_err *err)
{
    struct te_result result;
    if (te_result_decode(frame->data, frame->len, &result, err) < 0)
        return -1;
    if (!find_sent(&d->peers[p], result.number, result.attempt)) {
        te_result_release(&result); /* it crossed a CANCEL, its scores are not here: run again */
        return on_heartbeat(d, p, frame, err);
    }
    struct te_event event = {.type = TE_EV_RESULT,
                             .now = te_clock_mono(),
                             .worker = (uint32_t)p,
                             .task = result.number,
                             .attempt = result.attempt,
                             .outcome = result.reason == TE_REASON_INFRASTRUCTURE
                                            ? TE_OUTCOME_FAILED
                                            : TE_OUTCOME_FINAL};
    if (event.outcome == TE_OUTCOME_FAILED) {
        char **why = &d->hosts[d->peers[p].host].why;
        te_free(*why);
        *why = te_strdup(result.error_message ? result.error_message : "", err);
        te_log(TE_LOG_WARNING, "experiment %u on %s: infrastructure: %s", result.number,
               result.host ? result.host : "?", result.error_message ? result.error_message : "");
    }
    int rc = te_sched_step(d->sched, &event, &d->actions, err);
    for (size_t i = 0; rc == 0 && i < d->actions.count; i++)
        if (d->actions.items[i].type == TE_ACT_RECORD)
            rc = record(d, p, &result, frame, err);
    forget_sent(&d->peers[p], result.number);
    d->peers[p].started = te_clock_mono();
    te_result_release(&result);
    return rc == 0 ? carry_out_all(d, err) : -1;
}

static int on_started(struct te_driver *d, size_t p, const struct te_frame *frame,
                      struct te_err *err)
{
    struct te_task_ref ref;
    if (te_task_ref_decode(frame->data, frame->len, &ref, err) < 0)
        return -1;
    d->peers[p].started = te_clock_mono();
    return driver_step_sched(d,
                             (struct te_event){.type = TE_EV_STARTED,
                                               .worker = (uint32_t)p,
                                               .task = ref.number,
                                               .attempt = ref.attempt},
                             err);
}

/* A worker that leaves by itself could not go on: what it ran is nobody's fault. */
static int on_bye(struct te_driver *d, size_t p, const struct te_frame *frame, struct te_err *err)
{
    struct te_bye bye;
    struct peer *peer = &d->peers[p];
    if (te_bye_decode(frame->data, frame->len, &bye, err) < 0)
        return -1;
    const char *name = peer->greeted ? d->hosts[peer->host].name : "?";
    te_log(TE_LOG_WARNING, "rank %zu on %s has left: %s", p + 1, name, bye.why ? bye.why : "");
    int rc = driver_note(d, TE_NOTE_LOST, 0, 0, name, bye.why, err);
    te_bye_release(&bye);
    peer->gone = true;
    while (peer->n_sent > 0)
        forget_sent(peer, peer->sent[0].task);
    if (rc == 0 && peer->greeted)
        rc = driver_lead(d, peer->host, err);
    return rc < 0 ? -1
                  : driver_step_sched(d,
                                      (struct te_event){.type = TE_EV_GONE,
                                                        .worker = (uint32_t)p,
                                                        .outcome = TE_OUTCOME_REFUSED},
                                      err);
}

static int handle(struct te_driver *d, size_t peer, const struct te_frame *frame,
                  struct te_err *err)
{
    static const struct {
        enum te_msg_type type;
        int (*on)(struct te_driver *d, size_t peer, const struct te_frame *frame,
                  struct te_err *err);
    } table[] = {{TE_MSG_HELLO, driver_on_hello},
                 {TE_MSG_MIRRORED, driver_on_mirrored},
                 {TE_MSG_STARTED, on_started},
                 {TE_MSG_SCORES, on_scores},
                 {TE_MSG_RESULT, on_result},
                 {TE_MSG_HEARTBEAT, on_heartbeat},
                 {TE_MSG_BYE, on_bye},
                 {TE_MSG_TAKEN, driver_on_taken}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].type == frame->type)
            return table[i].on(d, peer, frame, err);
    return te_err_set(err, TE_ERR_FORMAT, "message of type %s was not expected from rank %zu",
                      te_msg_name(frame->type), peer + 1);
}

static int handle_all(struct te_driver *d, const struct te_packet *packet, struct te_err *err)
{
    struct te_frame frame;
    size_t used, peer = (size_t)packet->from - 1;
    for (size_t at = 0; at < packet->len && !d->peers[peer].gone && !d->finished; at += used) {
        if (te_frame_decode(packet->data + at, packet->len - at, &frame, &used, err) < 0)
            return te_err_wrap(err, "message from rank %d", packet->from);
        if (handle(d, peer, &frame, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- the loop's body ------------------------------------------------------------------------- */

static int lose_now(struct te_driver *d, size_t p, struct te_err *err)
{
    struct te_action loss = {.type = TE_ACT_LOSE, .worker = (uint32_t)p};
    struct te_event gone = {.type = TE_EV_GONE, .worker = (uint32_t)p};
    return do_lose(d, &loss, err) < 0 ? -1 : driver_step_sched(d, gone, err);
}

static int beat(struct te_driver *d, double now, struct te_err *err)
{
    d->next_beat = now + TE_HEARTBEAT;
    for (size_t i = 0; i < d->n_peers; i++) {
        if (!d->peers[i].gone && driver_process_gone(&d->peers[i]) && lose_now(d, i, err) < 0)
            return -1;
        te_buf_clear(&d->payload);
        if (driver_send(d, i, TE_MSG_HEARTBEAT, err) < 0)
            return -1;
    }
    return driver_step_sched(d, (struct te_event){.type = TE_EV_TICK}, err);
}

static int receive_some(struct te_driver *d, double wait, struct te_err *err)
{
    struct te_packet packet;
    for (int i = 0; i < MESSAGES_PER_STEP; i++) {
        int got = te_transport_receive(d->transport, i == 0 ? wait : 0, &packet, err);
        if (got <= 0)
            return got;
        int rc = handle_all(d, &packet, err);
        te_free(packet.data);
        if (rc < 0 || driver_push(d, err) < 0)
            return -1;
        if (d->finished)
            return 0;
    }
    return 0;
}

int te_driver_step(struct te_driver *d, double wait, bool *done, struct te_err *err)
{
    double now = te_clock_mono();
    double until = d->unsynced && d->sync_at < d->next_beat ? d->sync_at : d->next_beat;
    double pause = until - now < wait ? until - now : wait;
    bool more = false;
    if (d->sync && driver_sync_step(d, now, &more, err) < 0)
        return -1;
    if (driver_push(d, err) < 0 || receive_some(d, !more && pause > 0 ? pause : 0, err) < 0)
        return -1;
    now = te_clock_mono();
    if (d->unsynced && now >= d->sync_at && driver_sync(d, err) < 0)
        return -1;
    driver_reorder(d, now);
    if (!d->places_sent && driver_place_all(d, now, err) < 0)
        return -1;
    if (now >= d->next_beat && beat(d, now, err) < 0)
        return -1;
    if (d->o.progress)
        d->o.progress->running = te_sched_counts(d->sched).running;
    if (d->o.idle && d->o.idle(d->o.idle_arg, now, err) < 0)
        return -1;
    *done = d->finished;
    return 0;
}

int te_driver_drain(struct te_driver *d, struct te_err *err)
{
    return driver_step_sched(d, (struct te_event){.type = TE_EV_DRAIN}, err);
}

int te_driver_end(struct te_driver *d, bool at_once, struct te_err *err)
{
    struct te_bye bye = {at_once, NULL};
    int rc = driver_sync(d, err);
    for (size_t i = 0; i < d->n_peers; i++) {
        te_buf_clear(&d->payload);
        te_bye_encode(&bye, &d->payload);
        if (rc == 0) /* also to one whose hello is still under way */
            rc = driver_send(d, i, TE_MSG_BYE, err);
    }
    return rc == 0 ? te_transport_flush(d->transport, 5, err) : -1;
}

enum te_sched_end te_driver_outcome(const struct te_driver *d)
{
    return te_sched_end(d->sched);
}

struct te_sched_counts te_driver_counts(const struct te_driver *d)
{
    return te_sched_counts(d->sched);
}

size_t te_driver_lost(const struct te_driver *d)
{
    return d->lost;
}

bool te_driver_left_early(const struct te_driver *d)
{
    return d->lost > 0 || d->left_early;
}

int64_t te_driver_running(const struct te_driver *d, size_t i, double *since, const char **host)
{
    const struct peer *peer = &d->peers[i];
    *since = peer->started;
    *host = peer->greeted ? d->hosts[peer->host].name : "";
    return peer->gone ? -1 : te_sched_running(d->sched, (uint32_t)i);
}

/* ---- life ------------------------------------------------------------------------------------ */

static int open_sched(struct te_driver *d, struct te_err *err)
{
    struct te_sched_config config;
    te_sched_defaults(&config);
    config.n_tasks = (uint32_t)te_plan_count(d->o.plan);
    config.n_workers = (uint32_t)d->n_peers;
    config.n_datasets = d->o.n_datasets;
    config.n_algorithms = d->o.n_algorithms;
    config.stop_at = d->o.stop_at;
    d->sched = te_sched_new(&config, err);
    if (!d->sched)
        return -1;
    for (uint32_t i = 0; i < config.n_tasks; i++) {
        const struct te_experiment *e = te_plan_get(d->o.plan, i);
        te_sched_describe(d->sched, i, e->dataset, e->algorithm, 0);
    }
    if (driver_replay(d, err) < 0)
        return -1;
    driver_expect(d);
    d->next_order = te_clock_mono();
    return 0;
}

int te_driver_new(struct te_transport *transport, const struct te_driver_options *options,
                  struct te_driver **out, struct te_err *err)
{
    struct te_driver *d = te_zalloc(1, sizeof *d, err);
    if (!d)
        return -1;
    d->transport = transport;
    d->o = *options;
    d->n_peers = (size_t)transport->count - 1;
    d->start = te_clock_mono();
    te_buf_init(&d->payload, TE_MAX_MESSAGE);
    te_buf_init(&d->frame, TE_MAX_MESSAGE + TE_FRAME_HEAD);
    d->peers = te_zalloc(d->n_peers, sizeof *d->peers, err);
    d->hosts = te_zalloc(d->n_peers, sizeof *d->hosts, err);
    if (!d->peers || !d->hosts || driver_sync_open(d, err) < 0 || open_sched(d, err) < 0 ||
        driver_step_sched(d, (struct te_event){.type = TE_EV_START}, err) < 0) {
        te_driver_free(d);
        return -1;
    }
    *out = d;
    return 0;
}

void te_driver_free(struct te_driver *d)
{
    if (!d)
        return;
    driver_sync_close(d);
    for (size_t i = 0; d->peers && i < d->n_peers; i++)
        while (d->peers[i].n_sent > 0)
            forget_sent(&d->peers[i], d->peers[i].sent[0].task);
    for (size_t i = 0; i < d->n_hosts; i++) {
        te_free(d->hosts[i].name);
        te_free(d->hosts[i].boot_id);
        te_free(d->hosts[i].why);
    }
    te_free(d->peers);
    te_free(d->hosts);
    te_actions_release(&d->actions);
    te_sched_free(d->sched);
    te_buf_release(&d->payload);
    te_buf_release(&d->frame);
    te_free(d);
}
