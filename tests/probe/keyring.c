/* keyring.c - the id of the session keyring, and its SELinux label: each on a line. */
#define _GNU_SOURCE
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	char label[4096] = "";

	if (id < 0 || syscall(SYS_keyctl, KEYCTL_GET_SECURITY, id, label, sizeof(label)) < 0) {
		perror("keyctl");
		return EXIT_FAILURE;
	}
	return printf("%ld\n%s\n", id, label) < 0;
}
