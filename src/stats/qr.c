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

/* Householder reflection that makes column j zero below row j, applied to the columns behind. Rows
 * j + 1 .. cols - 1 of column j are zero already: the triangle stays one. */
static void reflect(struct te_qr *qr, size_t j)
{
    size_t first = qr->cols, n = qr->height - first;
    double *column = qr->block + j * qr->lead;
    double *v = column + first;
    double below = 0;
    for (size_t i = 0; i < n; i++)
        below += v[i] * v[i];
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
        double product = head * other[j];
        for (size_t i = 0; i < n; i++)
            product += v[i] * tail[i];
        product *= scale;
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
