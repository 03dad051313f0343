// SPDX-License-Identifier: GPL-2.0-only
/*
 * init.c - all there is of a user space in the emulated machine: mounts what the scenarios need,
 * runs /scenarios with the arguments of /arguments (one a line), and turns the machine off
 *
 * What /scenarios prints goes to the second serial port, away from the kernel's own messages.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 8192 };

static const struct mounting {
	const char *type, *at;
} mountings[] = {
	{ "proc", "/proc" },	{ "sysfs", "/sys" }, { "debugfs", "/sys/kernel/debug" },
	{ "devtmpfs", "/dev" }, { "tmpfs", "/tmp" },
};

static void mount_all(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(mountings) / sizeof(mountings[0]); i++) {
		const struct mounting *m = &mountings[i];

		mkdir(m->at, 0755);
		if (mount(m->type, m->at, m->type, 0, NULL))
			perror(m->at);
	}
	mkdir("/dev/shm", 01777);
	if (mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL))
		perror("/dev/shm");
}

/*
 * Since 6.12 a processor that is kept busy by a thread of real-time priority runs the others for a
 * twentieth of the time all the same.  Who is held back is to wait for its line, here too.
 */
static void end_fair_server(void)
{
	char path[80];
	int cpu, fd;

	for (cpu = 0;; cpu++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/sched/fair_server/cpu%d/runtime",
			 cpu);
		fd = open(path, O_WRONLY);
		if (fd < 0)
			return;
		if (write(fd, "0", 1) != 1)
			perror(path);
		close(fd);
	}
}

static int open_port(void)
{
	int fd = open("/dev/ttyS1", O_WRONLY | O_NOCTTY);
	struct termios t;

	if (fd < 0 || tcgetattr(fd, &t))
		return fd;
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
	return fd;
}

static void read_arguments(char *argv[MOST_ARGUMENTS])
{
	FILE *f = fopen("/arguments", "r");
	char *line = NULL;
	size_t room = 0;
	int n = 1;

	argv[0] = "/scenarios";
	while (f && n < MOST_ARGUMENTS - 1 && getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		argv[n++] = strdup(line);
	}
	argv[n] = NULL;
	if (f)
		fclose(f);
	free(line);
}

int main(void)
{
	static char *argv[MOST_ARGUMENTS];
	int fd, status = -1;
	pid_t child;

	mount_all();
	end_fair_server();
	read_arguments(argv);
	fd = open_port();
	if (fd < 0)
		perror("/dev/ttyS1");
	child = fork();
	if (!child) {
		setsid();
		dup2(fd, 1);
		dup2(fd, 2);
		execv(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	while (waitpid(-1, &status, 0) != child)
		;
	dprintf(fd, "machine: %s %d\n", WIFEXITED(status) ? "exit" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	tcdrain(fd);
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
