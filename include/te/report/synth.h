/* Synthetic datasets as files of a dataset folder: series, metadata, index row, checksums. */
#ifndef TE_REPORT_SYNTH_H
#define TE_REPORT_SYNTH_H

#include "te/model/types.h"
#include "te/stats/generate.h"

struct te_synth {
    const char *collection;
    const char *name;
    enum te_training training; /* semi-supervised: with a training series without anomalies,
                                  supervised: with one that has them */
    bool datetime_index;       /* a time stamp per minute, else row numbers */
    size_t train_length;       /* 0: as long as the test series */
    struct te_gen_spec test;
};

/*
 * Writes <root>/<univariate|multivariate>/<collection>/<name>.{test.csv,train.csv,metadata.json}
 * and the dataset's row in <root>/datasets.csv. A dataset that is there already is an error unless
 * replace.
 */
int te_synth_write(const char *root, const struct te_synth *synth, bool replace,
                   struct te_err *err) TE_MUST_CHECK;
/* The small set that the project ships: every training type, one and several channels, both kinds
 * of index. */
size_t te_synth_sample_count(void);
const struct te_synth *te_synth_sample(size_t i);
/* Writes <root>/SHA256SUMS over the files of all datasets in the index, as sha256sum does. */
int te_synth_checksums(const char *root, struct te_err *err) TE_MUST_CHECK;

#endif
