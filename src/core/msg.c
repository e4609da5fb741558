#include "te/core/msg.h"

#include <stddef.h>
#include <string.h>
#include "fields.h"
#include "te/base/max.h"
#include "te/base/mem.h"

/* Longest texts that a decoder takes. */
enum {
    SHORT = TE_MAX_PATH + TE_MAX_NAME,
    LONG = TE_MAX_MESSAGE,
};

_Static_assert(sizeof(enum te_status) == 4, "enumerators are stored as four bytes");

/* ---- tables ------------------------------------------------------------------------------ */

#define ROW(member, kind, arg) FIELD(ROW_OF, member, kind, arg)
#define END_OF_TABLE                                                                               \
    {                                                                                              \
        FIELD_END, 0, 0                                                                            \
    }

#define ROW_OF te_hello
static const struct field hello_fields[] = {
    ROW(protocol, FIELD_32, 0),      ROW(version, FIELD_TEXT, SHORT), ROW(host, FIELD_TEXT, SHORT),
    ROW(boot_id, FIELD_TEXT, SHORT), ROW(pid, FIELD_32, 0),           ROW(cores, FIELD_32, 0),
    ROW(memory, FIELD_64, 0),        ROW(engine, FIELD_TEXT, SHORT),  END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_run_settings
static const struct field settings_fields[] = {ROW(run_name, FIELD_TEXT, SHORT),
                                               ROW(run_folder, FIELD_TEXT, SHORT),
                                               ROW(scratch, FIELD_TEXT, SHORT),
                                               ROW(metrics, FIELD_TEXT, LONG),
                                               ROW(python, FIELD_TEXT, SHORT),
                                               ROW(keep_files, FIELD_BOOL, 0),
                                               ROW(max_scores, FIELD_64, 0),
                                               ROW(max_log, FIELD_64, 0),
                                               ROW(tasks_per_host, FIELD_32, 0),
                                               ROW(mirror, FIELD_ENUM, TE_MIRROR_SYNC + 1),
                                               ROW(docker_host, FIELD_TEXT, SHORT),
                                               ROW(pull, FIELD_ENUM, TE_PULL_ALWAYS + 1),
                                               ROW(network, FIELD_TEXT, SHORT),
                                               ROW(mount_file, FIELD_BOOL, 0),
                                               ROW(patience, FIELD_64, 0),
                                               ROW(pids_limit, FIELD_64, 0),
                                               ROW(shm_size, FIELD_64, 0),
                                               ROW(group, FIELD_TEXT, SHORT),
                                               ROW(cgroup_parent, FIELD_TEXT, SHORT),
                                               END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_place
static const struct field place_fields[] = {
    ROW(slot, FIELD_32, 0),      ROW(slots, FIELD_32, 0),       ROW(leader, FIELD_BOOL, 0),
    ROW(n_metrics, FIELD_32, 0), ROW(images, FIELD_TEXT, LONG), END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_mirror_item
static const struct field mirror_fields[] = {ROW(number, FIELD_32, 0),
                                             ROW(dataset, FIELD_32, 0),
                                             ROW(path, FIELD_TEXT, SHORT),
                                             ROW(bytes, FIELD_64, 0),
                                             ROW(sha256, FIELD_FIXED, TE_SHA256_HEX),
                                             ROW(why, FIELD_TEXT, LONG),
                                             END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_file_head
static const struct field file_head_fields[] = {ROW(number, FIELD_32, 0),
                                                ROW(path, FIELD_TEXT, SHORT),
                                                ROW(roots, FIELD_TEXT, LONG),
                                                ROW(bytes, FIELD_64, 0),
                                                ROW(sha256, FIELD_FIXED, TE_SHA256_HEX),
                                                ROW(mode, FIELD_32, 0),
                                                ROW(boot_id, FIELD_TEXT, SHORT),
                                                ROW(device, FIELD_64, 0),
                                                ROW(inode, FIELD_64, 0),
                                                END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_file_piece
static const struct field file_piece_fields[] = {ROW(number, FIELD_32, 0), ROW(offset, FIELD_64, 0),
                                                 ROW(count, FIELD_64, 0), END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_taken
static const struct field taken_fields[] = {ROW(number, FIELD_32, 0), ROW(messages, FIELD_64, 0),
                                            ROW(state, FIELD_ENUM, TE_TAKEN_COUNT),
                                            ROW(why, FIELD_TEXT, LONG), END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_task
static const struct field task_fields[] = {
    ROW(number, FIELD_32, 0),
    ROW(attempt, FIELD_32, 0),
    ROW(repetition, FIELD_32, 0),
    ROW(id, FIELD_64, 0),
    ROW(algorithm, FIELD_TEXT, SHORT),
    ROW(collection, FIELD_TEXT, SHORT),
    ROW(dataset, FIELD_TEXT, SHORT),
    ROW(hyper_params_id, FIELD_TEXT, SHORT),
    ROW(params_json, FIELD_TEXT, LONG),
    ROW(adapter, FIELD_ENUM, TE_ADAPTER_COUNT),
    ROW(program, FIELD_TEXT, LONG),
    ROW(symbol, FIELD_TEXT, LONG),
    ROW(data_as_file, FIELD_BOOL, 0),
    ROW(algorithm_training, FIELD_ENUM, TE_TRAINING_COUNT),
    ROW(dataset_training, FIELD_ENUM, TE_TRAINING_COUNT),
    ROW(algorithm_dimension, FIELD_ENUM, TE_DIMENSION_COUNT),
    ROW(dataset_dimension, FIELD_ENUM, TE_DIMENSION_COUNT),
    ROW(multivariate, FIELD_ENUM, TE_MULTIVAR_COUNT),
    ROW(postprocess, FIELD_TEXT, LONG),
    ROW(train_path, FIELD_TEXT, SHORT),
    ROW(test_path, FIELD_TEXT, SHORT),
    ROW(train_sha256, FIELD_FIXED, TE_SHA256_HEX),
    ROW(test_sha256, FIELD_FIXED, TE_SHA256_HEX),
    ROW(dataset_length, FIELD_64, 0),
    ROW(dataset_dims, FIELD_64, 0),
    ROW(limits.memory, FIELD_64, 0),
    ROW(limits.cpus, FIELD_64, 0),
    ROW(limits.train_timeout, FIELD_64, 0),
    ROW(limits.execute_timeout, FIELD_64, 0),
    ROW(limits.train_timeout_text, FIELD_FIXED, TE_DURATION_TEXT),
    ROW(limits.execute_timeout_text, FIELD_FIXED, TE_DURATION_TEXT),
    ROW(limits.preliminary_model, FIELD_BOOL, 0),
    ROW(limits.preliminary_scores, FIELD_BOOL, 0),
    END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_measure
static const struct field measure_fields[] = {ROW(main_time, FIELD_64, 0),
                                              ROW(wall_overhead, FIELD_64, 0),
                                              ROW(cpu_user, FIELD_64, 0),
                                              ROW(cpu_system, FIELD_64, 0),
                                              ROW(peak_memory, FIELD_64, 0),
                                              ROW(read_bytes, FIELD_64, 0),
                                              ROW(write_bytes, FIELD_64, 0),
                                              ROW(exit_code, FIELD_32, 0),
                                              ROW(measured_by, FIELD_ENUM, TE_MEASURED_COUNT),
                                              ROW(ran, FIELD_BOOL, 0),
                                              END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_result
static const struct field result_fields[] = {ROW(number, FIELD_32, 0),
                                             ROW(attempt, FIELD_32, 0),
                                             ROW(id, FIELD_64, 0),
                                             ROW(status, FIELD_ENUM, TE_STATUS_COUNT),
                                             ROW(reason, FIELD_ENUM, TE_REASON_COUNT),
                                             ROW(error_message, FIELD_TEXT, LONG),
                                             ROW(train_preprocess_time, FIELD_64, 0),
                                             ROW(execute_preprocess_time, FIELD_64, 0),
                                             ROW(execute_postprocess_time, FIELD_64, 0),
                                             ROW(host, FIELD_TEXT, SHORT),
                                             ROW(rank, FIELD_32, 0),
                                             ROW(slot, FIELD_32, 0),
                                             ROW(queued, FIELD_64, 0),
                                             ROW(started, FIELD_64, 0),
                                             ROW(finished, FIELD_64, 0),
                                             ROW(image_digest, FIELD_TEXT, SHORT),
                                             ROW(params_json, FIELD_TEXT, LONG),
                                             ROW(n_scores, FIELD_64, 0),
                                             ROW(integer_scores, FIELD_BOOL, 0),
                                             ROW(score_min, FIELD_64, 0),
                                             ROW(score_max, FIELD_64, 0),
                                             ROW(log, FIELD_TEXT, LONG),
                                             ROW(log_cut, FIELD_64, 0),
                                             END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_task_ref
static const struct field ref_fields[] = {ROW(number, FIELD_32, 0), ROW(attempt, FIELD_32, 0),
                                          ROW(time, FIELD_64, 0), END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_scores_piece
static const struct field scores_fields[] = {ROW(number, FIELD_32, 0), ROW(attempt, FIELD_32, 0),
                                             ROW(first, FIELD_64, 0),  ROW(total, FIELD_64, 0),
                                             ROW(count, FIELD_64, 0),  END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_bye
static const struct field bye_fields[] = {ROW(code, FIELD_32, 0), ROW(why, FIELD_TEXT, LONG),
                                          END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_rec_header
static const struct field header_fields[] = {ROW(format, FIELD_32, 0),
                                             ROW(program, FIELD_TEXT, SHORT),
                                             ROW(run_name, FIELD_TEXT, SHORT),
                                             ROW(command_line, FIELD_TEXT, LONG),
                                             ROW(created, FIELD_64, 0),
                                             ROW(plan_digest, FIELD_TEXT, SHORT),
                                             ROW(plan_facts, FIELD_TEXT, LONG),
                                             ROW(n_experiments, FIELD_64, 0),
                                             END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_rec_file
static const struct field file_fields[] = {ROW(name, FIELD_TEXT, SHORT),
                                           ROW(text, FIELD_TEXT, LONG), END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_rec_epoch
static const struct field epoch_fields[] = {ROW(epoch, FIELD_64, 0),
                                            ROW(time, FIELD_64, 0),
                                            ROW(host, FIELD_TEXT, SHORT),
                                            ROW(boot_id, FIELD_TEXT, SHORT),
                                            ROW(pid, FIELD_32, 0),
                                            ROW(ranks, FIELD_32, 0),
                                            ROW(mpi, FIELD_TEXT, SHORT),
                                            ROW(job, FIELD_TEXT, LONG),
                                            ROW(command_line, FIELD_TEXT, LONG),
                                            END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_rec_assign
static const struct field assign_fields[] = {
    ROW(number, FIELD_32, 0),     ROW(attempt, FIELD_32, 0),
    ROW(charged, FIELD_32, 0),    ROW(rank, FIELD_32, 0),
    ROW(host, FIELD_TEXT, SHORT), ROW(time, FIELD_64, 0),
    ROW(suspect, FIELD_BOOL, 0),  END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_rec_note
static const struct field note_fields[] = {ROW(kind, FIELD_ENUM, TE_NOTE_KIND_COUNT),
                                           ROW(time, FIELD_64, 0),
                                           ROW(number, FIELD_32, 0),
                                           ROW(attempt, FIELD_32, 0),
                                           ROW(name, FIELD_TEXT, LONG),
                                           ROW(other, FIELD_TEXT, LONG),
                                           ROW(text, FIELD_TEXT, LONG),
                                           END_OF_TABLE};
#undef ROW_OF

#define ROW_OF te_rec_end
static const struct field end_fields[] = {ROW(code, FIELD_32, 0), ROW(time, FIELD_64, 0),
                                          ROW(why, FIELD_TEXT, LONG), END_OF_TABLE};
#undef ROW_OF

/* ---- structures that are one table ------------------------------------------------------- */

static int finish(struct reader *r, const struct field *table, void *object)
{
    if (reader_end(r) == 0)
        return 0;
    fields_release(table, object);
    return -1;
}

#define DEFINE_ENCODE(prefix, type, table)                                                         \
    void prefix##_encode(const struct type *object, struct te_buf *buf)                            \
    {                                                                                              \
        fields_put(table, object, buf);                                                            \
    }

#define DEFINE_DECODE(prefix, type, table)                                                         \
    int prefix##_decode(const void *data, size_t len, struct type *out, struct te_err *err)        \
    {                                                                                              \
        struct type object = {0};                                                                  \
        struct reader r = reader_of(data, len, err);                                               \
        fields_get(table, &r, &object);                                                            \
        if (finish(&r, table, &object) < 0)                                                        \
            return -1;                                                                             \
        *out = object;                                                                             \
        return 0;                                                                                  \
    }

#define DEFINE_RELEASE(prefix, type, table)                                                        \
    void prefix##_release(struct type *object)                                                     \
    {                                                                                              \
        if (object)                                                                                \
            fields_release(table, object);                                                         \
    }

#define DEFINE_ALL(prefix, type, table)                                                            \
    DEFINE_ENCODE(prefix, type, table)                                                             \
    DEFINE_DECODE(prefix, type, table)                                                             \
    DEFINE_RELEASE(prefix, type, table)

DEFINE_ALL(te_hello, te_hello, hello_fields)
DEFINE_ALL(te_bye, te_bye, bye_fields)
DEFINE_ALL(te_file_head, te_file_head, file_head_fields)
DEFINE_ALL(te_taken, te_taken, taken_fields)
DEFINE_ALL(te_rec_epoch, te_rec_epoch, epoch_fields)
DEFINE_ALL(te_rec_assign, te_rec_assign, assign_fields)
DEFINE_ALL(te_rec_note, te_rec_note, note_fields)
DEFINE_ALL(te_rec_end, te_rec_end, end_fields)
DEFINE_ENCODE(te_task, te_task, task_fields)
DEFINE_DECODE(te_task, te_task, task_fields)
DEFINE_ENCODE(te_task_ref, te_task_ref, ref_fields)
DEFINE_DECODE(te_task_ref, te_task_ref, ref_fields)

/* ---- structures with more than a table --------------------------------------------------- */

void te_place_encode(const struct te_place *place, struct te_buf *buf)
{
    fields_put(place_fields, place, buf);
    fields_put(settings_fields, &place->settings, buf);
}

int te_place_decode(const void *data, size_t len, struct te_place *out, struct te_err *err)
{
    struct te_place place = {0};
    struct reader r = reader_of(data, len, err);
    fields_get(place_fields, &r, &place);
    fields_get(settings_fields, &r, &place.settings);
    if (finish(&r, settings_fields, &place.settings) < 0) {
        fields_release(place_fields, &place);
        return -1;
    }
    *out = place;
    return 0;
}

void te_place_release(struct te_place *place)
{
    if (!place)
        return;
    fields_release(place_fields, place);
    fields_release(settings_fields, &place->settings);
}

void te_mirror_list_encode(const struct te_mirror_list *list, struct te_buf *buf)
{
    put_u8(buf, list->last);
    put_text(buf, list->refused);
    put_u32(buf, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        fields_put(mirror_fields, &list->files[i], buf);
}

int te_mirror_list_decode(const void *data, size_t len, struct te_mirror_list *out,
                          struct te_err *err)
{
    enum { LEAST = 24 }; /* bytes of an entry: the count cannot make us allocate more */
    struct te_mirror_list list = {0};
    struct reader r = reader_of(data, len, err);
    list.last = reader_u8(&r) != 0;
    reader_text(&r, LONG, &list.refused);
    uint32_t count = reader_u32(&r);
    if (!r.failed && count > r.left / LEAST)
        reader_fail(&r, "more entries than bytes");
    if (!r.failed) {
        list.files = te_zalloc(count, sizeof *list.files, err);
        r.failed = !list.files;
    }
    for (; !r.failed && list.count < count; list.count++)
        fields_get(mirror_fields, &r, &list.files[list.count]);
    if (reader_end(&r) < 0) {
        te_mirror_list_release(&list);
        return -1;
    }
    *out = list;
    return 0;
}

void te_mirror_list_release(struct te_mirror_list *list)
{
    if (!list)
        return;
    for (uint32_t i = 0; i < list->count; i++)
        fields_release(mirror_fields, &list->files[i]);
    te_free(list->files);
    te_free(list->refused);
    *list = (struct te_mirror_list){0};
}

void te_file_piece_encode(const struct te_file_piece *piece, struct te_buf *buf)
{
    fields_put(file_piece_fields, piece, buf);
    te_buf_add(buf, piece->bytes, (size_t)piece->count);
}

int te_file_piece_decode(const void *data, size_t len, struct te_file_piece *out,
                         struct te_err *err)
{
    struct te_file_piece piece = {0};
    struct reader r = reader_of(data, len, err);
    fields_get(file_piece_fields, &r, &piece);
    if (!r.failed && piece.count != r.left)
        reader_fail(&r, "a piece of another length than announced");
    if (!r.failed)
        piece.bytes = reader_bytes(&r, r.left);
    if (reader_end(&r) < 0)
        return -1;
    *out = piece;
    return 0;
}

void te_result_encode(const struct te_result *result, struct te_buf *buf)
{
    fields_put(result_fields, result, buf);
    for (int p = 0; p < TE_PHASE_COUNT; p++)
        fields_put(measure_fields, &result->phase[p], buf);
    put_u32(buf, (uint32_t)result->n_metrics);
    for (size_t i = 0; i < result->n_metrics; i++) {
        uint64_t bits;
        memcpy(&bits, &result->metrics[i].value, sizeof bits);
        put_u8(buf, result->metrics[i].has_value);
        put_u64(buf, bits);
    }
}

static void get_metrics(struct reader *r, struct te_result *result)
{
    uint32_t n = reader_u32(r);
    if (!r->failed && (n > TE_MAX_METRICS || n > r->left / 9))
        reader_fail(r, "too many metrics");
    if (r->failed || n == 0)
        return;
    result->metrics = te_zalloc(n, sizeof *result->metrics, r->err);
    if (!result->metrics) {
        r->failed = 1;
        return;
    }
    result->n_metrics = n;
    for (uint32_t i = 0; i < n; i++) {
        result->metrics[i].has_value = reader_u8(r) != 0;
        uint64_t bits = reader_u64(r);
        memcpy(&result->metrics[i].value, &bits, sizeof bits);
    }
}

int te_result_decode(const void *data, size_t len, struct te_result *out, struct te_err *err)
{
    struct te_result result;
    te_result_init(&result);
    struct reader r = reader_of(data, len, err);
    fields_get(result_fields, &r, &result);
    for (int p = 0; p < TE_PHASE_COUNT; p++)
        fields_get(measure_fields, &r, &result.phase[p]);
    get_metrics(&r, &result);
    if (reader_end(&r) < 0) {
        te_result_release(&result);
        return -1;
    }
    *out = result;
    return 0;
}

void te_scores_encode(const struct te_scores_piece *piece, const double *values, struct te_buf *buf)
{
    fields_put(scores_fields, piece, buf);
    size_t count = (size_t)piece->count;
    char *room = te_buf_room(buf, count * sizeof(double));
    if (!room)
        return;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (count)
        memcpy(room, values, count * sizeof(double));
#else
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        store_le((unsigned char *)room + 8 * i, bits, 8);
    }
#endif
    buf->len += count * sizeof(double);
}

int te_scores_decode(const void *data, size_t len, struct te_scores_piece *out, struct te_err *err)
{
    struct te_scores_piece piece = {0};
    struct reader r = reader_of(data, len, err);
    fields_get(scores_fields, &r, &piece);
    if (!r.failed && (piece.count > r.left / sizeof(double) || piece.total > TE_MAX_POINTS ||
                      piece.first > piece.total || piece.count > piece.total - piece.first))
        reader_fail(&r, "scores do not fit");
    if (!r.failed)
        piece.bytes = reader_bytes(&r, (size_t)piece.count * sizeof(double));
    if (reader_end(&r) < 0)
        return -1;
    *out = piece;
    return 0;
}

void te_scores_values(const struct te_scores_piece *piece, double *out)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (piece->count)
        memcpy(out, piece->bytes, (size_t)piece->count * sizeof(double));
#else
    struct te_err ignored = TE_ERR_INIT;
    struct reader r = reader_of(piece->bytes, (size_t)piece->count * sizeof(double), &ignored);
    for (uint64_t i = 0; i < piece->count; i++) {
        uint64_t bits = reader_u64(&r);
        memcpy(&out[i], &bits, sizeof bits);
    }
#endif
}

void te_rec_header_encode(const struct te_rec_header *header, struct te_buf *buf)
{
    fields_put(header_fields, header, buf);
    put_u32(buf, header->n_files);
    for (uint32_t i = 0; i < header->n_files; i++)
        fields_put(file_fields, &header->files[i], buf);
    put_u32(buf, header->n_metrics);
    for (uint32_t i = 0; i < header->n_metrics; i++)
        put_text(buf, header->metrics[i]);
}

static void get_files(struct reader *r, struct te_rec_header *header)
{
    uint32_t n = reader_u32(r);
    if (!r->failed && n > r->left / 8)
        reader_fail(r, "more files than bytes");
    if (r->failed)
        return;
    header->files = te_zalloc(n, sizeof *header->files, r->err);
    r->failed = !header->files;
    for (; !r->failed && header->n_files < n; header->n_files++)
        fields_get(file_fields, r, &header->files[header->n_files]);
}

static void get_metric_names(struct reader *r, struct te_rec_header *header)
{
    uint32_t n = reader_u32(r);
    if (!r->failed && (n > TE_MAX_METRICS || n > r->left / 4))
        reader_fail(r, "too many metrics");
    if (r->failed)
        return;
    header->metrics = te_zalloc(n, sizeof *header->metrics, r->err);
    r->failed = !header->metrics;
    for (; !r->failed && header->n_metrics < n; header->n_metrics++)
        reader_text(r, SHORT, &header->metrics[header->n_metrics]);
}

int te_rec_header_decode(const void *data, size_t len, struct te_rec_header *out,
                         struct te_err *err)
{
    struct te_rec_header header = {0};
    struct reader r = reader_of(data, len, err);
    fields_get(header_fields, &r, &header);
    get_files(&r, &header);
    get_metric_names(&r, &header);
    if (reader_end(&r) < 0) {
        te_rec_header_release(&header);
        return -1;
    }
    *out = header;
    return 0;
}

void te_rec_header_release(struct te_rec_header *header)
{
    if (!header)
        return;
    for (uint32_t i = 0; i < header->n_files; i++)
        fields_release(file_fields, &header->files[i]);
    te_free(header->files);
    for (uint32_t i = 0; i < header->n_metrics; i++)
        te_free(header->metrics[i]);
    te_free(header->metrics);
    fields_release(header_fields, header);
    *header = (struct te_rec_header){0};
}

void te_rec_result_join(const void *task, size_t task_len, const void *result, size_t result_len,
                        struct te_buf *buf)
{
    put_u32(buf, (uint32_t)task_len);
    te_buf_add(buf, task, task_len);
    te_buf_add(buf, result, result_len);
}

void te_rec_result_encode(const struct te_rec_result *rec, struct te_buf *buf)
{
    size_t at = buf->len;
    put_u32(buf, 0);
    te_task_encode(&rec->task, buf);
    if (!buf->failed)
        store_le((unsigned char *)buf->data + at, buf->len - at - 4, 4);
    te_result_encode(&rec->result, buf);
}

int te_rec_result_decode(const void *data, size_t len, struct te_rec_result *out,
                         struct te_err *err)
{
    struct te_rec_result rec;
    struct reader r = reader_of(data, len, err);
    uint32_t task_len = reader_u32(&r);
    const unsigned char *task = reader_bytes(&r, task_len);
    if (!task || te_task_decode(task, task_len, &rec.task, err) < 0)
        return -1;
    if (te_result_decode(r.at, r.left, &rec.result, err) < 0) {
        te_task_release(&rec.task);
        return -1;
    }
    *out = rec;
    return 0;
}

void te_rec_result_release(struct te_rec_result *rec)
{
    if (!rec)
        return;
    te_task_release(&rec->task);
    te_result_release(&rec->result);
}
