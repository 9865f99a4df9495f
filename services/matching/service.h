/* matching/service.h - matching, as the host runs it. README.md says what it does. */
#pragma once

#include "runtime/service.h"

extern const struct gm_service matching_service;
