/* Reading a result file: its rows as tasks and results, their scores, labels and logs. */
#ifndef TE_STORE_H5_READ_H
#define TE_STORE_H5_READ_H

#include "te/core/batch.h"
#include "te/store/h5_write.h"

struct te_h5_file;

/* TE_ERR_FORMAT: no result file of ours, or of a newer format. */
int te_h5_open(const char *path, struct te_h5_file **out, struct te_err *err) TE_MUST_CHECK;
void te_h5_close(struct te_h5_file *file);

size_t te_h5_rows(const struct te_h5_file *file);
bool te_h5_has_scores(const struct te_h5_file *file);
/* What stands beside the rows, header (with files and metric columns) included; borrowed. */
const struct te_h5_facts *te_h5_read_facts(const struct te_h5_file *file);

/* Row i; the caller releases both. result->log is read, result->n_metrics is the header's. */
int te_h5_read_row(struct te_h5_file *file, size_t i, struct te_task *task,
                   struct te_result *result, struct te_err *err) TE_MUST_CHECK;
/* Raw scores of row i (after post-processing), freed by the caller; *count 0 and NULL: none. */
int te_h5_read_scores(struct te_h5_file *file, size_t i, double **scores, size_t *count,
                      struct te_err *err) TE_MUST_CHECK;
/* Labels of row i's dataset, freed by the caller; *count 0 and NULL: the file has none. */
int te_h5_read_labels(struct te_h5_file *file, size_t i, uint8_t **labels, size_t *count,
                      struct te_err *err) TE_MUST_CHECK;

/* What te_h5_verify found. */
struct te_h5_verified {
    size_t objects; /* data sets whose own checksum fits */
    size_t rows;
    uint64_t scores, labels, log_bytes, bytes;
    bool complete;
    size_t by_status[TE_STATUS_COUNT];
    struct te_batch job; /* that wrote it; id "": none */
};
/* Seal, checksum of every object, and that rows and what they refer to fit together.
 * TE_ERR_CORRUPT names the first thing that does not. */
int te_h5_verify(const char *path, struct te_h5_verified *out, struct te_err *err) TE_MUST_CHECK;

#endif
