/* sys_x86_64.h - the system call instruction, and the entry point, of x86-64. */
#ifndef TARE_INIT_SYS_X86_64_H
#define TARE_INIT_SYS_X86_64_H

static inline long sys_call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* The kernel leaves argc and argv on the stack; the C part wants an aligned one. */
#define SYS_ENTRY(function)                                                                        \
	__asm__(".globl _start\n"                                                                  \
		"_start:\n"                                                                        \
		"	xor %ebp, %ebp\n"                                                                \
		"	mov %rsp, %rdi\n"                                                                \
		"	and $-16, %rsp\n"                                                                \
		"	call " #function "\n"                                                      \
		"	hlt\n")

#endif
