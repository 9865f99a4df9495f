/* catalog/decide.h - may this happen? Rules: README.md. Pure: no clock, socket or log, so that the
 * same call on the same rows decides the same again. Guards stand in the order of precedence:
 * existence, ownership, revision, state, rule. */
#pragma once

#include "runtime/service.h"

gm_decide_fn catalog_decide_publish_product;
gm_decide_fn catalog_decide_revise_product;
gm_decide_fn catalog_decide_withdraw_product;
gm_decide_fn catalog_decide_publish_lot;
gm_decide_fn catalog_decide_revise_lot;
gm_decide_fn catalog_decide_withdraw_lot;
gm_decide_fn catalog_decide_restock;
gm_decide_fn catalog_decide_adjust;
gm_decide_fn catalog_decide_reserve;
gm_decide_fn catalog_decide_release;
gm_decide_fn catalog_decide_consume;
