#include "k.h"
/* A scanner of JSON, with numbers to doubles. */
typedef enum { END, OPEN, CLOSE, LIST, TSIL, COLON, COMMA, STRING, NUMBER, WORD, BAD } Kind;
typedef struct { const u8 *text; u64 length, at; Kind kind; u64 from, to; double number; } Scanner;
static const char source[] =
    "{\"name\": \"kernel\", \"sizes\": [1, 20, 300.25, -4e3, 0.0625], \"nested\": {\"ok\": true, \"none\": null, "
    "\"text\": \"a \\\"quoted\\\" word\", \"list\": [[], [false], {\"x\": -12.5E-2, \"y\": 123456789}]}, \"last\": 7}";
static int isSpace(u8 c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
static int isDigit(u8 c) { return c >= '0' && c <= '9'; }
static double power(u32 n) {
  double result = 1, base = 10;
  for (; n; n >>= 1) { if (n & 1) result *= base; base *= base; }
  return result;
}
static double number(Scanner *s) {
  int minus = s->text[s->at] == '-';
  if (minus) s->at++;
  u64 digits = 0;
  i32 scale = 0;
  while (s->at < s->length && isDigit(s->text[s->at])) digits = digits * 10 + (s->text[s->at++] - '0');
  if (s->at < s->length && s->text[s->at] == '.') {
    s->at++;
    while (s->at < s->length && isDigit(s->text[s->at])) { digits = digits * 10 + (s->text[s->at++] - '0'); scale--; }
  }
  if (s->at < s->length && (s->text[s->at] | 32) == 'e') {
    s->at++;
    int down = 0;
    if (s->at < s->length && (s->text[s->at] == '-' || s->text[s->at] == '+')) down = s->text[s->at++] == '-';
    i32 exponent = 0;
    while (s->at < s->length && isDigit(s->text[s->at])) exponent = exponent * 10 + (s->text[s->at++] - '0');
    scale += down ? -exponent : exponent;
  }
  double value = (double)digits;
  value = scale < 0 ? value / power((u32)-scale) : value * power((u32)scale);
  return minus ? -value : value;
}
static Kind next(Scanner *s) {
  while (s->at < s->length && isSpace(s->text[s->at])) s->at++;
  if (s->at >= s->length) return s->kind = END;
  u8 c = s->text[s->at];
  s->from = s->at;
  switch (c) {
  case '{': s->at++; return s->kind = OPEN;
  case '}': s->at++; return s->kind = CLOSE;
  case '[': s->at++; return s->kind = LIST;
  case ']': s->at++; return s->kind = TSIL;
  case ':': s->at++; return s->kind = COLON;
  case ',': s->at++; return s->kind = COMMA;
  case '"':
    s->from = ++s->at;
    while (s->at < s->length && s->text[s->at] != '"') s->at += s->text[s->at] == '\\' ? 2 : 1;
    s->to = s->at++;
    return s->kind = STRING;
  }
  if (c == '-' || isDigit(c)) { s->number = number(s); return s->kind = NUMBER; }
  while (s->at < s->length && s->text[s->at] >= 'a' && s->text[s->at] <= 'z') s->at++;
  s->to = s->at;
  if (s->to == s->from) return s->kind = BAD;
  return s->kind = WORD;
}
u64 run(void) {
  u64 h = 0;
  for (u32 round = 0; round < 20; round++) {
    Scanner s = {(const u8 *)source, sizeof source - 1, 0, END, 0, 0, 0};
    u32 depth = 0;
    while (next(&s) != END) {
      h = h * 31 + s.kind;
      switch (s.kind) {
      case OPEN: case LIST: depth++; break;
      case CLOSE: case TSIL: depth--; break;
      case STRING: case WORD:
        for (u64 i = s.from; i < s.to; i++) h = (h ^ s.text[i]) * 1099511628211ul;
        break;
      case NUMBER: h += (u64)(i64)(s.number * 64); break;
      default: h += depth;
      }
    }
    h += s.at;
  }
  return h;
}
