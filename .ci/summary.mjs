// The end of a CI run in few lines, since only the end of a long log may be kept. Arguments: the folder of the reports, the exit statuses of
// the check and of the tests, the files with what they printed. Ends with "N passed, N failed".
import { readdirSync, readFileSync } from "node:fs";

const [reports, check, status, checkLog, testLog] = process.argv.slice(2);
/** What is kept of the end is about 26 lines and 2,500 characters. */
const linesMax = 20;
const partsMax = linesMax / 2;
const charsMax = 2_000;
const lineCharsMax = 300;

const texts = readdirSync(reports).map((file) => readFileSync(`${reports}/${file}`, "utf8"));
const roots = texts.map((text) => /<testsuites[^>]*>/.exec(text)?.[0] ?? "");
const count = (name) =>
  roots.reduce((sum, root) => sum + Number(new RegExp(` ${name}="(\\d+)"`).exec(root)?.[1] ?? 0), 0);
const tests = count("tests");
// A skipped test is a failure here; so is a run that executed nothing or broke off, and a failed check.
const wrong = count("failures") + count("errors") + count("skipped");
const isWhole = roots.length === 2 && roots.every((root) => / tests="[1-9]/.test(root));
const broken = wrong === 0 && (!isWhole || status !== "0") ? 1 : 0;

const failures = texts.flatMap(readFailures);
const parts = [
  ...(check === "0" ? [] : [["FAILED npm run check", ...faultsOf(checkLog)]]),
  ...(broken ? [[`FAILED npm test (status ${status})`, ...faultsOf(testLog)]] : []),
  ...failures.map(({ place, details }) => [`FAILED ${place}`, ...details]),
];
if (parts.length > partsMax) console.log(`${parts.length - partsMax} more failures are in the log above`);
// The first ones last, nearest to the end that is kept: what fails later often follows from them.
const shown = parts.slice(0, partsMax).toReversed();
const lines = Math.floor(linesMax / shown.length);
const chars = Math.floor(charsMax / shown.length);
for (const part of shown) {
  const [head = "", ...details] = part.map((line) => cut(line.trim(), lineCharsMax));
  const own = details.length < lines ? details.join("\n  ") : details.join(" | ");
  console.log(cut(`${head}\n  ${own}`, chars));
}
const failed = wrong + broken + (check === "0" ? 0 : 1);
const passed = Math.max(0, tests - wrong) + (check === "0" ? 1 : 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Failed and skipped tests of a report: where each is, and what its error says. A test that passed has no elements of its own. */
function readFailures(report) {
  const found = report.matchAll(/<testcase ([^>]*[^/>])>\s*<(failure|error|skipped)([^>]*)/g);
  return [...found].map(([, attributes, kind, own]) => {
    const value = (name, from = attributes) => unescape(new RegExp(`(?:^| )${name}="([^"]*)"`).exec(from)?.[1] ?? "");
    const place = `${value("file")}:${value("line")} ${[value("classname"), value("name")].filter(Boolean).join(" > ")}`;
    return {
      place,
      details: kind === "skipped" ? ["skipped, which counts as failed"] : detailsOf(value("message", own)),
    };
  });
}

/** Of a difference only what differs, without lines of brackets; else the words of the error. */
function detailsOf(message) {
  const rows = message.split("\n").filter((line) => line.trim() !== "");
  const differing = rows.filter(
    (line) => /^[-+] .*\w/.test(line) && !/^(?:- Expected|\+ Received) +[-+] \d+$/.test(line),
  );
  if (differing.length > 0) return differing.map((line) => line.replace(/^([-+]) +/, "$1 "));
  const [first = "", ...rest] = rows;
  // "Expected: …" and "Received: …" say more than the call.
  return rest.some((line) => line.startsWith("Received")) ? [...rest, first] : rows;
}

/** Lines of a log that look like errors, each with the one after it. */
function faultsOf(file) {
  const rows = readFileSync(file, "utf8").split("\n");
  const found = [...rows.entries()].filter(([, line]) =>
    /\berror\b|^FAILED|^ +x |\(0ms\)$|panic|Unhandled/i.test(line),
  );
  return found.slice(0, 6).flatMap(([at]) => rows.slice(at, at + 2));
}

function unescape(text) {
  const names = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|(amp|lt|gt|quot|apos));/g, (_, code, name) =>
    code === undefined ? names[name] : String.fromCodePoint(Number(code)),
  );
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
