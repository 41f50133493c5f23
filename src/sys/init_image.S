/* The bytes of tare-init, embedded (src/sys/helper.c hands them to the kernel). */
	.section .rodata
	.balign 4096
	.global init_image_start, init_image_end
	.hidden init_image_start, init_image_end
init_image_start:
	.incbin TARE_INIT_FILE
init_image_end:
	.section .note.GNU-stack,"",%progbits
