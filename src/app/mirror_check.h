/*
 * A host's look at its mirror, in a thread beside the messages: one file may take minutes to read.
 */
#ifndef TE_SRC_APP_MIRROR_CHECK_H
#define TE_SRC_APP_MIRROR_CHECK_H

#include "te/core/msg.h"

struct mirror_check;

/* Takes the files. sweep: parts that an interrupted copy left beside them are removed first. */
int mirror_check_start(struct te_mirror_list *files, bool sweep, struct mirror_check **out,
                       struct te_err *err);
/* Waits for at most so many seconds; true when it is over. */
bool mirror_check_wait(struct mirror_check *check, double seconds);
/* After that: the files that are wrong, with the reasons, as long as the check is there. */
int mirror_check_result(struct mirror_check *check, struct te_mirror_list *bad, struct te_err *err);
/* What is still going on is told to stop and waited for. NULL is fine. */
void mirror_check_free(struct mirror_check *check);

#endif
