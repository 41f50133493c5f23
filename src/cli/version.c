/*
 * version.c - see version.h. Engines parse it: "NAME version X.Y.Z" first, then "commit: ...", and
 * no other line with the word "version".
 */
#include "cli/version.h"

#include "base/text.h"
#include "cli/output.h"

#include <errno.h>
#include <seccomp.h>

#define ERROR_CODE CODE_OUTPUT

#ifndef TARE_VERSION
#error "define TARE_VERSION as the project's version, a string (see CMakeLists.txt)"
#endif
#ifndef TARE_COMMIT
#define TARE_COMMIT "unknown" /* neither a clone nor a release (cmake/tarball.sh) */
#endif

const char *version_number(void)
{
	return TARE_VERSION;
}

const char *version_commit(void)
{
	return TARE_COMMIT;
}

int version_print(const char *program, struct error *err)
{
	const struct scmp_version *seccomp = seccomp_version();
	char text[512];

	if (text_format(text, sizeof(text),
			"%s version " TARE_VERSION "\n"
			"commit: " TARE_COMMIT "\n"
			"spec: " VERSION_SPEC "\n"
			"libseccomp: %u.%u.%u\n",
			program, seccomp->major, seccomp->minor, seccomp->micro) < 0)
		return error_set(err, ENAMETOOLONG, NULL, "the name of this build is too long");
	return output_print(text, err);
}
