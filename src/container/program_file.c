/* program_file.c - see program_file.h. Everything in the image is untrusted: sizes are checked. */
#include "container/program_file.h"

#include "base/fd.h"
#include "base/text.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef EM_LOONGARCH /* younger than the elf.h of some */
#define EM_LOONGARCH 258
#endif

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { HEADERS_MAX = 64 }; /* program headers that are looked through for the loader */

struct program_file {
	int root;
	int fd; /* of the program, for reading */
	struct stat stat;
	char path[1024]; /* inside the container */
	char head[256];
	size_t len;
	struct error *err;
};

/* Regular files only: opening a device or FIFO of an image may do things. */
static int open_inside(int root, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	owned_fd fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	char link[32];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return open(link, O_RDONLY | O_CLOEXEC);
}

static const char *path_of(const struct oci_process *process)
{
	for (size_t i = 0; i < process->env.count; i++) {
		if (text_has_prefix(process->env.items[i], "PATH="))
			return process->env.items[i] + strlen("PATH=");
	}
	return DEFAULT_PATH;
}

/* As the helper has searched: the first directory of the list that has such a file. */
static int search(struct program_file *file, const char *name, const char *list)
{
	while (list) {
		const size_t len = strcspn(list, ":");
		int fd;

		(void)snprintf(file->path, sizeof(file->path), "%.*s/%s", (int)len, list, name);
		fd = open_inside(file->root, file->path);
		if (fd >= 0)
			return fd;
		list = list[len] == ':' ? list + len + 1 : NULL;
	}
	return -ENOENT;
}

static int find(struct program_file *file, const struct oci_process *process)
{
	const char *name = process->args.items[0];

	if (!strchr(name, '/'))
		return search(file, name, path_of(process));
	(void)snprintf(file->path, sizeof(file->path), "%s%s%s",
		       name[0] != '/' && process->cwd ? process->cwd : "",
		       name[0] != '/' ? "/" : "", name);
	return open_inside(file->root, file->path);
}

PRINTF_LIKE(3, 4)
static void explain(const struct program_file *file, enum error_code code, const char *format, ...)
{
	va_list args;

	error_refine(file->err, code);
	va_start(args, format);
	(void)vsnprintf(file->err->hint, sizeof(file->err->hint), format, args);
	va_end(args);
}

/* ---- scripts */

static void explain_script(const struct program_file *file)
{
	const char *name = file->head + 2 + strspn(file->head + 2, " \t");
	const size_t len = strcspn(name, " \t\n");
	char path[sizeof(file->head)];
	owned_fd fd = FD_NONE;

	(void)snprintf(path, sizeof(path), "%.*s", (int)len, name);
	if (len > 0 && path[len - 1] == '\r') {
		explain(file, CODE_PROGRAM_INTERPRETER,
			"the first line of %.200s ends with a carriage return, which the kernel "
			"takes for a part of the interpreter's name: convert it to Unix lines",
			file->path);
		return;
	}
	fd = open_inside(file->root, path);
	if (fd < 0)
		explain(file, CODE_PROGRAM_INTERPRETER,
			"the first line of %.200s asks for the interpreter %.200s, which the image "
			"does not have",
			file->path, path);
}

/* ---- ELF */

static const char *machine_name(unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {
		{ EM_X86_64, "x86-64" },       { EM_386, "x86 of 32 bits" },
		{ EM_AARCH64, "arm64" },       { EM_ARM, "arm" },
		{ EM_RISCV, "riscv" },         { EM_PPC64, "ppc64" },
		{ EM_S390, "s390x" },          { EM_MIPS, "mips" },
		{ EM_LOONGARCH, "loongarch" }, { EM_SPARCV9, "sparc64" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].machine == machine)
			return names[i].name;
	}
	return "another architecture";
}

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#elif defined(__riscv)
#define OUR_MACHINE EM_RISCV
#else
#define OUR_MACHINE EM_NONE
#endif

/* The name in PT_INTERP; "" if there is none, as in a static program. */
static void read_loader(const struct program_file *file, char *out, size_t size)
{
	Elf64_Ehdr elf;
	Elf64_Phdr header;

	out[0] = '\0';
	memcpy(&elf, file->head, sizeof(elf));
	if (elf.e_ident[EI_CLASS] != ELFCLASS64)
		return;
	for (unsigned i = 0; i < elf.e_phnum && i < HEADERS_MAX; i++) {
		const off_t at = (off_t)(elf.e_phoff + i * sizeof(header));
		ssize_t n;

		if (pread(file->fd, &header, sizeof(header), at) != (ssize_t)sizeof(header))
			return;
		if (header.p_type != PT_INTERP)
			continue;
		n = pread(file->fd, out, size - 1, (off_t)header.p_offset);
		out[n > 0 ? n : 0] = '\0';
		return;
	}
}

static void explain_elf(const struct program_file *file)
{
	char loader[200];
	Elf64_Ehdr elf;

	memcpy(&elf, file->head, sizeof(elf));
	if (OUR_MACHINE != EM_NONE && elf.e_machine != OUR_MACHINE &&
	    !(OUR_MACHINE == EM_X86_64 && elf.e_machine == EM_386)) {
		explain(file, CODE_PROGRAM_FORMAT, "%.200s is a program for %s, this machine is %s",
			file->path, machine_name(elf.e_machine), machine_name(OUR_MACHINE));
		return;
	}
	read_loader(file, loader, sizeof(loader));
	owned_fd fd = loader[0] ? open_inside(file->root, loader) : FD_NONE;

	if (loader[0] && fd < 0)
		explain(file, CODE_PROGRAM_INTERPRETER,
			"%.200s needs the loader %s, which the image does not have: it may be for "
			"another C library (glibc or musl)",
			file->path, loader);
}

/* ---- what is wrong */

static void explain_content(struct program_file *file)
{
	ssize_t n = pread(file->fd, file->head, sizeof(file->head) - 1, 0);

	file->len = n > 0 ? (size_t)n : 0;
	if (n == 0)
		explain(file, CODE_PROGRAM_FORMAT, "%.200s is empty", file->path);
	else if (file->len > 2 && memcmp(file->head, "#!", 2) == 0)
		explain_script(file);
	else if (file->len >= sizeof(Elf64_Ehdr) && memcmp(file->head, ELFMAG, SELFMAG) == 0)
		explain_elf(file);
}

static void explain_refusal(const struct program_file *file)
{
	struct statvfs fs;

	if ((file->stat.st_mode & 0111) == 0)
		explain(file, CODE_PROGRAM_NOT_EXECUTABLE,
			"%.200s has no x bit (its mode is %04o): chmod +x", file->path,
			file->stat.st_mode & 07777);
	else if (fstatvfs(file->fd, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
		explain(file, CODE_PROGRAM_NOT_EXECUTABLE,
			"the filesystem of the root directory is mounted noexec: remount it with "
			"exec, or unpack the image elsewhere");
}

static void explain_missing(struct program_file *file, const struct oci_process *process)
{
	const char *name = process->args.items[0];
	owned_fd fd = FD_NONE;

	if (strchr(name, '/'))
		return;
	fd = search(file, name, DEFAULT_PATH);
	if (fd >= 0)
		explain(file, CODE_PROGRAM_NOT_FOUND,
			"there is %.200s, but PATH in process.env is \"%.200s\"", file->path,
			path_of(process));
	else if (strchr(name, ' '))
		explain(
		    file, CODE_PROGRAM_NOT_FOUND,
		    "args is a list of words, no command line: write [\"sh\", \"-c\", \"...\"]");
}

static bool concerns(enum error_code code)
{
	return code == CODE_PROGRAM_NOT_FOUND || code == CODE_PROGRAM_INTERPRETER ||
	       code == CODE_PROGRAM_FORMAT || code == CODE_PROGRAM_NOT_EXECUTABLE;
}

void program_file_explain(const char *rootfs, const struct oci_process *process, struct error *err)
{
	struct program_file file = { .root = FD_NONE, .fd = FD_NONE, .err = err };

	if (!concerns(err->code) || !rootfs || !process || process->args.count == 0)
		return;
	owned_fd root = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	file.root = root;
	owned_fd fd = root < 0 ? FD_NONE : find(&file, process);

	file.fd = fd;
	if (root >= 0 && fd < 0)
		explain_missing(&file, process);
	if (fd < 0 || fstat(fd, &file.stat) < 0)
		return;
	if (err->errnum == EACCES)
		explain_refusal(&file);
	else
		explain_content(&file);
}
