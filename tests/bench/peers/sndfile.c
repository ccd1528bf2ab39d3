/* Six mono files of 24 bit, a block of 1,024 frames at a time, by libsndfile; new files after every ten seconds.
   Usage: sndfile FOLDER BLOCKS. Prints nanoseconds for 128 frames of the six, then the library's version. */
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CHANNELS = 6, BLOCK = 1024, BLOCKS = 469 };

static float sound[CHANNELS][BLOCK];
static SNDFILE *files[CHANNELS];

static void fail(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

static void begin(const char *folder) {
  for (int channel = 0; channel < CHANNELS; channel++) {
    SF_INFO info = {.samplerate = 48000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_24};
    char path[4096];
    snprintf(path, sizeof path, "%s/%d.wav", folder, channel);
    if (files[channel]) sf_close(files[channel]);
    files[channel] = sf_open(path, SFM_WRITE, &info);
    if (!files[channel]) fail(sf_strerror(NULL));
    sf_command(files[channel], SFC_SET_CLIPPING, NULL, SF_TRUE);
  }
}

static void write_block(void) {
  for (int channel = 0; channel < CHANNELS; channel++)
    if (sf_write_float(files[channel], sound[channel], BLOCK) != BLOCK) fail(sf_strerror(files[channel]));
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: sndfile FOLDER BLOCKS");
  int blocks = atoi(arguments[2]);
  for (unsigned at = 0; at < CHANNELS * BLOCK; at++)
    sound[at / BLOCK][at % BLOCK] = ((int)(at * 2654435761u) >> 8) / 8388608.0f;
  double begun = now();
  for (int at = 0; at < blocks; at++) {
    if (at % BLOCKS == 0) begin(arguments[1]);
    write_block();
  }
  printf("%f\n%s\n", (now() - begun) / blocks / (BLOCK / 128), sf_version_string());
  return 0;
}
