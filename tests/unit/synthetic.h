/* A run's journal made up for tests of the store: n experiments over 2 datasets and 3 algorithms.
 */
#ifndef TE_TEST_SYNTHETIC_H
#define TE_TEST_SYNTHETIC_H

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/core/msg.h"
#include "te/metric/scale.h"
#include "te/store/journal.h"

static inline void synthetic_put(struct te_journal *j, enum te_record type, struct te_buf *buf)
{
    struct te_err err = TE_ERR_INIT;
    if (te_buf_check(buf, &err) < 0 ||
        te_journal_append(j, type, buf->data, buf->len, NULL, &err) < 0)
        fprintf(stderr, "synthetic: %s\n", err.text);
    te_buf_clear(buf);
}

static inline double synthetic_score(unsigned k, size_t i)
{
    if (k % 7 == 5)
        return (double)(i % 3);
    return i % 97 == 13 ? NAN : sin((double)i * 0.01 + k) * (k + 1);
}

static inline void synthetic_header(struct te_journal *j, unsigned n, struct te_buf *buf)
{
    char config[] = "[run]\nname = synthetic\n", name[] = "/tmp/synthetic.ini";
    char *metrics[] = {(char[]){"ROC_AUC"}, (char[]){"PR_AUC"}};
    struct te_rec_file file = {name, config};
    struct te_rec_header h = {.format = 1,
                              .program = (char[]){"0"},
                              .run_name = (char[]){"synthetic"},
                              .command_line = (char[]){"timeeval-mpi /tmp/synthetic.ini"},
                              .created = 1.7e9,
                              .plan_digest = (char[]){"abc"},
                              .plan_facts = (char[]){"a = b\n"},
                              .n_experiments = n,
                              .files = &file,
                              .n_files = 1,
                              .metrics = metrics,
                              .n_metrics = 2};
    te_rec_header_encode(&h, buf);
    synthetic_put(j, TE_RECORD_HEADER, buf);
    struct te_rec_note note = {.kind = TE_NOTE_SKIPPED,
                               .time = 1.7e9,
                               .name = (char[]){"Alg0"},
                               .other = (char[]){"coll/multi"},
                               .text = (char[]){"dimension does not suit"}};
    te_rec_note_encode(&note, buf);
    synthetic_put(j, TE_RECORD_NOTE, buf);
}

/* Experiment k with `points` scores (0: an error); test_path: of its dataset or NULL. */
static inline void synthetic_experiment(struct te_journal *j, unsigned k, unsigned attempt,
                                        size_t points, const char *test_path, struct te_buf *buf)
{
    struct te_err err = TE_ERR_INIT;
    char algorithm[32], dataset[32], params[64], id[64];
    char nothing[] = "", failure[] = "DockerAlgorithmFailedError(\"it's, bad\")";
    struct te_metric_value metrics[2] = {{0.5 + k * 1e-3, true}, {0.1 * k, k % 2 == 0}};
    double *values = te_alloc((points + 1) * sizeof *values, &err);
    snprintf(algorithm, sizeof algorithm, "Alg%u", k % 3);
    snprintf(dataset, sizeof dataset, "data %u", k % 2);
    snprintf(params, sizeof params, "{\"window\": %u, \"x\": \"\xC3\xA4\"}", k / 6);
    snprintf(id, sizeof id, "%032x", k / 6);
    struct te_rec_result rec = {.task = {.number = k,
                                         .attempt = attempt,
                                         .repetition = 1 + k % 2,
                                         .id = 0x9E3779B97F4A7C15u * (k + 1),
                                         .algorithm = algorithm,
                                         .collection = (char[]){"coll"},
                                         .dataset = dataset,
                                         .hyper_params_id = id,
                                         .params_json = params,
                                         .program = (char[]){"image:1"},
                                         .test_path = test_path ? te_strdup(test_path, &err) : NULL,
                                         .dataset_length = (int64_t)points}};
    struct te_result *r = &rec.result;
    te_result_init(r);
    r->number = k;
    r->attempt = attempt;
    r->id = rec.task.id;
    r->status = points ? TE_STATUS_OK : TE_STATUS_ERROR;
    r->reason = points ? TE_REASON_NONE : TE_REASON_EXIT;
    r->error_message = points ? nothing : failure;
    r->host = (char[]){"node1"};
    r->image_digest = (char[]){"sha256:0"};
    r->finished = 1.7e9 + k;
    r->log = (char[]){"Starting evaluation\n"};
    if (points) {
        r->phase[TE_EXECUTE].main_time = 0.1 * (k + 1);
        r->phase[TE_EXECUTE].ran = true;
        r->metrics = metrics;
        r->n_metrics = 2;
        r->n_scores = points;
        r->integer_scores = k % 7 == 5;
    }
    for (size_t i = 0; i < points; i++)
        values[i] = synthetic_score(k, i);
    te_scale_find(values, points, &r->score_min, &r->score_max);
    size_t piece = points > 3000 ? 1000 : points ? points : 1;
    for (size_t at = 0; at < points; at += piece) {
        struct te_scores_piece p = {.number = k,
                                    .attempt = attempt,
                                    .first = at,
                                    .total = points,
                                    .count = points - at < piece ? points - at : piece};
        te_scores_encode(&p, values + at, buf);
        synthetic_put(j, TE_RECORD_SCORES, buf);
    }
    te_rec_result_encode(&rec, buf);
    synthetic_put(j, TE_RECORD_RESULT, buf);
    te_free(rec.task.test_path);
    te_free(values);
}

#endif
