// Words and numbers as people here write them. Every sentence comes from the bot.

const NUMBER = new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 1 });
let parts;
let words = {};

export function prepare(given, timezone) {
  words = given;
  parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone, hourCycle: "h23",
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  });
}

export const all = () => words;

export function say(key, values = {}) {
  let text = words[key] ?? "";
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(`{${name}}`, value);
  return text;
}

/** Day ("thứ Tư 25/11/2026") and time ("08:12") of a moment, by the office's clock. */
export function moment(iso) {
  const at = Object.fromEntries(parts.formatToParts(new Date(iso)).map((one) => [one.type, one.value]));
  const weekday = (new Date(Date.UTC(at.year, at.month - 1, at.day)).getUTCDay() + 6) % 7;
  return { day: `${words[`day_${weekday}`]} ${at.day}/${at.month}/${at.year}`, time: `${at.hour}:${at.minute}` };
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${NUMBER.format(Math.round(bytes / 1024))} KB`;
  return `${NUMBER.format(bytes / 1024 / 1024)} MB`;
}

/** Initials by which a Vietnamese name is known: the last two words. */
export const initials = (name) => name.split(/\s+/).filter(Boolean).slice(-2).map((word) => word[0]).join("").toUpperCase();

/** Puts words into elements that name one: data-word (text), data-label (name for screen readers, and tip), data-title (tip), data-name (name only). */
export function fill(root) {
  for (const one of root.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
  for (const one of root.querySelectorAll("[data-title]")) one.title = say(one.dataset.title);
  for (const one of root.querySelectorAll("[data-name]")) one.setAttribute("aria-label", say(one.dataset.name));
  for (const one of root.querySelectorAll("[data-label]")) {
    one.setAttribute("aria-label", say(one.dataset.label));
    if (one.matches("button")) one.title = say(one.dataset.label);
  }
}
