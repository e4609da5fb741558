#include "te/app/worker.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host.h"
#include "inbox.h"
#include "mirror_check.h"
#include "timing.h"
#include "te/base/clock.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/sig.h"
#include "te/core/msg.h"
#include "te/run/runner.h"

enum { QUEUE_MAX = 64, PIECE_VALUES = 1 << 17, MESSAGES_PER_STEP = 64 };
static const double brief = 1e-3;     /* s of short tasks without a look at the messages */
static const double busy_wait = 0.05; /* s in the runner's poll: a CANCEL is heard that soon */

static const double first_pause = 1.5, longest_pause = 12; /* s after a failure of the host */

struct te_worker {
    struct te_transport *transport;
    struct te_place place;
    struct te_runner *runner; /* NULL until CONFIG came */
    char *label;
    struct te_task queue[QUEUE_MAX]; /* [0] is the one that runs */
    double received[QUEUE_MAX];
    size_t length;
    bool running, told_started, leaving, orphaned, rough;
    bool to_equip;               /* this rank leads its host and has not looked at it yet */
    bool files_known;            /* all files to check have come */
    char *refused;               /* why this host cannot work; NULL: it can */
    double heard, beat, looked;  /* monotonic: rank 0's last word, our next, our last look */
    struct te_mirror_list files; /* to check, as they come */
    size_t files_cap;
    struct inbox inbox; /* of files that this host lacks */
    struct te_host host;
    struct te_buf frame;      /* for building messages */
    double pause, next_start; /* s and monotonic: after an infrastructure failure */
};

/* ---- sending --------------------------------------------------------------------------------- */

static int send_frame(struct te_worker *w, enum te_msg_type type, const struct te_buf *payload,
                      struct te_err *err)
{
    te_buf_clear(&w->frame);
    size_t begin = te_frame_begin(&w->frame);
    te_buf_add(&w->frame, payload->data, payload->len);
    w->beat = te_clock_mono() + TE_HEARTBEAT;
    if (te_buf_check(payload, err) < 0 || te_frame_end(&w->frame, begin, type, 0, err) < 0)
        return -1;
    return te_transport_send(w->transport, 0, &w->frame, err);
}

static int send_ref(struct te_worker *w, enum te_msg_type type, const struct te_task *task,
                    struct te_err *err)
{
    struct te_task_ref ref = {task->number, task->attempt, te_clock_real()};
    struct te_buf payload;
    te_buf_init(&payload, TE_MAX_TASK);
    te_task_ref_encode(&ref, &payload);
    int rc = send_frame(w, type, &payload, err);
    te_buf_release(&payload);
    return rc;
}

static int send_hello(struct te_worker *w, const char *version, struct te_err *err)
{
    char engine[] = "";
    struct te_hello hello = {.protocol = TE_FORMAT_VERSION,
                             .version = (char *)(uintptr_t)version,
                             .host = w->host.name,
                             .boot_id = w->host.boot_id,
                             .pid = (int32_t)getpid(),
                             .cores = (int32_t)w->host.cpus,
                             .memory = w->host.memory,
                             .engine = engine};
    struct te_buf payload;
    te_buf_init(&payload, TE_MAX_TASK);
    te_hello_encode(&hello, &payload);
    int rc = send_frame(w, TE_MSG_HELLO, &payload, err);
    te_buf_release(&payload);
    return rc;
}

static int send_scores(struct te_worker *w, const struct te_task *task, const double *scores,
                       uint64_t n, struct te_err *err)
{
    int rc = 0;
    for (uint64_t at = 0; rc == 0 && at < n; at += PIECE_VALUES) {
        struct te_scores_piece piece = {.number = task->number,
                                        .attempt = task->attempt,
                                        .first = at,
                                        .total = n,
                                        .count = n - at < PIECE_VALUES ? n - at : PIECE_VALUES};
        struct te_buf payload;
        te_buf_init(&payload, TE_MAX_MESSAGE);
        te_scores_encode(&piece, scores + at, &payload);
        rc = send_frame(w, TE_MSG_SCORES, &payload, err);
        if (rc == 0)
            rc = te_transport_push(w->transport, err);
        te_buf_release(&payload);
    }
    return rc;
}

static int send_result(struct te_worker *w, struct te_result *result, const double *scores,
                       struct te_err *err)
{
    struct te_buf payload;
    const struct te_task *task = &w->queue[0];
    result->number = task->number;
    result->attempt = task->attempt;
    result->id = task->id;
    result->queued = w->received[0];
    te_buf_init(&payload, TE_MAX_MESSAGE);
    int rc = scores ? send_scores(w, task, scores, result->n_scores, err) : 0;
    te_result_encode(result, &payload);
    if (rc == 0)
        rc = send_frame(w, TE_MSG_RESULT, &payload, err);
    te_buf_release(&payload);
    return rc;
}

static int send_beat(struct te_worker *w, struct te_err *err)
{
    struct te_buf nothing;
    te_buf_init(&nothing, 1);
    return send_frame(w, TE_MSG_HEARTBEAT, &nothing, err);
}

/* ---- mirror ---------------------------------------------------------------------------------- */

static int on_mirror(struct te_worker *w, const struct te_frame *frame, struct te_err *err)
{
    struct te_mirror_list part;
    if (te_mirror_list_decode(frame->data, frame->len, &part, err) < 0)
        return -1;
    bool last = part.last;
    int rc = te_grow(&w->files.files, &w->files_cap, (size_t)w->files.count + part.count,
                     sizeof *part.files, TE_MAX_DATASETS, err);
    if (rc == 0 && part.count > 0) {
        memcpy(w->files.files + w->files.count, part.files, part.count * sizeof *part.files);
        w->files.count += part.count;
        part.count = 0; /* moved */
    }
    te_mirror_list_release(&part);
    w->files_known |= last;
    return rc;
}

static int on_copy(struct te_worker *w, const struct te_frame *frame, struct te_err *err)
{
    struct te_buf reply;
    te_buf_init(&reply, TE_MAX_TASK);
    int rc = frame->type == TE_MSG_FILE ? inbox_on_file(&w->inbox, frame, &reply, err)
                                        : inbox_on_piece(&w->inbox, frame, &reply, err);
    if (rc == 0)
        rc = send_frame(w, TE_MSG_TAKEN, &reply, err);
    te_buf_release(&reply);
    return rc;
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Told again: the rank that led this host is gone, and this one leads now. */
static int take_the_lead(struct te_worker *w, const struct te_frame *frame, struct te_err *err)
{
    struct te_place place;
    if (te_place_decode(frame->data, frame->len, &place, err) < 0)
        return -1;
    if (place.leader && !w->place.leader) {
        w->place.leader = true;
        w->place.images = te_steal(place.images);
        w->to_equip = true;
    }
    te_place_release(&place);
    return 0;
}

static int on_config(struct te_worker *w, const struct te_frame *frame, struct te_err *err)
{
    if (w->runner)
        return take_the_lead(w, frame, err);
    if (te_place_decode(frame->data, frame->len, &w->place, err) < 0)
        return -1;
    w->label = te_asprintf(err, "%s-%d", w->place.settings.run_name, w->transport->self);
    if (!w->label)
        return -1;
    struct te_runner_place place = {.host = w->host.name,
                                    .rank = w->transport->self,
                                    .slot = w->place.slot,
                                    .slots = w->place.slots,
                                    .label = w->label};
    if (te_runner_open(&w->place.settings, &place, &w->runner, err) < 0)
        return -1;
    if (!w->place.leader) {
        w->files_known = true; /* nothing to check: says that it is ready */
        return 0;
    }
    w->to_equip = true;
    return te_runner_clean_host(w->runner, err);
}

static void drop(struct te_worker *w, size_t i)
{
    te_task_release(&w->queue[i]);
    memmove(&w->queue[i], &w->queue[i + 1], (w->length - i - 1) * sizeof w->queue[0]);
    memmove(&w->received[i], &w->received[i + 1], (w->length - i - 1) * sizeof w->received[0]);
    w->length--;
    w->queue[w->length] = (struct te_task){0};
    if (i == 0)
        w->running = w->told_started = false;
}

static int on_assign(struct te_worker *w, const struct te_frame *frame, struct te_err *err)
{
    if (w->length == QUEUE_MAX)
        return te_err_set(err, TE_ERR_INTERNAL, "more than %d tasks are queued", QUEUE_MAX);
    if (te_task_decode(frame->data, frame->len, &w->queue[w->length], err) < 0)
        return -1;
    w->received[w->length++] = te_clock_real();
    return 0;
}

static int on_cancel(struct te_worker *w, const struct te_frame *frame, struct te_err *err)
{
    struct te_task_ref ref;
    if (te_task_ref_decode(frame->data, frame->len, &ref, err) < 0)
        return -1;
    for (size_t i = 0; i < w->length; i++)
        if (w->queue[i].number == ref.number && w->queue[i].attempt == ref.attempt) {
            if (i == 0 && w->running)
                te_runner_cancel(w->runner);
            drop(w, i);
            return 0;
        }
    return 0;
}

static void cancel_all(struct te_worker *w)
{
    if (w->running)
        te_runner_cancel(w->runner);
    while (w->length > 0)
        drop(w, w->length - 1);
    w->leaving = true;
}

static int on_bye(struct te_worker *w, const struct te_frame *frame, struct te_err *err)
{
    struct te_bye bye;
    if (te_bye_decode(frame->data, frame->len, &bye, err) < 0)
        return -1;
    if (bye.why && *bye.why)
        te_log(TE_LOG_NOTICE, "rank %d on %s leaves: %s", w->transport->self, w->host.name,
               bye.why);
    /* A surplus rank goes before the others do: with recovery MPI need not hear of it. */
    const char *recovery = getenv("OMPI_MCA_orte_enable_recovery");
    w->rough = bye.code != 0 || (bye.why && *bye.why && recovery && strcmp(recovery, "1") == 0);
    te_bye_release(&bye);
    cancel_all(w);
    return 0;
}

static int on_nothing(struct te_worker *w, const struct te_frame *frame, struct te_err *err)
{
    (void)w;
    (void)frame;
    (void)err;
    return 0;
}

static int handle(struct te_worker *w, const struct te_frame *frame, struct te_err *err)
{
    static const struct {
        enum te_msg_type type;
        int (*on)(struct te_worker *w, const struct te_frame *frame, struct te_err *err);
    } table[] = {{TE_MSG_CONFIG, on_config},     {TE_MSG_MIRROR, on_mirror},
                 {TE_MSG_ASSIGN, on_assign},     {TE_MSG_CANCEL, on_cancel},
                 {TE_MSG_HEARTBEAT, on_nothing}, {TE_MSG_BYE, on_bye},
                 {TE_MSG_FILE, on_copy},         {TE_MSG_PIECE, on_copy}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].type == frame->type)
            return table[i].on(w, frame, err);
    return te_err_set(err, TE_ERR_FORMAT, "message of type %s was not expected",
                      te_msg_name(frame->type));
}

static int handle_all(struct te_worker *w, const struct te_packet *packet, struct te_err *err)
{
    struct te_frame frame;
    size_t used;
    w->heard = te_clock_mono();
    for (size_t at = 0; at < packet->len && !w->leaving; at += used) {
        if (te_frame_decode(packet->data + at, packet->len - at, &frame, &used, err) < 0)
            return te_err_wrap(err, "message from rank %d", packet->from);
        if (handle(w, &frame, err) < 0)
            return -1;
    }
    return 0;
}

static int receive_all(struct te_worker *w, double wait, struct te_err *err)
{
    struct te_packet packet;
    for (int i = 0; i < MESSAGES_PER_STEP && !w->leaving; i++) { /* files come in long rows */
        int got = te_transport_receive(w->transport, wait, &packet, err);
        if (got == 0)
            break;
        if (got < 0)
            return -1;
        int rc = handle_all(w, &packet, err);
        te_free(packet.data);
        if (rc < 0)
            return -1;
        wait = 0;
    }
    return te_transport_push(w->transport, err);
}

/* ---- work ------------------------------------------------------------------------------------ */

static int start_next(struct te_worker *w, struct te_err *err)
{
    if (te_runner_start(w->runner, &w->queue[0], err) < 0)
        return -1;
    const struct te_task *t = &w->queue[0];
    te_log(TE_LOG_INFO, "experiment %u: %s on %s/%s, attempt %u", t->number, t->algorithm,
           t->collection, t->dataset, t->attempt);
    w->running = true;
    w->told_started = false;
    return 0;
}

/* A host on which everything fails at once would eat the others' tasks, and an engine that restarts
 * needs a moment: after an infrastructure failure the next task waits. */
static void breathe(struct te_worker *w, bool failed)
{
    w->pause = !failed ? 0 : w->pause > 0 ? w->pause * 2 : first_pause;
    w->pause = w->pause < longest_pause ? w->pause : longest_pause;
    w->next_start = failed ? te_clock_mono() + w->pause : 0;
}

static int finish(struct te_worker *w, struct te_err *err)
{
    struct te_result result;
    double *scores = NULL;
    te_runner_take(w->runner, &result, &scores);
    breathe(w, result.reason == TE_REASON_INFRASTRUCTURE);
    te_log(TE_LOG_INFO, "experiment %u: %s%s%s", w->queue[0].number, te_status_word(result.status),
           result.error_message && *result.error_message ? ": " : "",
           result.error_message ? result.error_message : "");
    int rc = send_result(w, &result, scores, err);
    te_result_release(&result);
    te_free(scores);
    drop(w, 0);
    return rc;
}

/* Tasks that end at once follow each other without a look at the messages in between, but not for
 * long: their results travel together. */
static int work_briefly(struct te_worker *w, struct te_err *err)
{
    double until = te_clock_mono() + brief;
    while (w->length > 0 && te_clock_mono() < until) {
        bool done = false;
        if ((!w->running && start_next(w, err) < 0) || te_runner_poll(w->runner, 0, &done, err) < 0)
            return -1;
        if (!done)
            break;
        if (finish(w, err) < 0)
            return -1;
        if (w->next_start > 0)
            break;
    }
    return te_transport_push(w->transport, err);
}

/* Rank 0 is told of a start only when the task did not end at once: it is about short queues. */
static int work(struct te_worker *w, double wait, struct te_err *err)
{
    bool done = false;
    if (!w->told_started && work_briefly(w, err) < 0)
        return -1;
    if (!w->running)
        return 0;
    if (te_runner_poll(w->runner, w->told_started ? wait : 0.01, &done, err) < 0)
        return -1;
    if (done)
        return finish(w, err);
    if (w->told_started)
        return 0;
    w->told_started = true;
    return send_ref(w, TE_MSG_STARTED, &w->queue[0], err) < 0
               ? -1
               : te_transport_push(w->transport, err);
}

static int keep_in_touch(struct te_worker *w, struct te_err *err)
{
    double now = te_clock_mono(), gap = now - w->looked;
    w->looked = now;
    if (gap > TE_SILENCE / 2.0) /* this rank was held up: what rank 0 said is still to be read */
        w->heard = now;
    if (now - w->heard > TE_SILENCE) {
        te_log(TE_LOG_ERROR, "rank %d on %s has not heard from rank 0 for %.0f s and leaves",
               w->transport->self, w->host.name, now - w->heard);
        w->orphaned = true;
        cancel_all(w);
        return 0;
    }
    return now >= w->beat ? send_beat(w, err) : 0;
}

/* ---- making ready ---------------------------------------------------------------------------- */

/* A pull takes long: rank 0 hears of us, and we of it. */
static int alive(void *arg, struct te_err *err)
{
    struct te_worker *w = arg;
    if (receive_all(w, 0, err) < 0 || (!w->leaving && keep_in_touch(w, err) < 0))
        return -1;
    if (w->leaving || te_sig_requested() == TE_SIG_ABORT)
        return te_err_set(err, TE_ERR_CANCELED, "told to leave");
    return 0;
}

static int send_list(struct te_worker *w, const struct te_mirror_list *list, struct te_err *err)
{
    struct te_buf payload;
    te_buf_init(&payload, TE_MAX_MESSAGE);
    te_mirror_list_encode(list, &payload);
    int rc = send_frame(w, TE_MSG_MIRRORED, &payload, err);
    te_buf_release(&payload);
    return rc;
}

static int send_mirrored(struct te_worker *w, struct mirror_check *check, struct te_err *err)
{
    struct te_mirror_list bad;
    if (mirror_check_result(check, &bad, err) < 0)
        return -1;
    bad.refused = w->refused;
    return send_list(w, &bad, err);
}

static int refuse(struct te_worker *w, const char *why, struct te_err *err)
{
    te_free(w->refused);
    w->refused = te_strdup(why, err);
    return w->refused ? 0 : -1;
}

/* After a failure: a host without room fails every task. Rank 0 sends all its ranks away then, and
 * their tasks elsewhere. */
static int look_for_room(struct te_worker *w, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    if (te_runner_try_scratch(w->runner, &why) == 0)
        return 0;
    if (refuse(w, why.text, err) < 0)
        return -1;
    const struct te_mirror_list list = {.last = true, .refused = w->refused};
    return send_list(w, &list, err) < 0 ? -1 : te_transport_push(w->transport, err);
}

/* Rank 0's silence counts from the end on: in one process it can say nothing meanwhile. */
static int tell_that_we_live(struct te_worker *w, struct te_err *err)
{
    if (receive_all(w, 0, err) < 0)
        return -1;
    if (w->leaving || te_sig_requested() == TE_SIG_ABORT)
        return te_err_set(err, TE_ERR_CANCELED, "told to leave");
    if (te_clock_mono() >= w->beat && send_beat(w, err) < 0)
        return -1;
    return te_transport_push(w->transport, err);
}

static int check_mirror(struct te_worker *w, struct te_err *err)
{
    struct mirror_check *check = NULL;
    int rc = mirror_check_start(&w->files, w->place.settings.mirror == TE_MIRROR_SYNC, &check, err);
    w->files_cap = 0;
    while (rc == 0 && !mirror_check_wait(check, 0.1))
        rc = tell_that_we_live(w, err);
    w->heard = te_clock_mono();
    if (rc == 0)
        rc = send_mirrored(w, check, err);
    mirror_check_free(check);
    return rc;
}

static int equip(struct te_worker *w, struct te_err *err)
{
    if (te_runner_try_scratch(w->runner, err) < 0)
        return -1;
    return w->place.images ? te_runner_pull(w->runner, w->place.images, alive, w, err) : 0;
}

/* The leader's duties, in this order; a host that cannot have what its tasks need says so instead.
 */
static int make_ready(struct te_worker *w, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    if (w->to_equip && equip(w, &why) < 0) {
        if (why.code == TE_ERR_CANCELED)
            return 0;
        if (refuse(w, why.text, err) < 0)
            return -1;
        te_mirror_list_release(&w->files);
    }
    w->to_equip = false;
    if (!w->files_known)
        return 0;
    w->files_known = false;
    int rc = check_mirror(w, err);
    return rc < 0 && err->code == TE_ERR_CANCELED ? 0 : rc;
}

int te_worker_step(struct te_worker *w, double wait, bool *done, struct te_err *err)
{
    bool pausing = !w->running && te_clock_mono() < w->next_start;
    bool busy = w->runner && w->length > 0 && !pausing && !w->refused;
    if (receive_all(w, busy ? 0 : wait, err) < 0)
        return -1;
    if (!w->leaving && w->runner && (w->to_equip || w->files_known) && make_ready(w, err) < 0)
        return -1;
    bool ready = !w->leaving && w->runner && w->length > 0 && !pausing && !w->refused;
    if (ready && !w->running && w->pause > 0 && look_for_room(w, err) < 0)
        return -1;
    if (ready && !w->refused && work(w, wait < busy_wait ? wait : busy_wait, err) < 0)
        return -1;
    if (!w->leaving && keep_in_touch(w, err) < 0)
        return -1;
    *done = w->leaving;
    return 0;
}

void te_worker_leave(struct te_worker *w, int code, const char *why)
{
    struct te_err err = TE_ERR_INIT;
    struct te_bye bye = {code, (char *)(uintptr_t)why};
    struct te_buf payload;
    cancel_all(w);
    te_buf_init(&payload, TE_MAX_TASK);
    te_bye_encode(&bye, &payload);
    if (send_frame(w, TE_MSG_BYE, &payload, &err) < 0 ||
        te_transport_flush(w->transport, 0.3, &err) < 0)
        te_log(TE_LOG_INFO, "%s", err.text);
    te_buf_release(&payload);
}

bool te_worker_leaves_at_once(const struct te_worker *w)
{
    return w->orphaned || w->rough;
}

bool te_worker_orphaned(const struct te_worker *w)
{
    return w->orphaned;
}

int te_worker_new(struct te_transport *transport, const char *version, struct te_worker **out,
                  struct te_err *err)
{
    struct te_worker *w = te_zalloc(1, sizeof *w, err);
    if (!w)
        return -1;
    w->transport = transport;
    te_buf_init(&w->frame, TE_MAX_MESSAGE + TE_FRAME_HEAD);
    w->heard = w->looked = te_clock_mono();
    if (te_host_read(&w->host, err) < 0 || send_hello(w, version, err) < 0) {
        te_worker_free(w);
        return -1;
    }
    *out = w;
    return 0;
}

void te_worker_free(struct te_worker *w)
{
    if (!w)
        return;
    while (w->length > 0)
        drop(w, w->length - 1);
    te_runner_close(w->runner);
    te_mirror_list_release(&w->files);
    inbox_release(&w->inbox);
    te_place_release(&w->place);
    te_buf_release(&w->frame);
    te_free(w->refused);
    te_free(w->label);
    te_free(w);
}
