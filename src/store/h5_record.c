#include "h5_record.h"

#include <math.h>
#include "te/report/table.h"

#define WORD_FUNCTION(name, type)                                                                  \
    static const char *name##_of(int value)                                                        \
    {                                                                                              \
        return te_##name((enum type)value);                                                        \
    }
WORD_FUNCTION(training_name, te_training)
WORD_FUNCTION(dimension_name, te_dimension)
WORD_FUNCTION(adapter_word, te_adapter_kind)
WORD_FUNCTION(multivariate_word, te_multivariate)
WORD_FUNCTION(status_word, te_status)
WORD_FUNCTION(reason_word, te_reason)
WORD_FUNCTION(measured_word, te_measured)

static const char *note_word(int kind)
{
    switch (kind) {
    case TE_NOTE_LOST:
        return "lost";
    case TE_NOTE_NOTICE:
        return "notice";
    default:
        return "";
    }
}

#define R(member) offsetof(struct te_h5_record, member)
#define COL(name, kind, base)                                                                      \
    {                                                                                              \
        name, TE_H5_##kind, base, 0, NULL, 0, false                                                \
    }
#define DERIVED(name, kind, base)                                                                  \
    {                                                                                              \
        name, TE_H5_##kind, base, 0, NULL, 0, true                                                 \
    }
#define TEXT(name, base, max)                                                                      \
    {                                                                                              \
        name, TE_H5_TEXT, base, max, NULL, 0, false                                                \
    }
#define CHARS(name, base, size)                                                                    \
    {                                                                                              \
        name, TE_H5_FIXED, base, (size)-1, NULL, 0, false                                          \
    }
#define HEX(name, base)                                                                            \
    {                                                                                              \
        name, TE_H5_HEX, base, 16, NULL, 0, false                                                  \
    }
#define WORD(name, base, fn, count)                                                                \
    {                                                                                              \
        name, TE_H5_WORD, base, 64, fn, count, false                                               \
    }

const struct te_h5_col te_h5_head_cols[] = {
    COL("index", I64, R(index)),
    TEXT("algorithm", R(task.algorithm), TE_H5_NAME_WIDTH),
    TEXT("collection", R(task.collection), TE_H5_NAME_WIDTH),
    TEXT("dataset", R(task.dataset), TE_H5_NAME_WIDTH),
    WORD("algo_training_type", R(task.algorithm_training), training_name_of, TE_TRAINING_COUNT),
    WORD("algo_input_dimensionality", R(task.algorithm_dimension), dimension_name_of,
         TE_DIMENSION_COUNT),
    WORD("dataset_training_type", R(task.dataset_training), training_name_of, TE_TRAINING_COUNT),
    WORD("dataset_input_dimensionality", R(task.dataset_dimension), dimension_name_of,
         TE_DIMENSION_COUNT),
    COL("train_preprocess_time", REAL, R(result.train_preprocess_time)),
    COL("train_main_time", REAL, R(result.phase[TE_TRAIN].main_time)),
    COL("execute_preprocess_time", REAL, R(result.execute_preprocess_time)),
    COL("execute_main_time", REAL, R(result.phase[TE_EXECUTE].main_time)),
    COL("execute_postprocess_time", REAL, R(result.execute_postprocess_time)),
    WORD("status", R(result.status), status_word_of, TE_STATUS_COUNT),
    TEXT("error_message", R(result.error_message), TE_H5_ERROR_WIDTH),
    COL("repetition", U32, R(task.repetition)),
    {"hyper_params", TE_H5_TEXT, R(params), TE_H5_PARAMS_WIDTH, NULL, 0, true},
    TEXT("hyper_params_id", R(task.hyper_params_id), TE_H5_NAME_WIDTH),
};
const size_t te_h5_n_head = sizeof te_h5_head_cols / sizeof te_h5_head_cols[0];

#define PHASE(p, word)                                                                             \
    COL(word "_wall_incl_overhead", REAL, R(result.phase[p].wall_overhead)),                       \
        DERIVED(word "_overhead", REAL, R(overhead[p])),                                           \
        COL(word "_cpu_user", REAL, R(result.phase[p].cpu_user)),                                  \
        COL(word "_cpu_system", REAL, R(result.phase[p].cpu_system)),                              \
        COL(word "_peak_memory", REAL, R(result.phase[p].peak_memory)),                            \
        COL(word "_read_bytes", REAL, R(result.phase[p].read_bytes)),                              \
        COL(word "_write_bytes", REAL, R(result.phase[p].write_bytes)),                            \
        COL(word "_exit_code", I32, R(result.phase[p].exit_code)),                                 \
        WORD(word "_measured_by", R(result.phase[p].measured_by), measured_word_of,                \
             TE_MEASURED_COUNT),                                                                   \
        COL(word "_ran", BOOL, R(result.phase[p].ran))

const struct te_h5_col te_h5_tail_cols[] = {
    HEX("id", R(task.id)),
    COL("number", U32, R(task.number)),
    WORD("reason", R(result.reason), reason_word_of, TE_REASON_COUNT),
    TEXT("host", R(result.host), TE_H5_NAME_WIDTH),
    COL("rank", I32, R(result.rank)),
    COL("slot", I32, R(result.slot)),
    COL("attempt", U32, R(result.attempt)),
    COL("queued", REAL, R(result.queued)),
    COL("started", REAL, R(result.started)),
    COL("finished", REAL, R(result.finished)),
    PHASE(TE_TRAIN, "train"),
    PHASE(TE_EXECUTE, "execute"),
    TEXT("image_digest", R(result.image_digest), TE_H5_NAME_WIDTH),
    CHARS("dataset_sha256", R(task.test_sha256), TE_SHA256_HEX),
    COL("scores_offset", I64, R(scores_offset)),
    COL("scores_length", I64, R(scores_length)),
    COL("score_min", REAL, R(result.score_min)),
    COL("score_max", REAL, R(result.score_max)),
    DERIVED("score_range", REAL, R(score_range)),
    COL("integer_scores", BOOL, R(result.integer_scores)),
    COL("params_row", I64, R(params_row)),
    COL("algorithm_row", I64, R(algorithm_row)),
    COL("dataset_row", I64, R(dataset_row)),
    COL("log_offset", I64, R(log_offset)),
    COL("log_length", I64, R(log_length)),
    COL("log_cut", U64, R(result.log_cut)),
    COL("error_offset", I64, R(error_offset)),
    COL("error_length", I64, R(error_length)),
};
const size_t te_h5_n_tail = sizeof te_h5_tail_cols / sizeof te_h5_tail_cols[0];

#define D(member) offsetof(struct te_h5_dataset, member)
const struct te_h5_col te_h5_dataset_cols[] = {
    TEXT("collection", D(task.collection), TE_H5_NAME_WIDTH),
    TEXT("dataset", D(task.dataset), TE_H5_NAME_WIDTH),
    WORD("training_type", D(task.dataset_training), training_name_of, TE_TRAINING_COUNT),
    WORD("input_dimensionality", D(task.dataset_dimension), dimension_name_of, TE_DIMENSION_COUNT),
    COL("length", I64, D(task.dataset_length)),
    COL("dimensions", I64, D(task.dataset_dims)),
    TEXT("test_path", D(task.test_path), TE_H5_PATH_WIDTH),
    CHARS("test_sha256", D(task.test_sha256), TE_SHA256_HEX),
    TEXT("train_path", D(task.train_path), TE_H5_PATH_WIDTH),
    CHARS("train_sha256", D(task.train_sha256), TE_SHA256_HEX),
    COL("labels_offset", I64, D(labels_offset)),
    COL("labels_length", I64, D(labels_length)),
};
const size_t te_h5_n_dataset = sizeof te_h5_dataset_cols / sizeof te_h5_dataset_cols[0];

const struct te_h5_col te_h5_params_cols[] = {
    TEXT("hyper_params_id", offsetof(struct te_h5_params, id), TE_H5_NAME_WIDTH),
    COL("offset", I64, offsetof(struct te_h5_params, offset)),
    COL("length", I64, offsetof(struct te_h5_params, length)),
};
const size_t te_h5_n_params = sizeof te_h5_params_cols / sizeof te_h5_params_cols[0];

#define A(member) offsetof(struct te_h5_algorithm, member)
const struct te_h5_col te_h5_algorithm_cols[] = {
    TEXT("algorithm", A(task.algorithm), TE_H5_NAME_WIDTH),
    WORD("training_type", A(task.algorithm_training), training_name_of, TE_TRAINING_COUNT),
    WORD("input_dimensionality", A(task.algorithm_dimension), dimension_name_of,
         TE_DIMENSION_COUNT),
    WORD("adapter", A(task.adapter), adapter_word_of, TE_ADAPTER_COUNT),
    TEXT("program", A(task.program), TE_H5_TEXT_WIDTH),
    TEXT("symbol", A(task.symbol), TE_H5_PATH_WIDTH),
    COL("data_as_file", BOOL, A(task.data_as_file)),
    WORD("multivariate", A(task.multivariate), multivariate_word_of, TE_MULTIVAR_COUNT),
    TEXT("postprocess", A(task.postprocess), TE_H5_TEXT_WIDTH),
    TEXT("image_digest", A(image_digest), TE_H5_NAME_WIDTH),
    COL("memory_limit", I64, A(task.limits.memory)),
    COL("cpu_limit", REAL, A(task.limits.cpus)),
    COL("train_timeout", REAL, A(task.limits.train_timeout)),
    COL("execute_timeout", REAL, A(task.limits.execute_timeout)),
};
const size_t te_h5_n_algorithm = sizeof te_h5_algorithm_cols / sizeof te_h5_algorithm_cols[0];

#define N(member) offsetof(struct te_rec_note, member)
const struct te_h5_col te_h5_host_cols[] = {
    TEXT("host", N(name), TE_H5_NAME_WIDTH),
    COL("time", REAL, N(time)),
    TEXT("facts", N(text), TE_H5_TEXT_WIDTH),
};
const size_t te_h5_n_host = sizeof te_h5_host_cols / sizeof te_h5_host_cols[0];

const struct te_h5_col te_h5_skipped_cols[] = {
    TEXT("algorithm", N(name), TE_H5_NAME_WIDTH),
    TEXT("dataset", N(other), TE_H5_NAME_WIDTH),
    TEXT("reason", N(text), TE_H5_TEXT_WIDTH),
};
const size_t te_h5_n_skipped = sizeof te_h5_skipped_cols / sizeof te_h5_skipped_cols[0];

const struct te_h5_col te_h5_notice_cols[] = {
    WORD("kind", N(kind), note_word, TE_NOTE_KIND_COUNT),
    COL("time", REAL, N(time)),
    TEXT("subject", N(name), TE_H5_NAME_WIDTH),
    TEXT("text", N(text), TE_H5_TEXT_WIDTH),
};
const size_t te_h5_n_notice = sizeof te_h5_notice_cols / sizeof te_h5_notice_cols[0];

void te_h5_record_fill(struct te_h5_record *record, const struct te_task *task,
                       const struct te_result *result)
{
    *record = (struct te_h5_record){
        .task = *task,
        .result = *result,
        .params = te_table_params(task, result),
        .score_range = result->score_max - result->score_min,
        .scores_offset = -1,
        .params_row = -1,
        .algorithm_row = -1,
        .dataset_row = -1,
        .log_offset = -1,
        .error_offset = -1,
    };
    record->task.number = result->number;
    if (!(record->score_range >= 10 * 2.220446049250313e-16)) /* constant scores, as scaled */
        record->score_range = isnan(record->score_range) ? NAN : 1;
    for (int p = 0; p < TE_PHASE_COUNT; p++)
        record->overhead[p] = result->phase[p].wall_overhead - result->phase[p].main_time;
}
