class Body {
  x: f64;
  y: f64;
  z: f64;
  vx: f64;
  vy: f64;
  vz: f64;
  mass: f64;
}
const bodies = zeroed<Arr<Body, 5>>();

function root(x: f64): f64 {
  let r: f64 = x > 1 ? x : 1;
  for (let i: u32 = 0; i < 12; i++) r = (r + x / r) * 0.5;
  return r;
}
function advance(b: Body[], dt: f64): void {
  for (let i: u64 = 0; i < b.length; i++)
    for (let j = i + 1; j < b.length; j++) {
      const dx = b[i].x - b[j].x;
      const dy = b[i].y - b[j].y;
      const dz = b[i].z - b[j].z;
      const d = dx * dx + dy * dy + dz * dz + 0.01;
      const mag = dt / (d * root(d));
      b[i].vx -= dx * b[j].mass * mag;
      b[i].vy -= dy * b[j].mass * mag;
      b[i].vz -= dz * b[j].mass * mag;
      b[j].vx += dx * b[i].mass * mag;
      b[j].vy += dy * b[i].mass * mag;
      b[j].vz += dz * b[i].mass * mag;
    }
  for (const body of b) {
    body.x += dt * body.vx;
    body.y += dt * body.vy;
    body.z += dt * body.vz;
  }
}

export function run(): u64 {
  for (let i: u64 = 0; i < 5; i++) {
    const f = f64(i);
    bodies[i] = { x: f * 1.5, y: 1 - f, z: f * f * 0.25, vx: 0.1 * f, vy: 0.2, vz: -0.3, mass: 1 + f };
  }
  for (let step: u32 = 0; step < 60; step++) advance(bodies.slice(), 0.01);
  let e: f64 = 0;
  for (const { x, y, vz } of bodies) e += x * 3 + y - vz * 0.5;
  return u64(e * 1e6);
}
