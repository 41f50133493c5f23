/* build_id.h - what tells this build of tare from any other. */
#ifndef TARE_SYS_BUILD_ID_H
#define TARE_SYS_BUILD_ID_H

enum { BUILD_ID_SIZE = 20 };

/* The linker's note (a hash of the binary), or zeros where it wrote none. */
void build_id_copy(unsigned char out[BUILD_ID_SIZE]);

#endif
