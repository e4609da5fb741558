/* Which network interfaces must not carry MPI traffic. */
#ifndef TE_SRC_NET_INTERFACES_H
#define TE_SRC_NET_INTERFACES_H

#include "te/base/err.h"

/*
 * Comma list of interfaces to leave out, loopback first; "" if there is nothing to leave out
 * beside loopback. Freed by the caller.
 */
char *te_interfaces_exclude(struct te_err *err) TE_MUST_CHECK;

#endif
