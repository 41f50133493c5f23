/* build_id.c - see build_id.h: the note is looked for in the program headers of ourselves. */
#include "sys/build_id.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static int find_in_notes(const char *note, size_t size, unsigned char *out)
{
	ElfW(Nhdr) header;

	while (size >= sizeof(header)) {
		size_t total;

		memcpy(&header, note, sizeof(header));
		total = sizeof(header) + padded(header.n_namesz) + padded(header.n_descsz);
		if (total > size)
			return 0;
		if (header.n_type == NT_GNU_BUILD_ID && header.n_descsz == BUILD_ID_SIZE) {
			memcpy(out, note + sizeof(header) + padded(header.n_namesz), BUILD_ID_SIZE);
			return 1;
		}
		note += total;
		size -= total;
	}
	return 0;
}

/* The program itself comes first: what is said of it ends the search. */
static int look(struct dl_phdr_info *info, size_t size, void *out)
{
	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_NOTE &&
		    find_in_notes((const char *)info->dlpi_addr + part->p_vaddr, part->p_memsz,
				  out))
			break;
	}
	return 1;
}

void build_id_copy(unsigned char out[BUILD_ID_SIZE])
{
	memset(out, 0, BUILD_ID_SIZE);
	(void)dl_iterate_phdr(look, out);
}
