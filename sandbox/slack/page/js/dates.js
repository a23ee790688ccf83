// Times as Slack shows them: date tokens in the zone of the person who reads.

function parts(epoch_s, zone, options) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone || undefined, ...options }).format(new Date(epoch_s * 1000));
}

/** `2026-11-27` in a zone. */
export function dayOf(epoch_s, zone) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone || undefined, dateStyle: "short" }).format(
    new Date(epoch_s * 1000),
  );
}

/** `09:00` in a zone. */
export function timeOf(epoch_s, zone) {
  return parts(epoch_s, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

function ordinal(day) {
  const tens = day % 100;
  if (tens > 10 && tens < 14) return `${day}th`;
  return `${day}${["th", "st", "nd", "rd"][day % 10] ?? "th"}`;
}

function pretty(epoch_s, zone, otherwise, now_s) {
  const days = Math.round((Date.parse(dayOf(epoch_s, zone)) - Date.parse(dayOf(now_s, zone))) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? otherwise;
}

function ago(epoch_s, now_s) {
  const gap = Math.abs(now_s - epoch_s);
  const [count, unit] =
    gap < 60
      ? [Math.round(gap), "second"]
      : gap < 3600
        ? [Math.round(gap / 60), "minute"]
        : gap < 86_400
          ? [Math.round(gap / 3600), "hour"]
          : [Math.round(gap / 86_400), "day"];
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return epoch_s > now_s ? `in ${words}` : `${words} ago`;
}

/** The format of a `<!date^…>` token, filled for a reader in `zone`. */
export function fillDate(epoch_s, format, zone, now_s = Date.now() / 1000) {
  const month = (style) => parts(epoch_s, zone, { month: style });
  const day = Number(parts(epoch_s, zone, { day: "numeric" }));
  const year = parts(epoch_s, zone, { year: "numeric" });
  const date = `${month("long")} ${ordinal(day)}, ${year}`;
  const short = `${month("short")} ${day}, ${year}`;
  const long = `${parts(epoch_s, zone, { weekday: "long" })}, ${date}`;
  const forms = {
    date_num: dayOf(epoch_s, zone),
    date_slash: dayOf(epoch_s, zone).replaceAll("-", "/"),
    date,
    date_short: short,
    date_long: long,
    date_long_full: long,
    date_pretty: pretty(epoch_s, zone, date, now_s),
    date_short_pretty: pretty(epoch_s, zone, short, now_s),
    date_long_pretty: pretty(epoch_s, zone, long, now_s),
    day_divider_pretty: pretty(epoch_s, zone, long, now_s),
    time: timeOf(epoch_s, zone),
    time_secs: parts(epoch_s, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
    ago: ago(epoch_s, now_s),
  };
  const filled = format.replace(/\{(\w+)\}/g, (whole, name) => forms[name] ?? whole);
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}

/** The words on a day divider. */
export function dayTitle(epoch_s, zone, now_s = Date.now() / 1000) {
  const words = pretty(epoch_s, zone, parts(epoch_s, zone, { weekday: "long", day: "numeric", month: "long" }), now_s);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The full time, as the title of a short one. */
export function fullTime(epoch_s, zone) {
  const day = parts(epoch_s, zone, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
  return `${day}, ${fillDate(epoch_s, "{time_secs}", zone)}`;
}

/** Seconds since 1970 of a wall time in a zone: the first reading when the hour happens twice. */
export function epochOf(date, time, zone) {
  const naive = Date.parse(`${date}T${time}:00Z`) / 1000;
  if (Number.isNaN(naive)) return null;
  for (const offset_h of [14, 0, -12]) {
    const seen = (guess) => Date.parse(`${dayOf(guess, zone)}T${timeOf(guess, zone)}:00Z`) / 1000;
    let guess = naive - offset_h * 3600;
    for (let round = 0; round < 3; round += 1) guess += naive - seen(guess);
    if (seen(guess) === naive) return guess;
  }
  return naive;
}

/** Anything a server may call a time, in seconds. */
export function seconds(value) {
  if (typeof value === "number") return value > 1e11 ? value / 1000 : value;
  const number = Number(value);
  return Number.isFinite(number) && value !== "" && value !== null ? number : (Date.parse(value) || 0) / 1000;
}
