/* Rank 0 and its journal: what is noted, and how a journal brings the schedule back. */
#include <math.h>
#include <string.h>
#include "driver_state.h"
#include "te/base/clock.h"
#include "te/base/mem.h"

static const double sync_within = 0.02; /* s that a result waits for company, */
static const double sync_most = 0.5;    /* and at most */

int driver_journal(struct te_driver *d, enum te_record type, struct te_err *err)
{
    if (te_buf_check(&d->payload, err) < 0)
        return -1;
    if (te_journal_add(d->o.journal, type, d->payload.data, d->payload.len, err) < 0)
        return te_err_wrap(err, "journal");
    return 0;
}

int driver_note(struct te_driver *d, enum te_note_kind kind, uint32_t number, uint32_t attempt,
                const char *name, const char *text, struct te_err *err)
{
    struct te_rec_note note = {.kind = kind,
                               .time = te_clock_real(),
                               .number = number,
                               .attempt = attempt,
                               .name = (char *)(uintptr_t)name,
                               .text = (char *)(uintptr_t)text};
    te_buf_clear(&d->payload);
    te_rec_note_encode(&note, &d->payload);
    return driver_journal(d, TE_RECORD_NOTE, err);
}

void driver_note_unsynced(struct te_driver *d)
{
    if (d->unsynced)
        return;
    d->unsynced = true;
    double soonest = te_clock_mono() + sync_within;
    d->sync_at = soonest > d->sync_at ? soonest : d->sync_at;
}

/*
 * What is to be sent goes now, and not before the journal has what was decided: a kill of this
 * process must find it there.
 */
int driver_push(struct te_driver *d, struct te_err *err)
{
    if (te_journal_write(d->o.journal, err) < 0)
        return te_err_wrap(err, "journal");
    return te_transport_push(d->transport, err);
}

/* On a disk that syncs slowly more results share a sync: it takes at most a tenth of the time. */
int driver_sync(struct te_driver *d, struct te_err *err)
{
    double before = te_clock_mono();
    if (te_journal_sync(d->o.journal, err) < 0)
        return -1;
    double now = te_clock_mono(), pause = 9 * (now - before);
    d->unsynced = false;
    d->sync_at = now + (pause < sync_most ? pause : sync_most);
    return 0;
}

void driver_count(struct te_driver *d, enum te_status status)
{
    if (!d->o.progress)
        return;
    d->o.progress->done++;
    d->o.progress->done_here++;
    d->o.progress->by_status[status]++;
}

int driver_record_own(struct te_driver *d, uint32_t task, uint32_t attempt, enum te_reason reason,
                      const char *message, struct te_err *err)
{
    struct te_rec_result rec;
    te_result_init(&rec.result);
    if (te_plan_task(d->o.plan, task, &rec.task, err) < 0)
        return -1;
    rec.task.attempt = attempt;
    rec.result.number = task;
    rec.result.attempt = attempt;
    rec.result.id = rec.task.id;
    rec.result.status = TE_STATUS_ERROR;
    rec.result.reason = reason;
    rec.result.queued = rec.result.finished = te_clock_real();
    rec.result.error_message = te_asprintf(err, "RuntimeError('%s')", message);
    int rc = rec.result.error_message ? 0 : -1;
    if (rc == 0) {
        te_buf_clear(&d->payload);
        te_rec_result_encode(&rec, &d->payload);
        rc = driver_journal(d, TE_RECORD_RESULT, err);
    }
    te_task_release(&rec.task);
    te_result_release(&rec.result);
    if (rc == 0) {
        driver_count(d, TE_STATUS_ERROR);
        driver_note_unsynced(d);
    }
    return rc;
}

/* ---- replay ---------------------------------------------------------------------------------- */

struct replay {
    struct te_driver *d;
    uint8_t *status; /* of every experiment: its status + 1, 0 while it is open */
    bool open;       /* records since the last orderly end */
};

static int tell(struct replay *r, struct te_event event, struct te_err *err)
{
    return te_sched_step(r->d->sched, &event, &r->d->actions, err);
}

static int replay_assign(struct replay *r, const struct te_journal_entry *e, struct te_err *err)
{
    struct te_rec_assign rec;
    if (te_rec_assign_decode(e->data, e->len, &rec, err) < 0)
        return -1;
    struct te_event event = {.type = TE_EV_ASSIGNED,
                             .worker = rec.rank > 0 ? (uint32_t)rec.rank - 1 : 0,
                             .task = rec.number,
                             .attempt = rec.attempt};
    te_rec_assign_release(&rec);
    return tell(r, event, err);
}

static int replay_result(struct replay *r, const struct te_journal_entry *e, struct te_err *err)
{
    struct te_rec_result rec;
    if (te_rec_result_decode(e->data, e->len, &rec, err) < 0)
        return -1;
    struct te_event event = {
        .type = TE_EV_RESULT, .task = rec.result.number, .attempt = rec.result.attempt};
    if (rec.result.number < te_plan_count(r->d->o.plan))
        r->status[rec.result.number] = (uint8_t)(rec.result.status + 1);
    int rc = driver_learn(r->d, &rec.result, err);
    te_rec_result_release(&rec);
    return rc < 0 ? -1 : tell(r, event, err);
}

static int replay_note(struct replay *r, const struct te_journal_entry *e, struct te_err *err)
{
    static const struct {
        enum te_note_kind kind;
        enum te_event_type type;
    } table[] = {{TE_NOTE_CHARGED, TE_EV_CHARGED},
                 {TE_NOTE_FAILED, TE_EV_FAILED},
                 {TE_NOTE_WALLTIME, TE_EV_CUT},
                 {TE_NOTE_RETRY, TE_EV_RETRY}};
    struct te_rec_note note;
    int rc = 0;
    if (te_rec_note_decode(e->data, e->len, &note, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].kind == note.kind)
            rc = tell(r,
                      (struct te_event){
                          .type = table[i].type, .task = note.number, .charges = note.attempt},
                      err);
    if (note.kind == TE_NOTE_RETRY && note.number < te_plan_count(r->d->o.plan))
        r->status[note.number] = 0;
    te_rec_note_release(&note);
    return rc;
}

static int replay_one(void *arg, const struct te_journal_entry *e, struct te_err *err)
{
    struct replay *r = arg;
    switch (e->type) {
    case TE_RECORD_EPOCH:
        return tell(r, (struct te_event){.type = TE_EV_RESTART}, err);
    case TE_RECORD_ASSIGN:
        return replay_assign(r, e, err);
    case TE_RECORD_RESULT:
        return replay_result(r, e, err);
    case TE_RECORD_NOTE:
        return replay_note(r, e, err);
    case TE_RECORD_END:
        return tell(r, (struct te_event){.type = TE_EV_ENDED}, err);
    default:
        return 0;
    }
}

int driver_replay(struct te_driver *d, struct te_err *err)
{
    size_t n = te_plan_count(d->o.plan);
    te_autofree uint8_t *status = te_zalloc(n, 1, err);
    struct replay replay = {.d = d, .status = status};
    if (!status || te_journal_scan_skip(d->o.folder, 1U << TE_RECORD_SCORES, replay_one, &replay,
                                        NULL, err) < 0)
        return -1;
    for (size_t i = 0; d->o.progress && i < n; i++)
        if (status[i]) {
            d->o.progress->done++;
            d->o.progress->by_status[status[i] - 1]++;
        }
    return 0;
}
