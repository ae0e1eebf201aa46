/* measure OUT ERR PROGRAM ARGS...: runs a program with its output in files and prints
   "STATUS WALL_SECONDS CPU_SECONDS PEAK_KIB". */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static double seconds(struct timeval t) { return t.tv_sec + t.tv_usec / 1e6; }

int main(int count, char **words) {
  if (count < 4) return 2;
  double start = now();
  pid_t child = fork();
  if (!child) {
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(open(words[1], O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    dup2(open(words[2], O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
    execvp(words[3], words + 3);
    _exit(127);
  }
  int status;
  struct rusage used;
  if (child < 0 || wait4(child, &status, 0, &used) < 0) return 1;
  printf("%d %.6f %.6f %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
         now() - start, seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
}
