/*
 * Least squares over many rows: the triangle of a QR decomposition is kept up to date while rows
 * come in blocks, so memory does not grow with the rows.
 */
#ifndef TE_STATS_QR_H
#define TE_STATS_QR_H

#include <stddef.h>
#include "te/base/err.h"

enum { TE_QR_ROWS = 512 }; /* rows per block */

struct te_qr {
    size_t cols;
    size_t height; /* rows of `block` in use: cols of the triangle, then new rows */
    size_t lead;   /* allocated rows */
    double *block; /* column after column */
};

int te_qr_init(struct te_qr *qr, size_t cols, struct te_err *err) TE_MUST_CHECK;
void te_qr_release(struct te_qr *qr);
/* A new row to fill in: its column j stands at [j * qr->lead]. */
double *te_qr_row(struct te_qr *qr);
/* Triangle of all rows so far; entry (i, j) with i <= j. */
void te_qr_finish(struct te_qr *qr);
double te_qr_at(const struct te_qr *qr, size_t i, size_t j);

#endif
