/*
 * The result file. te_h5_build makes it from a run's journal alone; te_h5_writer is the layer below
 * for files that come from elsewhere (merge, import).
 *
 * A file is made beside its name (<path>.tmp) and renamed when it is durable, so a whole one is
 * there at any moment. Scores are streamed: memory is bounded whatever the run's size.
 */
#ifndef TE_STORE_H5_WRITE_H
#define TE_STORE_H5_WRITE_H

#include <stdatomic.h>
#include <stdbool.h>
#include "te/core/msg.h"

#define TE_H5_NAME    "results.h5"
#define TE_H5_CSV     "results.csv"
#define TE_H5_VERSION 1

/* Labels of a dataset (0 or 1), read from its test file; *labels is freed by the caller. Returns 0,
 * or -1 with the reason: the file then lacks them, with a notice. */
typedef int te_h5_labels_fn(void *arg, const struct te_task *task, uint8_t **labels, size_t *count,
                            struct te_err *err);

struct te_h5_options {
    bool scores;             /* with /scores; false while a run goes on */
    bool complete;           /* what the file says of itself; te_h5_build sets it when every
                                experiment of the plan has a result, whatever is asked here */
    te_h5_labels_fn *labels; /* NULL: none */
    void *labels_arg;
    struct te_strings *notices; /* for people; may be NULL */
    const atomic_bool *stop;    /* becomes true: TE_ERR_CANCELED, nothing changed; may be NULL */
};

struct te_h5_built {
    size_t rows;     /* experiments in the file */
    size_t planned;  /* by the journal */
    uint64_t scores; /* values */
    uint64_t bytes;  /* of the file */
    bool complete;   /* all that were planned are there */
    uint64_t
        journal; /* bytes of the journal that it was made from: refresh when that has doubled */
    size_t by_status[TE_STATUS_COUNT];
};

/*
 * Builds <run_folder>/results.h5 and <run_folder>/results.csv from <run_folder>/journal.log. Needs
 * no configuration and no index; only the labels come from outside. built may be NULL.
 */
int te_h5_build(const char *run_folder, const struct te_h5_options *options,
                struct te_h5_built *built, struct te_err *err) TE_MUST_CHECK;

/* te_h5_labels_fn that reads the task's test_path (canonical CSV); arg unused. */
te_h5_labels_fn te_h5_labels_from_file;

/* ---- writing rows --------------------------------------------------------------------------- */

/* What a file says beside its rows. Texts may be NULL. */
struct te_h5_facts {
    const struct te_rec_header *header; /* run name, plan, files, metric columns */
    const char *mpi, *job;
    double ended; /* Unix time, NaN */
    bool complete;
    int exit_code; /* -1: unknown */
    const struct te_rec_note *notes;
    size_t n_notes;
};

/* Widths of text columns: every row is measured before the first one is written. */
struct te_h5_widths {
    uint32_t text[96]; /* by column */
    uint64_t rows;
};
void te_h5_widths_add(struct te_h5_widths *widths, const struct te_task *task,
                      const struct te_result *result);

struct te_h5_writer;
/* Begins <path>.tmp. facts and options are borrowed until commit. */
int te_h5_writer_open(const char *path, const struct te_h5_facts *facts,
                      const struct te_h5_widths *widths, const struct te_h5_options *options,
                      struct te_h5_writer **out, struct te_err *err) TE_MUST_CHECK;
/* Scores of the row that comes next, in as many pieces as one likes (ignored without scores). */
int te_h5_writer_scores(struct te_h5_writer *writer, const double *values, size_t count,
                        struct te_err *err) TE_MUST_CHECK;
/* A row, with its log; result->n_metrics is the header's or 0. */
int te_h5_writer_row(struct te_h5_writer *writer, const struct te_task *task,
                     const struct te_result *result, struct te_err *err) TE_MUST_CHECK;
/* Labels of the dataset that the task names; once per dataset is enough. */
int te_h5_writer_labels(struct te_h5_writer *writer, const struct te_task *task,
                        const uint8_t *labels, size_t count, struct te_err *err) TE_MUST_CHECK;
/* Writes what is left, checksums and seal; renames. */
int te_h5_writer_commit(struct te_h5_writer *writer, struct te_err *err) TE_MUST_CHECK;
/* Also without commit: the temporary file goes. */
void te_h5_writer_close(struct te_h5_writer *writer);

#endif
