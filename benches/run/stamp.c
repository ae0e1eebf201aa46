/* stamp SOURCE FILE: appends what SOURCE begins with and the time in nanoseconds, as the first thing
   a process does. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **words) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (count < 3) return 2;
  char text[32], line[96];
  int source = open(words[1], O_RDONLY);
  ssize_t length = read(source, text, sizeof text - 1);
  text[length < 0 ? 0 : length] = 0;
  int size = snprintf(line, sizeof line, "%s %lld%09ld\n", text, (long long)now.tv_sec, now.tv_nsec);
  int file = open(words[2], O_WRONLY | O_CREAT | O_APPEND, 0600);
  return write(file, line, size) != size;
}
