/*
 * test_init_binary.c - tare-init as it was built: freestanding, static, small, and nothing in it
 * both writable and executable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGEST = 65536 };

static struct {
	const unsigned char *bytes;
	size_t size;
	const Elf64_Ehdr *header;
	const Elf64_Phdr *segments;
	const Elf64_Shdr *sections;
} image;

static const char *file_name(void)
{
	const char *given = getenv("TARE_INIT");

	return given ? given : TARE_BINARY_DIR "/tare-init";
}

static int map_image(void **state)
{
	int fd = open(file_name(), O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *at;

	(void)state;
	if (fd < 0 || fstat(fd, &st) < 0) {
		print_error("cannot open %s\n", file_name());
		return -1;
	}
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (at == MAP_FAILED)
		return -1;
	image.bytes = at;
	image.size = (size_t)st.st_size;
	image.header = at;
	image.segments = (const void *)(image.bytes + image.header->e_phoff);
	image.sections = (const void *)(image.bytes + image.header->e_shoff);
	return 0;
}

static int unmap_image(void **state)
{
	(void)state;
	return munmap((void *)(uintptr_t)image.bytes, image.size);
}

static void is_an_executable(void **state)
{
	const Elf64_Ehdr *h = image.header;

	(void)state;
	assert_memory_equal(h->e_ident, ELFMAG, SELFMAG);
	assert_int_equal(h->e_ident[EI_CLASS], ELFCLASS64);
	assert_int_equal(h->e_type, ET_EXEC);
	assert_true(h->e_phnum > 0);
	assert_int_equal(h->e_phentsize, sizeof(Elf64_Phdr));
	assert_true(h->e_phoff + h->e_phnum * sizeof(Elf64_Phdr) <= image.size);
}

static void is_small(void **state)
{
	(void)state;
	print_message("%s: %zu bytes\n", file_name(), image.size);
	assert_true(image.size > 4096);
	assert_true(image.size <= LARGEST);
}

static void needs_no_interpreter(void **state)
{
	(void)state;
	for (size_t i = 0; i < image.header->e_phnum; i++) {
		assert_int_not_equal(image.segments[i].p_type, PT_INTERP);
		assert_int_not_equal(image.segments[i].p_type, PT_DYNAMIC);
		assert_int_not_equal(image.segments[i].p_type, PT_TLS);
	}
}

static void has_no_undefined_symbol(void **state)
{
	(void)state;
	for (size_t i = 0; i < image.header->e_shnum; i++) {
		const Elf64_Shdr *section = &image.sections[i];
		const Elf64_Sym *symbols = (const void *)(image.bytes + section->sh_offset);

		assert_int_not_equal(section->sh_type, SHT_RELA);
		assert_int_not_equal(section->sh_type, SHT_REL);
		if (section->sh_type != SHT_SYMTAB && section->sh_type != SHT_DYNSYM)
			continue;
		for (size_t k = 1; k < section->sh_size / sizeof(*symbols); k++)
			assert_int_not_equal(symbols[k].st_shndx, SHN_UNDEF);
	}
}

static void nothing_is_writable_and_executable(void **state)
{
	bool stack = false;

	(void)state;
	for (size_t i = 0; i < image.header->e_phnum; i++) {
		const Elf64_Phdr *segment = &image.segments[i];

		assert_int_not_equal(segment->p_flags & (PF_W | PF_X), PF_W | PF_X);
		if (segment->p_type == PT_GNU_STACK) {
			stack = true;
			assert_int_equal(segment->p_flags & PF_X, 0);
		}
	}
	assert_true(stack); /* without it the kernel makes the stack executable */
}

static void starts_within_its_code(void **state)
{
	size_t inside = 0;

	(void)state;
	for (size_t i = 0; i < image.header->e_phnum; i++) {
		const Elf64_Phdr *segment = &image.segments[i];

		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X &&
		    image.header->e_entry >= segment->p_vaddr &&
		    image.header->e_entry - segment->p_vaddr < segment->p_filesz)
			inside++;
	}
	assert_int_equal(inside, 1);
}

/* A created container keeps it in memory: the data it writes to is what that costs. */
static void holds_little_memory(void **state)
{
	size_t writable = 0;

	(void)state;
	for (size_t i = 0; i < image.header->e_phnum; i++) {
		if (image.segments[i].p_type == PT_LOAD && image.segments[i].p_flags & PF_W)
			writable += image.segments[i].p_memsz;
	}
	assert_true(writable <= 4096);
}

static int status_of(char *const argv[])
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execv(file_name(), argv);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Somebody finds it in a memfd and starts it: it leaves, without a word and without harm. */
static void refuses_to_be_started_by_hand(void **state)
{
	char name[] = "tare-init", null[] = "77", size[] = "4096";
	char *const alone[] = { name, NULL };
	char *const without_a_program[] = { name, null, null, size, NULL };

	(void)state;
	assert_int_equal(status_of(alone), 111 << 8);
	assert_int_equal(status_of(without_a_program), 112 << 8);
}

static void refuses_another_program(void **state)
{
	char text[4096] = "this is no program", name[] = "tare-init", number[12], size[] = "4096";
	char *const argv[] = { name, number, number, size, NULL };
	int fd = memfd_create("program", 0);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	(void)snprintf(number, sizeof(number), "%d", fd);
	assert_int_equal(status_of(argv), 113 << 8);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_an_executable),
		cmocka_unit_test(is_small),
		cmocka_unit_test(needs_no_interpreter),
		cmocka_unit_test(has_no_undefined_symbol),
		cmocka_unit_test(nothing_is_writable_and_executable),
		cmocka_unit_test(starts_within_its_code),
		cmocka_unit_test(holds_little_memory),
		cmocka_unit_test(refuses_to_be_started_by_hand),
		cmocka_unit_test(refuses_another_program),
	};

	return cmocka_run_group_tests(tests, map_image, unmap_image);
}
