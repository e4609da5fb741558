/*
 * Child processes with pipes: argument vectors only, never a shell. All three streams are pipes,
 * non-blocking at our end and always drained, so that a full pipe never stops a child.
 */
#ifndef TE_NET_CHILD_H
#define TE_NET_CHILD_H

#include <stdbool.h>
#include <sys/types.h>
#include "te/base/buf.h"

struct te_child {
    pid_t pid; /* 0: none; leader of its own process group */
    int in;    /* our write end, -1 when closed */
    int out;   /* our read ends */
    int err_out;
    int status; /* of waitpid once ended */
    bool ended;
    struct te_buf to_write; /* what the pipe did not take yet */
    size_t written;         /* bytes of to_write that went */
    struct te_buf errors;   /* last part of standard error, for messages */
};

/* argv[0] is looked up in PATH. The child gets default signal handlers and an empty mask. */
int te_child_start(struct te_child *child, const char *const argv[],
                   struct te_err *err) TE_MUST_CHECK;
/* Bytes for its standard input; goes out in te_child_flush. */
int te_child_write(struct te_child *child, const void *data, size_t len,
                   struct te_err *err) TE_MUST_CHECK;
/* Writes what the pipe takes. A child that closed its input is no error: its end tells the reason.
 */
void te_child_flush(struct te_child *child);
bool te_child_wants_write(const struct te_child *child);
void te_child_close_input(struct te_child *child);
/* Reads what is there from `fd` (out or err_out) into block; 0: nothing now, -1: closed. */
ssize_t te_child_read(int *fd, void *block, size_t size);
/* Drains standard error into `errors` (its tail is kept); true if something came. */
bool te_child_drain_errors(struct te_child *child);
/* True once it has ended; never blocks. */
bool te_child_reap(struct te_child *child);
/* Kills what still runs, closes and frees everything. */
void te_child_release(struct te_child *child);

#endif
