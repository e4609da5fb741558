#include "inbox.h"

#include <string.h>
#include <sys/stat.h>
#include "host.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"

int inbox_sweep(const struct te_mirror_list *files, struct te_err *err)
{
    size_t removed = 0;
    struct te_map seen te_cleanup(te_map_release);
    te_map_init(&seen);
    for (uint32_t i = 0; i < files->count; i++)
        if (te_arrivals_sweep_beside(files->files[i].path, &seen, &removed, err) < 0)
            return -1;
    if (removed)
        te_log(TE_LOG_NOTICE,
               "%zu parts of dataset files that an interrupted copy left are removed", removed);
    return 0;
}

static int read_roots(const char *text, struct te_strings *roots, struct te_err *err)
{
    while (text && *text) {
        size_t n = strcspn(text, "\n");
        te_autofree char *root = te_strndup(text, n, err);
        if (!root || te_strings_add(roots, root, err) < 0)
            return -1;
        text += n + (text[n] == '\n');
    }
    return 0;
}

static int check_place(const struct te_file_head *head, struct te_err *why)
{
    struct te_strings roots te_cleanup(te_strings_release) = {0};
    return read_roots(head->roots, &roots, why) < 0 ? -1
                                                    : te_arrival_check(head->path, &roots, why);
}

static void answer(struct inbox *inbox, uint32_t number, enum te_taken_state state,
                   const struct te_err *why, struct te_buf *reply)
{
    struct te_taken taken = {.number = number,
                             .messages = ++inbox->messages,
                             .state = state,
                             .why = why ? (char *)(uintptr_t)why->text : NULL};
    te_taken_encode(&taken, reply);
}

/* Rank 0 sees the same file: it would be copied onto itself. */
static int check_other(const struct te_file_head *head, struct te_err *err)
{
    struct te_host host;
    struct stat st;
    if (!head->boot_id || stat(head->path, &st) != 0 || st.st_ino != head->inode ||
        st.st_dev != head->device)
        return 0;
    if (te_host_read(&host, err) < 0)
        return -1;
    if (strcmp(host.boot_id, head->boot_id) != 0)
        return 0;
    return te_err_set(err, TE_ERR_BUSY, "'%s' is the very file that rank 0 has: it has changed",
                      head->path);
}

static int open_arrival(struct inbox *inbox, const struct te_file_head *head, struct te_err *why)
{
    if (check_place(head, why) < 0 || check_other(head, why) < 0 ||
        te_arrival_open(&inbox->arrival, head->path, head->bytes, head->mode, why) < 0)
        return -1;
    inbox->open = true;
    memcpy(inbox->sha256, head->sha256, sizeof inbox->sha256);
    return 0;
}

static void close_arrival(struct inbox *inbox)
{
    if (inbox->open)
        te_arrival_drop(&inbox->arrival);
    inbox->open = false;
}

/* The next check need not read it. A cache that cannot be kept costs time, nothing else. */
static void remember(struct inbox *inbox, const char *path)
{
    struct te_err ignored = TE_ERR_INIT;
    if (!inbox->cache_open) {
        te_autofree char *folder = te_host_cache_folder(&ignored);
        inbox->cache_open = folder && te_mirror_cache_open(&inbox->cache, folder, &ignored) == 0;
    }
    if (inbox->cache_open && te_mirror_remember(&inbox->cache, path, inbox->sha256, &ignored) < 0)
        te_log(TE_LOG_INFO, "%s", ignored.text);
}

static enum te_taken_state advance(struct inbox *inbox, struct te_err *why)
{
    if (inbox->arrival.done < inbox->arrival.size)
        return TE_TAKEN_PART;
    te_autofree char *path = te_strdup(inbox->arrival.path, why);
    int rc = path ? te_arrival_finish(&inbox->arrival, inbox->sha256, why) : -1;
    if (path)
        inbox->open = false;
    if (rc == 0)
        remember(inbox, path);
    return rc == 0 ? TE_TAKEN_WHOLE : TE_TAKEN_FAILED;
}

int inbox_on_file(struct inbox *inbox, const struct te_frame *frame, struct te_buf *reply,
                  struct te_err *err)
{
    struct te_file_head head;
    struct te_err why = TE_ERR_INIT;
    if (te_file_head_decode(frame->data, frame->len, &head, err) < 0)
        return -1;
    close_arrival(inbox);
    enum te_taken_state state = TE_TAKEN_FAILED;
    if (head.path && open_arrival(inbox, &head, &why) == 0)
        state = advance(inbox, &why);
    if (state == TE_TAKEN_FAILED)
        close_arrival(inbox);
    answer(inbox, head.number, state, state == TE_TAKEN_FAILED ? &why : NULL, reply);
    te_file_head_release(&head);
    return te_buf_check(reply, err);
}

/* Pieces of a file that failed are on their way still: they are counted and forgotten. */
int inbox_on_piece(struct inbox *inbox, const struct te_frame *frame, struct te_buf *reply,
                   struct te_err *err)
{
    struct te_file_piece piece;
    struct te_err why = TE_ERR_INIT;
    if (te_file_piece_decode(frame->data, frame->len, &piece, err) < 0)
        return -1;
    enum te_taken_state state = TE_TAKEN_PART;
    if (inbox->open) {
        state = te_arrival_write(&inbox->arrival, piece.offset, piece.bytes, (size_t)piece.count,
                                 &why) < 0
                    ? TE_TAKEN_FAILED
                    : advance(inbox, &why);
        if (state == TE_TAKEN_FAILED)
            close_arrival(inbox);
    }
    answer(inbox, piece.number, state, state == TE_TAKEN_FAILED ? &why : NULL, reply);
    return te_buf_check(reply, err);
}

void inbox_release(struct inbox *inbox)
{
    struct te_err ignored = TE_ERR_INIT;
    close_arrival(inbox);
    if (inbox->cache_open && te_mirror_cache_save(&inbox->cache, &ignored) < 0)
        te_log(TE_LOG_INFO, "%s", ignored.text);
    if (inbox->cache_open)
        te_mirror_cache_release(&inbox->cache);
    *inbox = (struct inbox){0};
}
