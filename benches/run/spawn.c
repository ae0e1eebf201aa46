/* spawn COUNT MEBIBYTES PROGRAM ARGS...: starts a program by posix_spawn and waits for it, COUNT
   times, with so much memory of its own, as a program has that does more than that. */
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

int main(int count, char **words) {
  if (count < 4) return 2;
  size_t size = strtoul(words[2], 0, 10) << 20;
  char *memory = malloc(size + 1);
  if (!memory) return 1;
  memset(memory, 1, size + 1);
  for (long n = strtol(words[1], 0, 10); n > 0; n--) {
    pid_t child;
    int status;
    if (posix_spawn(&child, words[3], 0, 0, words + 3, environ)) return 1;
    if (waitpid(child, &status, 0) < 0 || status) return 1;
  }
  return memory[size] != 1;
}
