/*
 * The one encoding of the wire and the journal: explicit bytes, little endian, length, version,
 * CRC32C. A frame is
 *
 *   u32 payload length | u16 format version | u16 type | u64 epoch of the writer |
 *   u32 CRC32C over the 16 bytes before and the payload | payload
 *
 * Payloads are lists of fields in the order of one table per structure (src/core/msg.c), so that
 * encoder and decoder cannot disagree. Numbers: u8, u32, u64, IEEE doubles by their bits. Texts:
 * u32 length (0xFFFFFFFF: NULL) and bytes without NUL. Decoders trust nothing: every length is
 * checked against what is there, every enumerator against its range; they fail with TE_ERR_FORMAT,
 * a frame with TE_ERR_CORRUPT. What a decoder hands out is owned by the caller (te_*_release)
 * unless said otherwise.
 */
#ifndef TE_CORE_MSG_H
#define TE_CORE_MSG_H

#include "te/base/buf.h"
#include "te/model/config.h"
#include "te/model/result.h"
#include "te/model/task.h"

enum { TE_FRAME_HEAD = 20, TE_FORMAT_VERSION = 1 };

enum te_msg_type {
    TE_MSG_HELLO = 64, /* worker: who I am */
    TE_MSG_CONFIG,     /* rank 0: settings of the run, place of this worker */
    TE_MSG_MIRROR,     /* rank 0 to the leading rank of a host: files to check */
    TE_MSG_MIRRORED,   /* its answer: files that are wrong; at the end "ready" */
    TE_MSG_ASSIGN,     /* a whole task */
    TE_MSG_STARTED,    /* worker: this task runs now */
    TE_MSG_SCORES,     /* worker: a piece of a task's scores, all before its RESULT */
    TE_MSG_RESULT,     /* worker: what became of a task */
    TE_MSG_CANCEL,     /* rank 0: stop this task, no result wanted */
    TE_MSG_HEARTBEAT,  /* both ways: alive */
    TE_MSG_BYE,        /* rank 0: leave; worker: I leave, and why */
    TE_MSG_FILE,       /* rank 0: a file comes that this host lacks */
    TE_MSG_PIECE,      /* rank 0: the next bytes of it */
    TE_MSG_TAKEN,      /* worker: the answer to each FILE and PIECE */
    TE_MSG_END_        /* one behind the last */
};

struct te_frame {
    uint16_t type; /* enum te_msg_type, or enum te_record of the journal (below 64) */
    uint64_t epoch;
    const unsigned char *data; /* borrowed from the bytes that were decoded */
    size_t len;
};

/* Appends room for a frame's head; the payload follows; te_frame_end fills the head in. */
size_t te_frame_begin(struct te_buf *buf);
int te_frame_end(struct te_buf *buf, size_t begin, unsigned type, uint64_t epoch,
                 struct te_err *err) TE_MUST_CHECK;
/* One frame at the start of bytes; *used gets its whole length. TE_ERR_LIMIT: not all there yet. */
int te_frame_decode(const void *bytes, size_t len, struct te_frame *out, size_t *used,
                    struct te_err *err) TE_MUST_CHECK;
const char *te_msg_name(unsigned type);

/* ---- messages ---------------------------------------------------------------------------- */

struct te_hello {
    uint32_t protocol; /* TE_FORMAT_VERSION */
    char *version;     /* of the program */
    char *host;
    char *boot_id; /* tells two containers with one host name apart */
    int32_t pid;
    int32_t cores;
    int64_t memory; /* bytes */
    char *engine;   /* of the container engine, "" if none answered */
};

struct te_place {
    struct te_run_settings settings;
    int32_t slot;  /* within the host, from 0 */
    int32_t slots; /* of the host */
    bool leader;
    uint32_t n_metrics; /* of the plan, as a check */
    char *images;       /* for the leader: what it pulls, one a line; NULL: nothing */
};

/* One file of a dataset. In MIRRORED: `why` it is wrong; nothing is sent for what is right. */
struct te_mirror_item {
    uint32_t number;  /* of the file in rank 0's list */
    uint32_t dataset; /* index at rank 0 */
    char *path;
    int64_t bytes;
    char sha256[TE_SHA256_HEX]; /* "": not known, then presence alone counts */
    char *why;
};

struct te_mirror_list {
    struct te_mirror_item *files;
    uint32_t count;
    bool last;
    char *refused; /* of a host that cannot work at all: why; NULL else */
};

/*
 * Files that a host lacks travel from rank 0 one after the other: FILE, then PIECEs in order until
 * `bytes` are there. Another FILE before that means that the first one is not completed. Each of
 * both is answered by TAKEN, so that rank 0 knows how much is on its way.
 */
struct te_file_head {
    uint32_t number;
    char *path;  /* absolute */
    char *roots; /* folders that files may be put into, a line each */
    int64_t bytes;
    char sha256[TE_SHA256_HEX];
    uint32_t mode; /* permission bits at rank 0 */
    /* Which file it is at rank 0: where this is seen at the place, nothing is to be written. */
    char *boot_id;
    uint64_t device, inode;
};

struct te_file_piece {
    uint32_t number;
    int64_t offset;
    uint64_t count;
    const unsigned char *bytes; /* borrowed */
};

enum te_taken_state { TE_TAKEN_PART, TE_TAKEN_WHOLE, TE_TAKEN_FAILED, TE_TAKEN_COUNT };
struct te_taken {
    uint32_t number;
    uint64_t messages; /* FILE and PIECE taken so far, since the start */
    enum te_taken_state state;
    char *why; /* it failed */
};

struct te_task_ref {
    uint32_t number;
    uint32_t attempt;
    double time; /* STARTED: Unix time at the worker */
};

struct te_scores_piece {
    uint32_t number;
    uint32_t attempt;
    uint64_t first;             /* index of the first value */
    uint64_t total;             /* values of the task altogether */
    uint64_t count;             /* in this piece */
    const unsigned char *bytes; /* count doubles, little endian, borrowed and unaligned */
};

struct te_bye {
    int32_t code;
    char *why;
};

/* Encoders append the payload to buf (sticky failure: te_buf_check). */
void te_hello_encode(const struct te_hello *hello, struct te_buf *buf);
int te_hello_decode(const void *data, size_t len, struct te_hello *out,
                    struct te_err *err) TE_MUST_CHECK;
void te_hello_release(struct te_hello *hello);

void te_place_encode(const struct te_place *place, struct te_buf *buf);
int te_place_decode(const void *data, size_t len, struct te_place *out,
                    struct te_err *err) TE_MUST_CHECK;
void te_place_release(struct te_place *place);

void te_mirror_list_encode(const struct te_mirror_list *list, struct te_buf *buf);
int te_mirror_list_decode(const void *data, size_t len, struct te_mirror_list *out,
                          struct te_err *err) TE_MUST_CHECK;
void te_mirror_list_release(struct te_mirror_list *list);

void te_file_head_encode(const struct te_file_head *head, struct te_buf *buf);
int te_file_head_decode(const void *data, size_t len, struct te_file_head *out,
                        struct te_err *err) TE_MUST_CHECK;
void te_file_head_release(struct te_file_head *head);
void te_file_piece_encode(const struct te_file_piece *piece, struct te_buf *buf);
int te_file_piece_decode(const void *data, size_t len, struct te_file_piece *out,
                         struct te_err *err) TE_MUST_CHECK;
void te_taken_encode(const struct te_taken *taken, struct te_buf *buf);
int te_taken_decode(const void *data, size_t len, struct te_taken *out,
                    struct te_err *err) TE_MUST_CHECK;
void te_taken_release(struct te_taken *taken);

void te_task_encode(const struct te_task *task, struct te_buf *buf);
int te_task_decode(const void *data, size_t len, struct te_task *out,
                   struct te_err *err) TE_MUST_CHECK;

void te_result_encode(const struct te_result *result, struct te_buf *buf);
int te_result_decode(const void *data, size_t len, struct te_result *out,
                     struct te_err *err) TE_MUST_CHECK;

void te_task_ref_encode(const struct te_task_ref *ref, struct te_buf *buf);
int te_task_ref_decode(const void *data, size_t len, struct te_task_ref *out,
                       struct te_err *err) TE_MUST_CHECK;

/* values: piece->count doubles; piece->bytes is not read. */
void te_scores_encode(const struct te_scores_piece *piece, const double *values,
                      struct te_buf *buf);
int te_scores_decode(const void *data, size_t len, struct te_scores_piece *out,
                     struct te_err *err) TE_MUST_CHECK;
/* Copies the values of a decoded piece to out[0..count). */
void te_scores_values(const struct te_scores_piece *piece, double *out);

void te_bye_encode(const struct te_bye *bye, struct te_buf *buf);
int te_bye_decode(const void *data, size_t len, struct te_bye *out,
                  struct te_err *err) TE_MUST_CHECK;
void te_bye_release(struct te_bye *bye);

/* ---- payloads of the journal (record types: store/journal.h) ------------------------------ */

/* A named text: files that the configuration names, metric columns, .... */
struct te_rec_file {
    char *name;
    char *text;
};

/* HEADER: what a run is. Written once, first. */
struct te_rec_header {
    uint32_t format;
    char *program; /* version */
    char *run_name;
    char *command_line;
    double created; /* Unix time */
    char *plan_digest;
    char *plan_facts;
    uint64_t n_experiments;
    struct te_rec_file *files; /* [0]: the configuration itself, then what it names */
    uint32_t n_files;
    char **metrics; /* column names, in order */
    uint32_t n_metrics;
};

/* EPOCH: a rank 0 took over. */
struct te_rec_epoch {
    uint64_t epoch;
    double time;
    char *host;
    char *boot_id;
    int32_t pid;
    int32_t ranks;
    char *mpi; /* library and version, "" without MPI */
    char *job; /* batch job: id, nodes, restart count; "" if none */
    char *command_line;
};

/* ASSIGN: told before the task travels. */
struct te_rec_assign {
    uint32_t number;
    uint32_t attempt;
    uint32_t charged; /* times it was running, a suspect, when its worker or rank 0 went */
    int32_t rank;
    char *host;
    double time;
    bool suspect;
};

/* RESULT: the task as it was assigned and what became of it: all that a row needs. Of several for
 * one number the last one counts (a retry wrote it); its scores are the SCORES records with the
 * same number and attempt. SCORES: a te_scores_piece. */
struct te_rec_result {
    struct te_task task;
    struct te_result result;
};

enum te_note_kind {
    TE_NOTE_HOST,     /* name: host; text: JSON facts (cores, memory, engine, ranks) */
    TE_NOTE_LOST,     /* name: host; text: what was lost and why */
    TE_NOTE_NOTICE,   /* text: for people */
    TE_NOTE_SKIPPED,  /* name: algorithm; other: "collection/dataset"; text: reason */
    TE_NOTE_STARTED,  /* number, attempt: it runs */
    TE_NOTE_CHARGED,  /* number: the suspect is charged an attempt */
    TE_NOTE_WALLTIME, /* number: cut by the walltime */
    TE_NOTE_RETRY,    /* number: result set aside by --retry */
    TE_NOTE_FAILED,   /* number, attempt: the infrastructure failed it so many times */
    TE_NOTE_KIND_COUNT
};

struct te_rec_note {
    enum te_note_kind kind;
    double time;
    uint32_t number;
    uint32_t attempt;
    char *name;
    char *other;
    char *text;
};

/* END: orderly end. */
struct te_rec_end {
    int32_t code;
    double time;
    char *why;
};

void te_rec_header_encode(const struct te_rec_header *header, struct te_buf *buf);
int te_rec_header_decode(const void *data, size_t len, struct te_rec_header *out,
                         struct te_err *err) TE_MUST_CHECK;
void te_rec_header_release(struct te_rec_header *header);
void te_rec_epoch_encode(const struct te_rec_epoch *epoch, struct te_buf *buf);
int te_rec_epoch_decode(const void *data, size_t len, struct te_rec_epoch *out,
                        struct te_err *err) TE_MUST_CHECK;
void te_rec_epoch_release(struct te_rec_epoch *epoch);
void te_rec_assign_encode(const struct te_rec_assign *assign, struct te_buf *buf);
int te_rec_assign_decode(const void *data, size_t len, struct te_rec_assign *out,
                         struct te_err *err) TE_MUST_CHECK;
void te_rec_assign_release(struct te_rec_assign *assign);
void te_rec_result_encode(const struct te_rec_result *rec, struct te_buf *buf);
/* The same from payloads that are encoded already (an ASSIGN's and a RESULT's). */
void te_rec_result_join(const void *task, size_t task_len, const void *result, size_t result_len,
                        struct te_buf *buf);
int te_rec_result_decode(const void *data, size_t len, struct te_rec_result *out,
                         struct te_err *err) TE_MUST_CHECK;
void te_rec_result_release(struct te_rec_result *rec);
void te_rec_note_encode(const struct te_rec_note *note, struct te_buf *buf);
int te_rec_note_decode(const void *data, size_t len, struct te_rec_note *out,
                       struct te_err *err) TE_MUST_CHECK;
void te_rec_note_release(struct te_rec_note *note);
void te_rec_end_encode(const struct te_rec_end *end, struct te_buf *buf);
int te_rec_end_decode(const void *data, size_t len, struct te_rec_end *out,
                      struct te_err *err) TE_MUST_CHECK;
void te_rec_end_release(struct te_rec_end *end);

#endif
