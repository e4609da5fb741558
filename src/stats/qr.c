#include "qr.h"

#include <math.h>
#include <string.h>
#include "te/base/mem.h"

int te_qr_init(struct te_qr *qr, size_t cols, struct te_err *err)
{
    *qr = (struct te_qr){.cols = cols, .height = cols, .lead = cols + TE_QR_ROWS};
    qr->block = te_zalloc(qr->lead * cols, sizeof *qr->block, err);
    return qr->block ? 0 : -1;
}

void te_qr_release(struct te_qr *qr)
{
    te_free(qr->block);
    qr->block = NULL;
}

double *te_qr_row(struct te_qr *qr)
{
    if (qr->height == qr->lead)
        te_qr_finish(qr);
    return qr->block + qr->height++;
}

/* Four running sums: one alone would wait for itself at every step. */
static double dot(const double *a, const double *b, size_t n)
{
    double sum[4] = {0, 0, 0, 0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Householder reflection that makes column j zero below row j, applied to the columns behind. Rows
 * j + 1 .. cols - 1 of column j are zero already: the triangle stays one. */
static void reflect(struct te_qr *qr, size_t j)
{
    size_t first = qr->cols, n = qr->height - first;
    double *column = qr->block + j * qr->lead;
    double *v = column + first;
    double below = dot(v, v, n);
    if (!(below > 0))
        return;
    double top = column[j];
    double length = sqrt(top * top + below);
    double alpha = top > 0 ? -length : length;
    double head = top - alpha; /* v's entry at row j */
    double scale = 2 / (head * head + below);
    for (size_t k = j + 1; k < qr->cols; k++) {
        double *other = qr->block + k * qr->lead;
        double *tail = other + first;
        double product = scale * (head * other[j] + dot(v, tail, n));
        other[j] -= product * head;
        for (size_t i = 0; i < n; i++)
            tail[i] -= product * v[i];
    }
    column[j] = alpha;
    memset(v, 0, n * sizeof *v);
}

void te_qr_finish(struct te_qr *qr)
{
    for (size_t j = 0; j < qr->cols; j++)
        reflect(qr, j);
    qr->height = qr->cols;
}

double te_qr_at(const struct te_qr *qr, size_t i, size_t j)
{
    return qr->block[j * qr->lead + i];
}
