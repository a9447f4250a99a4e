// Debian's packages, in a cache outside the repository, for tests that compare
// with programs no one here wrote or run them: `npx tsx test/world/debian.ts
// [SET…]` fetches sets that are not there yet. A set's folder holds its packages
// unpacked. Nothing of them is installed, so a newer suite's do not disturb the
// system's own. Needs apt-get and dpkg, so Debian.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface PackageSet {
  readonly suite: string;
  readonly architecture: string;
  /// Names, or patterns for names that have a version in them.
  readonly packages: readonly (string | RegExp)[];
}

export const packageSets = {
  /// The newest QEMU that runs on bookworm. Its libraries are those of the system's own QEMU.
  qemu10: { suite: "bookworm-backports", architecture: "amd64", packages: ["qemu-system-riscv", "qemu-system-common", "qemu-system-data"] },
  firmware: { suite: "bookworm", architecture: "amd64", packages: ["opensbi"] },
  uboot: { suite: "bookworm", architecture: "amd64", packages: ["u-boot-qemu"] },
  /// A distribution's kernel, and one static program that is a whole userland.
  linux: { suite: "trixie", architecture: "riscv64", packages: [/^linux-image-[\d.]+\+deb\d+-riscv64$/, "busybox-static"] },
} as const satisfies Record<string, PackageSet>;
export type SetName = keyof typeof packageSets;

export const cache = process.env.TYPEMETAL_CACHE ?? join(homedir(), ".cache", "typemetal");

/// Where a set is; undefined where it has not been fetched, which TYPEMETAL_REQUIRE_TOOLS makes a failure.
export function findSet(name: SetName): string | undefined {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  if (process.env.TYPEMETAL_REQUIRE_TOOLS) throw new Error(`${folder} is not there: npx tsx test/world/debian.ts ${name}`);
  console.warn(`skipped: ${folder} is not there (npx tsx test/world/debian.ts ${name})`);
  return undefined;
}

/// A command that runs QEMU 10; firmware comes from the system's own.
export function findQemu10(): string | undefined {
  const folder = findSet("qemu10");
  if (!folder) return undefined;
  const command = join(folder, "qemu-system-riscv64"), data = join(folder, "usr/share/qemu");
  if (!existsSync(command)) writeFileSync(command, `#!/bin/sh\nexec ${join(folder, "usr/bin/qemu-system-riscv64")} -L ${data} -L /usr/share/qemu "$@"\n`, { mode: 0o755 });
  return command;
}

/// The mirror that the system takes Debian from.
export function findMirror(): string {
  const targets = execFileSync("apt-get", ["indextargets", "--format", "$(ORIGIN) $(COMPONENT) $(REPO_URI)"], { encoding: "utf8" }).split("\n");
  const mirror = targets.find((target) => target.startsWith("Debian main ") && !target.includes("security"))?.split(" ")[2];
  if (!mirror) throw new Error("apt knows no mirror of Debian: is this a Debian system, and did `apt-get update` run?");
  return mirror;
}

/// Fetches a set that is not there, and says where it is.
export function fetchSet(name: SetName): string {
  const folder = join(cache, name), partial = `${folder}.partial`;
  if (existsSync(folder)) return folder;
  const { suite, architecture, packages }: PackageSet = packageSets[name];
  const apt = join(cache, "apt", `${suite}-${architecture}`);
  for (const part of ["lists/partial", "archives/partial"]) mkdirSync(join(apt, part), { recursive: true });
  writeFileSync(join(apt, "sources.list"), `deb [arch=${architecture}] ${findMirror()} ${suite} main\n`);
  writeFileSync(join(apt, "status"), "");
  const settings = Object.entries({
    "Dir::Etc::sourcelist": join(apt, "sources.list"), "Dir::Etc::sourceparts": "/dev/null", "Dir::State::lists": join(apt, "lists"),
    "Dir::State::status": join(apt, "status"), "Dir::Cache": apt, "APT::Architecture": architecture, "APT::Architectures": architecture, "APT::Sandbox::User": "root",
  }).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  execFileSync("apt-get", [...settings, "-qq", "update"], { stdio: ["ignore", "ignore", "inherit"] });
  const all = execFileSync("apt-cache", [...settings, "pkgnames"], { encoding: "utf8", maxBuffer: 1 << 26 }).split("\n");
  const names = packages.flatMap((wanted) => {
    const found = typeof wanted === "string" ? [wanted] : all.filter((each) => wanted.test(each)).sort().slice(-1);
    if (found.length === 0) throw new Error(`${suite} has no package like ${wanted}`);
    return found;
  });
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  execFileSync("apt-get", [...settings, "-qq", "download", ...names], { cwd: partial, stdio: ["ignore", "ignore", "inherit"] });
  for (const file of readdirSync(partial).filter((file) => file.endsWith(".deb"))) {
    execFileSync("dpkg", ["-x", file, "."], { cwd: partial });
    rmSync(join(partial, file));
  }
  renameSync(partial, folder);
  console.log(`${name}: ${names.join(", ")} in ${folder}`);
  return folder;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const unknown = given.filter((name) => !(name in packageSets));
  if (unknown.length > 0) {
    console.error(`there is no set ${unknown.join(", ")}: give some of ${Object.keys(packageSets).join(", ")}, or none for all`);
    process.exitCode = 2;
  } else for (const name of given.length > 0 ? given : Object.keys(packageSets)) fetchSet(name as SetName);
}
