/* pattern.h - one matcher per PATTERN of spec/rules.def: cheaper at start-up than a regex library.
 */
#ifndef OCISPEC_PATTERN_H
#define OCISPEC_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#define RANGE(name, type, minimum, maximum)
#define PATTERN(name, title, expression) bool pattern_##name(const char *text, size_t len);
#include "../spec/rules.def"
#undef RANGE
#undef PATTERN

#endif
