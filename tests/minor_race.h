/* SPDX-License-Identifier: GPL-2.0-only */
/* minor_race.h - the beginning of a scenario in which a load meets a CONTINUE; its lines follow */
#ifndef TESTS_MINOR_RACE_H
#define TESTS_MINOR_RACE_H

#define MINOR_RACE                             \
	"scenario \"a load and a CONTINUE\"\n" \
	"kernel   v6.1\n\n"                    \
	"machine  pages=16\n"                  \
	"file     F   shmem pages=1\n"         \
	"map      g   F[0:1] shared rw\n"      \
	"map      w   F[0:1] shared rw\n"      \
	"uffd     u   features=MINOR_SHMEM\n"  \
	"thread   vcpu, handler\n\n"           \
	"setup\n"                              \
	"  store    w[0] 0x5a\n"               \
	"  register u g MINOR\n\n"             \
	"race\n"                               \
	"  vcpu:    load g[0] = 0x5a\n"

#endif
