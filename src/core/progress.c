#include "te/core/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "te/base/units.h"

double te_progress_eta(const struct te_run_progress *p, double now)
{
    if (p->done_here == 0 || p->total < p->done)
        return p->total == p->done ? 0 : NAN;
    return (now - p->started) / (double)p->done_here * (double)(p->total - p->done);
}

static int percent(const struct te_run_progress *p)
{
    return p->total ? (int)(100.0 * (double)p->done / (double)p->total) : 100;
}

static void left(const struct te_run_progress *p, double now, char *out, size_t size)
{
    double eta = te_progress_eta(p, now);
    if (isnan(eta))
        snprintf(out, size, "?");
    else
        te_format_duration(eta, out, size);
}

void te_progress_line(const struct te_run_progress *p, double now, char *out, size_t size)
{
    char eta[48];
    left(p, now, eta, sizeof eta);
    snprintf(
        out, size,
        "%zu/%zu (%d %%) ok %zu, error %zu, timeout %zu, oom %zu; %zu of %zu slots busy; %s left",
        p->done, p->total, percent(p), p->by_status[TE_STATUS_OK], p->by_status[TE_STATUS_ERROR],
        p->by_status[TE_STATUS_TIMEOUT], p->by_status[TE_STATUS_OOM], p->running, p->slots, eta);
}

void te_progress_bar(const struct te_run_progress *p, double now, int width, char *out, size_t size)
{
    char eta[48], tail[160], cells[256];
    size_t failed = p->done - p->by_status[TE_STATUS_OK];
    left(p, now, eta, sizeof eta);
    snprintf(tail, sizeof tail, " %zu/%zu %d %%, %zu not ok, %zu running, %s left", p->done,
             p->total, percent(p), failed, p->running, eta);
    int room = width - (int)strlen(tail) - 2;
    room = room < 10 ? 10 : room > 200 ? 200 : room;
    int full = p->total ? (int)((double)room * (double)p->done / (double)p->total) : room;
    for (int i = 0; i < room; i++)
        cells[i] = i < full ? '#' : '.';
    cells[room] = '\0';
    snprintf(out, size, "[%s]%s", cells, tail);
}
