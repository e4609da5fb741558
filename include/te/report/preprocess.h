/* Text series and labels to the canonical CSV format, as TimeEval's script does. */
#ifndef TE_REPORT_PREPROCESS_H
#define TE_REPORT_PREPROCESS_H

#include <stdbool.h>
#include "te/base/err.h"
#include "te/text/stamp.h"

struct te_preprocess {
    const char *data; /* numbers between blanks, a row per time step; # starts a comment */
    const char
        *labels; /* as many as rows: the labels; else the numbers (from 0) of anomalous rows */
    const char *out;
    bool datetime; /* time stamps are dates from 1970 on, one unit apart, else row numbers */
    enum te_stamp_unit unit;
};

/* TE_ERR_USAGE names file and line. The output is written whole or not at all. */
int te_preprocess_run(const struct te_preprocess *job, struct te_err *err) TE_MUST_CHECK;

#endif
