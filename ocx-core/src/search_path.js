// Runs a program in its place, and then tells what of the search path the user can run, as JSON on one
// line. Arguments: the program with its arguments. Runs in opencode's own runtime, so that the base needs
// no shell, as the user and under the conditions of a session.
const { accessSync, constants, readdirSync, readlinkSync, realpathSync, statSync, writeSync } = require("fs");
const { basename, normalize, resolve } = require("path").posix;
const { spawnSync } = require("child_process");

// More is not looked at, and not told.
const [MOST_PLACES, MOST_FILES, MOST_LINKS, MOST_NAMES] = [64, 20000, 40, 3];

function mayRun(path) {
  try { accessSync(path, constants.X_OK); return true; } catch (error) { return error.code !== "EACCES"; }
}

function linkAt(path) {
  try { return readlinkSync(path); } catch { return null; }
}

function isDirectory(path) {
  try { return statSync(path).isDirectory(); } catch { return false; }
}

// The first directory on the way to `path` that the user may not enter, itself among them, or null.
function closed(path, links = 0) {
  let at = "/";
  const names = path.split("/").filter(Boolean);
  for (const [position, name] of names.entries()) {
    if (!mayRun(at)) return at;
    const next = resolve(at, name);
    const target = linkAt(next);
    if (target !== null) {
      if (links === MOST_LINKS) return null;
      return closed([resolve(at, target), ...names.slice(position + 1)].join("/"), links + 1);
    }
    at = next;
  }
  return isDirectory(at) && !mayRun(at) ? at : null;
}

function look() {
  const [closedPlaces, refused, seen, programs] = [[], [], new Set(), new Set()];
  let [complete, left] = [true, MOST_FILES];
  for (const entry of (process.env.PATH || "").split(":")) {
    // Relative ones mean another directory each time, and what is ocx's is the user's.
    if (!entry.startsWith("/") || entry.startsWith("/ocx/")) continue;
    const directory = normalize(entry).replace(/(.)\/+$/, "$1");
    if (seen.has(directory)) continue;
    if (seen.size >= MOST_PLACES) { complete = false; break; }
    seen.add(directory);
    const at = closed(directory);
    if (at !== null) { closedPlaces.push({ directory, at }); continue; }
    let files;
    try {
      const real = realpathSync(directory);
      if (real !== directory && seen.has(real)) continue;
      seen.add(real);
      files = readdirSync(directory).sort();
    } catch (error) {
      // What cannot be listed can still be run.
      if (error.code === "EACCES") complete = false;
      continue;
    }
    for (const file of files) {
      if (left-- <= 0) { complete = false; break; }
      const path = `${directory}/${file}`;
      let found;
      try { found = statSync(path); } catch (error) {
        if (error.code === "EACCES") refused.push({ directory, file, at: closed(path) });
        continue;
      }
      if (!found.isFile() || (found.mode & 0o111) === 0) continue;
      if (mayRun(path)) programs.add(file);
      // What is for root alone in the places for that is meant to be.
      else if (basename(directory) !== "sbin") refused.push({ directory, file, at: null });
    }
  }
  const groups = new Map();
  for (const { directory, file, at } of refused) {
    if (programs.has(file)) continue;
    const key = JSON.stringify([directory, at]);
    if (!groups.has(key)) groups.set(key, { directory, at, count: 0, names: [] });
    const group = groups.get(key);
    group.count += 1;
    if (group.names.length < MOST_NAMES) group.names.push(file);
  }
  return { closed: closedPlaces, refused: [...groups.values()], programs: [...programs].sort(), complete };
}

const [program, ...args] = process.argv.slice(2);
const { BUN_BE_BUN, ...env } = process.env;
const { status } = spawnSync(program, args, { env, stdio: "inherit" });
if (status === 0) {
  const answer = Buffer.from(`${JSON.stringify(look())}\n`);
  for (let written = 0; written < answer.length;) written += writeSync(1, answer, written);
}
process.exit(status ?? 1);
