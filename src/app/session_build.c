/* The result file: at the end with everything, and while the run goes on without scores. */
#include "session_state.h"
#include "te/base/clock.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/store/h5_write.h"

static const double refresh_every = 30; /* s */
static const uint64_t refresh_least = 1 << 20;

static void tell_notices(struct te_strings *notices)
{
    for (size_t i = 0; i < notices->count; i++)
        te_log(TE_LOG_NOTICE, "%s", notices->items[i]);
    te_strings_release(notices);
}

int session_build(struct session *s, bool complete, struct te_err *err)
{
    struct te_strings notices = {0};
    struct te_h5_options options = {.scores = true,
                                    .complete = complete,
                                    .labels = te_h5_labels_from_file,
                                    .notices = &notices};
    int rc = te_h5_build(s->folder, &options, NULL, err);
    tell_notices(&notices);
    return rc;
}

/* In a thread: it may take long, and the workers must hear from this rank meanwhile. */
static int refresh(void *arg, struct te_err *err)
{
    struct session *s = arg;
    struct te_h5_options options = {
        .labels = te_h5_labels_from_file, .notices = &s->refresh.notices, .stop = &s->refresh.stop};
    return te_h5_build(s->folder, &options, NULL, err);
}

/* A file that cannot be refreshed is no reason to stop: the journal has everything. */
static void end_refresh(struct session *s)
{
    struct refresh *r = &s->refresh;
    r->on = false;
    tell_notices(&r->notices);
    if (r->aside.rc < 0 && r->aside.err.code != TE_ERR_CANCELED)
        te_log(TE_LOG_WARNING, "results.h5 was not refreshed: %s", r->aside.err.text);
    r->next = te_clock_mono() + refresh_every;
}

void session_refresh(struct session *s, double now)
{
    struct refresh *r = &s->refresh;
    struct te_err why = TE_ERR_INIT;
    uint64_t size = te_journal_size(s->journal);
    if (r->on && te_aside_wait(&r->aside, 0))
        end_refresh(s);
    if (r->on || now < r->next || size < refresh_least || size < 2 * r->size)
        return;
    r->size = size;
    r->on = te_aside_start(&r->aside, refresh, s, &why) == 0;
    if (!r->on)
        te_log(TE_LOG_WARNING, "results.h5 was not refreshed: %s", why.text);
}

void session_stop_refresh(struct session *s)
{
    if (!s->refresh.on)
        return;
    atomic_store(&s->refresh.stop, true);
    while (!te_aside_wait(&s->refresh.aside, 1))
        ;
    end_refresh(s);
}
