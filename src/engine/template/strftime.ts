/** Python's `strftime` for a time now, in the machine's time zone and in English, whatever the machine's language. */
export function strftimeNow(format: string, now = new Date()): string {
  return format.replaceAll(/%(-?)([a-zA-Z%])/g, (match, bare: string, letter: string) => {
    const made = fields[letter]?.(now);
    return made === undefined ? match : bare === "-" ? made.replace(/^0+(?=.)/, "") : made;
  });
}

const pad = (value: number, width = 2) => String(value).padStart(width, "0");
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const day = (time: Date) => days[time.getDay()] ?? "";
const month = (time: Date) => months[time.getMonth()] ?? "";
const hour12 = (time: Date) => ((time.getHours() + 11) % 12) + 1;

function dayOfYear(time: Date): number {
  const start = Date.UTC(time.getFullYear(), 0, 1);
  return Math.round((Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) - start) / 86_400_000) + 1;
}

function zone(time: Date): string {
  const minutes = -time.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}${pad(size % 60)}`;
}

const fields: Readonly<Record<string, (time: Date) => string>> = {
  a: (time) => day(time).slice(0, 3),
  A: day,
  b: (time) => month(time).slice(0, 3),
  B: month,
  d: (time) => pad(time.getDate()),
  D: (time) => `${pad(time.getMonth() + 1)}/${pad(time.getDate())}/${pad(time.getFullYear() % 100)}`,
  e: (time) => String(time.getDate()).padStart(2),
  F: (time) => `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`,
  H: (time) => pad(time.getHours()),
  I: (time) => pad(hour12(time)),
  j: (time) => pad(dayOfYear(time), 3),
  m: (time) => pad(time.getMonth() + 1),
  M: (time) => pad(time.getMinutes()),
  p: (time) => (time.getHours() < 12 ? "AM" : "PM"),
  S: (time) => pad(time.getSeconds()),
  T: (time) => `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`,
  y: (time) => pad(time.getFullYear() % 100),
  Y: (time) => String(time.getFullYear()),
  z: zone,
  Z: () =>
    Intl.DateTimeFormat("en", { timeZoneName: "short" })
      .formatToParts()
      .find((part) => part.type === "timeZoneName")?.value ?? "",
  "%": () => "%",
};
