/* The adapters there are. */
#ifndef TE_ADAPTER_CLASSES_H
#define TE_ADAPTER_CLASSES_H

#include "te/adapter/adapter.h"

extern const struct te_adapter_class te_adapter_docker;
extern const struct te_adapter_class te_adapter_plugin;
extern const struct te_adapter_class te_adapter_python;
extern const struct te_adapter_class te_adapter_command;
extern const struct te_adapter_class te_adapter_fake;

#endif
