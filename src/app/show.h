/* Progress where people look: one bar on a terminal, a line per interval in a log. */
#ifndef TE_SRC_APP_SHOW_H
#define TE_SRC_APP_SHOW_H

#include <stdbool.h>
#include "te/core/progress.h"
#include "te/model/config.h"

/* Does a bar make sense: is standard error, or that of the mpirun that started us, a terminal? */
bool show_has_terminal(void);
/* Draws or logs if it is time; *next is when that is (monotonic; begin with 0). */
void show_progress(enum te_progress wish, const struct te_run_progress *progress, double now,
                   double *next);
/* The bar goes; what is printed next begins on a clean line. */
void show_end(void);

#endif
