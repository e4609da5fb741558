/* How far a run is, for the bar, the log line and `status`. Pure: time comes in. */
#ifndef TE_CORE_PROGRESS_H
#define TE_CORE_PROGRESS_H

#include <stddef.h>
#include "te/model/types.h"

struct te_run_progress {
    size_t total;
    size_t done;      /* with those of earlier parts of the run */
    size_t done_here; /* since this start: what the rate is made of */
    size_t by_status[TE_STATUS_COUNT];
    size_t running;
    size_t slots;
    double started; /* monotonic, s */
};

/* Seconds that are left at the pace so far; NaN while nothing is known. */
double te_progress_eta(const struct te_run_progress *progress, double now);
/* "412/1000 (41 %) ok 400, error 10, timeout 2, oom 0; 4 of 4 slots busy; 12 min 3 s left". */
void te_progress_line(const struct te_run_progress *progress, double now, char *out, size_t size);
/* A bar of `width` characters in all, for a terminal, without line end. */
void te_progress_bar(const struct te_run_progress *progress, double now, int width, char *out,
                     size_t size);

#endif
