/*
 * rules.h - the functions of all rules, which rules.def lists.
 *
 * A rule is a function of the config and the host facts that adds what it finds. Rules do not
 * depend on each other and may run in any order. check_mounts_type() is in mounts.c, and so on.
 */
#ifndef TARE_CHECK_RULES_H
#define TARE_CHECK_RULES_H

#include "check/finding.h"

#define RULE(name, section, when, function, what) void function(const struct check *check);
#include "check/rules.def"
#undef RULE

#endif
