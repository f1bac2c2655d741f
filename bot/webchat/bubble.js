// One bubble: its words, files, time, and the buttons under it.

import { icon, link, make, rich } from "./dom.js";
import { moment, say, size } from "./words.js";

/**
 * Draws a bubble into its element, new or again. `state`: "sending", "sent", "stored" or "failed" for one's own,
 * `photos`: types shown as pictures, `press(button, data)`, `again()`.
 */
export function draw(element, message, { state, photos, press, again }) {
  const held = element.contains(document.activeElement);
  element.className = `line ${message.mine ? "mine" : "theirs"} ${state}`;
  const body = make("div", { class: "bubble" });
  body.append(make("span", { class: "unseen" }, say(message.mine ? "mine_label" : "bot_name") + ": "));
  const pictures = message.files.filter((file) => file.url && photos.includes(file.mime));
  for (const file of pictures) body.append(picture(file));
  const words = message.text ?? rich(message.html); // text: just typed, not yet back from the bot
  if (message.text ?? message.html) body.append(make("div", { class: "text" }, words));
  for (const file of message.files) if (!pictures.includes(file)) body.append(sheet(file));
  body.append(foot(message, state));
  element.replaceChildren(body);
  if (state === "failed") element.append(failed(again));
  if (message.rows.length) element.append(choices(message.rows, press));
  if (held) (element.querySelector(".choices button, .choices a") ?? element).focus({ preventScroll: true });
}

function foot(message, state) {
  const at = make("time", { datetime: message.at }, moment(message.at).time);
  if (!message.mine || state === "failed") return make("div", { class: "foot" }, at);
  const ticks = make("span", { class: "ticks", role: "img", "aria-label": say(`state_${state}`), title: say(`state_${state}`) });
  ticks.append(icon(state));
  return make("div", { class: "foot" }, at, ticks);
}

function picture(file) {
  const label = say("open_photo", { name: file.name });
  return make("a", { class: "photo", href: file.url, target: "_blank", rel: "noopener", "aria-label": label },
    make("img", { src: file.url, alt: file.name }));
}

/** A file as a card; one that is still on its way has no address yet. */
function sheet(file) {
  const ending = file.name.includes(".") ? file.name.split(".").pop().slice(0, 4).toUpperCase() : "";
  const label = say("download_file", { name: file.name });
  const reach = file.url ? { href: file.url, download: file.name, "aria-label": label } : {};
  const anchor = make("a", { class: "file", "data-ending": ending, ...reach });
  anchor.append(
    make("span", { class: "sheet", "aria-hidden": "true" }, icon("file"), make("b", {}, ending)),
    make("span", { class: "name" }, file.name, make("small", {}, size(file.size))),
  );
  return anchor;
}

function failed(again) {
  const button = make("button", { type: "button" }, say("send_again"));
  button.addEventListener("click", again);
  return make("p", { class: "failure" }, say("not_sent"), " ", button);
}

function choices(rows, press) {
  const box = make("div", { class: "choices" });
  for (const row of rows) {
    const line = make("div", { class: "choice-row" });
    for (const [label, data, url] of row) {
      const button = url ? outward(label, url) : make("button", { type: "button" }, make("span", {}, label));
      if (!url) button.addEventListener("click", () => press(button, data));
      line.append(button);
    }
    box.append(line);
  }
  return box;
}

function outward(label, url) {
  const anchor = link(url) ?? make("a", { "aria-disabled": "true" });
  anchor.append(make("span", {}, label), icon("link"));
  return anchor;
}
