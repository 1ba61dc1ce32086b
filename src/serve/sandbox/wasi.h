/* The functions of wasi_snapshot_preview1 that do something, by abi.h. */
#ifndef SIGPACT_WASI_H
#define SIGPACT_WASI_H

#include "abi.h"

#define SIGPACT_PROTOTYPE(name, signature, parameters, arguments)              \
	uint32_t wasi_##name parameters;
SIGPACT_WASI(SIGPACT_PROTOTYPE, SIGPACT_NOTHING)

#endif
