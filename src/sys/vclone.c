/* vclone.c - see vclone.h. */
#include "sys/vclone.h"

#include <asm/unistd.h>
#include <stddef.h>

#ifdef __SANITIZE_ADDRESS__
void __asan_handle_no_return(void);
#endif

/*
 * The call is inlined: a wrapper's return address would lie on the stack that the child goes on
 * using. In the child nothing happens in this frame but the call of a function that never
 * returns, so it cannot spill over values that we need afterwards.
 */
static inline __attribute__((always_inline)) long call_clone3(struct clone_args *args, size_t size)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"((long)__NR_clone3), "D"(args), "S"(size)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = __NR_clone3;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = (long)size;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
	return x0;
#else
#error "tare knows x86_64 and aarch64"
#endif
}

__attribute__((noinline)) static int clone_and_run(struct clone_args *args, vclone_child *child,
						   void *arg)
{
	long rc;

	rc = call_clone3(args, sizeof(*args));
	if (rc == 0) {
		child(arg);
		__builtin_unreachable();
	}
#ifdef __SANITIZE_ADDRESS__
	__asan_handle_no_return(); /* the child's frames, which never returned, left poison behind
				    */
#endif
	return (int)rc;
}

int vclone(struct clone_args *args, vclone_child *child, void *arg)
{
	args->flags |= CLONE_VM | CLONE_VFORK;
	return clone_and_run(args, child, arg);
}

int vclone_apart(struct clone_args *args, vclone_child *child, void *arg)
{
	return clone_and_run(args, child, arg);
}
