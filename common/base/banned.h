/* base/banned.h - functions of the C library that Gomnet does without, and what to use instead.
 * Every source is compiled with this header first (gm_flags); calling one of them, or taking its
 * address, is an error that gives the reason. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GM_BANNED(reason) __attribute__((deprecated(reason)))

/* They write without knowing how much room there is. */
char *strcpy(char *to, const char *from) GM_BANNED("no bound: memcpy, or gm_arena_copy_text");
char *stpcpy(char *to, const char *from) GM_BANNED("no bound: memcpy, or gm_arena_copy_text");
char *strncat(char *to, const char *from, size_t size)
    GM_BANNED("its bound is not the room: snprintf, or gm_arena_format");
int sprintf(char *to, const char *format, ...) GM_BANNED("no bound: snprintf, or gm_arena_format");
int vsprintf(char *to, const char *format, va_list arguments) GM_BANNED("no bound: vsnprintf");

/* They keep state that all threads share. */
char *strtok(char *text, const char *separators) GM_BANNED("hidden state: memchr over gm_bytes");
struct tm *gmtime(const time_t *time) GM_BANNED("shared result: base/time.h");
char *ctime(const time_t *time) GM_BANNED("shared result: base/time.h");
char *asctime(const struct tm *time) GM_BANNED("shared result: base/time.h");

/* They depend on the machine's time zone; days are Viet Nam's, instants UTC. */
struct tm *localtime(const time_t *time) GM_BANNED("the machine's time zone: base/time.h");
struct tm *localtime_r(const time_t *time, struct tm *result)
    GM_BANNED("the machine's time zone: base/time.h");
time_t mktime(struct tm *time) GM_BANNED("the machine's time zone: base/time.h");

/* They take what is no number for 0, and say nothing of overflow. */
int atoi(const char *text) GM_BANNED("no errors: strtol with its end, or gm_option_set");
long atol(const char *text) GM_BANNED("no errors: strtol with its end, or gm_option_set");
long long atoll(const char *text) GM_BANNED("no errors: strtoll with its end, or gm_option_set");
double atof(const char *text) GM_BANNED("no errors, and floating point is not for state");

/* The same seed has to give the same numbers on every machine. */
int rand(void) GM_BANNED("differs between machines: base/random.h");
void srand(unsigned seed) GM_BANNED("differs between machines: base/random.h");

#undef GM_BANNED
