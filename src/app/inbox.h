/* A worker's inbox: dataset files that its host lacks and that rank 0 sends (core/msg.h). */
#ifndef TE_SRC_APP_INBOX_H
#define TE_SRC_APP_INBOX_H

#include "te/core/msg.h"
#include "te/model/arrival.h"
#include "te/model/mirror.h"

struct inbox {
    struct te_mirror_cache cache;
    bool cache_open;
    struct te_arrival arrival;
    bool open; /* an arrival is going on */
    char sha256[TE_SHA256_HEX];
    uint64_t messages; /* taken so far */
};

/* Removes what an interrupted copy left in the folders of the files. */
int inbox_sweep(const struct te_mirror_list *files, struct te_err *err);
/*
 * A FILE or PIECE came; reply gets the payload of the TAKEN to send. What is wrong with the file or
 * the disk is in the reply, err is for what no run survives.
 */
int inbox_on_file(struct inbox *inbox, const struct te_frame *frame, struct te_buf *reply,
                  struct te_err *err);
int inbox_on_piece(struct inbox *inbox, const struct te_frame *frame, struct te_buf *reply,
                   struct te_err *err);
void inbox_release(struct inbox *inbox);

#endif
