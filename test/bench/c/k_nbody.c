#include "k.h"
typedef struct { double x, y, z, vx, vy, vz, mass; } Body;
static Body bodies[5];
static double root(double x) {
  double r = x > 1 ? x : 1;
  for (u32 i = 0; i < 12; i++)
    r = (r + x / r) * 0.5;
  return r;
}
static void advance(Body *b, u64 n, double dt) {
  for (u64 i = 0; i < n; i++)
    for (u64 j = i + 1; j < n; j++) {
      double dx = b[i].x - b[j].x, dy = b[i].y - b[j].y, dz = b[i].z - b[j].z;
      double d = dx * dx + dy * dy + dz * dz + 0.01;
      double mag = dt / (d * root(d));
      b[i].vx -= dx * b[j].mass * mag;
      b[i].vy -= dy * b[j].mass * mag;
      b[i].vz -= dz * b[j].mass * mag;
      b[j].vx += dx * b[i].mass * mag;
      b[j].vy += dy * b[i].mass * mag;
      b[j].vz += dz * b[i].mass * mag;
    }
  for (u64 i = 0; i < n; i++) {
    b[i].x += dt * b[i].vx;
    b[i].y += dt * b[i].vy;
    b[i].z += dt * b[i].vz;
  }
}
u64 run(void) {
  for (u64 i = 0; i < 5; i++) {
    double f = (double)i;
    bodies[i] = (Body){f * 1.5, 1 - f, f * f * 0.25, 0.1 * f, 0.2, -0.3, 1 + f};
  }
  for (u32 step = 0; step < 60; step++)
    advance(bodies, 5, 0.01);
  double e = 0;
  for (u64 i = 0; i < 5; i++)
    e += bodies[i].x * 3 + bodies[i].y - bodies[i].vz * 0.5;
  return (u64)(e * 1e6);
}
