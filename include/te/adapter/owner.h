/*
 * Who made a container, folder or process of ours: a text "host/boot/pidns/pid/start" that tells
 * later whether that program still runs, so that `clean` takes only what nobody needs.
 */
#ifndef TE_ADAPTER_OWNER_H
#define TE_ADAPTER_OWNER_H

#include <stdbool.h>
#include "te/base/err.h"

enum { TE_OWNER_TEXT = 256 };

enum te_owner_state {
    TE_OWNER_ALIVE,
    TE_OWNER_GONE,
    TE_OWNER_ELSEWHERE /* another host or process namespace: cannot be told from here */
};

/* Of this process. */
int te_owner_self(char out[TE_OWNER_TEXT], struct te_err *err) TE_MUST_CHECK;
enum te_owner_state te_owner_check(const char *owner);

#endif
